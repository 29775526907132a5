package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views/ui"
)

// stylePath is the path of the test site's stylesheet.
var stylePath = ui.StylePath(ui.DefaultSite())

// publicRoutes are the routes that do not require a session.
var publicRoutes = map[string]bool{
	"GET /": true, "GET /login": true, "GET /login/start": true, "GET /login/callback": true, "POST /logout": true,
	"GET /preferences": true, "POST /preferences": true, "GET /healthz": true, "GET /readyz": true, "GET " + stylePath: true,
}

// guardedRoutes returns all routes of the router that are not public, with the guild filled in.
func guardedRoutes(t *testing.T, s *site, guild string) (routes []string) {
	t.Helper()
	fill := strings.NewReplacer("/*/", "/", "{guild}", guild, "{giveaway}", "c1", "{template}", "c3", "{ticket}", "c2", "{panel}", "c3",
		"{category}", "c4", "{product}", "c5", "{reply}", "c6", "{label}", "c7", "{message}", "900", "{note}", "n1",
		"{session}", "0123456789abcdef", "{verb}", "end")
	err := chi.Walk(s.Handler().(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if strings.HasPrefix(route, "/static/") || publicRoutes[method+" "+route] || method == http.MethodHead {
			return nil
		}
		path := fill.Replace(route)
		if path != "/" {
			path = strings.TrimSuffix(path, "/")
		}
		if strings.HasPrefix(path, "/api/events/") {
			path += "?guildId=" + guild
		}
		routes = append(routes, method+" "+path)
		return nil
	})
	must(t, err)
	if len(routes) < 17 {
		t.Fatalf("routes = %d: %q, want at least 17", len(routes), routes)
	}
	return routes
}

// guildRoutes returns the routes of one guild.
func guildRoutes(routes []string, guild string) (kept []string) {
	for _, route := range routes {
		if strings.Contains(route, guild) {
			kept = append(kept, route)
		}
	}
	return kept
}

// isAPIOrStream reports whether a route never responds with a page: streams and the API.
func isAPIOrStream(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, "/live")
}

func TestRoutesRequireSignIn(t *testing.T) {
	s := openSite(t)
	stranger := s.browser()
	forged := s.browser()
	forged.client.Jar.SetCookies(forged.url("/"), []*http.Cookie{{Name: "guildboard", Value: strings.Repeat("A", 43), Path: "/"}})
	for _, route := range guardedRoutes(t, s, lantern) {
		method, path, _ := strings.Cut(route, " ")
		for _, b := range []*browser{stranger, forged} {
			plain := b.send(method, path, nil)
			part := b.send(method, path, nil, withHeaders(asPartial, "HX-Current-URL", s.PublicURL+"/guilds/1?status=ended")...)
			for _, a := range []*testResponse{plain, part} {
				a.wantNoText("Lantern", "Robin")
				if got := a.Header.Get("Cache-Control"); got != "no-store" {
					t.Errorf("%s: Cache-Control = %q, want no-store", a.path, got)
				}
			}
			back := path
			if method == http.MethodPost {
				back = "/"
			}
			switch {
			case isAPIOrStream(path):
				for _, a := range []*testResponse{plain, part} {
					var body map[string]string
					a.wantStatus(http.StatusUnauthorized).json(&body)
					if body["error"] == "" || a.Header.Get("HX-Redirect") != "" {
						t.Errorf("%s: body = %v, header = %v, want an error and no HX-Redirect", a.path, body, a.Header)
					}
				}
			default:
				plain.wantRedirect("/login?note=login.needed&return=" + url.QueryEscape(back))
				back = "/guilds/1?status=ended" // the page that htmx is on, not the requested URL
				part.wantStatus(http.StatusUnauthorized)
				if got := part.Header.Get("HX-Redirect"); got != "/login?note=login.needed&return="+url.QueryEscape(back) {
					t.Errorf("%s: HX-Redirect = %q, want the sign-in with return %q", part.path, got, back)
				}
			}
		}
	}
}

// TestForeignGuildIsNotFound checks that the responses are equal for a guild of other users, one that does not exist,
// one without the bot, and an invalid id.
func TestForeignGuildIsNotFound(t *testing.T) {
	s := openSite(t, withoutStreamLimit)
	storeGiveaway := s.createGiveaway(store.Giveaway{Prize: "For Lantern's eyes only"})
	person := s.signIn(robin)
	for _, guild := range []string{harbour, unknown, reef, atoll, "nonsense", "-1", "99999999999999999999999", "%00", "1%20OR%201=1"} {
		var words string
		for _, route := range guildRoutes(guardedRoutes(t, s, guild), guild) {
			method, path, _ := strings.Cut(route, " ")
			for _, headers := range [][]string{nil, asPartial} {
				a := person.send(method, path, nil, headers...).wantStatus(http.StatusNotFound).
					wantNoText("Lantern's", "Harbour", "Reef", "Atoll")
				if isAPIOrStream(path) {
					a.json(new(map[string]string))
				} else if headers == nil {
					if words != "" && words != a.text("main") {
						t.Errorf("%s: text = %q, want that of the other pages: %q", a.path, a.text("main"), words)
					}
					words = a.text("main")
				}
			}
		}
	}
	t.Run("row of a guild that does not exist", func(t *testing.T) {
		s.signIn(sam).get("/guilds/" + harbour + "/giveaways/" + storeGiveaway.ID).wantStatus(http.StatusNotFound)
	})
}

