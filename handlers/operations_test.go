package handlers_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/handlers"
	"guildboard/handlers/connlimit"
	"guildboard/static"
	"guildboard/store"
	"guildboard/store/contract"
)

func TestHealth(t *testing.T) {
	type readiness struct {
		Ready       bool
		Unavailable []string
	}
	wantHealth := func(s *site, status int, unavailable ...string) {
		t.Helper()
		b := s.browser()
		b.get("/healthz").wantStatus(http.StatusOK) // the process is alive, whatever its dependencies do
		for until := time.Now().Add(deadline); ; {  // a slow machine may exceed the one-second timeout
			var got readiness
			a := b.get("/readyz").wantNoText("dial", "sql")
			a.json(&got)
			if got.Ready != (a.StatusCode == http.StatusOK) || !got.Ready && a.StatusCode != http.StatusServiceUnavailable {
				t.Fatalf("ready = %t with status %d, want 200 if ready, otherwise 503", got.Ready, a.StatusCode)
			}
			if a.StatusCode == status && slices.Equal(got.Unavailable, append([]string{}, unavailable...)) {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("ready = %t, unavailable = %q, want %q", got.Ready, got.Unavailable, unavailable)
			}
		}
	}
	s := openSite(t)
	wantHealth(s, http.StatusServiceUnavailable, "subscription")
	s.subscribe()
	wantHealth(s, http.StatusOK)
	must(t, s.Store.Close())
	wantHealth(s, http.StatusServiceUnavailable, "database")

	s = openSite(t)
	s.redis.Close()
	wantHealth(s, http.StatusServiceUnavailable, "redis", "subscription")

	t.Run("a Redis that does not answer is unavailable", func(t *testing.T) {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer silent.Close()
		client, err := store.OpenRedis("redis://" + silent.Addr().String())
		must(t, err)
		defer client.Close()
		wantHealth(openSite(t, func(_ *site, c *handlers.Config) { c.Redis = client }), http.StatusServiceUnavailable,
			"redis", "subscription")
	})
	t.Run("a database that does not answer is unavailable", func(t *testing.T) {
		s := openSite(t, func(_ *site, c *handlers.Config) {
			c.CheckHealth = func(ctx context.Context) (bool, error) { <-ctx.Done(); return true, ctx.Err() }
		})
		s.subscribe()
		wantHealth(s, http.StatusServiceUnavailable, "database")
	})
}

// TestSecurityHeaders checks that every kind of response has the security headers.
func TestSecurityHeaders(t *testing.T) {
	s := openSite(t, func(s *site, _ *handlers.Config) {
		s.discord.fail = func(context.Context) error { return nil }
	})
	g := s.createGiveaway(store.Giveaway{})
	b := s.signIn(robin)
	answers := []*testResponse{
		b.get("/").wantStatus(200), b.get("/login?note=login.out").wantStatus(200), b.get("/guilds").wantStatus(200),
		b.get("/sessions").wantStatus(200),
		b.get(giveawaysPath).wantStatus(200), b.get(giveawaysPath, asPartial...).wantStatus(200),
		b.get(giveawaysPath + "/" + g.ID).wantStatus(200),
		b.get(apiGiveaways).wantStatus(200), b.get(apiGiveaways + "?page=x").wantStatus(400),
		b.get("/nothing").wantStatus(404), b.get("/guilds/" + unknown).wantStatus(404),
		b.get("/logout").wantStatus(405), b.post("/logout", nil, "Origin", "https://evil.example").wantStatus(403),
		s.browser().get("/guilds").wantStatus(303),
		b.get("/healthz").wantStatus(200), b.get("/readyz").wantStatus(503),
		b.get(static.Path("app.css")).wantStatus(200), b.get("/static/none.css").wantStatus(404),
		b.get(stylePath).wantStatus(200), s.browser().get(giveawaysPath + "/live").wantStatus(401),
	}
	st := b.openStream(giveawaysPath + "/live")
	answers = append(answers, &testResponse{Response: st.Response, path: "the stream"})
	s.discord.update(func(m *fakeGuildLister) {
		m.fail = func(context.Context) error { panic("oh no: " + errSecret.Error()) }
	})
	answers = append(answers, b.get("/guilds").wantStatus(500))
	ids := map[string]bool{}
	for _, a := range answers {
		policy := a.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'self'", "img-src 'self' https://cdn.discordapp.com",
			"frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: policy = %q, want it to contain %q", a.path, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy = %q, want no unsafe directive", a.path, policy)
		}
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s = %q, want %q", a.path, header, got, want)
			}
		}
		id := a.Header.Get("X-Request-Id")
		if len(id) < 10 || ids[id] {
			t.Errorf("%s: request id = %q, want a new one", a.path, id)
		}
		ids[id] = true
	}
	t.Run("the client's request id is ignored", func(t *testing.T) {
		if got := b.get("/", "X-Request-Id", "mine").Header.Get("X-Request-Id"); got == "mine" {
			t.Error("the response has the client's request id")
		}
	})
}

