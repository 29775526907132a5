//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/store/discord/discordtest"
)

// recheckTimeout bounds the time until the server checks the access of an open stream again and the page shows the
// result.
const recheckTimeout = 60*time.Second + changeTimeout

func TestSignInReturnsToRequestedPage(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveawaySilently(t, s.guild, "A lantern")
	user := newBrowserUser(t, s.publicProxy.url)
	b := user.openWindow(giveawayPath(g))
	b.waitFor("the sign-in page shows why sign-in is needed",
		`location.pathname === '/login' && document.querySelector('.note-info')`)
	s.signInMu.Lock()
	defer s.signInMu.Unlock()
	s.discord.SetBrowserUser(s.userID)
	b.click("#sign-in")
	b.waitFor("the requested page is shown", `location.pathname === '`+giveawayPath(g)+`'`)
	b.waitLive()
	b.waitForText("#me .menu-name", "keeper")

	b.click("#me > summary")
	b.click(`#me form[action="/logout"] button`)
	b.waitFor("the page shows that the user is signed out",
		`location.pathname === '/login' && document.querySelector('.note-info')`)
	b.visit(giveawayPath(g))
	b.waitFor("the sign-in page is shown without a live region",
		`location.pathname === '/login' && !document.querySelector('#live')`)
}

func TestCancelledSignInShowsNote(t *testing.T) {
	s := newGuildFixture(t)
	b := newBrowserUser(t, s.publicProxy.url).openWindow("/login")
	s.signInMu.Lock()
	defer s.signInMu.Unlock()
	s.discord.DenyConsent()
	b.click("#sign-in")
	b.waitFor("the sign-in page shows that sign-in was cancelled",
		`location.search.includes('login.cancelled') && document.querySelector('.note')`)
	s.discord.SetBrowserUser(s.userID)
	b.click("#sign-in")
	b.waitFor("the user is signed in", `location.pathname === '/'`)
}

func TestUnauthorizedUserSeesNothing(t *testing.T) {
	s := newGuildFixture(t)
	secret := "A very secret lantern"
	g := s.createGiveawaySilently(t, s.guild, secret)
	stranger := newSnowflake("9")
	name := "Guild of " + t.Name()
	s.discord.SetUser(discordtest.User{ID: stranger, Username: "stranger"},
		discordtest.Guild{ID: s.guild, Name: name, Permissions: fmt.Sprint(1 << 3 >> 1)}) // BAN_MEMBERS, one bit below ADMINISTRATOR
	r := newBrowserUser(t, s.publicProxy.url)
	s.signIn(r, stranger)
	b := r.firstTab
	if evaluate[bool](b, `document.querySelector('main').textContent.includes(`+quoteJS(name)+`)`) {
		t.Error("guild list shows a guild that the user may not manage")
	}
	unknownGuild := newSnowflake("8")
	for _, c := range []struct{ name, path, headers string }{
		{"page", giveawaysPath(s.guild), `{}`},
		{"overview", overviewPath(s.guild), `{}`},
		{"one giveaway", giveawayPath(g), `{}`},
		{"partial", giveawaysPath(s.guild), `{ 'HX-Request': 'true', 'HX-Request-Type': 'partial', 'HX-Source': 'section#live' }`},
		{"stream of the page", giveawaysPath(s.guild) + "/live", `{}`},
		{"API of giveaways", "/api/guilds/" + s.guild + "/giveaways", `{}`},
		{"API of tickets", "/api/guilds/" + s.guild + "/tickets", `{}`},
		{"stream of events", "/api/events/stream?guildId=" + s.guild, `{}`},
	} {
		fetch := func(path string) (int, string) {
			answer := evaluate[[]any](b, fmt.Sprintf(`fetch(%s, { headers: %s }).then(async r => [r.status, await r.text()])`,
				quoteJS(path), c.headers))
			return int(answer[0].(float64)), answer[1].(string)
		}
		status, body := fetch(c.path)
		if status != http.StatusNotFound {
			t.Errorf("%s: status = %d, want 404", c.name, status)
		}
		if strings.Contains(body, secret) || strings.Contains(body, name) {
			t.Errorf("%s: response contains data of the guild", c.name)
		}
		otherStatus, otherBody := fetch(strings.ReplaceAll(c.path, s.guild, unknownGuild))
		if otherStatus != status || strings.ReplaceAll(otherBody, unknownGuild, s.guild) != body {
			t.Errorf("%s: response differs for a guild that does not exist: status %d", c.name, otherStatus)
		}
	}
	b.visit(giveawaysPath(s.guild))
	b.waitFor("the page is not found", `document.querySelector('.problem-status')?.textContent === '404'`)
}

