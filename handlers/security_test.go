package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/store/discord/discordtest"
)

// securityLog returns the lines of the security log with the event, such as "signed in".
func (s *site) securityLog(event string) (lines []string) {
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "log=security") && strings.Contains(line, `msg="`+event+`"`) {
			lines = append(lines, line)
		}
	}
	return lines
}

// wantSecurityLog checks that the last line of the event contains all parts.
func (s *site) wantSecurityLog(event string, parts ...string) {
	s.t.Helper()
	lines := s.securityLog(event)
	if len(lines) == 0 {
		s.t.Errorf("security log has no %q:\n%s", event, s.log)
		return
	}
	for _, word := range parts {
		if last := lines[len(lines)-1]; !strings.Contains(last, word) {
			s.t.Errorf("security log has no %s in %s", word, last)
		}
	}
}

func TestSecurityLog(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil), func(_ *site, c *handlers.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	who, from := "user="+robin, "address=203.0.113.7"
	b := s.browser()
	proxied := []string{"X-Forwarded-For", "198.51.100.1, 203.0.113.7"}

	a := b.get(b.startSignIn("/login/start"), proxied...).wantRedirect("/")
	s.wantSecurityLog("signed in", who, from, "request="+a.Header.Get("X-Request-Id"), `browser=Go-http-client/1.1`)
	b.get("/login/callback?error=access_denied&state=x", proxied...)
	stranger := s.browser()
	stranger.get("/login/callback?state=x&code=y", proxied...).wantStatus(http.StatusSeeOther)
	s.wantSecurityLog("sign-in failed", `user=""`, from, "reason=cookie")

	b.get("/guilds/"+harbour, proxied...).wantStatus(http.StatusNotFound)
	s.wantSecurityLog("access refused", who, from, "status=404", "reason=notFound", "method=GET", "path=/guilds/"+harbour)
	before := len(s.securityLog("access refused"))
	b.get("/no/such/page", proxied...).wantStatus(http.StatusNotFound)
	b.get("/guilds/"+lantern+"/tickets/cnone", proxied...).wantStatus(http.StatusNotFound)
	if got := len(s.securityLog("access refused")); got != before {
		t.Errorf("security log has a missing page:\n%s", s.securityLog("access refused")[got-1])
	}
	stranger.get("/guilds", proxied...).wantStatus(http.StatusSeeOther)
	s.wantSecurityLog("access refused", `user=""`, from, "status=401", "reason=signIn", "path=/guilds")
	b.post("/logout", nil, withHeaders(proxied, "Origin", "https://evil.example")...).wantStatus(http.StatusForbidden)
	s.wantSecurityLog("access refused", from, "status=403", "reason=crossSite", "method=POST", "origin=https://evil.example")

	grant := url.Values{"role": {"500000000000000001"}, "add-tickets": {"act"}}
	b.post(staffPath, grant, proxied...).wantStatus(http.StatusSeeOther)
	s.wantSecurityLog("grants changed", who, from, "guild="+lantern, `before=""`, `after="500000000000000001 tickets act"`)

	other := s.browser()
	other.get(other.startSignIn("/login/start"), proxied...).wantRedirect("/")
	rows := b.get("/sessions").find("tr[id^=session-]:not(:contains('This session')) form[method=post]")
	b.post(attr(rows, "action"), nil, proxied...).wantRedirect("/sessions?note=sessions.ended")
	s.wantSecurityLog("session ended", who, from, "session="+strings.Split(attr(rows, "action"), "/")[2])
	b.post("/logout", nil, proxied...).wantRedirect("/login?note=login.out")
	s.wantSecurityLog("signed out", who, from)

	t.Run("requests are logged with user and address", func(t *testing.T) {
		b := s.signIn(robin)
		id := b.get("/guilds", proxied...).wantStatus(http.StatusOK).Header.Get("X-Request-Id")
		if line := "msg=request"; !slices.ContainsFunc(strings.Split(s.log.String(), "\n"), func(l string) bool {
			return strings.Contains(l, line) && strings.Contains(l, "request="+id) && strings.Contains(l, who) && strings.Contains(l, from)
		}) {
			t.Errorf("request %s is not logged with %s and %s", id, who, from)
		}
	})
	t.Run("the log has no secrets", func(t *testing.T) {
		for _, secret := range []string{b.cookie("guildboard"), "access-", "refresh-"} {
			if secret != "" && strings.Contains(s.log.String(), secret) {
				t.Errorf("log contains %q", secret)
			}
		}
	})
}

