package handlers_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"guildboard/handlers/live"
	"guildboard/static"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
)

// The access matrix: every route × every kind of visitor × ids of their own guild, of another and of none, in path, query,
// form, bulk selection and command. It is made from the router. After each request it is checked that the answer is what the
// visitor's rights say, that it shows no text that is not for them, and what changed in the database.

// requirement is what a visitor needs for a route.
type requirement struct {
	public   bool // nothing
	signedIn bool // a session
	guild    bool // some right in the guild
	module   store.Module
	level    store.Level // that far in the module
	settings bool        // a manager; who may see the module is told so, for others there is nothing
	manager  bool        // a manager
}

func needsModule(m store.Module, l store.Level) requirement { return requirement{module: m, level: l} }

// routeRequirements has a line for every route, as handlers/routes.go groups them. LIVE is a page and its stream, FORM a page and what it
// is sent to. Paths below {guild} begin with a dot.
var routeRequirements = []struct {
	needs  requirement
	routes string
}{
	{requirement{public: true}, `GET /healthz, GET /readyz, GET /static/*, GET /, GET /login, GET /login/start, GET /login/callback,
		POST /logout, FORM /preferences`},
	{requirement{signedIn: true}, `GET /search, GET /api/notifications, POST /guilds/refresh, GET /sessions, POST /sessions/{session}/end, GET /live,
		LIVE /guilds`},
	{requirement{guild: true}, `GET ., HEAD ., GET ./live, GET /api/events/stream`},

	{needsModule(store.ModuleGiveaways, store.LevelSee), `GET /api/guilds/{guild}/giveaways, LIVE ./giveaways, LIVE ./giveaways/overview,
		LIVE ./giveaways/asked, LIVE ./giveaways/{giveaway}, LIVE ./giveaways/{giveaway}/entries, GET ./giveaways/export,
		GET ./giveaways/{giveaway}/draw.json`},
	{needsModule(store.ModuleGiveaways, store.LevelAct), `FORM ./giveaways/bulk, FORM ./giveaways/{giveaway}/{verb}`},
	{needsModule(store.ModuleGiveaways, store.LevelManage), `LIVE ./giveaways/templates, GET ./giveaways/new, GET ./giveaways/templates/new,
		POST ./giveaways/templates, POST ./giveaways/templates/{template}/delete, POST ./giveaways, FORM ./giveaways/{giveaway}/edit`},

	{needsModule(store.ModuleTickets, store.LevelSee), `GET /api/guilds/{guild}/tickets, LIVE ./tickets, GET ./tickets/export,
		LIVE ./tickets/asked, LIVE ./tickets/{ticket}, LIVE ./tickets/{ticket}/notes,
		GET ./tickets/{ticket}/messages/{message}/edits, LIVE ./ratings, LIVE ./ratings/asked`},
	{needsModule(store.ModuleTickets, store.LevelAct), `FORM ./tickets/bulk, FORM ./tickets/priority, FORM ./tickets/labels, FORM ./ratings/bulk,
		POST ./tickets/{ticket}/notes, FORM ./tickets/{ticket}/reply, FORM ./tickets/{ticket}/{verb}`},
	{needsModule(store.ModuleTickets, store.LevelManage), `POST ./tickets/{ticket}/notes/{note}/delete`},

	{requirement{settings: true, module: store.ModuleGiveaways}, `FORM ./settings/giveaways`},
	{requirement{settings: true, module: store.ModuleTickets}, `FORM ./settings/tickets,
		LIVE ./settings/panels, POST ./settings/panels, GET ./settings/panels/new, FORM ./settings/panels/{panel},
		FORM ./settings/panels/{panel}/delete, POST ./settings/panels/{panel}/post,
		POST ./settings/panels/{panel}/categories, GET ./settings/panels/{panel}/categories/new,
		FORM ./settings/panels/{panel}/categories/{category}, FORM ./settings/panels/{panel}/categories/{category}/delete,
		LIVE ./settings/products, POST ./settings/products, GET ./settings/products/new, FORM ./settings/products/{product},
		FORM ./settings/products/{product}/delete,
		LIVE ./settings/replies, POST ./settings/replies, GET ./settings/replies/new, FORM ./settings/replies/{reply},
		FORM ./settings/replies/{reply}/delete,
		LIVE ./settings/labels, POST ./settings/labels, GET ./settings/labels/new, FORM ./settings/labels/{label},
		FORM ./settings/labels/{label}/delete`},
	{requirement{manager: true}, `LIVE ./staff, POST ./staff, LIVE ./audit, GET ./audit/export`},
}

