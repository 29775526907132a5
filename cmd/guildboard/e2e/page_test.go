//go:build e2e

package e2e

import (
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/discord/discordtest"
)

// A pageView is the path of a page, with a name for failures and screenshot files.
type pageView struct{ name, path string }

// publicViews are the pages that need no session.
var publicViews = []pageView{
	{"landing", "/"}, {"login", "/login"}, {"login-note", "/login?note=login.secret"}, {"not-found", "/nowhere"},
}

// memberViews returns pages of the demo that need a session: the listed ones and one of each kind that they link to.
func memberViews(t testing.TB, b *tab) []pageView {
	t.Helper()
	d := demoServer(t)
	views := []pageView{
		{"home", "/"}, {"guilds", "/guilds"}, {"sessions", "/sessions"}, {"preferences", "/preferences"},
		{"search", "/search?q=lantern"}, {"forbidden", overviewPath(otherGuild)},
		{"overview", overviewPath(busyGuild)}, {"overview-empty", overviewPath(emptyGuild)},
		{"giveaways", giveawaysPath(busyGuild)}, {"giveaways-empty", giveawaysPath(emptyGuild)},
		{"giveaways-overview", giveawaysPath(busyGuild) + "/overview"},
		{"giveaways-overview-empty", giveawaysPath(emptyGuild) + "/overview"},
		{"giveaways-none", giveawaysPath(busyGuild) + "?q=nothing+of+the+kind"},
		{"giveaways-problems", giveawaysPath(busyGuild) + "?from=yesterday&page=x&q=" + strings.Repeat("long+", 30)},
		{"giveaways-ended", giveawaysPath(busyGuild) + "?status=ended&page=2"},
		{"tickets", ticketsPath(busyGuild)}, {"tickets-empty", ticketsPath(emptyGuild)},
		{"settings-giveaways", overviewPath(busyGuild) + "/settings/giveaways"},
		{"settings-tickets", overviewPath(busyGuild) + "/settings/tickets"},
		{"settings-replies", overviewPath(busyGuild) + "/settings/replies"},
		{"settings-reply-new", overviewPath(busyGuild) + "/settings/replies/new"},
		{"settings-panels", overviewPath(busyGuild) + "/settings/panels"},
		{"settings-products", overviewPath(busyGuild) + "/settings/products"},
		{"settings-labels", overviewPath(busyGuild) + "/settings/labels"},
		{"settings-label-new", overviewPath(busyGuild) + "/settings/labels/new"},
		{"staff", overviewPath(busyGuild) + "/staff"}, {"templates", giveawaysPath(busyGuild) + "/templates"},
	}
	for _, status := range []store.GiveawayStatus{store.GiveawayActive, store.GiveawayPending, store.GiveawayEnded} {
		list, _, err := d.store.Giveaways(t.Context(), busyGuild, store.GiveawayQuery{Status: status, PerPage: 1})
		must(t, err)
		views = append(views, pageView{"giveaway-" + strings.ToLower(string(status)), giveawayPath(list.Items[0])},
			pageView{"entrants-" + strings.ToLower(string(status)), giveawayPath(list.Items[0]) + "/entries"})
	}
	for _, status := range []store.TicketStatus{store.TicketOpen, store.TicketClosed} {
		list, _, err := d.store.Tickets(t.Context(), busyGuild, store.TicketQuery{Status: status, PerPage: 1}, time.Now())
		must(t, err)
		views = append(views, pageView{"ticket-" + strings.ToLower(string(status)), ticketPath(list.Items[0])})
	}
	// Add linked pages, one for each last segment of the path, which is the name.
	for _, from := range slices.Clone(views) {
		b.visit(from.path)
		linked := evaluate[[]string](b, `[...document
			.querySelectorAll('.side a, .page-head a[href], .actions a, #rows tr:first-child .row-menu a')]
			.map(a => new URL(a.href))
			.filter(u => u.origin === location.origin && u.pathname.startsWith('/guilds/`+busyGuild+`/'))
			.map(u => u.pathname + u.search)`)
		for _, path := range linked {
			address, _, _ := strings.Cut(path, "?")
			name := address[strings.LastIndex(address, "/")+1:]
			if !slices.ContainsFunc(views, func(v pageView) bool { return v.name == name || v.path == path }) {
				views = append(views, pageView{name, path})
			}
		}
	}
	return views
}

