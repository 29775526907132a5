package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
	"guildboard/views"
)

// withDiscord signs users in at a fake Discord, where every browser is signed in as Robin. configure may change the
// configuration of the site's Discord client.
func withDiscord(fake **discordtest.Server, configure func(*discord.Config)) siteOption {
	return func(s *site, _ *live.Config) {
		*fake = discordtest.New(s.t)
		(*fake).SetUser(discordtest.User{ID: robin, Username: "robin", GlobalName: "Robin Goodfellow"},
			discordtest.Guild{ID: lantern, Name: "Lantern Hollow", Permissions: "32"})
		(*fake).SetBrowserUser(robin)
		config := (*fake).Config(s.PublicURL + "/login/callback")
		if configure != nil {
			configure(&config)
		}
		client, err := store.OpenRedis("redis://" + s.redis.Addr())
		must(s.t, err)
		s.t.Cleanup(func() { client.Close() })
		s.Discord = discord.New(config, client, s.Log)
		s.Server.Guilds = s.Discord
	}
}

// startSignIn starts the sign-in and returns the callback URL to which Discord redirects the browser.
func (b *browser) startSignIn(from string) (callback string) {
	b.site.t.Helper()
	consent := b.get(b.get(from).wantStatus(http.StatusSeeOther).Header.Get("Location")).wantStatus(http.StatusFound)
	return consent.Header.Get("Location")
}

func TestLandingPage(t *testing.T) {
	s := openSite(t)
	a := s.browser().get("/").wantStatus(http.StatusOK)
	a.wantText("h1", "live")
	if href := attr(a.find("#sign-in"), "href"); href != "/login/start" {
		t.Errorf("the way in leads to %q", href)
	}
	if s.signIn(robin).get("/").wantStatus(http.StatusOK).find("#sign-in").Length() > 0 {
		t.Error("who is signed in is asked to sign in")
	}
}

func TestSignInPageShowsReason(t *testing.T) {
	s := openSite(t)
	for note, want := range map[string]struct{ role, words string }{
		"":                  {"", ""},
		"login.needed":      {"status", "Please sign in"},
		"login.out":         {"status", "signed out"},
		"login.cancelled":   {"status", "Cancel"},
		"login.cookie":      {"alert", "Allow cookies"},
		"login.expired":     {"alert", "Start again"},
		"login.address":     {"alert", s.PublicURL + "/login/callback"},
		"login.secret":      {"alert", "DISCORD_CLIENT_SECRET"},
		"login.scope":       {"alert", "list of servers"},
		"login.discordDown": {"alert", "Try again in a minute"},
		"login.redisDown":   {"alert", "nobody can sign in"},
		"problem.internal":  {"", ""}, // a message key that a URL may not request
		"<script>":          {"", ""},
	} {
		for _, b := range []*browser{s.browser(), s.signIn(robin)} {
			if note == "" && b.cookie("guildboard") != "" {
				continue // redirected, see below
			}
			a := b.get("/login?note=" + url.QueryEscape(note)).wantStatus(http.StatusOK)
			notes := a.find("main [role=alert], main [role=status]")
			if want.role == "" && notes.Length() > 0 {
				t.Errorf("note %q says %q", note, notes.Text())
			}
			if want.role != "" && (attr(notes, "role") != want.role || !strings.Contains(notes.Text(), want.words)) {
				t.Errorf("note %q says %q as %q", note, notes.Text(), attr(notes, "role"))
			}
			if a.find("#sign-in").Length() != 1 {
				t.Errorf("note %q: there is no way in", note)
			}
		}
	}
}

