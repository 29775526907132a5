package handlers_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/storetest"
	"guildboard/views/ui"
)

// pageRequest is a request that a manager's browser sends.
type pageRequest struct {
	name    string
	path    string
	headers []string // names and values
	status  int      // expected status; 0 means 200
	stream  bool     // does not end by itself, so only the first byte is read
	list    bool     // has a size limit
}

// managerPages returns all GET requests that a manager's browser may send for a guild filled by storetest.Fill: every
// GET route, and filters and cursors that are expensive.
func managerPages(guild string, a storetest.GuildSize) (all []pageRequest) {
	base := "/guilds/" + guild
	newest, older := fmt.Sprintf("%s-g%d", guild, a.Giveaways), fmt.Sprintf("%s-g%d", guild, max(1, a.Giveaways/2/10*10+4))
	ended := fmt.Sprintf("%s-g1", guild)
	ticket, closed := fmt.Sprintf("%s-t%d", guild, a.Tickets), guild+"-t1"
	day := func(ago int) string { return time.Now().AddDate(0, 0, -ago).Format(time.DateOnly) }
	add := func(p pageRequest) { all = append(all, p) }
	page := func(name, path string) { add(pageRequest{name: name, path: path}) }
	list := func(name, path string) { add(pageRequest{name: name, path: path, list: true}) }

	page("/", "/")
	page("/guilds", "/guilds")
	page("/search", "/search")
	page("/search prize", "/search?q=nitro&guild="+guild)
	page("/search word", "/search?q=the")
	page("/search none", "/search?q=zzyzx")
	page("/search #12", "/search?q=%2312")
	add(pageRequest{name: "/search partial", path: "/search?q=classic&guild=" + guild, headers: asPartial})
	page("/api/notifications", fmt.Sprintf("/api/notifications?since=%d", time.Now().Add(-10*time.Minute).UnixMilli()))
	page("/preferences", "/preferences")
	page("/sessions", "/sessions")
	add(pageRequest{name: "/login", path: "/login", status: http.StatusSeeOther}) // redirects signed-in visitors

	page("overview", base)
	list("giveaways", base+"/giveaways")
	for _, q := range []string{
		"status=active", "status=pending", "status=history", "page=200", "q=nitro", "q=classic+nitro", "q=zzyzx", "q=th", "q=50%25",
		"host=" + storetest.MemberID(3), "channel=500000000000000003",
		"host=" + storetest.MemberID(3) + "&channel=500000000000000003&q=help&status=ended",
		"from=" + day(200) + "&to=" + day(100), "sort=oldest", "sort=ending", "sort=entries", "sort=prize", "sort=entries&page=100",
		"repeat=yes", "repeat=yes&status=active&sort=ending",
		"sort=prize&page=100&status=ended", "only=" + newest + "&only=" + older,
	} {
		list("giveaways?"+shortQuery(q), base+"/giveaways?"+q)
	}
	page("giveaways/overview", base+"/giveaways/overview")
	page("giveaways/results", base+"/giveaways/results?id="+guild+"-a1&id="+guild+"-a2")
	page("giveaways/bulk", base+"/giveaways/bulk?verb=end&only="+newest+"&only="+older)
	page("giveaways/templates", base+"/giveaways/templates")
	page("giveaways/templates/new", base+"/giveaways/templates/new?from="+older)
	page("giveaways/new", base+"/giveaways/new")
	page("giveaways/new?copy", base+"/giveaways/new?copy="+newest)
	page("giveaway, crowded", base+"/giveaways/"+newest)
	page("giveaway, ended", base+"/giveaways/"+ended)
	page("giveaway/edit", base+"/giveaways/"+newest+"/edit")
	page("giveaway/end", base+"/giveaways/"+newest+"/end")
	page("giveaway/remove", base+"/giveaways/"+newest+"/remove?user="+storetest.MemberID(5))
	page("giveaway/draw.json, few", base+"/giveaways/"+older+"/draw.json")
	add(pageRequest{name: "entrants", path: base + "/giveaways/" + newest + "/entries", list: true})
	for _, q := range []string{"page=20", "page=4000", "q=a", "q=ab+member", "q=a&page=20", "q=zzyzx", "q=" + storetest.MemberID(17)} {
		list("entrants?"+shortQuery(q), base+"/giveaways/"+newest+"/entries?"+q)
	}
	// of a deleted row in the middle of the list
	cursor := store.Cursor{At: time.Now().Add(-84 * time.Hour), ID: "x"}.String()
	list("entrants?page=2000&after", base+"/giveaways/"+newest+"/entries?page=2000&after="+cursor)
	list("entrants?page=2000&before", base+"/giveaways/"+newest+"/entries?page=2000&before="+cursor)
	list("entrants, few", base+"/giveaways/"+older+"/entries")
	list("entrants, few?q=a", base+"/giveaways/"+older+"/entries?q=a")
	list("entrants, none?q=a", base+"/giveaways/"+guild+"-g2/entries?q=a")

	list("tickets", base+"/tickets")
	for _, q := range []string{
		"status=open", "status=claimed", "status=closed", "status=active", "status=closed&page=200", "page=4000",
		"sort=oldest", "sort=waiting",
		"sort=waiting&status=claimed", "q=refund", "q=the+refund", "q=refund&page=20", "q=zzyzx", "q=re", "q=%2312",
		"q=12", "q=member+17", "q=refund&status=open",
		"q=refund&status=closed&category=" + guild + "-k3", "q=refund&opener=" + storetest.MemberID(7),
		"q=zad&claimer=" + storetest.MemberID(2) + "&status=claimed",
		"opener=" + storetest.MemberID(7), "opener=" + storetest.MemberID(7) + "&status=open",
		"claimer=" + storetest.MemberID(3), "claimer=" + storetest.MemberID(3) + "&status=claimed",
		"claimer=" + storetest.MemberID(3) + "&category=" + guild + "-k3", "category=" + guild + "-k3",
		"category=" + guild + "-k3&status=open",
		"category=" + guild + "-k3&status=closed&page=200", "category=none", "from=" + day(200) + "&to=" + day(100),
		"from=" + day(300) + "&to=" + day(10) + "&category=" + guild + "-k3",
		"from=" + day(300) + "&to=" + day(10) + "&claimer=" + storetest.MemberID(30), "from=" + day(300) + "&to=" + day(10) + "&q=refund",
		"q=invoice", "q=invoice&page=20", "q=invoice&status=open", "q=quokka", "q=quokka&status=closed&category=" + guild + "-k3",
		"from=" + day(300) + "&to=" + day(250) + "&q=invoice", "from=" + day(300) + "&to=" + day(250) + "&q=quokka",
		"from=" + day(300) + "&to=" + day(250) + "&status=open&sort=oldest", "only=" + ticket + "&only=" + closed,
		"priority=urgent", "priority=high&status=closed&page=3",
		"priority=normal&status=closed&page=20", "priority=urgent&sort=waiting", "overdue=yes",
		"overdue=yes&sort=waiting&page=3", "overdue=yes&status=claimed", "overdue=yes&q=refund", "priority=low&q=refund",
		"label=" + guild + "-b1", "label=" + guild + "-b1&page=40", "label=" + guild + "-b19",
		"label=" + guild + "-b1&label=" + guild + "-b2",
		"label=" + guild + "-b1&status=open", "label=" + guild + "-b19&status=active",
		"label=" + guild + "-b1&sort=waiting", "label=" + guild + "-b1&q=refund", "label=" + guild + "-b19&q=zzyzx",
	} {
		list("tickets?"+shortQuery(q), base+"/tickets?"+q)
	}
	// of a deleted row in the middle of the list
	middle := store.Cursor{At: time.Now().AddDate(0, 0, -180), ID: "x"}.String()
	list("giveaways?page=100&after", base+"/giveaways?page=100&after="+middle)
	list("tickets?page=2000&after", base+"/tickets?page=2000&after="+middle)
	list("tickets?page=2000&before", base+"/tickets?page=2000&before="+middle)
	list("tickets?status=closed&page=2000&after", base+"/tickets?status=closed&page=2000&after="+middle)
	list("tickets?category&page=100&after", base+"/tickets?category="+guild+"-k3&page=100&after="+middle)
	page("tickets/results", base+"/tickets/results?id="+guild+"-a3")
	page("tickets/bulk", base+"/tickets/bulk?verb=close&only="+ticket+"&only="+closed)
	page("tickets/priority", base+"/tickets/priority?only="+ticket+"&only="+closed)
	page("tickets/labels", base+"/tickets/labels?only="+ticket+"&only="+closed)
	page("ticket, long", base+"/tickets/"+ticket)
	page("ticket, long, before", base+"/tickets/"+ticket+"?before="+ticket+"-m200")
	page("ticket, long, after", base+"/tickets/"+ticket+"?after="+ticket+"-m200")
	page("ticket/notes", base+"/tickets/"+ticket+"/notes")
	page("ticket/message/edits", base+"/tickets/"+ticket+"/messages/"+ticket+"-m1/edits")
	page("ticket, closed", base+"/tickets/"+closed)
	page("ticket/assign", base+"/tickets/"+ticket+"/assign")
	page("ticket/close", base+"/tickets/"+ticket+"/close")
	// redirects to the form on the ticket's page
	add(pageRequest{name: "ticket/reply", path: base + "/tickets/" + ticket + "/reply", status: http.StatusSeeOther})
	list("ratings", base+"/ratings")
	for _, q := range []string{"status=pending", "stars=2&words=1", "staff=" + storetest.MemberID(3), "page=40",
		"from=" + day(200) + "&to=" + day(100), "status=featured&words=1"} {
		list("ratings?"+shortQuery(q), base+"/ratings?"+q)
	}
	page("ratings/results", base+"/ratings/results?id="+guild+"-a3")
	page("ratings/bulk", base+"/ratings/bulk?verb=remove&only="+guild+"-r2&only="+guild+"-r3")

	page("staff", base+"/staff")
	page("settings/giveaways", base+"/settings/giveaways")
	page("settings/tickets", base+"/settings/tickets")
	page("settings/panels", base+"/settings/panels")
	page("settings/panels/new", base+"/settings/panels/new")
	panel := base + "/settings/panels/" + guild + "-l1"
	page("settings/panel", panel)
	page("settings/panel/delete", panel+"/delete")
	add(pageRequest{name: "settings/panel/post", path: panel + "/post", status: http.StatusSeeOther}) // the panel is posted already
	page("settings/panel/category/new", panel+"/categories/new")
	page("settings/panel/category", panel+"/categories/"+guild+"-k3")
	page("settings/panel/category/delete", panel+"/categories/"+guild+"-k3/delete")
	page("settings/products", base+"/settings/products")
	page("settings/products/new", base+"/settings/products/new")
	page("settings/product", base+"/settings/products/"+guild+"-p1")
	page("settings/product/delete", base+"/settings/products/"+guild+"-p1/delete")
	page("settings/replies", base+"/settings/replies")
	page("settings/replies/new", base+"/settings/replies/new")
	page("settings/reply", base+"/settings/replies/"+guild+"-y1")
	page("settings/reply/delete", base+"/settings/replies/"+guild+"-y1/delete")
	page("settings/labels", base+"/settings/labels")
	page("settings/labels/new", base+"/settings/labels/new")
	page("settings/label", base+"/settings/labels/"+guild+"-b1")
	page("settings/label/delete", base+"/settings/labels/"+guild+"-b1/delete")
	list("audit", base+"/audit")
	for _, q := range []string{
		"page=200", "status=refused", "verb=GIVEAWAY_END", "by=" + storetest.MemberID(3),
		"by=" + storetest.MemberID(99), "verb=STAFF_CHANGE",
		"from=" + day(200) + "&to=" + day(100), "status=requested",
	} {
		list("audit?"+shortQuery(q), base+"/audit?"+q)
	}
	list("audit?page=100&after", base+"/audit?page=100&after="+middle)

	api := "/api" + base
	page("api giveaways", api+"/giveaways?limit=100")
	page("api giveaways, search", api+"/giveaways?search=nitro&page=3")
	page("api tickets", api+"/tickets")
	page("api tickets, open", api+"/tickets?status=OPEN")

	// The requests of the live parts while there is no stream.
	for _, p := range slices.Clone(all) {
		switch p.name {
		case "/", "/guilds", "overview", "giveaways", "giveaways?q=nitro", "giveaways/overview", "giveaway, crowded",
			"entrants", "tickets", "tickets?q=refund",
			"ticket, long", "ratings", "audit", "staff", "settings/panels":
			add(pageRequest{name: "look: " + p.name, path: p.path, headers: asPoll})
		}
	}
	for _, path := range []string{
		"giveaways/export?format=csv", "giveaways/export?format=json&q=nitro", "giveaways/export?format=csv&sort=prize",
		"tickets/export?format=csv", "tickets/export?format=json&q=refund",
		"tickets/export?format=csv&q=quokka",
		"tickets/export?format=csv&sort=waiting", "audit/export?format=csv",
	} {
		add(pageRequest{name: path, path: base + "/" + path, stream: true})
	}
	return all
}