func TestUntrustedForwardedAddressIsIgnored(t *testing.T) {
	s := openSite(t)
	s.browser().get("/guilds", "X-Forwarded-For", "203.0.113.7").wantStatus(http.StatusSeeOther)
	s.wantSecurityLog("access refused", "address=127.0.0.1")
	s.browser().get("/guilds", "X-Forwarded-For", "203.0.113.7").wantStatus(http.StatusSeeOther)
	if n := s.log.Count("TRUSTED_PROXIES"); n != 1 {
		t.Errorf("log mentions TRUSTED_PROXIES %d times, want once", n)
	}
}

func TestClosedConnectionIsNoError(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	for name, path := range map[string]string{"a page": giveawaysPath, "the front page": "/",
		"an export": giveawaysPath + "/export?format=csv"} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		r.AddCookie(&http.Cookie{Name: "guildboard", Value: b.cookie("guildboard")})
		s.web.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
		for line := range strings.Lines(s.log.String()) {
			if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") {
				t.Errorf("%s after a canceled request: %s", name, line)
			}
		}
	}
	if !strings.Contains(s.log.String(), "status=499") {
		t.Errorf("log has no canceled request:\n%s", s.log)
	}
}

func TestSignInStartsAreLimitedAndStateless(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	statuses := map[int]int{}
	long := "/login/start?return=" + url.QueryEscape("/guilds/1?q="+strings.Repeat("a", 250))
	for range 1000 {
		a := s.browser().get(long)
		statuses[a.StatusCode]++
		if a.StatusCode == http.StatusTooManyRequests && a.Header.Get("Retry-After") == "" {
			t.Fatal("no Retry-After, want one")
		}
	}
	if statuses[http.StatusSeeOther] < 60 || statuses[http.StatusTooManyRequests] < 500 || len(statuses) != 2 {
		t.Errorf("statuses of 1000 sign-ins of one address = %v, want at least 60 started and most refused with 429",
			statuses)
	}
	if keys := s.redis.Keys(); len(keys) != 0 {
		t.Errorf("keys in Redis = %d, want 0", len(keys))
	}
	s.wantSecurityLog("access refused", "status=429", "reason=tooMany", "path=/login/start")
}

func TestReturnPathIsBounded(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	for _, test := range []struct{ path, want string }{
		{"/guilds/1?q=" + strings.Repeat("a", 288), "/guilds/1?q=" + strings.Repeat("a", 288)},
		{"/guilds/1?q=" + strings.Repeat("a", 289), "/guilds/1"},
		{"/" + strings.Repeat("a", 300), "/"},
		// browsers treat a backslash as a slash, so it is never local
		{"/guilds/1?q=" + strings.Repeat(`"\<>&`, 50), "/"},
		{"/guilds/1?q=" + strings.Repeat(`"<>&'`, 57), "/guilds/1?q=" + strings.Repeat(`"<>&'`, 57)},
	} {
		b := s.browser()
		start := b.get("/login/start?return=" + url.QueryEscape(test.path)).wantStatus(http.StatusSeeOther)
		for _, c := range start.Cookies() {
			if size := len(c.Name) + len(c.Value); size > 3500 {
				t.Errorf("return=%.30q: cookie size = %d bytes, want at most 3500", test.path, size)
			}
		}
		callback := b.get(start.Header.Get("Location")).wantStatus(http.StatusFound).Header.Get("Location")
		got, err := url.Parse(b.get(callback).wantStatus(http.StatusSeeOther).Header.Get("Location"))
		must(t, err)
		want, err := url.Parse(test.want)
		must(t, err)
		if got.Path != want.Path || got.Query().Encode() != want.Query().Encode() {
			t.Errorf("return=%.30q redirects to %s, want %s", test.path, got, want)
		}
	}
}