// levelManageVerbs want LevelManage, where the route wants LevelAct.
var levelManageVerbs = []string{"cancel", "delete", "remove", "readmit", "repeat"}

// requirements is routeRequirements by method and pattern.
func requirements() map[string]requirement {
	all := map[string]requirement{"GET " + stylePath: {public: true}}
	for _, line := range routeRequirements {
		for route := range strings.SplitSeq(line.routes, ",") {
			kind, path, _ := strings.Cut(strings.TrimSpace(route), " ")
			path = strings.Replace(path, ".", "/guilds/{guild}", min(1, len(path)-len(strings.TrimPrefix(path, "."))))
			switch kind {
			case "LIVE":
				all["GET "+path], all["GET "+path+"/live"] = line.needs, line.needs
			case "FORM":
				all["GET "+path], all["POST "+path] = line.needs, line.needs
			default:
				all[kind+" "+path] = line.needs
			}
		}
	}
	return all
}

// idsInPath are of rows that matrixDatabase has made, by the parameter that names them.
var idsInPath = map[string]string{
	"giveaway": lantern + "-g14", "template": lantern + "-f1", "ticket": lantern + "-t20", "note": lantern + "-n1",
	"message": lantern + "-t20-m1", "panel": lantern + "-l1",
	"category": lantern + "-k3", "product": lantern + "-p1", "reply": lantern + "-y1", "label": lantern + "-b1",
}

// matrixRole is a kind of visitor.
type matrixRole struct {
	name         string
	user         string       // Discord id; "" who is not signed in
	reading      store.Rights // in lantern
	acting       store.Rights
	prepare      func(*site)
	sessionEnded bool // their session was ended
}

// matrixRoles are all kinds of visitors of lantern.
func matrixRoles() []matrixRole {
	withLevels := func(name string, giveaways, tickets store.Level) matrixRole {
		rights := store.Rights{Giveaways: giveaways, Tickets: tickets}
		return matrixRole{name: name, user: kim, reading: rights, acting: rights,
			prepare: func(s *site) { s.grantKim(giveaways, tickets, 0) }}
	}
	unconfirmed := withLevels("confirmed two minutes ago", store.LevelManage, store.LevelManage)
	unconfirmed.acting = unconfirmed.reading.ViewOnly()
	unconfirmed.prepare = func(s *site) { s.grantKim(store.LevelManage, store.LevelManage, 2*time.Minute) }
	forgotten := matrixRole{name: "confirmed ten minutes ago", user: kim, prepare: func(s *site) {
		s.grantKim(store.LevelManage, store.LevelManage, 10*time.Minute)
	}}
	departed := matrixRole{name: "has left the server", user: kim, prepare: func(s *site) {
		s.grantKim(store.LevelManage, store.LevelManage, 0)
		s.discord.update(func(m *fakeGuildLister) { m.guilds[kim] = nil })
	}}
	manager := store.Rights{IsManager: true, Giveaways: store.LevelManage, Tickets: store.LevelManage}
	return []matrixRole{
		{name: "stranger"},
		{name: "session ended", user: robin, sessionEnded: true},
		{name: "in no server", user: "200000000000000009"},
		{name: "member without rights", user: kim, prepare: func(s *site) {
			s.discord.update(func(m *fakeGuildLister) { m.guilds[kim] = []discord.Guild{{ID: lantern, Name: "Lantern Hollow"}} })
		}},
		{name: "manager of another server", user: sam},
		withLevels("sees giveaways", store.LevelSee, store.LevelNone), withLevels("acts on giveaways", store.LevelAct, store.LevelNone),
		withLevels("manages giveaways", store.LevelManage, store.LevelNone),
		withLevels("sees tickets", store.LevelNone, store.LevelSee), withLevels("acts on tickets", store.LevelNone, store.LevelAct),
		withLevels("manages tickets", store.LevelNone, store.LevelManage),
		unconfirmed, forgotten, departed,
		{name: "manager", user: robin, reading: manager, acting: manager},
	}
}

