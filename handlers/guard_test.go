package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// stylePath is where the stylesheet of the site of tests is.
var stylePath = views.StylePath(views.DefaultSite())

// public is what strangers may ask for; all else is for those who are signed in.
var public = map[string]bool{
	"GET /": true, "GET /login": true, "GET /login/start": true, "GET /login/callback": true, "POST /logout": true,
	"GET /preferences": true, "POST /preferences": true, "GET /healthz": true, "GET /readyz": true, "GET " + stylePath: true,
}

// guarded are all other routes, for the guild, found by asking the router.
func guarded(t *testing.T, s *site, guild string) (routes []string) {
	t.Helper()
	fill := strings.NewReplacer("/*/", "/", "{guild}", guild, "{giveaway}", "c1", "{template}", "c3", "{ticket}", "c2", "{panel}", "c3",
		"{category}", "c4", "{product}", "c5", "{reply}", "c6", "{label}", "c7", "{message}", "900", "{note}", "n1",
		"{session}", "0123456789abcdef", "{verb}", "end")
	err := chi.Walk(s.Handler().(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if strings.HasPrefix(route, "/static/") || public[method+" "+route] || method == http.MethodHead {
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
		t.Fatalf("the router told of %d routes only: %q", len(routes), routes)
	}
	return routes
}

// ofGuild leaves the routes that are about a guild.
func ofGuild(routes []string, guild string) (left []string) {
	for _, route := range routes {
		if strings.Contains(route, guild) {
			left = append(left, route)
		}
	}
	return left
}

// forProgram tells routes that never answer with a page: streams and the API.
func forProgram(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, "/live")
}

func TestWhoIsNotSignedInGetsNothing(t *testing.T) {
	s := open(t)
	stranger := s.browser()
	forged := s.browser()
	forged.client.Jar.SetCookies(forged.url("/"), []*http.Cookie{{Name: "guildboard", Value: strings.Repeat("A", 43), Path: "/"}})
	for _, route := range guarded(t, s, lantern) {
		method, path, _ := strings.Cut(route, " ")
		for _, b := range []*browser{stranger, forged} {
			plain := b.send(method, path, nil)
			part := b.send(method, path, nil, with(asPartial, "HX-Current-URL", s.PublicURL+"/guilds/1?status=ended")...)
			for _, a := range []*answer{plain, part} {
				a.hides("Lantern", "Robin")
				if got := a.Header.Get("Cache-Control"); got != "no-store" {
					t.Errorf("%s: Cache-Control is %q", a.path, got)
				}
			}
			back := path
			if method == http.MethodPost {
				back = "/guilds"
			}
			switch {
			case forProgram(path):
				for _, a := range []*answer{plain, part} {
					var body map[string]string
					a.wants(http.StatusUnauthorized).json(&body)
					if body["error"] == "" || a.Header.Get("HX-Redirect") != "" {
						t.Errorf("%s answered %v with %v", a.path, body, a.Header)
					}
				}
			default:
				plain.leadsTo("/login?note=login.needed&return=" + url.QueryEscape(back))
				back = "/guilds/1?status=ended" // where htmx is, not what it asked for
				part.wants(http.StatusUnauthorized)
				if got := part.Header.Get("HX-Redirect"); got != "/login?note=login.needed&return="+url.QueryEscape(back) {
					t.Errorf("%s: HX-Redirect is %q", part.path, got)
				}
			}
		}
	}
}

// A guild that is not yours, one that does not exist, one without the bot and one that cannot exist look the same.
func TestAGuildThatIsNotYoursIsNotThere(t *testing.T) {
	s := open(t, unlimited)
	storeGiveaway := s.giveaway(store.Giveaway{Prize: "For Lantern's eyes only"})
	person := s.signIn(robin)
	for _, guild := range []string{harbour, unknown, reef, atoll, "nonsense", "-1", "99999999999999999999999", "%00", "1%20OR%201=1"} {
		var words string
		for _, route := range ofGuild(guarded(t, s, guild), guild) {
			method, path, _ := strings.Cut(route, " ")
			for _, headers := range [][]string{nil, asPartial} {
				a := person.send(method, path, nil, headers...).wants(http.StatusNotFound).hides("Lantern's", "Harbour", "Reef", "Atoll")
				if forProgram(path) {
					a.json(new(map[string]string))
				} else if headers == nil {
					if words != "" && words != a.text("main") {
						t.Errorf("%s reads unlike the others: %q", a.path, a.text("main"))
					}
					words = a.text("main")
				}
			}
		}
	}
	t.Run("nor is what is in it, under a guild that is", func(t *testing.T) {
		s.signIn(sam).get("/guilds/" + harbour + "/giveaways/" + storeGiveaway.ID).wants(http.StatusNotFound)
	})
}

func TestAnIDThatCannotBeIsNotFound(t *testing.T) {
	s := open(t)
	b := s.signIn(robin)
	for _, id := range []string{"no.such", "a%20b", "%2e%2e", "%00", "%ff", "a%2Fb", strings.Repeat("a", 65), "c0000000000000000000000", "'--"} {
		for _, list := range []string{"giveaways", "tickets"} {
			path := "/guilds/" + lantern + "/" + list + "/" + id
			b.get(path).wants(http.StatusNotFound)
			if id != "c0000000000000000000000" { // could have been: see what a page does whose thing was deleted
				b.get(path, asPartial...).wants(http.StatusNotFound)
				b.get(path + "/live").wants(http.StatusNotFound)
			}
		}
	}
	b.post("/sessions/nonsense/end", nil).wants(http.StatusNotFound)
}

func TestAnotherSiteCanDoNothing(t *testing.T) {
	s := open(t)
	b := s.signIn(robin)
	for _, path := range []string{"/logout", "/preferences", "/guilds/refresh", "/sessions/0123456789abcdef/end"} {
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			a := b.post(path, url.Values{"theme": {"dark"}}, headers...).wants(http.StatusForbidden)
			a.says("main h1", "another site")
			if cookies := a.Cookies(); len(cookies) > 0 {
				t.Errorf("%s %v set %v", path, headers, cookies)
			}
		}
		b.post(path, nil, with(asPartial, "Sec-Fetch-Site", "cross-site")...).wants(http.StatusForbidden)
	}
	b.get("/guilds", "Sec-Fetch-Site", "same-origin").wants(http.StatusOK)
	b.post("/preferences", nil, "Sec-Fetch-Site", "same-origin").wants(http.StatusSeeOther)
}