func TestSignInDoesNotLoop(t *testing.T) {
	s := openSite(t)
	for name, b := range map[string]*browser{"a stranger": s.browser(), "who is signed in": s.signIn(robin)} {
		for _, from := range []string{"/", "/login", "/login?return=/login", "/login?return=/login%3Freturn%3D/login",
			"/login?return=/", "/guilds"} {
			at, steps := b.get(from), 0
			for ; at.StatusCode == http.StatusSeeOther; steps++ {
				if steps > 5 {
					t.Fatalf("%s goes in circles from %s", name, from)
				}
				at = b.get(at.Header.Get("Location"))
			}
			at.wantStatus(http.StatusOK)
		}
	}
	t.Run("not even when Discord has ended what was granted", func(t *testing.T) {
		s := openSite(t, func(s *site, _ *live.Config) {
			s.discord.fail = func(context.Context) error { return discord.ErrSignedOut }
		})
		b := s.signIn(robin)
		to := b.get("/guilds").wantRedirect("/login?note=login.needed&return=%2Fguilds").Header.Get("Location")
		b.get(to).wantStatus(http.StatusOK).wantText("main", "Please sign in")
	})
}

// externalTargets are URLs of other sites that a link could pass in "return".
var externalTargets = []string{
	"//evil.example", "///evil.example", "https://evil.example/", "http:evil.example", `/\evil.example`, `\\evil.example`, `\/evil.example`,
	"javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/\r\nSet-Cookie: a=b",
	"evil.example", "", "/\x00", "/\x7f", "//", "/" + strings.Repeat("a", 5000), "%zz", "/%zz", "https://", ":",
}

func TestReturnPathStaysOnSite(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	for _, target := range externalTargets {
		query := "return=" + url.QueryEscape(target)
		b := s.signIn(robin)
		b.get("/login?" + query).wantRedirect("/guilds")
		b.post("/preferences", url.Values{"return": {target}}).wantRedirect("/")
		stranger := s.browser()
		page := stranger.get("/login?" + query).wantStatus(http.StatusOK)
		if href := attr(page.find("#sign-in"), "href"); href != "/login/start?return=%2Fguilds" {
			t.Errorf("return=%q: the way in leads to %q", target, href)
		}
		if target == "" || target == "//evil.example" { // a full sign-in for two values: all values use the same check
			stranger.get(stranger.startSignIn("/login/start?" + query)).wantRedirect("/guilds")
		}
	}
	s.signIn(robin).get("/login?return=" + url.QueryEscape("/guilds/1/tickets?q=a%20b&page=2")).
		wantRedirect("/guilds/1/tickets?q=a%20b&page=2")
}