// grantKim has Kim be in lantern with a role that is let in that far, as the bot confirmed that long ago.
func (s *site) grantKim(giveaways, tickets store.Level, ago time.Duration) {
	s.t.Helper()
	s.discord.update(func(m *fakeGuildLister) { m.guilds[kim] = []discord.Guild{{ID: lantern, Name: "Lantern Hollow"}} })
	s.grantHelperRole(giveaways, tickets)
	s.confirmHelperRole(time.Now().Add(-ago), kim)
}

// refusalStatus is the status with which the visitor is refused by plain request; 0: they are not.
func (q requirement) refusalStatus(r matrixRole, method string) int {
	rights := r.reading
	if method == http.MethodPost {
		rights = r.acting
	}
	canView := q.module != "" && rights.Can(q.module, store.LevelSee)
	switch {
	case q.public:
		return 0
	case r.user == "" || r.sessionEnded:
		return http.StatusUnauthorized
	case q.signedIn:
		return 0
	case !rights.HasAny():
		return http.StatusNotFound
	case rights.IsManager, q.guild, !q.settings && q.module != "" && rights.Can(q.module, q.level):
		return 0
	case q.manager, canView:
		return http.StatusForbidden
	}
	return http.StatusNotFound
}

// hiddenMarkers are the markers of texts that the visitor may see nowhere.
func (r matrixRole) hiddenMarkers() (markers []string) {
	if r.user != sam {
		markers = append(markers, harbourMarker)
	}
	if !r.reading.HasAny() {
		markers = append(markers, membersMarker)
	}
	if r.reading.Giveaways < store.LevelSee {
		markers = append(markers, giveawaysMarker)
	}
	if r.reading.Giveaways < store.LevelAct {
		markers = append(markers, winnersMarker)
	}
	if r.reading.Tickets < store.LevelSee {
		markers = append(markers, ticketsMarker)
	}
	return markers
}

// probe is one request of the matrix.
type probe struct {
	method, path string
	form         url.Values
	needs        requirement
	ids          probeIDs
	equivalent   string // path with nobody's ids, whose answer must be the same; "" for none
}

// probeIDs is whose ids a probe carries.
type probeIDs int

const (
	ownIDs       probeIDs = iota
	noIDs                 // none, though the route needs some
	missingIDs            // in its path, of nobody, of another guild, or of somebody else's session
	foreignIDs            // of nobody or another guild, in query or form
	foreignGuild          // everything is of another guild, also the guild in the path
)

func (p probe) String() string {
	text := p.method + " " + p.path
	if len(p.form) > 0 {
		text += " " + p.form.Encode()
	}
	return text
}

func (p probe) isStream() bool {
	path, _, _ := strings.Cut(p.path, "?")
	return strings.HasSuffix(path, "/live") || path == "/api/events/stream"
}

const otherSession = "other-session" // stands for the id of a session of somebody else

// TestAccessMatrix checks what every kind of visitor gets at every route.
func TestAccessMatrix(t *testing.T) {
	if raceDetector {
		t.Skip("not run with the race detector, because its requests are sequential: make test runs it")
	}
	content, err := os.ReadFile(matrixDatabase(t))
	must(t, err)
	probes := matrixProbes(t, content)
	t.Logf("%d requests for each kind of visitor", len(probes))
	for _, r := range matrixRoles() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			v := newMatrixVisitor(t, r, content)
			for _, p := range probes {
				v.check(p)
			}
			v.checkEffect()
		})
	}
}