// shortQuery returns a shortened query for tables.
func shortQuery(q string) string {
	q, _ = url.QueryUnescape(q)
	parts := strings.Split(q, "&")
	for i, part := range parts {
		if key, value, _ := strings.Cut(part, "="); len(value) > 12 && key != "q" {
			parts[i] = key
		}
	}
	return strings.Join(parts, "&")
}

// filledSite is a site on a filled database: one guild of the given size and others of the usual size. Robin manages
// all of them.
type filledSite struct {
	*site
	handler        http.Handler
	cookies        []*http.Cookie
	takeStatements func() []store.Statement // returns the statements since the previous call
}

const bigGuild = "100000000000000010"

func newFilledSite(t testing.TB, db *store.Store, a storetest.GuildSize, others int) *filledSite {
	t.Helper()
	storetest.Fill(t, db, a, bigGuild)
	guilds := []string{}
	for i := range others {
		guilds = append(guilds, fmt.Sprint(100_000_000_000_001_000+i))
	}
	storetest.Fill(t, db, storetest.TypicalGuild, guilds...)
	s := openSite(t, func(_ *site, c *handlers.Config) { c.Store = db })
	s.discord.update(func(m *fakeGuildLister) {
		m.guilds[robin] = nil
		for _, guild := range append([]string{bigGuild}, guilds...) {
			m.guilds[robin] = append(m.guilds[robin], discord.Guild{ID: guild, Name: "Guild " + guild, CanManage: true})
		}
	})
	s.sendHeartbeat()
	b := s.signIn(robin)
	b.client.Jar.SetCookies(b.url("/"), []*http.Cookie{{Name: "notifications", Value: strings.Join(store.NotificationKinds, ".")}})
	filled := &filledSite{site: s, handler: s.Handler(), cookies: b.client.Jar.Cookies(b.url("/"))}
	var mu sync.Mutex
	var statements []store.Statement
	db.Watch(func(q store.Statement) {
		mu.Lock()
		defer mu.Unlock()
		statements = append(statements, q)
	})
	filled.takeStatements = func() (since []store.Statement) {
		mu.Lock()
		defer mu.Unlock()
		since, statements = statements, nil
		return since
	}
	return filled
}