func TestInternalErrorHidesDetails(t *testing.T) {
	for name, fail := range map[string]func(context.Context) error{
		"a panic":  func(context.Context) error { panic(errSecret) },
		"an error": func(context.Context) error { return errSecret },
	} {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			b := s.signIn(robin)
			s.discord.update(func(m *fakeGuildLister) { m.fail = fail })
			secrets := []string{"10.1.2.3", "password", "dial tcp", "goroutine", ".go:", "panic"}
			a := b.get("/guilds").wantStatus(http.StatusInternalServerError).wantNoText(secrets...)
			id := a.Header.Get("X-Request-Id")
			a.wantText("main", "Something went wrong").wantText("main", "Request "+id)
			if log := s.log.String(); !strings.Contains(log, id) || !strings.Contains(log, "10.1.2.3") {
				t.Errorf("log has no request id or cause:\n%s", log)
			}
			part := b.get(giveawaysPath, asPartial...).wantStatus(http.StatusInternalServerError).wantNoText(secrets...).wantNoText("<html")
			part.wantText("[role=alert]", "The error was logged")
			b.get(apiGiveaways).wantStatus(http.StatusInternalServerError).wantNoText(secrets...).json(new(map[string]string))
			b.get(giveawaysPath + "/live").wantStatus(http.StatusInternalServerError).wantNoText(secrets...)
		})
	}
}

func TestNotFoundAndMethodNotAllowed(t *testing.T) {
	s := openSite(t)
	for _, b := range []*browser{s.browser(), s.signIn(robin)} {
		for _, path := range []string{"/nothing", "/static", "/guilds/" + lantern + "/nothing", "//evil.example",
			"/guild%73/x", "/%2e%2e/etc/passwd", "/login/", "/METRICS", "/metrics", "/debug/pprof/"} {
			a := b.get(s.PublicURL + path)
			if a.StatusCode == http.StatusSeeOther && strings.HasPrefix(path, "/guild") {
				continue // visitors who are not signed in are redirected first
			}
			a.wantStatus(http.StatusNotFound)
			if a.find("main h1").Length() != 1 {
				t.Errorf("%s: not a page of the site:\n%s", a.path, a.body)
			}
		}
	}
	b := s.signIn(robin)
	b.get("/nothing").wantText("#me", "Robin")
	for path, allowed := range map[string]string{"/logout": "POST", "/sessions/x/end": "POST"} {
		a := b.get(path).wantStatus(http.StatusMethodNotAllowed)
		a.wantText("main h1", "Method not allowed")
		if got := a.Header.Get("Allow"); got != allowed {
			t.Errorf("%s: Allow = %q, want %q", a.path, got, allowed)
		}
	}
	for _, path := range []string{"/", "/guilds", "/guilds/" + lantern, ticketsPath, "/healthz"} {
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPost} {
			a := b.send(method, path, nil).wantStatus(http.StatusMethodNotAllowed)
			if got := a.Header.Get("Allow"); got != "GET, HEAD" {
				t.Errorf("%s: Allow = %q, want %q", a.path, got, "GET, HEAD")
			}
		}
		b.send("BREW", path, nil).wantStatus(http.StatusMethodNotAllowed)
	}
}

