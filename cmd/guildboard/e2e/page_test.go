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
	"guildboard/store/discord/discordtest"
)

// A view is a page as it is looked at: its name, for people and files, and its address.
type view struct{ name, path string }

// outside are the pages of whoever is not signed in.
var outside = []view{
	{"landing", "/"}, {"login", "/login"}, {"login-note", "/login?note=login.secret"}, {"not-found", "/nowhere"},
}

// inside are the pages of the demo for whoever is signed in: one of each kind that links lead to, and the odd ones.
func inside(t testing.TB, b *tab) []view {
	t.Helper()
	d := demo(t)
	views := []view{
		{"across", "/"}, {"guilds", "/guilds"}, {"sessions", "/sessions"}, {"preferences", "/preferences"}, {"search", "/search?q=lantern"}, {"forbidden", overviewPath(otherGuild)},
		{"overview", overviewPath(busyGuild)}, {"overview-empty", overviewPath(emptyGuild)},
		{"giveaways", giveawaysPath(busyGuild)}, {"giveaways-empty", giveawaysPath(emptyGuild)},
		{"giveaways-overview", giveawaysPath(busyGuild) + "/overview"},
		{"giveaways-overview-empty", giveawaysPath(emptyGuild) + "/overview"},
		{"giveaways-none", giveawaysPath(busyGuild) + "?q=nothing+of+the+kind"},
		{"giveaways-problems", giveawaysPath(busyGuild) + "?from=yesterday&page=x&q=" + strings.Repeat("long+", 30)},
		{"giveaways-ended", giveawaysPath(busyGuild) + "?status=ended&page=2"},
		{"tickets", ticketsPath(busyGuild)}, {"tickets-empty", ticketsPath(emptyGuild)},
		{"settings-giveaways", overviewPath(busyGuild) + "/settings/giveaways"}, {"settings-tickets", overviewPath(busyGuild) + "/settings/tickets"},
		{"settings-replies", overviewPath(busyGuild) + "/settings/replies"}, {"settings-reply-new", overviewPath(busyGuild) + "/settings/replies/new"},
		{"settings-panels", overviewPath(busyGuild) + "/settings/panels"}, {"settings-products", overviewPath(busyGuild) + "/settings/products"},
		{"settings-labels", overviewPath(busyGuild) + "/settings/labels"}, {"settings-label-new", overviewPath(busyGuild) + "/settings/labels/new"},
		{"staff", overviewPath(busyGuild) + "/staff"}, {"templates", giveawaysPath(busyGuild) + "/templates"},
	}
	for _, status := range []store.GiveawayStatus{store.GiveawayActive, store.GiveawayPending, store.GiveawayEnded} {
		list, _, err := d.store.Giveaways(t.Context(), busyGuild, store.GiveawayQuery{Status: status, PerPage: 1})
		must(t, err)
		views = append(views, view{"giveaway-" + strings.ToLower(string(status)), giveawayPath(list.Items[0])},
			view{"entrants-" + strings.ToLower(string(status)), giveawayPath(list.Items[0]) + "/entries"})
	}
	for _, status := range []store.TicketStatus{store.TicketOpen, store.TicketClosed} {
		list, _, err := d.store.Tickets(t.Context(), busyGuild, store.TicketQuery{Status: status, PerPage: 1}, time.Now())
		must(t, err)
		views = append(views, view{"ticket-" + strings.ToLower(string(status)), ticketPath(list.Items[0])})
	}
	// What else they lead to: one of each kind, named by the last word of its address.
	for _, from := range slices.Clone(views) {
		b.visit(from.path)
		for _, path := range js[[]string](b, `[...document.querySelectorAll('.side a, .page-head a, .actions a, #rows tr:first-child .row-menu a')].map(a => new URL(a.href))
			.filter(u => u.origin === location.origin && u.pathname.startsWith('/guilds/`+busyGuild+`/')).map(u => u.pathname + u.search)`) {
			address, _, _ := strings.Cut(path, "?")
			name := address[strings.LastIndex(address, "/")+1:]
			if !slices.ContainsFunc(views, func(v view) bool { return v.name == name || v.path == path }) {
				views = append(views, view{name, path})
			}
		}
	}
	return views
}

