package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
	"guildboard/store/session"
	"guildboard/views/text"
)

// withDiscord signs users in at a fake Discord, where every browser is signed in as Robin. configure may change the
// configuration of the site's Discord client.
func withDiscord(fake **discordtest.Server, configure func(*discord.Config)) siteOption {
	return func(s *site, c *handlers.Config) {
		*fake = discordtest.New(s.t)
		(*fake).SetUser(discordtest.User{ID: robin, Username: "robin", GlobalName: "Robin Goodfellow"},
			discordtest.Guild{ID: lantern, Name: "Lantern Hollow", Permissions: "32"})
		(*fake).SetBrowserUser(robin)
		config := (*fake).Config(c.PublicURL + "/login/callback")
		if configure != nil {
			configure(&config)
		}
		c.Discord = discord.New(config, c.Redis, c.Log)
		c.Guilds = c.Discord
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
		t.Errorf("link to the sign-in = %q, want /login/start", href)
	}
	if s.signIn(robin).get("/").wantStatus(http.StatusOK).find("#sign-in").Length() > 0 {
		t.Error("a signed-in user's page has a link to the sign-in")
	}
}

func TestSignInPageShowsReason(t *testing.T) {
	s := openSite(t)
	for note, want := range map[string]struct{ role, words string }{
		"":                  {"", ""},
		"login.needed":      {"status", "Sign in to see"},
		"login.out":         {"status", "signed out"},
		"login.cancelled":   {"status", "cancelled"},
		"login.cookie":      {"alert", "Allow cookies"},
		"login.expired":     {"alert", "Sign in again"},
		"login.address":     {"alert", "operator"},
		"login.secret":      {"alert", "operator"},
		"login.scope":       {"alert", "list of servers"},
		"login.discordDown": {"alert", "Try again in a minute"},
		"login.redisDown":   {"alert", "Sign-in isn’t available"},
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
				t.Errorf("note %q: message = %q, want none", note, notes.Text())
			}
			if want.role != "" && (attr(notes, "role") != want.role || !strings.Contains(notes.Text(), want.words)) {
				t.Errorf("note %q: message = %q with role %q, want %q with role %q",
					note, notes.Text(), attr(notes, "role"), want.words, want.role)
			}
			if a.find("#sign-in").Length() != 1 {
				t.Errorf("note %q: no link to the sign-in", note)
			}
		}
	}
}

