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

// recheck is how long it may take at most until a stream's reader is asked about again, and the page says so.
const recheck = 60*time.Second + soon

func TestSigningInLeadsToThePageThatWasAskedFor(t *testing.T) {
	s := newScene(t)
	g := s.quietGiveaway(t, s.guild, "A lantern")
	stranger := newReader(t, s.public.url)
	b := stranger.window(giveawayPath(g))
	b.until("the page asks to sign in, and says why", `location.pathname === '/login' && document.querySelector('.note-info')`)
	s.arrive.Lock()
	defer s.arrive.Unlock()
	s.discord.SignIn(s.user)
	b.click("#sign-in")
	b.until("the page that was asked for is shown", `location.pathname === '`+giveawayPath(g)+`'`)
	b.live()
	b.text("#me .menu-name", "keeper")

	b.click("#me > summary")
	b.click(`#me form[action="/logout"] button`)
	b.until("the page says that one is signed out", `location.pathname === '/login' && document.querySelector('.note-info')`)
	b.visit(giveawayPath(g))
	b.until("nothing is shown any more", `location.pathname === '/login' && !document.querySelector('#live')`)
}

func TestWhoPressesCancelAtDiscordIsTold(t *testing.T) {
	s := newScene(t)
	b := newReader(t, s.public.url).window("/login")
	s.arrive.Lock()
	defer s.arrive.Unlock()
	s.discord.Deny()
	b.click("#sign-in")
	b.until("the sign-in page says what happened", `location.search.includes('login.cancelled') && document.querySelector('.note')`)
	s.discord.SignIn(s.user)
	b.click("#sign-in")
	b.until("one is signed in", `location.pathname === '/guilds'`)
}

func TestWithoutTheRightNothingIsSeen(t *testing.T) {
	s := newScene(t)
	secret := "A very secret lantern"
	g := s.quietGiveaway(t, s.guild, secret)
	stranger := snowflake("9")
	name := "Guild of " + t.Name()
	s.discord.SetUser(discordtest.User{ID: stranger, Username: "stranger"},
		discordtest.Guild{ID: s.guild, Name: name, Permissions: fmt.Sprint(1 << 3 >> 1)}) // BAN_MEMBERS: the one below ADMINISTRATOR
	r := newReader(t, s.public.url)
	s.signIn(r, stranger)
	b := r.first
	if js[bool](b, `document.querySelector('main').textContent.includes(`+quoted(name)+`)`) {
		t.Error("the picker names a guild that is not theirs")
	}
	nowhere := snowflake("8")
	for _, c := range []struct{ what, path, headers string }{
		{"page", giveawaysPath(s.guild), `{}`},
		{"overview", overviewPath(s.guild), `{}`},
		{"one giveaway", giveawayPath(g), `{}`},
		{"partial", giveawaysPath(s.guild), `{ 'HX-Request': 'true', 'HX-Request-Type': 'partial', 'HX-Source': 'section#live' }`},
		{"stream of the page", giveawaysPath(s.guild) + "/live", `{}`},
		{"API of giveaways", "/api/guilds/" + s.guild + "/giveaways", `{}`},
		{"API of tickets", "/api/guilds/" + s.guild + "/tickets", `{}`},
		{"stream of events", "/api/events/stream?guildId=" + s.guild, `{}`},
	} {
		ask := func(path string) (int, string) {
			answer := js[[]any](b, fmt.Sprintf(`fetch(%s, { headers: %s }).then(async r => [r.status, await r.text()])`, quoted(path), c.headers))
			return int(answer[0].(float64)), answer[1].(string)
		}
		status, body := ask(c.path)
		if status != http.StatusNotFound {
			t.Errorf("%s answers %d", c.what, status)
		}
		if strings.Contains(body, secret) || strings.Contains(body, name) {
			t.Errorf("%s tells what is there", c.what)
		}
		other, elsewhere := ask(strings.ReplaceAll(c.path, s.guild, nowhere))
		if other != status || strings.ReplaceAll(elsewhere, nowhere, s.guild) != body {
			t.Errorf("%s looks otherwise for a guild that does not exist: %d", c.what, other)
		}
	}
	b.visit(giveawaysPath(s.guild))
	b.until("the page is not found", `document.querySelector('.problem-status')?.textContent === '404'`)
}