func TestRevokedPermissionEndsStream(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	s.createGiveaways(t, 2)
	b := s.openGiveawayList()
	s.discord.SetUser(discordtest.User{ID: s.userID, Username: "keeper"},
		discordtest.Guild{ID: s.guild, Name: "No longer managed", Permissions: "0"})
	other := s.member.openWindow("/guilds")
	eventually(t, "the refreshed guild list is empty", func() (bool, string) { // the dashboard queries Discord at most once a second
		other.clickAndWaitForPage("#refresh")
		return evaluate[bool](other, `!!document.getElementById('guilds-none')`), other.describe()
	})
	other.visit("/sessions") // a page without a stream
	b.waitForWithin(recheckTimeout, "the page shows that access was revoked",
		`document.documentElement.dataset.live === 'denied'`)
	b.waitForLiveStatus("denied")
	if len(s.proxy.openStreams()) > 0 {
		t.Errorf("stream is still open:\n%s", s.proxy)
	}
	requestCount := s.proxy.count(anyOf(isStream, isPoll))
	g := s.createGiveaway(t, s.guild, "A lantern")
	consistently(t, pollEvery+time.Second, "no request is sent and no change is shown", func() (bool, string) {
		return s.proxy.count(anyOf(isStream, isPoll)) == requestCount && !evaluate[bool](b, isListedExpression(g.ID)), s.proxy.String()
	})
}

func TestSignOutInAnotherWindowEndsStream(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	s.createGiveaways(t, 2)
	b := s.openGiveawayList()
	other := s.member.openWindow("/sessions")
	other.click("#me > summary")
	other.click(`#me form[action="/logout"] button`)
	other.waitFor("the user is signed out", `location.pathname === '/login'`)
	b.waitForWithin(recheckTimeout, "the page shows that the user is signed out",
		`document.documentElement.dataset.live === 'out'`)
	b.waitForLiveStatus("out")
	b.waitFor("the sign-in link is shown", `document.getElementById('live-status-sign-in').checkVisibility()`)
	if len(s.proxy.openStreams()) > 0 {
		t.Errorf("stream is still open:\n%s", s.proxy)
	}
}

func TestHiddenTabReportsSignOutWhenShown(t *testing.T) {
	s := newGuildFixture(t)
	s.createGiveaways(t, 2)
	b := s.openGiveawayList()
	other := s.member.openTab("/sessions")
	b.waitHidden()
	other.click("#me > summary")
	other.click(`#me form[action="/logout"] button`)
	other.waitFor("the user is signed out", `location.pathname === '/login'`)
	b.bringToFront()
	b.waitForLiveStatus("out")
	b.click("#live-status-sign-in")
	b.waitFor("the link opens the sign-in page", `location.pathname === '/login'`)
}

// TestSignOutClearsHistoryAndStorage checks that the next user of the browser finds no data, neither by Back nor in the
// browser's storage.
func TestSignOutClearsHistoryAndStorage(t *testing.T) {
	d := demoServer(t)
	secret := "A confidential question"
	ticket := d.openTicket(t, smallGuild, secret)
	b := newSignedInUser(t, d.url).openWindow("/guilds")
	b.visitLive(ticketsPath(smallGuild))
	b.waitFor("the list shows the ticket", textExpression("#live")+`.includes(`+quoteJS(secret)+`)`)
	b.visitLive(ticketPath(ticket))
	b.typeText("#answer-text", "Half an answer")
	b.waitForDraft("#answer-text", "Half an answer")
	b.click("#me > summary")
	b.click(`#me form[action="/logout"] button`)
	b.waitFor("the page shows that the user is signed out",
		`location.pathname === '/login' && document.querySelector('.note-info')`)
	if stored := evaluate[[]string](b, `[...Object.keys(sessionStorage), ...Object.keys(localStorage)]`); len(stored) > 0 {
		t.Errorf("storage keys = %q, want none", stored)
	}
	for _, page := range []string{ticketPath(ticket), ticketsPath(smallGuild)} {
		b.runScript(`history.back()`)
		b.waitFor("Back opens the sign-in page instead of "+page,
			`location.pathname === '/login' && location.search.includes(`+
				quoteJS(url.QueryEscape(page))+`) && document.querySelector('#sign-in')`)
		if evaluate[bool](b, `document.documentElement.outerHTML.includes(`+quoteJS(secret)+`)`) {
			t.Errorf("Back to %s shows the ticket", page)
		}
	}
}