// pageResult is the cost of a request and its response.
type pageResult struct {
	status    int
	duration  time.Duration // until the response was complete, or for a stream until it began
	sentBytes int           // bytes sent
	rawBytes  int           // bytes before compression
	queries   []store.Statement
	location  string
	body      string // before compression
}

// serve requests a page as a browser does, without a network.
func (s *filledSite) serve(ctx context.Context, p pageRequest) pageResult {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, s.PublicURL+p.path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	for _, c := range s.cookies {
		r.AddCookie(c)
	}
	for i := 0; i < len(p.headers); i += 2 {
		r.Header.Set(p.headers[i], p.headers[i+1])
	}
	w := httptest.NewRecorder()
	s.takeStatements()
	start := time.Now()
	took := time.Duration(0)
	if p.stream {
		func() {
			defer func() { _ = recover() }() // the handler aborts a truncated file with a panic
			s.handler.ServeHTTP(firstByteWriter{w, func() { took = time.Since(start); stop() }}, r)
		}()
	} else {
		s.handler.ServeHTTP(w, r)
		took = time.Since(start)
	}
	to, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	isOtherPage := to != "" && strings.HasPrefix(p.path, to+"?page=") ||
		strings.Contains(p.path, "&page=") && strings.HasPrefix(p.path, to+"?")
	if w.Code == http.StatusSeeOther && isOtherPage {
		p.path = w.Header().Get("Location") // the requested page does not exist: follow the redirect to the last page
		return s.serve(ctx, p)
	}
	got := pageResult{status: w.Code, duration: took, sentBytes: w.Body.Len(), rawBytes: w.Body.Len(),
		queries: s.takeStatements(), location: w.Header().Get("Location")}
	if w.Header().Get("Content-Encoding") == "gzip" {
		plain, err := gzip.NewReader(bytes.NewReader(w.Body.Bytes()))
		must(s.t, err)
		body, err := io.ReadAll(plain)
		must(s.t, err)
		got.rawBytes, got.body = len(body), string(body)
	}
	return got
}