// openView opens a page and waits until it is loaded and rendered.
func (b *tab) openView(v pageView) {
	b.t.Helper()
	b.visit(v.path)
	if evaluate[bool](b, `!!document.getElementById('live-status')`) {
		b.waitLive()
	}
	b.waitForTransitions()
}

// waitForFrame waits until the browser has rendered two frames.
func (b *tab) waitForFrame() {
	b.t.Helper()
	b.runScript(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`)
}

// waitForTransitions waits until all finite animations and transitions have ended.
func (b *tab) waitForTransitions() {
	b.t.Helper()
	b.waitFor("all transitions have ended",
		`document.getAnimations().every(a => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity)`)
}

func (b *tab) setWidth(width int) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(int64(width), 900))
}

// setColorScheme sets the system's color scheme, light or dark.
func (b *tab) setColorScheme(theme string) {
	b.t.Helper()
	callCDP(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
}

// forcedColorStates are the states that a page shows by a background, with the page that has them.
var forcedColorStates = []struct{ path, current, other string }{
	{ticketsPath(busyGuild), ".nav a[aria-current]", ".nav a:not([aria-current])"},
	{ticketsPath(busyGuild), ".tabs a[aria-current]", ".tabs a:not([aria-current])"},
	{ticketsPath(busyGuild), ".page[aria-current]", "a.page:not([aria-current])"},
	{ticketsPath(busyGuild), ".foot button[aria-pressed=true]", ".foot button[aria-pressed=false]"},
	{"/", ".top-link[aria-current]", ".quick-search"},
}

// TestStatesInForcedColors checks that the current page, tab and choice can be told from the others when the operating
// system chooses the colours.
func TestStatesInForcedColors(t *testing.T) {
	d := demoServer(t)
	b := newSignedInUser(t, d.url).openWindow("/")
	callCDP(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}},
	})
	b.do(chromedp.EmulateViewport(1280, 800))
	for _, s := range forcedColorStates {
		b.visit(s.path)
		b.waitForElement(s.current)
		background := func(selector string) string {
			return evaluate[string](b, `getComputedStyle(document.querySelector(`+quoteJS(selector)+`)).backgroundColor`)
		}
		highlight := evaluate[string](b, `(() => {
			const probe = document.createElement('i');
			probe.style.cssText = 'forced-color-adjust: none; background: Highlight';
			document.body.append(probe);
			const color = getComputedStyle(probe).backgroundColor;
			probe.remove();
			return color;
		})()`)
		if current, other := background(s.current), background(s.other); current != highlight || other == highlight {
			t.Errorf("backgrounds of %s and %s = %s and %s, want %s for the first alone", s.current, s.other, current, other, highlight)
		}
	}
}

// setLanguage sets the language cookie.
func (b *tab) setLanguage(lang string) {
	b.t.Helper()
	callCDP(b, network.SetCookie, network.SetCookieParams{Name: "lang", Value: lang, URL: b.origin})
}

var sharedViews runShared[[]pageView]

// forEachView calls f with each public page in a signed-out tab, and with each member page in a signed-in tab.
func forEachView(t *testing.T, f func(b *tab, v pageView)) {
	t.Helper()
	d := demoServer(t)
	p := newProxy(t, d.url)
	anonymous := newBrowserUser(t, p.url).firstTab
	for _, v := range publicViews {
		f(anonymous, v)
	}
	b := newSignedInUser(t, p.url).openWindow("/guilds")
	views := sharedViews.getOrMake(t, func(t testing.TB) *[]pageView {
		found := memberViews(t, b)
		return &found
	})
	for _, v := range *views {
		b.takeConsoleErrors()
		f(b, v)
	}
}

func TestPagesLogNoConsoleErrors(t *testing.T) {
	t.Parallel()
	forEachView(t, func(b *tab, v pageView) {
		for lang, theme := range map[string]string{"en": "light", "vi": "dark"} {
			b.setColorScheme(theme)
			b.setLanguage(lang)
			b.openView(v)
			if got := evaluate[string](b, `document.documentElement.lang`); got != lang {
				t.Errorf("language of %s = %s, want %s", v.name, got, lang)
			}
			for _, message := range b.takeConsoleErrors() {
				if strings.Contains(message, "status of 404") && evaluate[bool](b, `!!document.querySelector('.problem-status')`) {
					continue // the browser logs the status of an error page
				}
				t.Errorf("%s (%s, %s): %s", v.name, theme, lang, message)
			}
			untranslated := evaluate[string](b, `[...document.querySelectorAll('[data-verbatim]')]
				.reduce((all, e) => all.replace(e.innerText, ''), document.body.innerText)
				.match(/\b[a-z]+\.[a-z]+[A-Z]\w*|\{\w+\}/)?.[0] ?? ''`)
			if untranslated != "" {
				t.Errorf("%s (%s) shows %q, an untranslated key or placeholder", v.name, lang, untranslated)
			}
		}
		b.setLanguage("en")
		b.setColorScheme("light")
	})
}

// maxLayoutShift is the limit of a good Cumulative Layout Shift (web.dev/articles/cls).
const maxLayoutShift = 0.1

func TestPagesHaveNoLayoutShift(t *testing.T) {
	t.Parallel()
	forEachView(t, func(b *tab, v pageView) {
		for _, width := range []int{390, 820} { // the widths with the most crowded lines
			b.setWidth(width)
			b.openView(v)
			b.waitForFrame()
			if shift := evaluate[float64](b, `seen.shift`); shift > maxLayoutShift {
				t.Errorf("layout shift of %s (%d px) = %.2f, want at most %v: %s", v.name, width, shift, maxLayoutShift,
					evaluate[string](b, `seen.shifts.slice(0, 3).join('; ')`))
			}
		}
	})
}

// TestChunkedPagesHaveNoLayoutShift sends pages in chunks. Browsers render a partial page unless its head blocks
// rendering. A slow browser does so with a page that arrives at once, too.
func TestChunkedPagesHaveNoLayoutShift(t *testing.T) {
	t.Parallel()
	p := newProxy(t, demoServer(t).url)
	b := newSignedInUser(t, p.url).openWindow("/guilds") // caches scripts and styles
	b.setWidth(820)
	b.visit("/guilds")
	guild := evaluate[string](b, `document.querySelector('main a[href^="/guilds/"]').getAttribute('href')`)
	b.visit(guild + "/giveaways?status=ended")
	giveaway := evaluate[string](b, `document.querySelector('#rows a[id^="open-"]').getAttribute('href')`)
	p.injectFault(isPage, sendInChunks(150*time.Millisecond, `</svg>`, `<h1>`, `</h1>`))
	for _, path := range []string{"/", "/guilds", guild, guild + "/tickets", guild + "/giveaways", giveaway, "/preferences"} {
		b.openView(pageView{path, path})
		b.waitForFrame()
		if !evaluate[bool](b, `seen.firstFrameIsComplete`) {
			t.Errorf("the first frame of %s shows a part of the page, want the whole page", path)
		}
		if shift := evaluate[float64](b, `seen.shift`); shift > maxLayoutShift {
			t.Errorf("layout shift of %s = %.2f, want at most %v: %s", path, shift, maxLayoutShift,
				evaluate[string](b, `seen.shifts.slice(0, 3).join('; ')`))
		}
	}
}

// widths are window widths of phones, tablets, laptops and large displays, in CSS pixels.
var widths = []int{360, 390, 768, 1280, 1920, 2560}

// overflowScript returns the elements that are wider than the window; "" if there are none.
const overflowScript = `(() => {
	const page = document.scrollingElement;
	if (page.scrollWidth <= innerWidth) return '';
	const scrolls = e => e && e !== page && e !== document.body &&
		(getComputedStyle(e).overflowX !== 'visible' || scrolls(e.parentElement));
	const out = [...document.body.querySelectorAll('*')]
		.filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e.parentElement));
	return page.scrollWidth + ' > ' + innerWidth + ': ' + out.slice(0, 3).map(e => e.localName + '#' + e.id + '.' + e.className).join(', ');
})()`

func TestPagesFitWindowWidth(t *testing.T) {
	t.Parallel()
	forEachView(t, func(b *tab, v pageView) {
		for _, lang := range []string{"en", "vi"} {
			b.setLanguage(lang)
			b.setWidth(widths[0])
			b.openView(v)
			b.checkFitsWindow(v.name + " (" + lang + ")")
		}
		b.setLanguage("en")
	})
}

func (b *tab) checkFitsWindow(name string) {
	b.t.Helper()
	for _, width := range widths {
		b.setWidth(width)
		if overflow := evaluate[string](b, overflowScript); overflow != "" {
			b.t.Errorf("%s overflows a window of %d px: %s", name, width, overflow)
		}
	}
}

func TestLongWordsDoNotOverflow(t *testing.T) {
	s := newGuildFixture(t)
	long := strings.Repeat("Wörterbuchzusammensetzung", 9) // no line break opportunity
	name := long[:90]
	s.discord.SetUser(discordtest.User{ID: s.userID, Username: long[:32]}, discordtest.Guild{ID: s.guild, Name: name, Permissions: "32"})
	b := s.member.openWindow("/guilds")
	eventually(t, "the long name is shown", func() (bool, string) {
		b.clickAndWaitForPage("#refresh")
		return evaluate[bool](b, `document.querySelector('main').textContent.includes(`+quoteJS(name)+`)`), b.describe()
	})
	newMember := func() store.Member {
		username := long[:32]
		m, err := s.store.SaveMember(t.Context(), store.Member{GuildID: s.guild, DiscordID: newSnowflake("7"), Username: &username})
		must(t, err)
		return m
	}
	g, err := s.store.CreateGiveaway(t.Context(), store.Giveaway{
		GuildID: s.guild, ChannelID: newSnowflake("4"), Host: contract.User{ID: newMember().DiscordID}, Prize: long, Description: &long,
		Status: store.GiveawayActive, WinnerCount: 3, EndsAt: time.Now().Add(time.Hour),
		PrizeTiers:      []contract.PrizeTier{{Place: 1, Prize: long, Count: 1}},
		BonusEntryRoles: []contract.BonusRole{{RoleID: newSnowflake("5"), RoleName: long, Entries: 3}},
	})
	must(t, err)
	winners := []store.Member{newMember(), newMember(), newMember()}
	for _, m := range winners {
		must(t, s.store.EnterGiveaway(t.Context(), s.guild, g.ID, m.ID, 1, 0, nil))
	}
	s.endGiveaway(t, g, winners...)
	ticket, err := s.store.OpenTicket(t.Context(), store.Ticket{
		GuildID: s.guild, ChannelID: newSnowflake("4"), Status: store.TicketOpen, Subject: &long, CreatedAt: time.Now(),
		PlatformUsername: &long, IssueDetails: &long, FormResponses: []store.FormResponse{{Question: long, Answer: long}},
	}, newMember().ID)
	must(t, err)
	s.claimTicket(t, ticket, newMember())
	must(t, s.store.CloseTicket(t.Context(), s.guild, ticket.ID, winners[0].DiscordID, time.Now()))
	must(t, s.store.RateTicket(t.Context(), s.guild, ticket.ID, store.Rating{Stars: 4, Review: &long, CreatedAt: time.Now()}))
	for _, v := range []pageView{
		{"home", "/"}, {"guilds", "/guilds"}, {"overview", overviewPath(s.guild)},
		{"giveaways", giveawaysPath(s.guild)}, {"giveaway", giveawayPath(g)},
		{"tickets", ticketsPath(s.guild)}, {"ticket", ticketPath(ticket)},
		{"search", giveawaysPath(s.guild) + "?status=" + url.QueryEscape(long)},
	} {
		b.openView(v)
		b.checkFitsWindow(v.name)
	}
}

//go:embed testdata/axe.min.js
var axeScript string

func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}      // confirm forms, one for each set of fields
	found := map[string][]string{} // violation → pages
	forEachView(t, func(b *tab, v pageView) {
		b.visit(v.path)
		form := evaluate[string](b, `[...document.querySelectorAll('#confirm, #confirm [name]')].map(e => e.name || e.id).join()`)
		if form != "" {
			if seen[form] {
				return
			}
			seen[form] = true
		}
		for _, width := range []int{1280, 390} {
			b.setWidth(width)
			b.setColorScheme("light")
			b.openView(v)
			b.runScript(axeScript) // DevTools ignores the page's Content-Security-Policy
			// Dark mode only changes colours.
			for theme, rules := range map[string]string{"light": `{}`, "dark": `{ runOnly: ['color-contrast'] }`} {
				b.setColorScheme(theme)
				b.waitForFrame()
				b.waitForTransitions()
				for _, violation := range evaluate[[]string](b, fmt.Sprintf(axeViolationsScript, rules)) {
					found[violation] = append(found[violation], fmt.Sprintf("%s (%s, %d px)", v.name, theme, width))
				}
			}
		}
		b.setColorScheme("light")
	})
	for violation, pages := range found {
		t.Errorf("%s\n%d times: %s", violation, len(pages), strings.Join(pages, ", "))
	}
}

const axeViolationsScript = `axe.run(document, { resultTypes: ['violations'], ...%s }).then(r => r.violations.map(v =>
	v.id + ': ' + v.help + ': ' +
	v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message)).join(' | ')))`

func TestKeyboardReachesAllControls(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 2)[1]
	b := s.openGiveawayList()
	requireVisibleFocus := func(name string) {
		t.Helper()
		b.waitFor("the focus on "+name+" is visible", `(() => {
			const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
			if (e.type === 'date' && !e.matches(':focus')) return true; // its calendar button, which the browser draws
			return e !== document.body && e.matches(':focus-visible') &&
				style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 &&
				box.width > 0 && box.right > 0 && box.bottom > 0 && box.top < innerHeight;
		})()`)
	}
	b.pressKeys("\t")
	b.waitFor("the first Tab stop is the skip link", `document.activeElement.classList.contains('skip')`)
	requireVisibleFocus("the skip link")
	b.pressKeys("\r")
	b.waitFor("the skip link moves the focus to the content",
		`document.activeElement.id === 'main' && location.hash === '#main'`)
	b.pressKeys("\t")
	b.waitFor("the next Tab stop is in the content",
		`document.activeElement.closest('main') && document.activeElement.id !== 'main'`)

	// Tab reaches every control with a visible focus.
	b.runScript(`document.activeElement.blur(); scrollTo(0, 0)`)
	b.visitLive(giveawaysPath(s.guild))
	var stops []string
	for range 80 {
		b.pressKeys("\t")
		stop := evaluate[string](b, `document.activeElement === document.body ? '' :
			document.activeElement.id || document.activeElement.parentElement.id || document.activeElement.textContent.trim()`)
		if stop == "" {
			break
		}
		requireVisibleFocus(stop)
		stops = append(stops, stop)
	}
	for _, want := range []string{
		"me", "switcher", "q", "filter-panel", "sort", "tab-all", "tab-ended", "select-" + g.ID, "open-" + g.ID, "menu-" + g.ID,
	} {
		if !slices.Contains(stops, want) {
			t.Errorf("Tab does not reach %s; stops: %q", want, stops)
		}
	}

	// Enter opens a menu, Tab reaches its entries, and Escape returns the focus.
	b.runScript(`document.querySelector('#menu-` + g.ID + ` > summary').focus()`)
	b.pressKeys("\r")
	b.waitFor("the menu is open", `document.getElementById('menu-`+g.ID+`').open`)
	b.pressKeys("\t")
	b.waitFor("the first entry has the focus", `document.activeElement.closest('.menu-body')`)
	b.pressKeys("\x1b")
	b.waitFor("Escape closes the menu and returns the focus",
		`!document.getElementById('menu-`+g.ID+`').open && document.activeElement.parentElement.id === 'menu-`+g.ID+`'`)

	b.pressKeys("/")
	b.waitFor("the slash key focuses the search field",
		`document.activeElement.id === 'q' && document.activeElement.value === ''`)
	b.pressKeys("/")
	b.waitFor("a second slash is typed into the field", `document.activeElement.value === '/'`)
}

func TestLanguageAndThemeSwitchReturnToSamePage(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprint("with scripts: ", scripts), func(t *testing.T) {
			s := newGuildFixture(t) // the choice is stored per user, and tests share the demo's user
			s.createGiveaways(t, 30)
			b := s.member.openWindow("/guilds")
			callCDP(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
			path, search := giveawaysPath(s.guild), "?status=active&page=2"
			b.visit(path + search)
			samePage := ` && location.pathname === '` + path + `' && location.search === '` + search + `'`
			background := evaluate[string](b, `getComputedStyle(document.body).backgroundColor`)

			b.clickAndWaitForPage(`.foot button[value=vi]`)
			b.waitFor("the page is in Vietnamese",
				`document.documentElement.lang === 'vi' && document.querySelector('h1').textContent === 'Giveaway'`+samePage)
			if scripts {
				b.waitLive()
				b.waitMatchesFreshPage()
			}
			b.clickAndWaitForPage(`.foot button[value=dark]`)
			b.waitFor("the page is dark",
				`getComputedStyle(document.body).backgroundColor !== '`+background+`'`+samePage)
			b.waitFor("the choice is shown",
				`document.querySelector('.foot button[value=dark]').ariaPressed === 'true' &&
					document.querySelector('.foot button[value=vi]').ariaPressed === 'true'`)
			b.clickAndWaitForPage(`.foot button[value=light]`)
			b.clickAndWaitForPage(`.foot button[value=en]`)
			b.waitFor("language and colours are as before",
				`document.documentElement.lang === 'en' && getComputedStyle(document.body).backgroundColor === '`+background+`'`+samePage)
		})
	}
}

func TestTimesUseViewerTimeZoneAndTick(t *testing.T) {
	s := newGuildFixture(t)
	g, err := s.store.CreateGiveaway(t.Context(), store.Giveaway{
		GuildID: s.guild, ChannelID: newSnowflake("4"), Host: contract.User{ID: s.userID}, Prize: "A lantern", Status: store.GiveawayActive,
		WinnerCount: 1, EndsAt: time.Now().Add(10 * time.Minute), CreatedAt: time.Date(2026, 1, 31, 20, 30, 0, 0, time.UTC),
	})
	must(t, err)
	b := s.member.openWindow("/guilds")
	callCDP(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Tokyo"})
	b.visitLive(giveawayPath(g))
	b.waitFor("the page shows the time in Tokyo",
		`document.getElementById('created').textContent.startsWith('1 Feb 2026, 05:30')`)
	b.waitFor("the title shows the time zone", `/GMT\+9|Japan/.test(document.getElementById('created').title)`)

	b.visitLive(giveawaysPath(s.guild))
	remaining := fmt.Sprintf(`document.getElementById('time-%s').textContent`, g.ID)
	first := evaluate[string](b, remaining)
	b.waitFor("the countdown ticks", remaining+` !== '`+first+`'`)
	row := `document.getElementById('time-` + g.ID + `')`
	b.runScript(`window.time = ` + row)
	s.enterGiveaway(t, g)
	b.waitFor("the entry count has grown", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	second := evaluate[string](b, remaining)
	b.waitFor("the countdown ticks after an update", remaining+` !== '`+second+`' && time === `+row)
	if strings.Contains(second, ",") || strings.Contains(second, "2026") {
		t.Errorf("countdown = %q, want a remaining time", second)
	}
}

func TestLiveUpdatesCauseNoLayoutShift(t *testing.T) {
	s := newGuildFixture(t)
	rows := s.createGiveaways(t, 12)
	for _, path := range []string{giveawaysPath(s.guild), overviewPath(s.guild)} {
		b := s.member.openWindow(path)
		b.waitLive()
		b.waitForFrame()
		b.runScript(`seen.shift = seen.shifts.length = 0`)
		before := b.frameCount()
		for i := range 5 {
			s.enterGiveaway(t, rows[i])
			b.waitFor("the entry count has grown", fmt.Sprintf(`seen.frames > %d`, before+i))
		}
		b.runScript(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`)
		if shift := evaluate[float64](b, `seen.shift`); shift > maxLayoutShift/100 { // another digit may shift the next element
			t.Errorf("layout shift of %s = %v, want at most %v: %s", path, shift, maxLayoutShift/100,
				evaluate[string](b, `seen.shifts.join('; ')`))
		}
	}
}