func TestHeadMatchesGet(t *testing.T) {
	s := openSite(t, atNoon)
	pages := seedPages(t, s)
	b := s.signIn(robin)
	for _, path := range append(pages, "/login?note=login.out", "/guilds", "/sessions", "/healthz", apiGiveaways,
		static.Path("app.css"), stylePath, "/nothing") {
		get, head := b.get(path), b.send(http.MethodHead, path, nil)
		if head.StatusCode != get.StatusCode || len(head.body) > 0 || head.Header.Get("ETag") != get.Header.Get("ETag") ||
			head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("%s: HEAD = %d %v, GET = %d %v, want the same without a body",
				path, head.StatusCode, head.Header, get.StatusCode, get.Header)
		}
	}
	s.browser().send(http.MethodHead, "/guilds", nil).wantStatus(http.StatusSeeOther)
	t.Run("HEAD of a stream ends without opening one", func(t *testing.T) {
		for range 3 {
			a := b.send(http.MethodHead, giveawaysPath+"/live", nil).wantStatus(http.StatusOK)
			if a.Header.Get("Content-Type") != "text/event-stream" {
				t.Errorf("header = %v, want the type of an event stream", a.Header)
			}
			b.send(http.MethodHead, "/api/events/stream?guildId="+lantern, nil).wantStatus(http.StatusOK)
		}
		if n := s.Live.Stats().Streams; n > 0 {
			t.Errorf("open streams = %d, want 0", n)
		}
	})
}

// TestPagesAreValidHTML follows all links from the first page and checks each page: status 200, nothing inline that the
// content security policy blocks, unique ids, and a name for every control.
func TestPagesAreValidHTML(t *testing.T) {
	s := openSite(t)
	seedPages(t, s)
	s.createGiveaways(30, store.GiveawayActive)
	for name, b := range map[string]*browser{"a stranger": s.browser(), "Robin": s.signIn(robin)} {
		seen := map[string]bool{}
		queue := []string{"/", "/login?note=login.secret", "/guilds", "/nothing", giveawaysPath + "?from=x&q=" + strings.Repeat("a", 101)}
		for len(queue) > 0 && len(seen) < 150 {
			path := queue[0]
			queue = queue[1:]
			if seen[path] || strings.HasPrefix(path, "/login/start") { // redirects to Discord
				continue
			}
			seen[path] = true
			a := b.get(path)
			switch a.StatusCode {
			case http.StatusSeeOther, http.StatusFound:
				if to := a.Header.Get("Location"); strings.HasPrefix(to, "/") {
					queue = append(queue, to)
				}
				continue
			case http.StatusOK:
			default:
				if path != "/nothing" {
					a.wantStatus(http.StatusOK)
				}
			}
			if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") { // an export
				continue
			}
			checkPage(t, a)
			a.find("a[href^='/']").Each(func(_ int, link *goquery.Selection) { queue = append(queue, attr(link, "href")) })
		}
		if want := map[string]int{"a stranger": 4, "Robin": 60}[name]; len(seen) < want {
			t.Errorf("pages for %s = %d, want at least %d", name, len(seen), want)
		}
	}
}