// matrixProbes asks the router for its routes, and the pages for the links and forms that lead to them.
func matrixProbes(t *testing.T, content []byte) (probes []probe) {
	t.Helper()
	v := newMatrixVisitor(t, matrixRole{name: "manager", user: robin}, content)
	router, needs := v.site.Handler().(chi.Routes), requirements()
	unused := maps.Clone(needs)
	add := func(method, path string, form url.Values, ids probeIDs) {
		p := probe{method: method, path: path, form: form, needs: requirementOf(t, router, needs, method, path, form), ids: ids}
		if method == http.MethodGet && strings.Contains(path, harbour+"-") {
			p.equivalent = strings.ReplaceAll(path, harbour+"-", lantern+"-none-")
		}
		probes = append(probes, p)
	}
	posts := map[string]bool{}
	must(t, chi.Walk(router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		route = patternOf(route)
		if _, known := needs[method+" "+route]; !known {
			t.Errorf("routeRequirements has no line for %s %s: add who may use it, and to idsInPath a row for each new parameter", method,
				route)
			return nil
		}
		delete(unused, method+" "+route)
		switch {
		case method == http.MethodPost && route != "/sessions/{session}/end":
			posts[route] = true // with what its forms carry, below
		default:
			for _, path := range pathsOf(t, route) {
				add(method, path.path, nil, path.ids)
			}
		}
		return nil
	}))
	for route := range unused {
		t.Errorf("routeRequirements has a line for %s, which the router has not", route)
	}
	gets := slices.Clone(probes)
	for _, path := range matrixQueries() {
		gets = append(gets, probe{method: http.MethodGet, path: path})
		add(http.MethodGet, path, nil, ownIDs)
		add(http.MethodGet, withHarbourIDs(path), nil, foreignIDs)
	}
	seen := map[string]bool{}
	for _, p := range gets {
		if p.ids != ownIDs || p.isStream() || p.method != http.MethodGet {
			continue
		}
		doc := v.page(p.path)
		if doc == nil {
			continue
		}
		for _, link := range linksOf(doc) {
			if key := linkShape(link); !seen[key] {
				seen[key] = true
				add(http.MethodGet, link, nil, ownIDs)
				add(http.MethodGet, withHarbourIDs(link), nil, foreignIDs)
			}
		}
		for _, form := range formsOf(doc, http.MethodPost) {
			route := routeOf(router, http.MethodPost, form.action)
			key := "POST " + route + verbOf(form.action, form.fields) + strings.Join(slices.Sorted(maps.Keys(form.fields)), "&")
			if route == "" || route == "/sessions/{session}/end" || seen[key] {
				continue
			}
			seen[key] = true
			delete(posts, route)
			for _, path := range pathsLike(form.action) {
				if path.ids == noIDs { // they are in the form
					path.ids = ownIDs
				}
				add(http.MethodPost, path.path, form.fields, path.ids)
			}
			for _, fields := range foreignVariants(form.fields) {
				add(http.MethodPost, form.action, fields, foreignIDs)
			}
		}
	}
	for route := range posts {
		t.Errorf("no page has a form for POST %s: add the page that has it to matrixQueries", route)
	}
	for _, p := range probes {
		if p.ids == ownIDs && strings.Contains(p.path, lantern) {
			p.path, p.form, p.ids, p.equivalent = strings.ReplaceAll(withHarbourIDs(p.path), lantern, harbour), nil, foreignGuild, ""
			probes = append(probes, p)
		}
	}
	return probes
}

