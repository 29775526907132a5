package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"golang.org/x/net/html"

	"guildboard/handlers"
	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/session"
	"guildboard/store/storetest"
	"guildboard/views/ui"
)

// Test users and guilds. Robin is a member of every guild and may manage lantern, reef and atoll. Sam may manage
// harbour only. The bot has left reef and was never in atoll.
const (
	robin = "200000000000000001"
	sam   = "200000000000000002"

	lantern = "100000000000000001"
	harbour = "100000000000000002"
	reef    = "100000000000000003"
	atoll   = "100000000000000004"
	unknown = "100000000000000009"
)

// testSealKey is 32 random bytes in base64, as printed by openssl rand -base64 32.
const testSealKey = "D0mXr9y8cVqkq4m2bWb1n7PZk3tJfL6sQx5uYg0hE2o="

// deadline is the longest time that a test waits for an event that is expected immediately.
const deadline = 5 * time.Minute

// site is the whole site behind its real router, with its own store and Redis and a fake Discord.
type site struct {
	*handlers.Server
	t       testing.TB
	web     *httptest.Server
	redis   *miniredis.Miniredis
	discord *fakeGuildLister
	log     *storetest.Log
}

func TestMain(m *testing.M) {
	logging.Disable() // go-redis would log every failed connection to a Redis that a test has stopped
	os.Exit(m.Run())
}

// siteOption changes the site, or the configuration of its server, before it starts.
type siteOption func(*site, *handlers.Config)

// openSite starts a site, which is stopped at the end of the test.
func openSite(t testing.TB, changes ...siteOption) *site {
	t.Helper()
	s := &site{t: t, redis: storetest.RedisServer(t), discord: newFakeGuildLister(), log: new(storetest.Log)}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	client := s.openRedis()
	seal, err := session.NewSealer(testSealKey)
	must(t, err)
	s.web = httptest.NewUnstartedServer(nil)
	config := handlers.Config{
		Redis: client, Sessions: session.NewStore(client, seal, false, log), Guilds: s.discord, Log: log,
		PublicURL: "http://" + s.web.Listener.Addr().String(), Site: ui.DefaultSite(),
		Discord:   discord.New(discord.Config{Sealer: seal}, client, log),
		InviteURL: func(id string) string { return "https://discord.com/oauth2/authorize?guild_id=" + id },
		Streams:   live.Config{RenderTimeout: deadline},
		NamesTTL:  deadline, // keeps the number of queries of a page independent of the time since the previous page
	}
	for _, change := range changes {
		change(s, &config)
	}
	if config.Store == nil {
		config.Store = newStoreWithGuilds(t)
	}
	s.start(config)
	return s
}

// start starts the web server, which is stopped at the end of the test.
func (s *site) start(config handlers.Config) {
	s.t.Helper()
	var err error
	s.Server, err = handlers.New(config)
	must(s.t, err)
	s.Live.SetCondition(live.Live) // as if the database was monitored
	s.Commands.Expiry = 2 * deadline
	s.StreamLimiter.Timeout, s.Presence.Timeout = deadline, deadline // on a slow machine, viewers would expire too early
	s.web.Config.Handler = s.Handler()
	s.web.Config.ErrorLog = slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug)
	s.web.Start()
	s.t.Cleanup(func() {
		s.Live.Close()
		s.web.Close()
	})
}

// openRedis returns a new client of the site's Redis.
func (s *site) openRedis() redis.UniversalClient {
	s.t.Helper()
	client, err := store.OpenRedis("redis://" + s.redis.Addr())
	must(s.t, err)
	s.t.Cleanup(func() { client.Close() })
	return client
}

// guildDatabase returns the content of an SQLite database with the test guilds. It is created once, because the
// migrations take longer than most tests.
var guildDatabase = sync.OnceValue(func() (content []byte) {
	folder, err := os.MkdirTemp("", "guildboard")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "guilds.db")
	s, err := store.Open(context.Background(), "sqlite:"+file)
	if err != nil {
		panic(err)
	}
	err = errors.Join(
		s.SaveGuild(context.Background(), store.Guild{ID: lantern, Name: "Lantern Hollow"}),
		s.SaveGuild(context.Background(), store.Guild{ID: harbour, Name: "Quiet Harbour"}),
		s.SaveGuild(context.Background(), store.Guild{ID: reef, Name: "Sunken Reef", LeftAt: new(time.Now())}),
		s.Close())
	if err == nil {
		content, err = os.ReadFile(file)
	}
	if err != nil {
		panic(err)
	}
	return content
})