// look shows a page and waits until it has settled.
func (b *tab) look(v view) {
	b.t.Helper()
	b.visit(v.path)
	if js[bool](b, `!!document.getElementById('live-status')`) {
		b.live()
	}
	b.settle()
}

// frame waits until the browser has drawn.
func (b *tab) frame() {
	b.t.Helper()
	b.run(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`)
}

// settle waits until nothing fades or slides any more.
func (b *tab) settle() {
	b.t.Helper()
	b.until("all transitions have ended", `document.getAnimations().every(a => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity)`)
}

func (b *tab) size(width int) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(int64(width), 900))
}

// prefer sets what the reader's system says.
func (b *tab) prefer(theme string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
}

// speak sets the cookie of the reader's language.
func (b *tab) speak(lang string) {
	b.t.Helper()
	call(b, network.SetCookie, network.SetCookieParams{Name: "lang", Value: lang, URL: b.origin})
}

var theViews shared[[]view]

// everyPage calls f in a tab for pages inside and outside.
func everyPage(t *testing.T, f func(b *tab, v view)) {
	t.Helper()
	d := demo(t)
	p := newProxy(t, d.url)
	stranger := newReader(t, p.url).first
	for _, v := range outside {
		f(stranger, v)
	}
	b := newMember(t, p.url).window("/guilds")
	views := theViews.get(t, func(t testing.TB) *[]view {
		found := inside(t, b)
		return &found
	})
	for _, v := range *views {
		b.complaints()
		f(b, v)
	}
}

func TestNoPageComplainsInAnyLanguageOrTheme(t *testing.T) {
	t.Parallel()
	everyPage(t, func(b *tab, v view) {
		for lang, theme := range map[string]string{"en": "light", "vi": "dark"} {
			b.prefer(theme)
			b.speak(lang)
			b.look(v)
			if got := js[string](b, `document.documentElement.lang`); got != lang {
				t.Errorf("%s speaks %s, not %s", v.name, got, lang)
			}
			for _, complaint := range b.complaints() {
				if strings.Contains(complaint, "status of 404") && js[bool](b, `!!document.querySelector('.problem-status')`) {
					continue // what the browser says of such a page
				}
				t.Errorf("%s (%s, %s): %s", v.name, theme, lang, complaint)
			}
			if words := js[string](b, `[...document.querySelectorAll('[data-verbatim]')].reduce((all, e) => all.replace(e.innerText, ''), document.body.innerText).match(/\b[a-z]+\.[a-z]+[A-Z]\w*|\{\w+\}/)?.[0] ?? ''`); words != "" {
				t.Errorf("%s (%s) shows %q, which is no word", v.name, lang, words)
			}
		}
		b.speak("en")
		b.prefer("light")
	})
}

// minded is the layout shift from which on people mind (web.dev/articles/cls).
const minded = 0.1

func TestNoPageJumpsWhileItLoads(t *testing.T) {
	t.Parallel()
	everyPage(t, func(b *tab, v view) {
		for _, width := range []int{390, 820} { // where the most has to share a line
			b.size(width)
			b.look(v)
			b.frame()
			if shift := js[float64](b, `seen.shift`); shift > minded {
				t.Errorf("%s (%d px) jumps by %.2f: %s", v.name, width, shift, js[string](b, `seen.shifts.slice(0, 3).join('; ')`))
			}
		}
	})
}

// Browsers draw what has come of a page, unless they are told what to wait for.
func TestAPageThatArrivesInPiecesDoesNotJump(t *testing.T) {
	t.Parallel()
	p := newProxy(t, demo(t).url)
	b := newMember(t, p.url).window("/guilds") // whose files the browser has now
	b.size(820)
	b.visit("/guilds")
	guild := js[string](b, `document.querySelector('main a[href^="/guilds/"]').getAttribute('href')`)
	p.fail(pages, inPieces(150*time.Millisecond, `</svg>`, `<h1>`, `</h1>`))
	for _, path := range []string{"/", "/guilds", guild, guild + "/tickets", guild + "/giveaways", "/preferences"} {
		b.look(view{path, path})
		b.frame()
		if shift := js[float64](b, `seen.shift`); shift > minded {
			t.Errorf("%s jumps by %.2f: %s", path, shift, js[string](b, `seen.shifts.slice(0, 3).join('; ')`))
		}
	}
}

// widths are those of phones, tablets, laptops and walls, in CSS pixels.
var widths = []int{360, 390, 768, 1280, 1920, 2560}

// tooWide names what sticks out of the page, "" for nothing.
const tooWide = `(() => {
	const page = document.scrollingElement;
	if (page.scrollWidth <= innerWidth) return '';
	const scrolls = e => e && e !== page && e !== document.body && (getComputedStyle(e).overflowX !== 'visible' || scrolls(e.parentElement));
	const out = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e.parentElement));
	return page.scrollWidth + ' > ' + innerWidth + ': ' + out.slice(0, 3).map(e => e.localName + '#' + e.id + '.' + e.className).join(', ');
})()`

func TestNoPageIsWiderThanItsWindow(t *testing.T) {
	t.Parallel()
	everyPage(t, func(b *tab, v view) {
		for _, lang := range []string{"en", "vi"} {
			b.speak(lang)
			b.size(widths[0])
			b.look(v)
			b.fits(v.name + " (" + lang + ")")
		}
		b.speak("en")
	})
}

func (b *tab) fits(name string) {
	b.t.Helper()
	for _, width := range widths {
		b.size(width)
		if out := js[string](b, tooWide); out != "" {
			b.t.Errorf("%s is too wide at %d: %s", name, width, out)
		}
	}
}

func TestLongWordsDoNotWidenAPage(t *testing.T) {
	s := newScene(t)
	long := strings.Repeat("Wörterbuchzusammensetzung", 9) // no place to break
	name := long[:90]
	s.discord.SetUser(discordtest.User{ID: s.user, Username: long[:32]}, discordtest.Guild{ID: s.guild, Name: name, Permissions: "32"})
	b := s.member.window("/guilds")
	eventually(t, "the long name is known", func() (bool, string) {
		b.follow("#refresh")
		return js[bool](b, `document.querySelector('main').textContent.includes(`+quoted(name)+`)`), b.state()
	})
	wordy := func() store.Member {
		short := long[:32]
		m, err := s.store.SaveMember(t.Context(), store.Member{GuildID: s.guild, DiscordID: snowflake("7"), Username: &short})
		must(t, err)
		return m
	}
	g, err := s.store.CreateGiveaway(t.Context(), store.Giveaway{
		GuildID: s.guild, ChannelID: snowflake("4"), Host: store.Person{ID: wordy().DiscordID}, Prize: long, Description: &long,
		Status: store.GiveawayActive, WinnerCount: 3, EndsAt: time.Now().Add(time.Hour), PrizeTiers: []store.PrizeTier{{Place: 1, Prize: long, Count: 1}},
		BonusEntryRoles: []store.BonusRole{{RoleID: snowflake("5"), RoleName: long, Entries: 3}},
	})
	must(t, err)
	winners := []store.Member{wordy(), wordy(), wordy()}
	for _, m := range winners {
		must(t, s.store.EnterGiveaway(t.Context(), s.guild, g.ID, m.ID, 1, 0, nil))
	}
	s.end(t, g, winners...)
	ticket, err := s.store.OpenTicket(t.Context(), store.Ticket{
		GuildID: s.guild, ChannelID: snowflake("4"), Status: store.TicketOpen, Subject: &long, CreatedAt: time.Now(),
		PlatformUsername: &long, IssueDetails: &long, FormResponses: []store.FormResponse{{Question: long, Answer: long}},
	}, wordy().ID)
	must(t, err)
	s.claim(t, ticket, wordy())
	must(t, s.store.CloseTicket(t.Context(), s.guild, ticket.ID, winners[0].DiscordID, time.Now()))
	must(t, s.store.RateTicket(t.Context(), s.guild, ticket.ID, store.Rating{Stars: 4, Review: &long, CreatedAt: time.Now()}))
	for _, v := range []view{
		{"across", "/"}, {"guilds", "/guilds"}, {"overview", overviewPath(s.guild)}, {"giveaways", giveawaysPath(s.guild)}, {"giveaway", giveawayPath(g)},
		{"tickets", ticketsPath(s.guild)}, {"ticket", ticketPath(ticket)}, {"search", giveawaysPath(s.guild) + "?status=" + url.QueryEscape(long)},
	} {
		b.look(v)
		b.fits(v.name)
	}
}

//go:embed testdata/axe.min.js
var axe string

func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}     // the questions before a command, which differ in their fields alone
	found := map[string][]string{} // violation → pages
	everyPage(t, func(b *tab, v view) {
		b.visit(v.path)
		if question := js[string](b, `[...document.querySelectorAll('#confirm, #confirm [name]')].map(e => e.name || e.id).join()`); question != "" {
			if asked[question] {
				return
			}
			asked[question] = true
		}
		for _, width := range []int{1280, 390} {
			b.size(width)
			b.prefer("light")
			b.look(v)
			b.run(axe)                                                                                              // through the debugger, which the page's policy does not concern
			for theme, rules := range map[string]string{"light": `{}`, "dark": `{ runOnly: ['color-contrast'] }`} { // colours are all that changes
				b.prefer(theme)
				b.frame()
				b.settle()
				for _, violation := range js[[]string](b, fmt.Sprintf(violations, rules)) {
					found[violation] = append(found[violation], fmt.Sprintf("%s (%s, %d px)", v.name, theme, width))
				}
			}
		}
		b.prefer("light")
	})
	for violation, pages := range found {
		t.Errorf("%s\n%d times: %s", violation, len(pages), strings.Join(pages, ", "))
	}
}

const violations = `axe.run(document, { resultTypes: ['violations'], ...%s }).then(r => r.violations.map(v => v.id + ': ' + v.help + ': ' +
	v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message)).join(' | ')))`

func TestTheKeyboardReachesEverything(t *testing.T) {
	s := newScene(t)
	g := s.fill(t, 2)[1]
	b := s.list()
	focusSeen := func(what string) {
		t.Helper()
		b.until("the focus on "+what+" can be seen", `(() => {
			const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
			if (e.type === 'date' && !e.matches(':focus')) return true; // its calendar button, which the browser draws
			return e !== document.body && e.matches(':focus-visible') && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 &&
				box.width > 0 && box.right > 0 && box.bottom > 0 && box.top < innerHeight;
		})()`)
	}
	b.press("\t")
	b.until("the first stop is the link past the menus", `document.activeElement.classList.contains('skip')`)
	focusSeen("it")
	b.press("\r")
	b.until("it leads to the content", `document.activeElement.id === 'main' && location.hash === '#main'`)
	b.press("\t")
	b.until("the next stop is in the content", `document.activeElement.closest('main') && document.activeElement.id !== 'main'`)

	// Every control can be reached, in the order of the page, and is seen to be.
	b.run(`document.activeElement.blur(); scrollTo(0, 0)`)
	b.visitLive(giveawaysPath(s.guild))
	var stops []string
	for range 80 {
		b.press("\t")
		stop := js[string](b, `document.activeElement === document.body ? '' : (document.activeElement.id || document.activeElement.parentElement.id || document.activeElement.textContent.trim())`)
		if stop == "" {
			break
		}
		focusSeen(stop)
		stops = append(stops, stop)
	}
	for _, want := range []string{"me", "switcher", "q", "from", "sort", "tab-all", "tab-ended", "select-" + g.ID, "open-" + g.ID, "menu-" + g.ID} {
		if !slices.Contains(stops, want) {
			t.Errorf("the Tab key does not reach %s; it stops at %q", want, stops)
		}
	}

	// A menu opens, its entries are next, and Escape leads back.
	b.run(`document.querySelector('#menu-` + g.ID + ` > summary').focus()`)
	b.press("\r")
	b.until("the menu is open", `document.getElementById('menu-`+g.ID+`').open`)
	b.press("\t")
	b.until("its first entry is next", `document.activeElement.closest('.menu-body')`)
	b.press("\x1b")
	b.until("Escape closes it and leads back", `!document.getElementById('menu-`+g.ID+`').open && document.activeElement.parentElement.id === 'menu-`+g.ID+`'`)

	b.press("/")
	b.until("the slash leads to the search", `document.activeElement.id === 'q' && document.activeElement.value === ''`)
	b.press("/")
	b.until("there it is a letter", `document.activeElement.value === '/'`)
}

func TestLanguageAndThemeLeadBackToWhereOneWas(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprint("with scripts: ", scripts), func(t *testing.T) {
			s := newScene(t) // what is chosen goes with the person, and those of the demo are everybody
			s.fill(t, 30)
			b := s.member.window("/guilds")
			call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
			path, search := giveawaysPath(s.guild), "?status=active&page=2"
			b.visit(path + search)
			stays := ` && location.pathname === '` + path + `' && location.search === '` + search + `'`
			ground := js[string](b, `getComputedStyle(document.body).backgroundColor`)

			b.follow(`.foot button[value=vi]`)
			b.until("the page speaks Vietnamese", `document.documentElement.lang === 'vi' && document.querySelector('h1').textContent === 'Giveaway'`+stays)
			if scripts {
				b.live()
				b.asFresh()
			}
			b.follow(`.foot button[value=dark]`)
			b.until("the page is dark", `getComputedStyle(document.body).backgroundColor !== '`+ground+`'`+stays)
			b.until("the choice is shown", `document.querySelector('.foot button[value=dark]').ariaPressed === 'true' && document.querySelector('.foot button[value=vi]').ariaPressed === 'true'`)
			b.follow(`.foot button[value=light]`)
			b.follow(`.foot button[value=en]`)
			b.until("all is as before", `document.documentElement.lang === 'en' && getComputedStyle(document.body).backgroundColor === '`+ground+`'`+stays)
		})
	}
}

func TestTimesAreTheReadersOwnAndTick(t *testing.T) {
	s := newScene(t)
	g, err := s.store.CreateGiveaway(t.Context(), store.Giveaway{
		GuildID: s.guild, ChannelID: snowflake("4"), Host: store.Person{ID: s.user}, Prize: "A lantern", Status: store.GiveawayActive,
		WinnerCount: 1, EndsAt: time.Now().Add(10 * time.Minute), CreatedAt: time.Date(2026, 1, 31, 20, 30, 0, 0, time.UTC),
	})
	must(t, err)
	b := s.member.window("/guilds")
	call(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Tokyo"})
	b.visitLive(giveawayPath(g))
	b.until("the page says when, as clocks in Tokyo do", `document.getElementById('created').textContent.startsWith('Feb 1, 2026, 5:30')`)
	b.until("and which zone that is", `/GMT\+9|Japan/.test(document.getElementById('created').title)`)

	b.visitLive(giveawaysPath(s.guild))
	left := fmt.Sprintf(`document.getElementById('time-%s').textContent`, g.ID)
	first := js[string](b, left)
	b.until("the countdown ticks", left+` !== '`+first+`'`)
	row := `document.getElementById('time-` + g.ID + `')`
	b.run(`window.time = ` + row)
	s.entry(t, g)
	b.until("the entry is counted", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	second := js[string](b, left)
	b.until("it ticks on after an update", left+` !== '`+second+`' && time === `+row)
	if strings.Contains(second, ",") || strings.Contains(second, "2026") {
		t.Errorf("the countdown reads %q", second)
	}
}

func TestAnUpdateMovesNothing(t *testing.T) {
	s := newScene(t)
	rows := s.fill(t, 12)
	for _, path := range []string{giveawaysPath(s.guild), overviewPath(s.guild)} {
		b := s.member.window(path)
		b.live()
		b.frame()
		b.run(`seen.shift = seen.shifts.length = 0`)
		before := b.frames()
		for i := range 5 {
			s.entry(t, rows[i])
			b.until("the entry is counted", fmt.Sprintf(`seen.frames > %d`, before+i))
		}
		b.run(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`)
		if shift := js[float64](b, `seen.shift`); shift > minded/100 { // a number that grows by a digit may push its neighbour
			t.Errorf("%s moved by %v: %s", path, shift, js[string](b, `seen.shifts.join('; ')`))
		}
	}
}