// matrixQueries are pages whose addresses carry ids behind the path, and those that hold forms which no other page has.
func matrixQueries() []string {
	base := "/guilds/" + lantern
	giveaway, ticket := idsInPath["giveaway"], idsInPath["ticket"]
	queries := []string{
		"/search?q=mark&guild=" + lantern, "/search?q=mark&guild=" + harbour, "/search?q=" + harbour,
		"/api/events/stream?guildId=" + lantern, "/api/notifications?since=1",
	}
	for _, query := range []string{
		"/giveaways/asked?id=" + lantern + "-a3&id=" + lantern + "-a10", "/giveaways/asked/live?id=" + lantern + "-a3",
		"/tickets/asked?id=" + lantern + "-a1", "/tickets/asked/live?id=" + lantern + "-a1",
		"/ratings/asked?id=" + lantern + "-a1&left=" + lantern + "-r3", "/ratings/asked/live?id=" + lantern + "-a1&left=" + lantern + "-r3",
		"/giveaways/new?from=" + lantern + "-a3", "/giveaways/new?copy=" + giveaway, "/giveaways/new?template=" + lantern + "-f1",
		"/giveaways/templates/new?from=" + giveaway,
		"/giveaways/" + giveaway + "/remove?user=700000000000000005", "/giveaways/" + giveaway + "/readmit?user=700000000000000006",
		"/giveaways?only=" + giveaway + "&host=700000000000000003&channel=500000000000000003", "/giveaways/live?only=" + giveaway,
		"/giveaways/" + giveaway + "/entries?q=700000000000000005",
		"/tickets?only=" + ticket + "&category=" + lantern + "-k3&label=" + lantern +
			"-b1&opener=700000000000000003&claimer=700000000000000003",
		"/tickets?q=mark", "/tickets/live?only=" + ticket, "/tickets/" + ticket + "?before=" + ticket + "-m200",
		"/tickets/" + ticket + "?answer=" + lantern + "-a1",
		"/tickets/priority?only=" + ticket, "/tickets/labels?only=" + ticket,
		"/ratings?staff=700000000000000003&only=" + lantern + "-r3",
		"/giveaways/export?format=csv", "/giveaways/export?format=json&only=" + giveaway,
		"/tickets/export?format=csv", "/tickets/export?format=json&only=" + ticket, "/audit/export?format=csv",
		"/audit?by=700000000000000003",
	} {
		queries = append(queries, base+query)
	}
	for _, verb := range []string{"end", "pause", "resume", "reroll", "cancel", "delete"} {
		queries = append(queries, base+"/giveaways/bulk?verb="+verb+"&only="+giveaway)
	}
	for _, verb := range []string{"claim", "unclaim", "close", "reopen"} {
		queries = append(queries, base+"/tickets/bulk?verb="+verb+"&only="+ticket)
	}
	for _, verb := range []string{"approve", "unapprove", "feature", "unfeature", "remove"} {
		queries = append(queries, base+"/ratings/bulk?verb="+verb+"&only="+lantern+"-r3")
	}
	return queries
}

// patternOf is a pattern of the router as routeRequirements has it.
func patternOf(route string) string {
	if route = strings.ReplaceAll(route, "/*/", "/"); route != "/" {
		route = strings.TrimSuffix(route, "/")
	}
	return route
}

// routeOf is the pattern that the router has for a path, "" for none.
func routeOf(router chi.Routes, method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	c := chi.NewRouteContext()
	if !router.Match(c, method, path) {
		return ""
	}
	return patternOf(c.RoutePattern())
}

// requirementOf is what a request needs: its route, and the verb that it names.
func requirementOf(
	t *testing.T, router chi.Routes, all map[string]requirement, method, path string, form url.Values,
) requirement {
	t.Helper()
	route := routeOf(router, method, path)
	needs, known := all[method+" "+route]
	if !known {
		t.Errorf("no requirement for %s %s (%s)", method, path, route)
	}
	if needs.level == store.LevelAct && slices.Contains(levelManageVerbs, verbOf(path, form)) {
		needs.level = store.LevelManage
	}
	return needs
}

// verbOf is the verb that a request names, in its form, its query or at the end of its path.
func verbOf(path string, form url.Values) string {
	u, err := url.Parse(path)
	switch {
	case err != nil:
		return ""
	case form.Has("verb"):
		return form.Get("verb")
	case u.Query().Has("verb"):
		return u.Query().Get("verb")
	}
	return u.Path[strings.LastIndex(u.Path, "/")+1:]
}

// matrixPath is a path of the matrix.
type matrixPath struct {
	path string
	ids  probeIDs
}

var paramInPath = regexp.MustCompile(`\{[a-z]+\}`)