func TestMalformedIDIsNotFound(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	for _, id := range []string{"no.such", "a%20b", "%2e%2e", "%00", "%ff", "a%2Fb", strings.Repeat("a", 65),
		"c0000000000000000000000", "'--"} {
		for _, list := range []string{"giveaways", "tickets"} {
			path := "/guilds/" + lantern + "/" + list + "/" + id
			b.get(path).wantStatus(http.StatusNotFound)
			if id != "c0000000000000000000000" { // a valid id: the page may say that the row was deleted
				b.get(path, asPartial...).wantStatus(http.StatusNotFound)
				b.get(path + "/live").wantStatus(http.StatusNotFound)
			}
		}
	}
	b.post("/sessions/nonsense/end", nil).wantStatus(http.StatusNotFound)
}

func TestCrossSiteRequestsAreRefused(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	for _, path := range []string{"/logout", "/preferences", "/guilds/refresh", "/sessions/0123456789abcdef/end"} {
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
			{"Origin", "https://evil.example"}, {"Origin", "null"}} {
			a := b.post(path, url.Values{"theme": {"dark"}}, headers...).wantStatus(http.StatusForbidden)
			a.wantText("main h1", "Request blocked")
			if cookies := a.Cookies(); len(cookies) > 0 {
				t.Errorf("%s %v: cookies = %v, want none", path, headers, cookies)
			}
		}
		b.post(path, nil, withHeaders(asPartial, "Sec-Fetch-Site", "cross-site")...).wantStatus(http.StatusForbidden)
	}
	b.get("/guilds", "Sec-Fetch-Site", "same-origin").wantStatus(http.StatusOK)
	b.post("/preferences", nil, "Sec-Fetch-Site", "same-origin").wantStatus(http.StatusSeeOther)
}

func TestPagesNameUnavailableDatabase(t *testing.T) {
	s := openSite(t, withBrokenStore)
	b := s.signIn(robin)
	inside := []string{"sql", "closed", "unavailable:", "list tickets", "list giveaways", "database is"}
	for _, route := range append(guildRoutes(guardedRoutes(t, s, lantern), lantern), "GET /guilds") {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || path == "/api/events/stream?guildId="+lantern {
			continue // below
		}
		plain := b.get(path).wantStatus(http.StatusServiceUnavailable).wantNoText(inside...)
		if plain.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After, want one", path)
		}
		if isAPIOrStream(path) {
			plain.json(new(map[string]string))
			continue
		}
		plain.wantText("main", "Not available: database")
		part := b.get(path, asPartial...).wantStatus(http.StatusServiceUnavailable).wantNoText(inside...).wantNoText("<html")
		if !strings.Contains(part.Header.Get("HX-Trigger"), `"toast"`) {
			t.Errorf("%s: header = %v, want a toast in HX-Trigger", path, part.Header)
		}
		poll := b.get(path, asPoll...).wantStatus(http.StatusServiceUnavailable)
		if got := poll.Header.Get("HX-Trigger"); got != "" {
			t.Errorf("%s: HX-Trigger of a failed poll = %s, want none", path, got)
		}
	}
	b.get("/api/events/stream?guildId=" + lantern).wantStatus(http.StatusServiceUnavailable)
	b.get("/sessions").wantStatus(http.StatusOK) // needs no database
}

func TestPagesLoadWithoutRedis(t *testing.T) {
	s := openSite(t)
	pages := seedPages(t, s)
	known, stranger := s.signIn(robin), s.browser()
	another := s.signIn(robin) // this process has not seen the session
	known.get("/guilds").wantStatus(http.StatusOK)
	s.redis.Close()

	for _, page := range append(pages, "/guilds") {
		a := known.get(page).wantStatus(http.StatusOK)
		a.wantText("main [role=alert]", "the last confirmed data")
		known.get(page, asPoll...).wantStatus(http.StatusOK)
	}
	stranger.get("/").wantStatus(http.StatusOK)
	stranger.get("/login").wantStatus(http.StatusOK)

	// Signing in also caches the session in the process. A made-up session is not cached.
	another.client.Jar.SetCookies(another.url("/"), []*http.Cookie{{Name: "guildboard", Value: strings.Repeat("B", 43), Path: "/"}})
	another.get("/guilds").wantStatus(http.StatusServiceUnavailable).wantText("main", "Not available: Redis").
		wantNoText("dial tcp", "refused")
	for _, action := range []string{"/logout", "/sessions/0123456789abcdef/end"} {
		known.post(action, nil).wantStatus(http.StatusServiceUnavailable).wantText("main", "Redis")
	}
	known.get("/guilds").wantStatus(http.StatusOK) // a failed action has not ended the session
}