func TestSignInInSeveralTabs(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	b := s.browser()
	tabs := []string{b.startSignIn("/login/start?return=/sessions"), b.startSignIn("/login/start?return=/preferences"),
		b.startSignIn("/login/start")}
	b.get(tabs[1]).wantRedirect("/preferences")
	b.get(tabs[0]).wantRedirect("/sessions")
	b.get(tabs[2]).wantRedirect("/")
	if got := fake.RequestCount(discordtest.RouteToken); got != 3 {
		t.Errorf("token requests = %d, want 3", got)
	}
}

func TestRepeatedSignInCallback(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))

	// A second click sends the same cookies as the first.
	first := s.browser()
	callback := first.startSignIn("/login/start?return=/sessions")
	second := s.browser()
	second.client.Jar.SetCookies(second.url("/"), first.client.Jar.Cookies(first.url("/")))
	first.get(callback).wantRedirect("/sessions")
	second.get(callback).wantRedirect("/sessions")
	second.get("/sessions").wantRedirect("/login?note=login.needed&return=%2Fsessions") // it has no session of its own
	second.client.Jar.SetCookies(second.url("/"), first.client.Jar.Cookies(first.url("/")))
	second.get("/sessions").wantStatus(http.StatusOK)

	first.get(callback).wantRedirect("/") // a later reload, when the cookie is gone

	b := s.browser()
	callback = b.startSignIn("/login/start?return=/sessions")
	b.client.Jar.SetCookies(b.url("/"), first.client.Jar.Cookies(first.url("/"))) // signed in meanwhile
	fake.FailAll(discordtest.RouteToken, discordtest.TokenError(400, "invalid_grant", `Invalid "code" in request.`))
	b.get(callback).wantRedirect("/sessions")
}

func TestPagesAreNotCached(t *testing.T) {
	s := openSite(t, withoutStreamLimit, atNoon)
	pages := append(seedPages(t, s), "/sessions", "/preferences", "/search", "/search?q=lamp", "/api/guilds/"+lantern+"/giveaways",
		"/api/guilds/"+lantern+"/tickets", giveawaysPath+"/export?format=csv", ticketsPath+"/export?format=json",
		staffPath, "/login?note=login.out", "/no/such/page")
	b := s.signIn(robin)
	for _, page := range pages {
		a := b.get(page)
		if got := a.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control = %q, want no-store", page, got)
		}
		version := a.Header.Get("ETag")
		if version == "" {
			continue
		}
		poll := b.get(page, withHeaders(asPoll, "If-None-Match", version)...).wantStatus(http.StatusNotModified)
		if got := poll.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s, not modified: Cache-Control = %q, want no-store", page, got)
		}
	}
}

func TestSignOutClearsSiteData(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	b.setCookie("lang", "vi")
	if got := b.get("/guilds").wantStatus(http.StatusOK).Header.Get("Clear-Site-Data"); got != "" {
		t.Errorf("Clear-Site-Data of a page = %s, want none", got)
	}
	a := b.post("/logout", nil).wantRedirect("/login?note=login.out")
	if got, want := a.Header.Get("Clear-Site-Data"), `"cache", "storage"`; got != want {
		t.Errorf("Clear-Site-Data after signing out = %s, want %s", got, want)
	}
	if got := attr(b.get("/login").find("html"), "lang"); got != "vi" {
		t.Errorf("language after signing out = %q, want vi", got)
	}

	here := s.signIn(robin)
	s.signIn(robin)
	list := here.get("/sessions")
	end := func(row string) string { return attr(list.find(row).Find("form[method=post]"), "action") }
	a = here.post(end("tr[id^=session-]:not(:contains('This session'))"), nil).wantStatus(http.StatusSeeOther)
	if got := a.Header.Get("Clear-Site-Data"); got != "" {
		t.Errorf("Clear-Site-Data after ending another session = %s, want none", got)
	}
	a = here.post(end("tr[id^=session-]:contains('This session')"), nil).wantStatus(http.StatusSeeOther)
	if got := a.Header.Get("Clear-Site-Data"); got == "" {
		t.Error("no Clear-Site-Data after ending the current session")
	}
}