// pathsOf fills a pattern: with lantern's ids; with one of them harbour's, or nobody's; and in each way for every verb.
func pathsOf(t *testing.T, route string) (all []matrixPath) {
	t.Helper()
	route = strings.NewReplacer("{guild}", lantern, static.Prefix+"*", static.Path("app.css")).Replace(route)
	verbs := []string{""}
	if strings.HasSuffix(route, "{verb}") {
		verbs = verbsOf("TICKET_")
		if strings.Contains(route, "/giveaways/") {
			verbs = verbsOf("GIVEAWAY_")
		}
	}
	for _, verb := range verbs {
		path := paramInPath.ReplaceAllStringFunc(strings.Replace(route, "{verb}", verb, 1), func(param string) string {
			switch id := idsInPath[strings.Trim(param, "{}")]; {
			case param == "{session}":
				return otherSession
			case id == "":
				t.Errorf("idsInPath has no row for %s of %s", param, route)
				return "none"
			default:
				return id
			}
		})
		all = append(all, pathsLike(path)...)
	}
	return all
}

// verbsOf are the verbs that addresses of a noun end with.
func verbsOf(noun string) (verbs []string) {
	for _, v := range store.Verbs {
		name, ok := strings.CutPrefix(string(v), noun)
		switch v {
		case store.VerbGiveawayCreate, store.VerbGiveawayEdit, store.VerbTicketReply: // have routes of their own
		default:
			if ok {
				verbs = append(verbs, strings.ToLower(name))
			}
		}
	}
	return verbs
}

// queryIDPaths matches paths that name what they are about in their query or form.
var queryIDPaths = regexp.MustCompile(
	`(/asked(/live)?|/templates/new|/bulk|/tickets/priority|/tickets/labels|/remove|/readmit|/events/stream)$`)

// pathsLike is a path with lantern's ids, and with each of them replaced.
func pathsLike(path string) []matrixPath {
	kind := ownIDs
	switch {
	case strings.Contains(path, otherSession):
		kind = missingIDs
	case queryIDPaths.MatchString(path):
		kind = noIDs
	}
	all := []matrixPath{{path, kind}}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, lantern+"-") {
			for _, other := range []string{withHarbourIDs(part), withMissingIDs(part)} {
				changed := slices.Clone(parts)
				changed[i] = other
				all = append(all, matrixPath{strings.Join(changed, "/"), missingIDs})
			}
		}
	}
	return all
}

// linksOf are the addresses that a page leads to with ids behind the path: of links, of htmx, and of forms that are sent by GET.
func linksOf(page *goquery.Document) (links []string) {
	for _, name := range []string{"href", "hx-get"} {
		links = append(links, page.Find("["+name+"]").Map(func(_ int, e *goquery.Selection) string { return attr(e, name) })...)
	}
	for _, form := range formsOf(page, http.MethodGet) {
		path, _, _ := strings.Cut(form.action, "?")
		links = append(links, path+"?"+form.fields.Encode())
	}
	return slices.DeleteFunc(links, func(link string) bool {
		_, query, _ := strings.Cut(link, "?")
		return !strings.HasPrefix(link, "/") || !isID(query)
	})
}

// linkShape is what links have in common that differ in ids only.
func linkShape(link string) string {
	path, query, _ := strings.Cut(link, "?")
	values, _ := url.ParseQuery(query)
	return lanternIDs.ReplaceAllString(path, "") + "?" + values.Get("verb") + strings.Join(slices.Sorted(maps.Keys(values)), "&")
}

// matrixVisitor is a visitor of a site of their own.
type matrixVisitor struct {
	matrixRole
	t        *testing.T
	site     *site
	browser  *browser
	database *watchedDatabase
	commands int    // written for the bot before
	session  string // id of somebody else's
	allowed  int

	changedRoutes map[string]bool // patterns of POSTs that changed the database
}