// newStoreWithGuilds opens a copy of guildDatabase that belongs to the test.
func newStoreWithGuilds(t testing.TB) *store.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guildboard.db")
	must(t, os.WriteFile(path, guildDatabase(), 0o600))
	s, err := store.Open(t.Context(), "sqlite:"+path)
	must(t, err)
	s.CallTimeout = deadline
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// atNoon sets the site's time zone so that the local time is noon and no day ends during the test.
func atNoon(_ *site, c *handlers.Config) {
	now := time.Now().UTC()
	c.Site.Zone = time.FixedZone("noon", int((12*time.Hour - now.Sub(now.Truncate(24*time.Hour))).Seconds()))
}

// withBrokenStore makes every call to the store fail.
func withBrokenStore(s *site, c *handlers.Config) { c.Store = storetest.OpenBroken(s.t) }

// closeStore makes every further call to the store fail. It does not replace the store, because handlers may still read
// the field after the client has received the response.
func (s *site) closeStore() { must(s.t, s.Store.Close()) }

// subscribe subscribes the site to events and returns when the subscription is active.
func (s *site) subscribe() {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	subscribed, ended := make(chan bool, 1), make(chan error, 1)
	go func() {
		ended <- s.ListenAndNotify(ctx, subscribed)
	}()
	s.t.Cleanup(func() {
		stop()
		if err := await(s.t, ended, "the end of the subscription"); err != nil {
			s.t.Errorf("Listen() = %v, want nil", err)
		}
	})
	await(s.t, subscribed, "the subscription")
}

// newProcess starts another process of the same site, with the same store and Redis.
func (s *site) newProcess() *site {
	s.t.Helper()
	other := &site{t: s.t, web: httptest.NewUnstartedServer(nil), redis: s.redis, discord: s.discord, log: s.log}
	config := s.Config
	config.Redis, config.PublicURL = s.openRedis(), "http://"+other.web.Listener.Addr().String()
	other.start(config)
	return other
}

// publish publishes an event as a bot does.
func (s *site) publish(kind contract.EventType, guild string) {
	s.t.Helper()
	must(s.t, s.Bus.Publish(s.t.Context(), contract.Event{Type: kind, GuildID: guild}))
}

// fakeGuildLister stands in for Discord: it lists the guilds of each user.
type fakeGuildLister struct {
	mu        sync.Mutex
	guilds    map[string][]discord.Guild
	requested []discord.Freshness
	stale     bool
	fail      func(context.Context) error
}

func newFakeGuildLister() *fakeGuildLister {
	return &fakeGuildLister{guilds: map[string][]discord.Guild{
		robin: {
			{ID: lantern, Name: "Lantern Hollow", CanManage: true}, {ID: harbour, Name: "Quiet Harbour"},
			{ID: reef, Name: "Sunken Reef", CanManage: true}, {ID: atoll, Name: "Far Atoll", Owner: true, CanManage: true},
		},
		sam: {{ID: harbour, Name: "Quiet Harbour", CanManage: true}},
	}}
}

func (m *fakeGuildLister) Guilds(ctx context.Context, user string, _ discord.Tokens, f discord.Freshness) (discord.GuildList, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requested = append(m.requested, f)
	if m.fail != nil {
		if err := m.fail(ctx); err != nil {
			return discord.GuildList{}, err
		}
	}
	return discord.GuildList{Guilds: slices.Clone(m.guilds[user]), FetchedAt: time.Now(), IsStale: m.stale}, nil
}

// freshness returns the freshness that each call required, oldest first.
func (m *fakeGuildLister) freshness() []discord.Freshness {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.requested)
}