func TestDiscordSignIn(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	b := s.browser()
	wanted := "/guilds/" + lantern + "/giveaways?status=ended"

	login := b.get(b.get(wanted).wantStatus(http.StatusSeeOther).Header.Get("Location")).wantStatus(http.StatusOK)
	start := attr(login.find("a#sign-in"), "href")
	callback := b.startSignIn(start)
	if !strings.HasPrefix(callback, s.PublicURL+"/login/callback?") {
		t.Fatalf("Discord sends people to %s", callback)
	}
	if b.cookie("guildboard") != "" {
		t.Error("who has only begun has a session")
	}
	done := b.get(callback).wantRedirect(wanted)
	page := b.get(wanted).wantStatus(http.StatusOK)
	page.wantText("#me", "Robin Goodfellow")

	t.Run("the cookie is for this site's server alone, and holds but a number", func(t *testing.T) {
		for _, c := range done.Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
				t.Errorf("cookie %s is %v", c.Name, c)
			}
		}
		if value := b.cookie("guildboard"); len(value) != 43 || strings.Contains(value, robin) {
			t.Errorf("the cookie holds %q", value)
		}
	})
	t.Run("a way back is good once", func(t *testing.T) {
		tokens := fake.RequestCount(discordtest.RouteToken)
		b.get(callback).wantRedirect("/guilds") // the session still exists, so the sign-in continues
		if got := fake.RequestCount(discordtest.RouteToken); got != tokens {
			t.Errorf("Discord was asked for %d tokens more, want none", got-tokens)
		}
	})
	t.Run("signing in again changes the session's number, and the old one is void", func(t *testing.T) {
		old := b.cookie("guildboard")
		b.get(b.startSignIn("/login/start")).wantRedirect("/guilds")
		if b.cookie("guildboard") == old {
			t.Error("the number is the same")
		}
		thief := s.browser()
		thief.client.Jar.SetCookies(thief.url("/"), []*http.Cookie{{Name: "guildboard", Value: old, Path: "/"}})
		thief.get("/guilds").wantStatus(http.StatusSeeOther)
	})
	t.Run("a number that somebody planted is not taken over", func(t *testing.T) {
		planted := strings.Repeat("C", 43)
		victim := s.browser()
		victim.client.Jar.SetCookies(victim.url("/"), []*http.Cookie{{Name: "guildboard", Value: planted, Path: "/"}})
		victim.get(victim.startSignIn("/login/start")).wantRedirect("/guilds")
		if victim.cookie("guildboard") == planted {
			t.Error("it was")
		}
	})
	t.Run("nothing of it is in the log", func(t *testing.T) {
		for _, secret := range []string{"access-", "refresh-", discordtest.ClientSecret, b.cookie("guildboard")} {
			if strings.Contains(s.log.String(), secret) {
				t.Errorf("%q is in the log", secret)
			}
		}
	})
	t.Run("over https the cookie insists on it", func(t *testing.T) {
		var fake *discordtest.Server
		s := openSite(t, withDiscord(&fake, nil), func(s *site, _ *live.Config) {
			client, err := store.OpenRedis("redis://" + s.redis.Addr())
			must(t, err)
			t.Cleanup(func() { client.Close() })
			seal, err := store.NewSealer(testSealKey)
			must(t, err)
			s.Sessions = store.NewSessionStore(client, seal, true, s.Log)
		})
		for _, c := range s.browser().get("/login/start").Cookies() {
			if !c.Secure || !strings.HasPrefix(c.Name, "__Host-") {
				t.Errorf("cookie %v", c)
			}
		}
	})
}

func TestSignInStateIsBoundToBrowser(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	callback := s.browser().startSignIn("/login/start")

	without := s.browser()
	without.get(callback).wantRedirect("/login?note=login.cookie")
	other := s.browser()
	other.startSignIn("/login/start")
	other.get(callback).wantRedirect("/login?note=login.expired")
	other.get("/login/callback?code=made-up&state=made-up").wantRedirect("/login?note=login.expired")
	for _, b := range []*browser{without, other} {
		if b.cookie("guildboard") != "" {
			t.Error("there is a session")
		}
	}
	if n := fake.RequestCount(discordtest.RouteToken); n > 0 {
		t.Errorf("Discord was asked %d times", n)
	}
}