func newMatrixVisitor(t *testing.T, r matrixRole, content []byte) *matrixVisitor {
	t.Helper()
	db, path := matrixStore(t, content)
	v := &matrixVisitor{matrixRole: r, t: t, changedRoutes: map[string]bool{},
		site: openSite(t, withoutStreamLimit, func(s *site, c *live.Config) {
			withDiscord(new(*discordtest.Server), nil)(s, c)
			s.Server.Guilds, s.Store = s.discord, db
		})}
	v.site.sendHeartbeat()
	v.site.subscribe()
	if r.prepare != nil {
		r.prepare(v.site)
	}
	v.signIn()
	v.site.signIn("200000000000000008")
	sessions, err := v.site.Sessions.List(t.Context(), "200000000000000008")
	must(t, err)
	v.session = sessions[0].ID
	v.database, v.commands = watchDatabase(t, path), v.commandCount()
	return v
}

func (v *matrixVisitor) signIn() {
	v.t.Helper()
	if v.user == "" {
		v.browser = v.site.browser()
		return
	}
	v.browser = v.site.signIn(v.user)
	if v.sessionEnded {
		cookies := v.browser.client.Jar.Cookies(v.browser.url("/"))
		v.browser.post("/logout", nil).wantStatus(http.StatusSeeOther)
		v.browser.client.Jar.SetCookies(v.browser.url("/"), cookies)
	}
}

// commandCount is how many commands the bot has been given.
func (v *matrixVisitor) commandCount() int {
	entries, err := v.site.redis.Stream("bot:commands")
	if err != nil { // none, yet
		return 0
	}
	return len(entries)
}

// page is the page at the path, nil where it leads elsewhere or is none.
func (v *matrixVisitor) page(path string) *goquery.Document {
	v.t.Helper()
	a := v.send(probe{method: http.MethodGet, path: path})
	if a.StatusCode != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	a.find("html")
	return a.doc
}

// send asks, and reads the answer to its end; of a stream, its first frame.
func (v *matrixVisitor) send(p probe, headers ...string) *testResponse {
	v.t.Helper()
	ctx, stop := context.WithCancel(v.t.Context())
	defer stop()
	var body io.Reader
	if p.method == http.MethodPost {
		headers = append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)
		body = strings.NewReader(p.form.Encode())
	}
	path := strings.Replace(p.path, otherSession, v.session, 1)
	response := v.browser.do(ctx, p.method, path, body, headers...)
	defer response.Body.Close()
	a := &testResponse{Response: response, t: v.t, path: v.name + ": " + p.String()}
	switch {
	case !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream"):
		content, err := io.ReadAll(response.Body)
		must(v.t, err)
		a.body = content
	case !strings.HasPrefix(p.path, "/api/"): // there events come, and none has been published
		messages := make(chan message, 100)
		go func() { defer close(messages); readMessages(response.Body, messages) }()
		for m := range messages {
			if m.event != "ping" {
				a.body = []byte(m.data)
				stop()
			}
		}
	}
	return a
}

// check makes one request, once as a page and once as htmx, and checks all that the matrix promises.
func (v *matrixVisitor) check(p probe) {
	v.t.Helper()
	refused := p.needs.refusalStatus(v.matrixRole, p.method)
	if p.ids == foreignGuild {
		if v.user == sam || p.needs.public || p.needs.signedIn { // who may; or who finds nothing by searching there
			return
		}
		refused = p.needs.refusalStatus(matrixRole{user: v.user, sessionEnded: v.sessionEnded}, p.method)
	}
	for _, headers := range [][]string{nil, asPartial} {
		if headers != nil && (p.isStream() || p.ids == ownIDs && refused == 0) {
			continue
		}
		a := v.send(p, headers...)
		a.wantNoText(v.hiddenMarkers()...)
		v.checkStatus(p, a, refused)
		v.checkDatabase(p, a, refused)
		if p.equivalent != "" && refused == 0 {
			equivalent := v.send(probe{method: p.method, path: p.equivalent}, headers...)
			if got, want := withoutVolatileParts(a), withoutVolatileParts(equivalent); got != want ||
				a.StatusCode != equivalent.StatusCode {
				v.t.Errorf("%s answered %d, and %d for ids of nobody; a row of another guild shows:\n%s",
					a.path, a.StatusCode, equivalent.StatusCode, difference(got, want))
			}
		}
	}
	if p.method == http.MethodPost && p.path == "/logout" {
		v.signIn()
	}
}