// update changes the fake under its lock.
func (m *fakeGuildLister) update(change func(m *fakeGuildLister)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

// browser keeps cookies and does not follow redirects.
type browser struct {
	site   *site
	client *http.Client
}

func (s *site) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &browser{s, &http.Client{
		Jar:           jar,
		Timeout:       0, // streams stay open
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signIn returns a browser in which the user is signed in.
func (s *site) signIn(user string) *browser {
	s.t.Helper()
	b := s.browser()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	_, err := s.Sessions.Start(w, r, session.Session{UserID: user, Username: "Robin <b>"}, nil)
	must(s.t, err)
	b.client.Jar.SetCookies(b.url("/"), w.Result().Cookies())
	return b
}

func (b *browser) url(path string) *url.URL {
	b.site.t.Helper()
	base, err := url.Parse(b.site.PublicURL)
	must(b.site.t, err)
	target, err := base.Parse(path)
	must(b.site.t, err)
	return target
}

// Request headers of htmx, as pairs of name and value.
var (
	asPartial = []string{"HX-Request", "true", "HX-Request-Type", "partial"}
	asPoll    = append(slices.Clone(asPartial), "HX-Source", "section#live", "HX-Target", "section#live")
)

func withHeaders(headers []string, more ...string) []string {
	return append(slices.Clone(headers), more...)
}

// get sends a GET request to a path of the site or to an absolute URL.
func (b *browser) get(path string, headers ...string) *testResponse {
	b.site.t.Helper()
	return b.send(http.MethodGet, path, nil, headers...)
}

// post sends a form.
func (b *browser) post(path string, form url.Values, headers ...string) *testResponse {
	b.site.t.Helper()
	headers = append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)
	return b.send(http.MethodPost, path, strings.NewReader(form.Encode()), headers...)
}

func (b *browser) send(method, path string, body io.Reader, headers ...string) *testResponse {
	b.site.t.Helper()
	response := b.do(b.site.t.Context(), method, path, body, headers...)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	must(b.site.t, err)
	return &testResponse{Response: response, t: b.site.t, body: content, path: method + " " + path}
}

func (b *browser) do(ctx context.Context, method, path string, body io.Reader, headers ...string) *http.Response {
	b.site.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, b.url(path).String(), body)
	must(b.site.t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.client.Do(r)
	must(b.site.t, err)
	return response
}

// cookie returns the value of a cookie of the browser, or "" if there is none.
func (b *browser) cookie(name string) string {
	for _, c := range b.client.Jar.Cookies(b.url("/")) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// testResponse is a response whose body has been read completely.
type testResponse struct {
	*http.Response
	t    testing.TB
	path string
	body []byte
	doc  *goquery.Document
}

// wantStatus checks the status code.
func (a *testResponse) wantStatus(status int) *testResponse {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s: status %d, want %d:\n%.600s", a.path, a.StatusCode, status, a.body)
	}
	return a
}

// wantRedirect checks that the response is 303 See Other with the location.
func (a *testResponse) wantRedirect(want string) *testResponse {
	a.t.Helper()
	a.wantStatus(http.StatusSeeOther)
	if got := a.Header.Get("Location"); got != want {
		a.t.Fatalf("%s redirects to %q, want %q", a.path, got, want)
	}
	return a
}

// find returns the elements of the HTML body that match the selector.
func (a *testResponse) find(selector string) *goquery.Selection {
	a.t.Helper()
	if a.doc == nil {
		var err error
		a.doc, err = goquery.NewDocumentFromReader(bytes.NewReader(a.body))
		must(a.t, err)
	}
	return a.doc.Find(selector)
}

// text returns the visible text of the only element that matches, with white space collapsed.
func (a *testResponse) text(selector string) string {
	a.t.Helper()
	elements := a.find(selector)
	if elements.Length() != 1 {
		a.t.Fatalf("%s: elements = %d for %s, want 1", a.path, elements.Length(), selector)
	}
	return visibleText(elements)
}

// texts returns the visible text of each element that matches.
func (a *testResponse) texts(selector string) []string {
	a.t.Helper()
	return a.find(selector).Map(func(_ int, s *goquery.Selection) string { return visibleText(s) })
}

// wantText checks that the visible text of the matching elements contains the words.
func (a *testResponse) wantText(selector, words string) *testResponse {
	a.t.Helper()
	if text := visibleText(a.find(selector)); !strings.Contains(text, words) {
		a.t.Errorf("%s: text of %s = %q, want it to contain %q", a.path, selector, text, words)
	}
	return a
}

// wantCount checks the number of elements.
func (a *testResponse) wantCount(selector string, n int) *testResponse {
	a.t.Helper()
	if got := a.find(selector).Length(); got != n {
		a.t.Errorf("%s: number of %s = %d, want %d", a.path, selector, got, n)
	}
	return a
}

// wantNoText checks that the body contains none of the words.
func (a *testResponse) wantNoText(words ...string) *testResponse {
	a.t.Helper()
	for _, word := range words {
		if bytes.Contains(a.body, []byte(word)) {
			a.t.Errorf("%s: page contains %q, want it not to:\n%.800s", a.path, word, a.body)
		}
	}
	return a
}

func (a *testResponse) json(into any) {
	a.t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		a.t.Fatalf("%s: Content-Type = %q, want JSON:\n%.400s", a.path, got, a.body)
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		a.t.Fatalf("%s: decode JSON: %v in %s", a.path, err, a.body)
	}
}

// visibleText returns the text of the elements without aria-hidden parts, with one space between text nodes.
func visibleText(s *goquery.Selection) string {
	var fields []string
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.TextNode {
			fields = append(fields, strings.Fields(n.Data)...)
		}
		for _, a := range n.Attr {
			if a.Key == "aria-hidden" && a.Val == "true" {
				return
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			visit(child)
		}
	}
	for _, n := range s.Nodes {
		visit(n)
	}
	return strings.Join(fields, " ")
}

func attr(s *goquery.Selection, name string) string { return s.AttrOr(name, "") }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// await receives a value that is expected immediately; what describes the value in the failure.
func await[T any](t testing.TB, from <-chan T, label string) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(deadline):
		t.Fatalf("timeout waiting for %s", label)
	}
	return got
}

var errSecret = errors.New("dial tcp 10.1.2.3:5432: password of guildboard_owner refused")