func TestLosingTheRightEndsTheStreamAndThePageSaysSo(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.fill(t, 2)
	b := s.list()
	s.discord.SetUser(discordtest.User{ID: s.user, Username: "keeper"},
		discordtest.Guild{ID: s.guild, Name: "Not theirs any more", Permissions: "0"})
	other := s.member.window("/guilds")
	eventually(t, "asked again, the picker has nothing", func() (bool, string) { // Discord is asked once a second at most
		other.follow("#refresh")
		return js[bool](other, `!!document.getElementById('guilds-none')`), other.state()
	})
	other.visit("/sessions") // which has no stream
	b.within(recheck, "the page says that the right is gone", `document.documentElement.dataset.live === 'denied'`)
	b.says("denied")
	if len(s.proxy.open()) > 0 {
		t.Errorf("a stream is still open:\n%s", s.proxy)
	}
	asked := s.proxy.count(either(streams, polls))
	g := s.giveaway(t, s.guild, "A lantern")
	throughout(t, pollEvery+time.Second, "nothing more is asked or shown", func() (bool, string) {
		return s.proxy.count(either(streams, polls)) == asked && !js[bool](b, listed(g.ID)), s.proxy.String()
	})
}

func TestSigningOutInAnotherWindowEndsTheStream(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.fill(t, 2)
	b := s.list()
	other := s.member.window("/sessions")
	other.click("#me > summary")
	other.click(`#me form[action="/logout"] button`)
	other.until("one is signed out", `location.pathname === '/login'`)
	b.within(recheck, "the page says that one is signed out", `document.documentElement.dataset.live === 'out'`)
	b.says("out")
	b.until("the way back in stands beside it", `document.getElementById('live-status-sign-in').checkVisibility()`)
	if len(s.proxy.open()) > 0 {
		t.Errorf("a stream is still open:\n%s", s.proxy)
	}
}

func TestATabThatWasHiddenWhileOneSignedOutSaysSoWhenShown(t *testing.T) {
	s := newScene(t)
	s.fill(t, 2)
	b := s.list()
	other := s.member.tabBeside("/sessions")
	b.hidden()
	other.click("#me > summary")
	other.click(`#me form[action="/logout"] button`)
	other.until("one is signed out", `location.pathname === '/login'`)
	b.front()
	b.says("out")
	b.click("#live-status-sign-in")
	b.until("the link leads to the sign-in page", `location.pathname === '/login'`)
}

// Whoever uses the browser next sees nothing of what was there: neither by Back, nor in the browser's storage.
func TestSigningOutLeavesNothingBehind(t *testing.T) {
	d := demo(t)
	secret := "What nobody else may read"
	ticket := d.ticket(t, smallGuild, secret)
	b := newMember(t, d.url).window("/guilds")
	b.visitLive(ticketsPath(smallGuild))
	b.until("the list shows the ticket", textOf("#live")+`.includes(`+quoted(secret)+`)`)
	b.visitLive(ticketPath(ticket))
	b.types("#answer-text", "Half an answer")
	b.holds("#answer-text", "Half an answer")
	b.click("#me > summary")
	b.click(`#me form[action="/logout"] button`)
	b.until("the page says that one is signed out", `location.pathname === '/login' && document.querySelector('.note-info')`)
	if kept := js[[]string](b, `[...Object.keys(sessionStorage), ...Object.keys(localStorage)]`); len(kept) > 0 {
		t.Errorf("the browser keeps %q, want nothing", kept)
	}
	for _, page := range []string{ticketPath(ticket), ticketsPath(smallGuild)} {
		b.run(`history.back()`)
		b.until("Back asks to sign in, in place of "+page, `location.pathname === '/login' && location.search.includes(`+
			quoted(url.QueryEscape(page))+`) && document.querySelector('#sign-in')`)
		if js[bool](b, `document.documentElement.outerHTML.includes(`+quoted(secret)+`)`) {
			t.Errorf("Back to %s shows the ticket", page)
		}
	}
}