func TestFailedSignInShowsCause(t *testing.T) {
	type fail func(*discordtest.Server)
	failing := func(route string, f discordtest.Failure) fail {
		return func(d *discordtest.Server) { d.FailAll(route, f) }
	}
	for name, test := range map[string]struct {
		fail      fail
		configure func(*discord.Config)
		note      string
	}{
		"Cancel was pressed": {fail: (*discordtest.Server).DenyConsent, note: "login.cancelled"},
		"wrong secret":       {configure: func(c *discord.Config) { c.ClientSecret = "another" }, note: "login.secret"},
		"address not registered": {fail: failing(discordtest.RouteToken,
			discordtest.TokenError(400, "invalid_grant", `Invalid "redirect_uri" in request.`)), note: "login.address"},
		"code used up": {fail: failing(discordtest.RouteToken,
			discordtest.TokenError(400, "invalid_grant", `Invalid "code" in request.`)), note: "login.expired"},
		"scope missing": {fail: func(d *discordtest.Server) { d.SetGrantedScope("identify") }, note: "login.scope"},
		"token: 500":    {fail: failing(discordtest.RouteToken, discordtest.Status(500)), note: "login.discordDown"},
		"token: 429": {fail: failing(discordtest.RouteToken, discordtest.RateLimited(time.Minute, false)),
			note: "login.discordDown"},
		"token: garbage":    {fail: failing(discordtest.RouteToken, discordtest.Body("<!doctype")), note: "login.discordDown"},
		"token: a web page": {fail: failing(discordtest.RouteToken, discordtest.HTML(502)), note: "login.discordDown"},
		"person: 500":       {fail: failing(discordtest.RouteMe, discordtest.Status(500)), note: "login.discordDown"},
		"person: 429": {fail: failing(discordtest.RouteMe, discordtest.RateLimited(time.Minute, true)),
			note: "login.discordDown"},
		"person: garbage":         {fail: failing(discordtest.RouteMe, discordtest.Body("{")), note: "login.discordDown"},
		"person: token void":      {fail: failing(discordtest.RouteMe, discordtest.Status(401)), note: "login.expired"},
		"person: not to be asked": {fail: failing(discordtest.RouteMe, discordtest.Status(403)), note: "login.discordDown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var fake *discordtest.Server
			s := openSite(t, withDiscord(&fake, test.configure))
			if test.fail != nil {
				test.fail(fake)
			}
			b := s.browser()
			failed := b.get(b.startSignIn("/login/start?return=/sessions")).wantRedirect("/login?note=" + test.note + "&return=%2Fsessions")
			page := b.get(failed.Header.Get("Location")).wantStatus(http.StatusOK).wantNoText("oauth2:", "discord:", "invalid_grant")
			if page.find("main [role=alert], main [role=status]").Length() != 1 || page.find("#sign-in").Length() != 1 {
				t.Errorf("the page does not say why and how to go on:\n%s", page.body)
			}
			if href := attr(page.find("#sign-in"), "href"); href != "/login/start?return=%2Fsessions" {
				t.Errorf("the next try leads to %q", href)
			}
			if b.cookie("guildboard") != "" {
				t.Error("there is a session")
			}
			if test.note != "login.cancelled" && !strings.Contains(s.log.String(), "sign-in failed") {
				t.Error("the operator learns nothing of it")
			}
		})
	}
	t.Run("what Discord says when it sends people back", func(t *testing.T) {
		var fake *discordtest.Server
		s := openSite(t, withDiscord(&fake, nil))
		for code, note := range map[string]string{
			"access_denied": "login.cancelled", "invalid_scope": "login.scope", "unauthorized_client": "login.secret",
			"server_error": "login.discordDown", "<script>": "login.discordDown",
		} {
			b := s.browser()
			callback, err := url.Parse(b.startSignIn("/login/start"))
			must(t, err)
			b.get("/login/callback?error=" + url.QueryEscape(code) + "&state=" + callback.Query().Get("state")).
				wantRedirect("/login?note=" + note)
		}
	})
	t.Run("Redis away", func(t *testing.T) {
		var fake *discordtest.Server
		s := openSite(t, withDiscord(&fake, nil))
		b := s.browser()
		callback := b.startSignIn("/login/start")
		s.redis.Close()
		b.get("/login/start").wantRedirect("/login?note=login.redisDown")
		b.get(callback).wantRedirect("/login?note=login.redisDown")
	})
}