// firstByteWriter is a client that disconnects at the first byte.
type firstByteWriter struct {
	http.ResponseWriter
	onWrite func()
}

func (b firstByteWriter) Write(p []byte) (int, error) {
	b.onWrite()
	return 0, io.ErrClosedPipe
}

// smallAmount can be created within a second and is more than a page shows.
var smallAmount = storetest.GuildSize{Members: 3000, Giveaways: 1500, Entries: 1500, Tickets: 3000, Messages: 9000,
	Ratings: 1500, Commands: 1500}

// eachFilledSite runs fn on each kind of database, filled to the given size.
func eachFilledSite(t *testing.T, a storetest.GuildSize, others int, fn func(*testing.T, *filledSite)) {
	storetest.EachDatabase(t, func(t *testing.T, db *store.Store) { fn(t, newFilledSite(t, db, a, others)) })
}

func TestManagerPagesCoverAllRoutes(t *testing.T) {
	s := openSite(t)
	routes := map[string]bool{}
	must(t, chi.Walk(s.Handler().(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method == http.MethodGet {
			routes[strings.TrimSuffix(strings.ReplaceAll(route, "/*/", "/"), "/")] = true
		}
		return nil
	}))
	for route := range maps.Keys(routes) { // their live part is measured, or they do not use the database
		if strings.HasSuffix(route, "/live") || strings.HasPrefix(route, "/static") || strings.HasPrefix(route, "/gallery") {
			delete(routes, route)
		}
	}
	for _, route := range []string{"/healthz", "/readyz", "/login/start", "/login/callback", "/api/events/stream",
		ui.StylePath(s.Site)} {
		delete(routes, route)
	}
	for _, p := range managerPages(bigGuild, smallAmount) {
		path, _, _ := strings.Cut(p.path, "?")
		c := chi.NewRouteContext()
		if !s.Handler().(chi.Routes).Match(c, http.MethodGet, path) {
			t.Errorf("no route matches %s", p.path)
		}
		delete(routes, strings.TrimSuffix(strings.ReplaceAll(c.RoutePattern(), "/*/", "/"), "/"))
	}
	if len(routes) > 0 {
		t.Errorf("routes missing in the list of pages: %q", slices.Sorted(maps.Keys(routes)))
	}
}