func TestStrictTransportSecurity(t *testing.T) {
	s := openSite(t)
	if got := s.browser().get("/login").Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("with PUBLIC_URL on http: Strict-Transport-Security = %q, want none", got)
	}
	secure := openSite(t, func(_ *site, c *handlers.Config) { c.PublicURL = "https://guildboard.example" })
	w := httptest.NewRecorder()
	secure.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/login", nil)) // TLS ends at a proxy
	if got, want := w.Header().Get("Strict-Transport-Security"), "max-age=31536000"; got != want {
		t.Errorf("with PUBLIC_URL on https: Strict-Transport-Security = %q, want %q", got, want)
	}
}

// postViaProxy sends a form through a proxy that does not forward the Host header.
func (b *browser) postViaProxy(path string, headers ...string) *httptest.ResponseRecorder {
	b.site.t.Helper()
	r := httptest.NewRequestWithContext(b.site.t.Context(), http.MethodPost, path, nil)
	r.Host = "upstream:8080"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for _, c := range b.client.Jar.Cookies(b.url("/")) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.site.web.Config.Handler.ServeHTTP(w, r)
	return w
}

func TestFormsFromPublicURLAreAccepted(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	public, err := url.Parse(s.PublicURL)
	must(t, err)
	for _, test := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"PUBLIC_URL", []string{"Origin", s.PublicURL}, http.StatusSeeOther},
		{"PUBLIC_URL, same-origin",
			[]string{"Origin", s.PublicURL, "Sec-Fetch-Site", "same-origin"}, http.StatusSeeOther},
		{"another site", []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"another scheme", []string{"Origin", "https://" + public.Host}, http.StatusForbidden},
		{"another port", []string{"Origin", "http://" + public.Hostname() + ":1"}, http.StatusForbidden},
		{"PUBLIC_URL as a prefix", []string{"Origin", s.PublicURL + ".evil.example"}, http.StatusForbidden},
		{"origin null", []string{"Origin", "null"}, http.StatusForbidden},
		{"another site, cross-site", []string{"Origin", "https://evil.example", "Sec-Fetch-Site",
			"cross-site"}, http.StatusForbidden},
	} {
		if got := b.postViaProxy("/preferences", test.headers...).Code; got != test.status {
			t.Errorf("form from %s: status %d, want %d", test.name, got, test.status)
		}
	}
	w := b.postViaProxy("/preferences", "Origin", s.PublicURL, "Referer", s.PublicURL+"/guilds/1?page=2")
	if got := w.Header().Get("Location"); got != "/guilds/1?page=2" {
		t.Errorf("redirect to %q, want the page of the form", got)
	}
}

func TestExpiredSessionReturnsToPage(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	ticket := s.createTicket("Help", time.Now())
	b := s.browser()
	from := ticketsPath + "?status=open"
	a := b.post(ticketPath(ticket)+"/close", nil, "Referer", s.PublicURL+from)
	login := a.wantRedirect("/login?note=login.needed&return=" + url.QueryEscape(from)).Header.Get("Location")
	start := attr(b.get(login).wantStatus(http.StatusOK).find("a#sign-in"), "href")
	b.get(b.startSignIn(start)).wantRedirect(from)

	_, err := s.Sessions.EndAll(t.Context(), robin)
	must(t, err)
	part := b.post(ticketPath(ticket)+"/close", nil, withHeaders(asPartial, "HX-Current-URL", s.PublicURL+ticketPath(ticket))...)
	if got, want := part.Header.Get("HX-Redirect"), "/login?note=login.needed&return="+url.QueryEscape(ticketPath(ticket)); got != want {
		t.Errorf("HX-Redirect = %q, want %q", got, want)
	}
}

func TestDuplicateSessionCookies(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	ours := "guildboard=" + b.cookie("guildboard")
	stale := "guildboard=" + strings.Repeat("D", 43)
	for _, cookies := range []string{stale + "; " + ours, "guildboard=x; " + ours, ours + "; " + stale} {
		a := s.browser().get("/guilds", "Cookie", cookies).wantStatus(http.StatusOK)
		if a.find("#me").Length() != 1 {
			t.Errorf("with cookies %s: not signed in", cookies)
		}
	}
	// Signing out ends the session wherever its cookie is in the header.
	s.browser().post("/logout", nil, "Cookie", stale+"; "+ours).wantRedirect("/login?note=login.out")
	if list, err := s.Sessions.List(t.Context(), robin); err != nil || len(list) != 0 {
		t.Errorf("List() = %+v, %v, want none", list, err)
	}
}