func TestDemoSignInIsForDemoModeOnly(t *testing.T) {
	s := openSite(t)
	s.browser().post("/login/demo", nil).wantStatus(http.StatusNotFound)
	// this site has no Discord client either
	s.browser().get("/login/callback?state=x&code=y").wantStatus(http.StatusNotFound)

	demo := openSite(t, func(s *site, _ *live.Config) { s.DemoUser = &store.User{ID: robin, Username: "Robin"} })
	b := demo.browser()
	b.get("/login/start").wantStatus(http.StatusNotFound)
	page := b.get("/login?return=/sessions").wantStatus(http.StatusOK)
	form := page.find("form:has(#sign-in)")
	if attr(form, "method") != "post" || attr(form, "action") != "/login/demo" {
		t.Fatalf("one click does %s %s", attr(form, "method"), attr(form, "action"))
	}
	b.post("/login/demo", url.Values{"return": {attr(form.Find("[name=return]"), "value")}}).wantRedirect("/sessions")
	b.get("/guilds").wantStatus(http.StatusOK).wantText("#me", "Robin")
	for _, target := range externalTargets {
		demo.browser().post("/login/demo", url.Values{"return": {target}}).wantRedirect("/guilds")
	}
	demo.browser().post("/login/demo", nil, "Origin", "https://evil.example").wantStatus(http.StatusForbidden)
}

func TestSignOut(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	one, two := s.browser(), s.browser()
	for _, b := range []*browser{one, two} {
		b.get(b.startSignIn("/login/start")).wantRedirect("/guilds")
	}
	one.get("/logout").wantStatus(http.StatusMethodNotAllowed)
	one.get("/guilds").wantStatus(http.StatusOK)

	held := one.cookie("guildboard")
	one.post("/logout", nil).wantRedirect("/login?note=login.out")
	if one.cookie("guildboard") != "" {
		t.Error("the browser keeps the cookie")
	}
	replay := s.browser()
	replay.client.Jar.SetCookies(replay.url("/"), []*http.Cookie{{Name: "guildboard", Value: held, Path: "/"}})
	replay.get("/guilds").wantStatus(http.StatusSeeOther)
	two.get("/guilds").wantStatus(http.StatusOK)
	if n := fake.RequestCount(discordtest.RouteRevoke); n != 0 {
		t.Errorf("Discord was told %d times, which ends the other session too", n)
	}
	two.post("/logout", nil).wantRedirect("/login?note=login.out")
	if n := fake.RequestCount(discordtest.RouteRevoke); n != 1 {
		t.Errorf("Discord was told %d times that nothing is granted any more", n)
	}
	two.post("/logout", nil).wantRedirect("/login?note=login.out") // signing out twice is harmless

	t.Run("works when Discord does not answer", func(t *testing.T) {
		one.get(one.startSignIn("/login/start")).wantRedirect("/guilds")
		fake.FailAll(discordtest.RouteRevoke, discordtest.Status(500))
		one.post("/logout", nil).wantRedirect("/login?note=login.out")
	})
}

func TestSessions(t *testing.T) {
	s := openSite(t)
	here, there, other := s.signIn(robin), s.signIn(robin), s.signIn(sam)
	list := here.get("/sessions").wantStatus(http.StatusOK)
	rows := list.find("tr[id^=session-]")
	if rows.Length() != 2 {
		t.Fatalf("%d sessions are listed, not one's own two", rows.Length())
	}
	list.wantText("tr[id^=session-]", "Firefox, Linux").wantText("tr[id^=session-]", "This one")
	end := func(a *testResponse, row string) string { return attr(a.find(row).Find("form[method=post]"), "action") }

	t.Run("another's cannot be ended", func(t *testing.T) {
		other.post(end(list, "tr[id^=session-]:contains('This one')"), nil).wantStatus(http.StatusNotFound)
		here.get("/guilds").wantStatus(http.StatusOK)
	})
	t.Run("one's own can", func(t *testing.T) {
		here.post(end(list, "tr[id^=session-]:not(:contains('This one'))"), nil).wantRedirect("/sessions?note=sessions.ended")
		here.get("/sessions?note=sessions.ended").wantStatus(http.StatusOK).wantText("main [role=status]", "ended")
		there.get("/guilds").wantStatus(http.StatusSeeOther)
		here.get("/guilds").wantStatus(http.StatusOK)
	})
	t.Run("even the one in use", func(t *testing.T) {
		here.post(end(here.get("/sessions"), "tr[id^=session-]"), nil).wantStatus(http.StatusSeeOther)
		here.get("/guilds").wantStatus(http.StatusSeeOther)
	})
}