func TestWithoutTheDatabasePagesSayWhatIsAway(t *testing.T) {
	s := open(t, broken)
	b := s.signIn(robin)
	inside := []string{"sql", "closed", "unavailable:", "listing", "database is"}
	for _, route := range append(ofGuild(guarded(t, s, lantern), lantern), "GET /guilds") {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || path == "/api/events/stream?guildId="+lantern {
			continue // below
		}
		plain := b.get(path).wants(http.StatusServiceUnavailable).hides(inside...)
		if plain.Header.Get("Retry-After") == "" {
			t.Errorf("%s does not say when to try again", path)
		}
		if forProgram(path) {
			plain.json(new(map[string]string))
			continue
		}
		plain.says("main", "Not reachable: the database")
		part := b.get(path, asPartial...).wants(http.StatusServiceUnavailable).hides(inside...).hides("<html")
		if !strings.Contains(part.Header.Get("HX-Trigger"), `"toast"`) {
			t.Errorf("%s: htmx gets no toast: %v", path, part.Header)
		}
		poll := b.get(path, asPoll...).wants(http.StatusServiceUnavailable)
		if got := poll.Header.Get("HX-Trigger"); got != "" {
			t.Errorf("%s: a poll that fails, of which the mark tells, brings a toast: %s", path, got)
		}
	}
	b.get("/api/events/stream?guildId=" + lantern).wants(http.StatusServiceUnavailable)
	b.get("/sessions").wants(http.StatusOK) // needs no database
}

func TestWithoutRedisPagesStillLoad(t *testing.T) {
	s := open(t)
	pages := furnish(t, s)
	known, stranger := s.signIn(robin), s.browser()
	another := s.signIn(robin) // not seen by this process
	known.get("/guilds").wants(http.StatusOK)
	s.redis.Close()

	for _, page := range append(pages, "/guilds") {
		a := known.get(page).wants(http.StatusOK)
		a.says("main [role=alert]", "what it last confirmed")
		known.get(page, asPoll...).wants(http.StatusOK)
	}
	stranger.get("/").wants(http.StatusOK)
	stranger.get("/login").wants(http.StatusOK)

	// Signing in writes the session to the memory of the process, too; a made-up one is in nobody's.
	another.client.Jar.SetCookies(another.url("/"), []*http.Cookie{{Name: "guildboard", Value: strings.Repeat("B", 43), Path: "/"}})
	another.get("/guilds").wants(http.StatusServiceUnavailable).says("main", "Not reachable: Redis").hides("dial", "refused")
	for _, action := range []string{"/logout", "/sessions/0123456789abcdef/end"} {
		known.post(action, nil).wants(http.StatusServiceUnavailable).says("main", "Redis")
	}
	known.get("/guilds").wants(http.StatusOK) // an action that failed has ended nothing
}