// volatileParts matches what differs between two answers that are the same: ids, versions of pages, and when they were made.
var volatileParts = regexp.MustCompile(lantern + "-none-|" + harbour + `-|data-version="[^"]*"|name="once" value="[^"]*"`)

// withoutVolatileParts is an answer without the ids that were asked for.
func withoutVolatileParts(a *testResponse) string {
	return volatileParts.ReplaceAllString(string(a.body), "")
}

// difference is where two texts begin to differ.
func difference(got, want string) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	return fmt.Sprintf("got  %.200s\nwant %.200s", got[at:], want[at:])
}

func (v *matrixVisitor) checkStatus(p probe, a *testResponse, refused int) {
	v.t.Helper()
	path, _, _ := strings.Cut(p.path, "?")
	if path == "/api/events/stream" && p.ids == noIDs && refused == http.StatusNotFound {
		refused = http.StatusBadRequest // of what guild?
	}
	switch got := a.StatusCode; {
	case got >= 500:
		v.t.Errorf("%s answered %d", a.path, got)
	case refused == http.StatusUnauthorized && got == http.StatusSeeOther && !isAPIOrStream(path):
		if !strings.HasPrefix(a.Header.Get("Location"), "/login?") {
			v.t.Errorf("%s leads to %q, want the sign-in", a.path, a.Header.Get("Location"))
		}
	case refused != 0:
		if got != refused {
			v.t.Errorf("%s answered %d, want %d", a.path, got, refused)
		}
	case p.ids == missingIDs && got == http.StatusOK && a.showsGone():
	case p.ids == missingIDs && got != http.StatusNotFound:
		v.t.Errorf("%s answered %d, want 404: there is no such row in lantern", a.path, got)
	case p.ids == noIDs && p.method == http.MethodGet && got != http.StatusNotFound && got != http.StatusBadRequest:
		v.t.Errorf("%s answered %d, want 404 or 400", a.path, got)
	case p.ids == ownIDs && slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, got):
		v.t.Errorf("%s answered %d, though it is allowed", a.path, got)
	case p.ids == ownIDs:
		v.allowed++
	}
}

// checkEffect checks that the matrix asks for what can be had: where it may, each form changes something.
func (v *matrixVisitor) checkEffect() {
	v.t.Helper()
	if v.allowed == 0 {
		v.t.Error("nothing was allowed, not even /healthz")
	}
	for route, needs := range requirements() {
		method, pattern, _ := strings.Cut(route, " ")
		if v.acting.IsManager && method == http.MethodPost && !needs.public && !needs.signedIn && !v.changedRoutes[pattern] {
			v.t.Errorf("no form that was sent to %s changed anything: fill what it needs in (fieldsOf)", pattern)
		}
	}
}

// showsGone tells whether the live part of a page says that what it was about is not there any more.
func (a *testResponse) showsGone() bool {
	a.t.Helper()
	return a.find("#gone").Length() == 1
}

// checkDatabase finds what a request has changed that it may not.
func (v *matrixVisitor) checkDatabase(p probe, a *testResponse, refused int) {
	v.t.Helper()
	removed, added := v.database.changed()
	mayChange := refused == 0 && p.method == http.MethodPost && p.ids != missingIDs
	if len(removed)+len(added) > 0 && p.method == http.MethodPost && p.ids == ownIDs {
		v.changedRoutes[routeOf(v.site.Handler().(chi.Routes), p.method, p.path)] = true
	}
	for _, row := range slices.Concat(removed, added) {
		switch isView := strings.HasPrefix(row, "ticket_views: ") && v.reading.Tickets >= store.LevelSee; { // also of the page that refuses
		case !mayChange && !isView:
			v.t.Errorf("%s changed the database: %.300s", a.path, row)
		case strings.Contains(row, harbour), harbourChannelsAndRoles.MatchString(row):
			v.t.Errorf("%s changed or named what is harbour's: %.300s", a.path, row)
		}
	}
	commands := v.commandCount()
	if commands != v.commands && !mayChange {
		v.t.Errorf("%s gave the bot a command", a.path)
	}
	v.commands = commands
}