func TestPreferences(t *testing.T) {
	s := openSite(t)
	b := s.browser()
	page := b.get("/login").wantStatus(http.StatusOK)
	if got := attr(page.find("html"), "lang"); got != "en" {
		t.Errorf("the page speaks %q", got)
	}
	b.post("/preferences", url.Values{"lang": {"vi"}, "return": {"/login"}}).wantRedirect("/login")
	b.post("/preferences", url.Values{"theme": {"dark"}, "return": {"/login"}}).wantRedirect("/login")
	page = b.get("/login").wantStatus(http.StatusOK)
	if lang, theme := attr(page.find("html"), "lang"), attr(page.find("html"), "data-theme"); lang != "vi" || theme != "dark" {
		t.Errorf("the page is %q and %q", lang, theme)
	}
	if got := visibleText(page.find("[name=lang][aria-pressed=true]")) +
		visibleText(page.find("[name=theme][aria-pressed=true]")); got != "Tiếng ViệtTối" {
		t.Errorf("pressed are %q", got)
	}
	b.post("/preferences", url.Values{"theme": {""}}).wantStatus(http.StatusSeeOther)
	if got := attr(b.get("/login").find("html"), "data-theme"); got != "" {
		t.Errorf("the system's own theme is %q", got)
	}

	t.Run("what is unknown is refused and changes nothing", func(t *testing.T) {
		for _, form := range []url.Values{{"lang": {"fr"}}, {"lang": {""}}, {"theme": {"pink"}}, {"lang": {"vi\r\nX: y"}}} {
			a := b.post("/preferences", form).wantStatus(http.StatusBadRequest)
			if len(a.Cookies()) > 0 || a.find("main h1").Length() != 1 {
				t.Errorf("%v set %v:\n%s", form, a.Cookies(), a.body)
			}
		}
		b.send(http.MethodPost, "/preferences", strings.NewReader("lang=%zz"), "Content-Type",
			"application/x-www-form-urlencoded").wantStatus(http.StatusBadRequest)
		huge := "lang=en&x=" + strings.Repeat("a", 100<<10)
		b.send(http.MethodPost, "/preferences", strings.NewReader(huge), "Content-Type",
			"application/x-www-form-urlencoded").wantStatus(http.StatusBadRequest)
	})
	t.Run("one comes back to where the page is by now", func(t *testing.T) {
		form := url.Values{"theme": {"dark"}, "return": {"/login"}}
		b.post("/preferences", form, "Referer", s.PublicURL+"/guilds/1/giveaways?q=x").wantRedirect("/guilds/1/giveaways?q=x")
		b.post("/preferences", form, "Referer", "https://evil.example/login").wantRedirect("/login")
		b.post("/preferences", form, "Referer", s.PublicURL+"//evil.example/").wantRedirect("/login")
	})
	t.Run("the browser's language counts for who has chosen none", func(t *testing.T) {
		a := s.browser().get("/login", "Accept-Language", "fr, vi;q=0.8, en;q=0.5").wantStatus(http.StatusOK)
		if got := attr(a.find("html"), "lang"); got != string(views.Vietnamese) {
			t.Errorf("the page speaks %q", got)
		}
	})
	t.Run("a cookie that somebody made up is ignored", func(t *testing.T) {
		b := s.browser()
		b.client.Jar.SetCookies(b.url("/"), []*http.Cookie{{Name: "lang", Value: "xx"}, {Name: "theme", Value: "x'x"}})
		a := b.get("/login").wantStatus(http.StatusOK)
		if lang, theme := attr(a.find("html"), "lang"), attr(a.find("html"), "data-theme"); lang != "en" || theme != "" {
			t.Errorf("the page is %q and %q", lang, theme)
		}
	})
}