// checkPage checks what every page must fulfil.
func checkPage(t *testing.T, a *testResponse) {
	t.Helper()
	ids := map[string]bool{}
	a.find("*").Each(func(_ int, e *goquery.Selection) {
		for _, attribute := range e.Nodes[0].Attr {
			switch name, value := attribute.Key, attribute.Val; {
			case name == "style", strings.HasPrefix(name, "on"), strings.HasPrefix(name, "hx-on"),
				strings.HasPrefix(strings.TrimSpace(strings.ToLower(value)), "javascript:"):
				t.Errorf("%s: inline <%s %s=%q>, want none", a.path, goquery.NodeName(e), name, value)
			case name == "id":
				if value == "" || ids[value] || strings.ContainsAny(value, " \t\r\n") {
					t.Errorf("%s: invalid or duplicate id %q", a.path, value)
				}
				ids[value] = true
			}
		}
	})
	for _, reference := range []string{"for", "aria-labelledby", "aria-describedby", "form"} {
		a.find("[" + reference + "]").Each(func(_ int, e *goquery.Selection) {
			if id := attr(e, reference); !ids[id] {
				t.Errorf("%s: %s=%q refers to no element", a.path, reference, id)
			}
		})
	}
	if n := a.find("style, script:not([src]), iframe, object, embed, base").Length(); n > 0 {
		t.Errorf("%s: inline elements = %d, want 0", a.path, n)
	}
	a.find("script").Each(func(_ int, script *goquery.Selection) {
		if !strings.HasPrefix(attr(script, "src"), "/static/") || visibleText(script) != "" {
			t.Errorf("%s: script source = %q, want a static file and no inline text", a.path, attr(script, "src"))
		}
	})
	if a.find("h1").Length() != 1 || a.find("main").Length() != 1 || visibleText(a.find("title")) == "" ||
		attr(a.find("html"), "lang") == "" {
		t.Errorf("%s: heading, main, title or language is missing or duplicate", a.path)
	}
	if attr(a.find("body a").First(), "href") != "#main" {
		t.Errorf("%s: the first link does not skip to the content", a.path)
	}
	a.find("a, button, summary").Each(func(_ int, e *goquery.Selection) {
		if visibleText(e)+attr(e, "aria-label") == "" && attr(e, "hidden") == "" && !e.Is("[hidden]") {
			html, _ := goquery.OuterHtml(e)
			t.Errorf("%s: %s has no accessible name", a.path, html)
		}
	})
	a.find("#live").Find("tr, input, select, button, details, a, time, li:has(a)").Each(func(_ int, e *goquery.Selection) {
		if e.Is("thead tr") || attr(e, "id") != "" {
			return
		}
		html, _ := goquery.OuterHtml(e)
		t.Errorf("%s: element of the live region without an id: %.150s", a.path, html)
	})
	a.find("form[method=post]").Each(func(_ int, form *goquery.Selection) {
		if !strings.HasPrefix(attr(form, "action"), "/") {
			t.Errorf("%s: form action = %q, want a path of the site", a.path, attr(form, "action"))
		}
	})
}

func TestStaticFiles(t *testing.T) {
	s := openSite(t)
	b := s.browser()
	page := b.get("/").wantStatus(http.StatusOK)
	var files []string
	page.find("link[href]:not([rel=expect]), script[src], img[src]").Each(func(_ int, e *goquery.Selection) {
		files = append(files, attr(e, "href")+attr(e, "src"))
	})
	hashed := regexp.MustCompile(`^/(static/.*\.[0-9a-f]{8}|style-[0-9a-f]{6}\.[0-9a-f]{8})\.\w+$`)
	for _, file := range files {
		if !hashed.MatchString(file) {
			t.Errorf("%s is cached for ever, but its name has no hash", file)
		}
		a := b.get(file, "Accept-Encoding", "gzip").wantStatus(http.StatusOK)
		if got := a.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control = %q, want a year and immutable", file, got)
		}
		if strings.HasSuffix(file, ".js") && a.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is not compressed", file)
		}
		if len(a.Cookies()) > 0 {
			t.Errorf("%s sets cookies, want none in a cacheable response", file)
		}
	}
	for _, file := range []string{"/static/app.css", "/static/app.00000000.css", "/static/", "/static/../go.mod",
		"/static/static.go", strings.Replace(stylePath, "0f766e", "ffffff", 1)} {
		a := b.get(s.PublicURL + file).wantStatus(http.StatusNotFound)
		if strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: the response 404 is immutable, want it not cached", file)
		}
	}
}