// TestQueryCountIsIndependentOfRows checks that the number of queries of a page does not depend on the number of rows,
// that a page loads nothing twice, and that no query scans rows of other guilds.
func TestQueryCountIsIndependentOfRows(t *testing.T) {
	const limit = 17
	eachFilledSite(t, smallAmount, 3, func(t *testing.T, s *filledSite) {
		plan := storetest.NewExplainer(t, s.Store, true)
		baseline := map[string]int{}
		smallGuild := fmt.Sprint(100_000_000_000_001_000)
		for _, p := range managerPages(smallGuild, storetest.TypicalGuild) {
			baseline[p.name] = len(s.serve(t.Context(), p).queries)
		}
		explained := map[string]bool{}
		for _, p := range managerPages(bigGuild, smallAmount) {
			got := s.serve(t.Context(), p)
			if got.status != cmp.Or(p.status, http.StatusOK) {
				t.Errorf("%s (%s): status %d, redirect to %s", p.name, p.path, got.status, got.location)
			}
			// For an empty list, neither winners nor pending commands are read.
			if n := len(got.queries); n > limit || n > baseline[p.name]+2 && !p.stream {
				t.Errorf("%s: queries = %d, want few more than in a small guild: %d", p.name, n, baseline[p.name])
			}
			sent := map[string]bool{}
			for _, q := range got.queries {
				if key := fmt.Sprint(q.SQL, q.Args); sent[key] {
					t.Errorf("%s: query sent twice: %s %v", p.name, q.SQL, q.Args)
				} else {
					sent[key] = true
				}
				if explained[q.SQL] {
					continue
				}
				explained[q.SQL] = true
				steps, text := plan(q)
				for _, step := range steps {
					// Partial indexes cover the few running rows of all guilds. If one guild has nearly all rows,
					// Postgres correctly prefers other indexes than those by guild, so any index is accepted there.
					isPartialIndex := step.Table == "giveaways" && strings.Contains(step.Condition, "ends_at")
					if step.Method == "Seq Scan" || step.Method == "SCAN" && !step.StaysInGuild() ||
						step.Method == "SEARCH" && !step.StaysInGuild() && !isPartialIndex {
						t.Errorf("%s: full scan %+v of %s\n%s", p.name, step, q.SQL, text)
					}
				}
			}
		}
		t.Log(len(explained), "statements")
	})
}

// TestListPagesAreSmall checks that a list stays small enough for a slow phone even if every row has the maximum
// length.
func TestListPagesAreSmall(t *testing.T) {
	const limit = 60_000 // bytes, compressed
	long := smallAmount
	long.Words = 60
	s := newFilledSite(t, storetest.Open(t), long, 1)
	n, heaviest := 0, pageResult{}
	for _, p := range managerPages(bigGuild, long) {
		if !p.list {
			continue
		}
		n++
		got := s.serve(t.Context(), p)
		if got.rawBytes == got.sentBytes {
			t.Errorf("%s is not compressed", p.name)
		}
		if got.sentBytes > heaviest.sentBytes {
			heaviest = got
		}
		if got.sentBytes > limit {
			t.Errorf("%s: size = %d bytes compressed, %d without, over the limit", p.name, got.sentBytes, got.rawBytes)
		}
	}
	if n < 40 || heaviest.rawBytes < 80_000 {
		t.Errorf("measured lists = %d, want at least 40, one of them large", n)
	}
	t.Logf("largest of %d lists = %d bytes compressed, %d without", n, heaviest.sentBytes, heaviest.rawBytes)
}