func TestSignInDoesNotLoop(t *testing.T) {
	s := openSite(t)
	for name, b := range map[string]*browser{"signed out": s.browser(), "signed in": s.signIn(robin)} {
		for _, from := range []string{"/", "/login", "/login?return=/login", "/login?return=/login%3Freturn%3D/login",
			"/login?return=/", "/guilds"} {
			at, steps := b.get(from), 0
			for ; at.StatusCode == http.StatusSeeOther; steps++ {
				if steps > 5 {
					t.Fatalf("%s: more than 5 redirects from %s", name, from)
				}
				at = b.get(at.Header.Get("Location"))
			}
			at.wantStatus(http.StatusOK)
		}
	}
	t.Run("no redirect loop after Discord revoked the token", func(t *testing.T) {
		s := openSite(t, func(s *site, _ *handlers.Config) {
			s.discord.fail = func(context.Context) error { return discord.ErrSignedOut }
		})
		b := s.signIn(robin)
		to := b.get("/guilds").wantRedirect("/login?note=login.needed&return=%2Fguilds").Header.Get("Location")
		b.get(to).wantStatus(http.StatusOK).wantText("main", "Sign in to see")
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
		b.get("/login?" + query).wantRedirect("/")
		b.post("/preferences", url.Values{"return": {target}}).wantRedirect("/")
		stranger := s.browser()
		page := stranger.get("/login?" + query).wantStatus(http.StatusOK)
		if href := attr(page.find("#sign-in"), "href"); href != "/login/start?return=%2F" {
			t.Errorf("return=%q: link to the sign-in = %q, want return=/", target, href)
		}
		if target == "" || target == "//evil.example" { // a full sign-in for two values: all values use the same check
			stranger.get(stranger.startSignIn("/login/start?" + query)).wantRedirect("/")
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
		t.Fatalf("Discord redirects to %s, want the callback", callback)
	}
	if b.cookie("guildboard") != "" {
		t.Error("a session cookie exists before the sign-in is finished")
	}
	done := b.get(callback).wantRedirect(wanted)
	page := b.get(wanted).wantStatus(http.StatusOK)
	page.wantText("#me", "Robin Goodfellow")

	t.Run("the cookie is host-only and holds only a random id", func(t *testing.T) {
		for _, c := range done.Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
				t.Errorf("cookie %s = %v, want HttpOnly, SameSite=Lax and path /", c.Name, c)
			}
		}
		if value := b.cookie("guildboard"); len(value) != 43 || strings.Contains(value, robin) {
			t.Errorf("cookie value = %q, want 43 characters without the user id", value)
		}
	})
	t.Run("a callback works once", func(t *testing.T) {
		tokens := fake.RequestCount(discordtest.RouteToken)
		b.get(callback).wantRedirect("/") // the session still exists, so the sign-in continues
		if got := fake.RequestCount(discordtest.RouteToken); got != tokens {
			t.Errorf("further token requests = %d, want 0", got-tokens)
		}
	})
	t.Run("a new sign-in replaces the session id", func(t *testing.T) {
		old := b.cookie("guildboard")
		b.get(b.startSignIn("/login/start")).wantRedirect("/")
		if b.cookie("guildboard") == old {
			t.Error("the session id is unchanged, want a new one")
		}
		thief := s.browser()
		thief.client.Jar.SetCookies(thief.url("/"), []*http.Cookie{{Name: "guildboard", Value: old, Path: "/"}})
		thief.get("/guilds").wantStatus(http.StatusSeeOther)
	})
	t.Run("a planted session id is not used", func(t *testing.T) {
		planted := strings.Repeat("C", 43)
		victim := s.browser()
		victim.client.Jar.SetCookies(victim.url("/"), []*http.Cookie{{Name: "guildboard", Value: planted, Path: "/"}})
		victim.get(victim.startSignIn("/login/start")).wantRedirect("/")
		if victim.cookie("guildboard") == planted {
			t.Error("the planted session id is in use")
		}
	})
	t.Run("the log has no secrets", func(t *testing.T) {
		for _, secret := range []string{"access-", "refresh-", discordtest.ClientSecret, b.cookie("guildboard")} {
			if strings.Contains(s.log.String(), secret) {
				t.Errorf("log contains %q", secret)
			}
		}
	})
	t.Run("the cookie is secure over https", func(t *testing.T) {
		var fake *discordtest.Server
		s := openSite(t, withDiscord(&fake, nil), func(_ *site, c *handlers.Config) {
			seal, err := session.NewSealer(testSealKey)
			must(t, err)
			c.Sessions = session.NewStore(c.Redis, seal, true, c.Log)
		})
		for _, c := range s.browser().get("/login/start").Cookies() {
			if !c.Secure || !strings.HasPrefix(c.Name, "__Host-") {
				t.Errorf("cookie = %v, want Secure and the prefix __Host-", c)
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
			t.Error("a session cookie exists, want none")
		}
	}
	if n := fake.RequestCount(discordtest.RouteToken); n > 0 {
		t.Errorf("token requests = %d, want 0", n)
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
		"token: invalid JSON": {fail: failing(discordtest.RouteToken, discordtest.Body("<!doctype")), note: "login.discordDown"},
		"token: HTML page":    {fail: failing(discordtest.RouteToken, discordtest.HTML(502)), note: "login.discordDown"},
		"user: 500":           {fail: failing(discordtest.RouteMe, discordtest.Status(500)), note: "login.discordDown"},
		"user: 429": {fail: failing(discordtest.RouteMe, discordtest.RateLimited(time.Minute, true)),
			note: "login.discordDown"},
		"user: invalid JSON":  {fail: failing(discordtest.RouteMe, discordtest.Body("{")), note: "login.discordDown"},
		"user: token revoked": {fail: failing(discordtest.RouteMe, discordtest.Status(401)), note: "login.expired"},
		"user: forbidden":     {fail: failing(discordtest.RouteMe, discordtest.Status(403)), note: "login.discordDown"},
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
			page := b.get(failed.Header.Get("Location")).wantStatus(http.StatusOK).
				wantNoText("oauth2:", "discord:", "invalid_grant", "DISCORD_CLIENT", "PUBLIC_URL")
			if page.find("main [role=alert], main [role=status]").Length() != 1 || page.find("#sign-in").Length() != 1 {
				t.Errorf("page without one message and a link to the sign-in:\n%s", page.body)
			}
			if href := attr(page.find("#sign-in"), "href"); href != "/login/start?return=%2Fsessions" {
				t.Errorf("link to the sign-in = %q, want return=/sessions", href)
			}
			if b.cookie("guildboard") != "" {
				t.Error("a session cookie exists, want none")
			}
			if test.note != "login.cancelled" && !strings.Contains(s.log.String(), "sign-in failed") {
				t.Error("the log has no failed sign-in")
			}
			setting := map[string]string{"login.secret": "DISCORD_CLIENT_SECRET", "login.address": "PUBLIC_URL"}[test.note]
			if !strings.Contains(s.log.String(), setting) {
				t.Errorf("the log of the failed sign-in does not name the setting %s", setting)
			}
		})
	}
	t.Run("errors from Discord", func(t *testing.T) {
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
	t.Run("Redis unavailable", func(t *testing.T) {
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

	demo := openSite(t, func(_ *site, c *handlers.Config) {
		c.Discord, c.Demo = nil, &handlers.Demo{Manager: contract.User{ID: robin, Username: "Robin"}}
	})
	b := demo.browser()
	b.get("/login/start").wantStatus(http.StatusNotFound)
	b.get("/login/callback?state=x&code=y").wantStatus(http.StatusNotFound)
	page := b.get("/login?return=/sessions").wantStatus(http.StatusOK)
	form := page.find("form:has(#sign-in)")
	if attr(form, "method") != "post" || attr(form, "action") != "/login/demo" {
		t.Fatalf("demo form = %s %s, want post /login/demo", attr(form, "method"), attr(form, "action"))
	}
	b.post("/login/demo", url.Values{"return": {attr(form.Find("[name=return]"), "value")}}).wantRedirect("/sessions")
	b.get("/guilds").wantStatus(http.StatusOK).wantText("#me", "Robin")
	for _, target := range externalTargets {
		demo.browser().post("/login/demo", url.Values{"return": {target}}).wantRedirect("/")
	}
	demo.browser().post("/login/demo", nil, "Origin", "https://evil.example").wantStatus(http.StatusForbidden)
}

func TestSignOut(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	one, two := s.browser(), s.browser()
	for _, b := range []*browser{one, two} {
		b.get(b.startSignIn("/login/start")).wantRedirect("/")
	}
	one.get("/logout").wantStatus(http.StatusMethodNotAllowed)
	one.get("/guilds").wantStatus(http.StatusOK)

	held := one.cookie("guildboard")
	one.post("/logout", nil).wantRedirect("/login?note=login.out")
	if one.cookie("guildboard") != "" {
		t.Error("the browser keeps the cookie, want it deleted")
	}
	replay := s.browser()
	replay.client.Jar.SetCookies(replay.url("/"), []*http.Cookie{{Name: "guildboard", Value: held, Path: "/"}})
	replay.get("/guilds").wantStatus(http.StatusSeeOther)
	two.get("/guilds").wantStatus(http.StatusOK)
	if n := fake.RequestCount(discordtest.RouteRevoke); n != 0 {
		t.Errorf("revocations = %d, want 0 while another session exists", n)
	}
	two.post("/logout", nil).wantRedirect("/login?note=login.out")
	if n := fake.RequestCount(discordtest.RouteRevoke); n != 1 {
		t.Errorf("revocations = %d, want 1", n)
	}
	two.post("/logout", nil).wantRedirect("/login?note=login.out") // signing out twice is harmless

	t.Run("works without a response from Discord", func(t *testing.T) {
		one.get(one.startSignIn("/login/start")).wantRedirect("/")
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
		t.Fatalf("sessions = %d, want the user's 2", rows.Length())
	}
	list.wantText("tr[id^=session-]", "Firefox, Linux").wantText("tr[id^=session-]", "This session")
	end := func(a *testResponse, row string) string { return attr(a.find(row).Find("form[method=post]"), "action") }

	t.Run("sessions of another user cannot be ended", func(t *testing.T) {
		other.post(end(list, "tr[id^=session-]:not(:contains('This session'))"), nil).wantStatus(http.StatusNotFound)
		here.get("/guilds").wantStatus(http.StatusOK)
	})
	t.Run("own sessions can be ended", func(t *testing.T) {
		here.post(end(list, "tr[id^=session-]:not(:contains('This session'))"), nil).wantRedirect("/sessions?note=sessions.ended")
		here.get("/sessions?note=sessions.ended").wantStatus(http.StatusOK).wantText("main [role=status]", "ended")
		there.get("/guilds").wantStatus(http.StatusSeeOther)
		here.get("/guilds").wantStatus(http.StatusOK)
	})
	t.Run("the current session can be ended", func(t *testing.T) {
		here.post(end(here.get("/sessions"), "tr[id^=session-]"), nil).wantStatus(http.StatusSeeOther)
		here.get("/guilds").wantStatus(http.StatusSeeOther)
	})
}

func TestPreferences(t *testing.T) {
	s := openSite(t)
	b := s.browser()
	page := b.get("/login").wantStatus(http.StatusOK)
	if got := attr(page.find("html"), "lang"); got != "en" {
		t.Errorf("language = %q, want en", got)
	}
	b.post("/preferences", url.Values{"lang": {"vi"}, "return": {"/login"}}).wantRedirect("/login")
	b.post("/preferences", url.Values{"theme": {"dark"}, "return": {"/login"}}).wantRedirect("/login")
	page = b.get("/login").wantStatus(http.StatusOK)
	if lang, theme := attr(page.find("html"), "lang"), attr(page.find("html"), "data-theme"); lang != "vi" || theme != "dark" {
		t.Errorf("language = %q, theme = %q, want vi and dark", lang, theme)
	}
	if got := visibleText(page.find("[name=lang][aria-pressed=true]")) +
		visibleText(page.find("[name=theme][aria-pressed=true]")); got != "Tiếng ViệtTối" {
		t.Errorf("pressed buttons = %q, want Vietnamese and dark", got)
	}
	b.post("/preferences", url.Values{"theme": {""}}).wantStatus(http.StatusSeeOther)
	if got := attr(b.get("/login").find("html"), "data-theme"); got != "" {
		t.Errorf("theme attribute = %q, want none", got)
	}

	t.Run("unknown values are refused and change nothing", func(t *testing.T) {
		for _, form := range []url.Values{{"lang": {"fr"}}, {"lang": {""}}, {"theme": {"pink"}}, {"lang": {"vi\r\nX: y"}}} {
			a := b.post("/preferences", form).wantStatus(http.StatusBadRequest)
			if len(a.Cookies()) > 0 || a.find("main h1").Length() != 1 {
				t.Errorf("%v: cookies = %v, want none and an error page:\n%s", form, a.Cookies(), a.body)
			}
		}
		b.send(http.MethodPost, "/preferences", strings.NewReader("lang=%zz"), "Content-Type",
			"application/x-www-form-urlencoded").wantStatus(http.StatusBadRequest)
		huge := "lang=en&x=" + strings.Repeat("a", 100<<10)
		b.send(http.MethodPost, "/preferences", strings.NewReader(huge), "Content-Type",
			"application/x-www-form-urlencoded").wantStatus(http.StatusBadRequest)
	})
	t.Run("redirect back to the current page", func(t *testing.T) {
		form := url.Values{"theme": {"dark"}, "return": {"/login"}}
		b.post("/preferences", form, "Referer", s.PublicURL+"/guilds/1/giveaways?q=x").wantRedirect("/guilds/1/giveaways?q=x")
		b.post("/preferences", form, "Referer", "https://evil.example/login").wantRedirect("/login")
		b.post("/preferences", form, "Referer", s.PublicURL+"//evil.example/").wantRedirect("/login")
	})
	t.Run("the browser's language is the default", func(t *testing.T) {
		a := s.browser().get("/login", "Accept-Language", "fr, vi;q=0.8, en;q=0.5").wantStatus(http.StatusOK)
		if got := attr(a.find("html"), "lang"); got != string(text.Vietnamese) {
			t.Errorf("language = %q, want vi", got)
		}
	})
	t.Run("an invalid cookie is ignored", func(t *testing.T) {
		b := s.browser()
		b.client.Jar.SetCookies(b.url("/"), []*http.Cookie{{Name: "lang", Value: "xx"}, {Name: "theme", Value: "x'x"}})
		a := b.get("/login").wantStatus(http.StatusOK)
		if lang, theme := attr(a.find("html"), "lang"), attr(a.find("html"), "data-theme"); lang != "en" || theme != "" {
			t.Errorf("language = %q, theme = %q, want en and none", lang, theme)
		}
	})
}