func TestMetrics(t *testing.T) {
	s := openSite(t, func(_ *site, c *handlers.Config) {
		c.Connections = connlimit.New(connlimit.Config{Connections: 10})
	})
	s.subscribe()
	b := s.signIn(robin)
	b.get(giveawaysPath, asPoll...).wantStatus(http.StatusOK)
	b.get(giveawaysPath, asPartial...).wantStatus(http.StatusOK)
	b.openStream(giveawaysPath + "/live").next()
	b.send("BREW", "/guilds", nil)
	b.get("/nothing/at/all").wantStatus(http.StatusNotFound)
	b.get(stylePath).wantStatus(http.StatusOK)
	s.Bus.CountEvent("", "malformed")
	s.Commands.CountUnsigned()
	s.publish(contract.GiveawayEndEvent, lantern)
	s.Resubscribe()

	w := httptest.NewRecorder()
	s.MetricsHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	must(t, err)
	for _, line := range []string{
		"guildboard_streams 1", "guildboard_live_views 1", "guildboard_polls_total 1", "guildboard_redis_resubscribes_total 1",
		`guildboard_renders_total{outcome="ok"}`, `guildboard_renders_total{outcome="failed"} 0`, "guildboard_render_seconds_total",
		`guildboard_frames_total{outcome="sent"}`, `guildboard_frames_total{outcome="superseded"}`, "guildboard_stream_bytes_total",
		"guildboard_feed_events_total", "guildboard_unsigned_results_total 1",
		`guildboard_streams_ended_total{reason="slow_reader"}`, `guildboard_streams_ended_total{reason="denied"}`,
		`guildboard_streams_refused_total{reason="user"}`, `guildboard_streams_refused_total{reason="process"}`,
		`guildboard_streams_refused_total{reason="closed"}`, `guildboard_events_total{outcome="published",type="GIVEAWAY_END"} 1`,
		`guildboard_http_request_duration_seconds_count{method="GET",route="/style.css",status="200"}`,
		`guildboard_events_total{outcome="malformed",type="unknown"} 1`,
		`guildboard_http_request_duration_seconds_count{method="GET",route="/guilds/{guild}/giveaways",status="200"}`,
		"go_goroutines", "process_open_fds",
		"guildboard_connections 0", "guildboard_connections_waiting 0",
		"guildboard_connections_closed_total 0", "guildboard_connections_refused_total 0",
	} {
		if !strings.Contains(string(body), "\n"+line) {
			t.Errorf("metrics have no line %q", line)
		}
	}
	for _, stranger := range []string{"BREW", "nothing", lantern} {
		if strings.Contains(string(body), stranger) {
			t.Errorf("metrics have a series with %q from a request", stranger)
		}
	}
	t.Run("are not public", func(t *testing.T) { b.get("/metrics").wantStatus(http.StatusNotFound) })
}

func TestRequestLogHasDuration(t *testing.T) {
	s := openSite(t)
	w := httptest.NewRecorder()
	s.web.Config.Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login", nil))
	line := regexp.MustCompile(`msg=request .*path=/login .*\btook_ms=(\S+) .*request=` + w.Header().Get("X-Request-Id")).
		FindStringSubmatch(s.log.String())
	if line == nil {
		t.Fatalf("log has no took_ms of the request:\n%s", s.log)
	}
	if took, err := strconv.ParseFloat(line[1], 64); err != nil || took <= 0 {
		t.Errorf("took_ms = %s, want milliseconds above 0", line[1])
	}
}

// TestCanceledRequestIsNoError checks that a request canceled by the client is not logged as an error.
func TestCanceledRequestIsNoError(t *testing.T) {
	started := make(chan struct{})
	s := openSite(t)
	b := s.signIn(robin)
	ctx, cancel := context.WithCancel(t.Context())
	s.discord.update(func(m *fakeGuildLister) {
		m.fail = func(ctx context.Context) error { close(started); <-ctx.Done(); return ctx.Err() }
	})
	gone := make(chan error)
	go func() {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url("/guilds").String(), nil)
		if err == nil {
			_, err = b.client.Do(r)
		}
		gone <- err
	}()
	await(t, started, "the request")
	cancel()
	if err := await(t, gone, "the browser"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.web.Close() // waits for the handler
	if log := s.log.String(); strings.Contains(log, "request failed") {
		t.Errorf("log of a canceled request =\n%s\nwant no error", log)
	}
}
