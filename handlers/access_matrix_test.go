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

	"guildboard/handlers"
	"guildboard/static"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
)

// The access matrix sends requests to every route as every kind of visitor, with ids of the visitor's guild, of another
// guild and of no row, in path, query, form, bulk selection and command. The requests are derived from the router. Each
// response must have the status that the visitor's rights imply and contain no hidden text, and the request must change
// only what it may.

// requirement is what a route requires of the visitor.
type requirement struct {
	public   bool // no sign-in required
	signedIn bool // any session
	guild    bool // any right in the guild
	module   access.Module
	level    access.Level // at least this level in the module
	settings bool         // only for managers: 403 for users with access to the module, otherwise 404
	manager  bool         // a manager of the guild

	setsCookie bool // the route sets a cookie and changes nothing else
}

func needsModule(m access.Module, l access.Level) requirement {
	return requirement{module: m, level: l}
}

// routeRequirements lists every route, grouped as in handlers/routes.go. LIVE stands for a page and its stream, FORM
// for GET and POST of the path. A leading dot stands for /guilds/{guild}.
var routeRequirements = []struct {
	needs  requirement
	routes string
}{
	{requirement{public: true}, `GET /healthz, GET /readyz, GET /static/*, GET /, GET /login, GET /login/start, GET /login/callback,
		POST /logout, FORM /preferences`},
	{requirement{signedIn: true}, `GET /search, GET /api/notifications, POST /guilds/refresh, GET /sessions, POST /sessions/{session}/end, GET /live,
		LIVE /guilds`},
	{requirement{guild: true}, `GET ., HEAD ., GET ./live, GET /api/events/stream`},
	{requirement{guild: true, setsCookie: true}, `POST ./view-as/stop`},

	{needsModule(access.ModuleGiveaways, access.LevelSee), `GET /api/guilds/{guild}/giveaways, LIVE ./giveaways, LIVE ./giveaways/overview,
		LIVE ./giveaways/results, LIVE ./giveaways/{giveaway}, LIVE ./giveaways/{giveaway}/entries, GET ./giveaways/export,
		GET ./giveaways/{giveaway}/draw.json`},
	{needsModule(access.ModuleGiveaways, access.LevelAct), `FORM ./giveaways/bulk, FORM ./giveaways/{giveaway}/{verb}`},
	{needsModule(access.ModuleGiveaways, access.LevelManage), `LIVE ./giveaways/templates, GET ./giveaways/new, GET ./giveaways/templates/new,
		POST ./giveaways/templates, POST ./giveaways/templates/{template}/delete, POST ./giveaways, FORM ./giveaways/{giveaway}/edit`},

	{needsModule(access.ModuleTickets, access.LevelSee), `GET /api/guilds/{guild}/tickets, LIVE ./tickets, GET ./tickets/export,
		LIVE ./tickets/results, LIVE ./tickets/{ticket}, LIVE ./tickets/{ticket}/notes,
		GET ./tickets/{ticket}/messages/{message}/edits, LIVE ./ratings, LIVE ./ratings/results`},
	{needsModule(access.ModuleTickets, access.LevelAct), `FORM ./tickets/bulk, FORM ./tickets/priority, FORM ./tickets/labels, FORM ./ratings/bulk,
		POST ./tickets/{ticket}/notes, FORM ./tickets/{ticket}/reply, FORM ./tickets/{ticket}/{verb}`},
	{needsModule(access.ModuleTickets, access.LevelManage), `POST ./tickets/{ticket}/notes/{note}/delete`},

	{requirement{settings: true, module: access.ModuleGiveaways}, `FORM ./settings/giveaways`},
	{requirement{settings: true, module: access.ModuleTickets}, `FORM ./settings/tickets,
		LIVE ./settings/panels, POST ./settings/panels, GET ./settings/panels/new, FORM ./settings/panels/{panel},
		FORM ./settings/panels/{panel}/delete, FORM ./settings/panels/{panel}/post,
		POST ./settings/panels/{panel}/categories, GET ./settings/panels/{panel}/categories/new,
		FORM ./settings/panels/{panel}/categories/{category}, FORM ./settings/panels/{panel}/categories/{category}/delete,
		LIVE ./settings/products, POST ./settings/products, GET ./settings/products/new, FORM ./settings/products/{product},
		FORM ./settings/products/{product}/delete,
		LIVE ./settings/replies, POST ./settings/replies, GET ./settings/replies/new, FORM ./settings/replies/{reply},
		FORM ./settings/replies/{reply}/delete,
		LIVE ./settings/labels, POST ./settings/labels, GET ./settings/labels/new, FORM ./settings/labels/{label},
		FORM ./settings/labels/{label}/delete`},
	{requirement{manager: true}, `LIVE ./staff, POST ./staff, LIVE ./audit, GET ./audit/export`},
	{requirement{manager: true, setsCookie: true}, `POST ./view-as`},
}

// levelManageVerbs require LevelManage although their route requires LevelAct.
var levelManageVerbs = []string{"cancel", "delete", "remove", "readmit", "repeat"}

// requirements returns routeRequirements by method and pattern.
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

// idsInPath maps path parameters to ids of rows that matrixDatabase creates.
var idsInPath = map[string]string{
	"giveaway": lantern + "-g14", "template": lantern + "-f1", "ticket": lantern + "-t20", "note": lantern + "-n1",
	"message": lantern + "-t20-m1", "panel": lantern + "-l1",
	"category": lantern + "-k3", "product": lantern + "-p1", "reply": lantern + "-y1", "label": lantern + "-b1",
}

// matrixRole is a kind of visitor.
type matrixRole struct {
	name         string
	user         string        // Discord id; "" if not signed in
	reading      access.Rights // rights in lantern for GET requests
	acting       access.Rights
	prepare      func(*site)
	sessionEnded bool   // the session was ended
	viewedRole   string // role as which a manager views lantern, or ""
}

// matrixRoles returns every kind of visitor of lantern.
func matrixRoles() []matrixRole {
	withLevels := func(name string, giveaways, tickets access.Level) matrixRole {
		rights := access.Rights{Giveaways: giveaways, Tickets: tickets}
		return matrixRole{name: name, user: kim, reading: rights, acting: rights,
			prepare: func(s *site) { s.grantKim(giveaways, tickets, 0) }}
	}
	unconfirmed := withLevels("confirmed two minutes ago", access.LevelManage, access.LevelManage)
	unconfirmed.acting = unconfirmed.reading.ViewOnly()
	unconfirmed.prepare = func(s *site) { s.grantKim(access.LevelManage, access.LevelManage, 2*time.Minute) }
	forgotten := matrixRole{name: "confirmed ten minutes ago", user: kim, prepare: func(s *site) {
		s.grantKim(access.LevelManage, access.LevelManage, 10*time.Minute)
	}}
	departed := matrixRole{name: "has left the server", user: kim, prepare: func(s *site) {
		s.grantKim(access.LevelManage, access.LevelManage, 0)
		s.discord.update(func(m *fakeGuildLister) { m.guilds[kim] = nil })
	}}
	viewer := withLevels("manager who views as a role", access.LevelNone, access.LevelAct)
	viewer.user, viewer.viewedRole = robin, helperRole
	manager := access.Rights{IsManager: true, Giveaways: access.LevelManage, Tickets: access.LevelManage}
	return []matrixRole{
		{name: "stranger"},
		{name: "session ended", user: robin, sessionEnded: true},
		{name: "in no server", user: "200000000000000009"},
		{name: "member without rights", user: kim, prepare: func(s *site) {
			s.discord.update(func(m *fakeGuildLister) { m.guilds[kim] = []discord.Guild{{ID: lantern, Name: "Lantern Hollow"}} })
		}},
		{name: "manager of another server", user: sam},
		withLevels("sees giveaways", access.LevelSee, access.LevelNone), withLevels("acts on giveaways", access.LevelAct, access.LevelNone),
		withLevels("manages giveaways", access.LevelManage, access.LevelNone),
		withLevels("sees tickets", access.LevelNone, access.LevelSee), withLevels("acts on tickets", access.LevelNone, access.LevelAct),
		withLevels("manages tickets", access.LevelNone, access.LevelManage),
		unconfirmed, forgotten, departed, viewer,
		{name: "manager", user: robin, reading: manager, acting: manager},
	}
}

// grantKim makes Kim a member of lantern with a role that has these levels. The bot confirmed the role that long ago.
func (s *site) grantKim(giveaways, tickets access.Level, ago time.Duration) {
	s.t.Helper()
	s.discord.update(func(m *fakeGuildLister) { m.guilds[kim] = []discord.Guild{{ID: lantern, Name: "Lantern Hollow"}} })
	s.grantHelperRole(giveaways, tickets)
	s.confirmHelperRole(time.Now().Add(-ago), kim)
}

// refusalStatus returns the status of a refused request without htmx, or 0 if the visitor is not refused.
func (q requirement) refusalStatus(r matrixRole, method string) int {
	rights := r.reading
	if method == http.MethodPost {
		rights = r.acting
	}
	canView := q.module != "" && rights.Can(q.module, access.LevelSee)
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

// hiddenMarkers returns the markers that no response to the visitor may contain.
func (r matrixRole) hiddenMarkers() (markers []string) {
	if r.user != sam {
		markers = append(markers, harbourMarker)
	}
	if !r.reading.HasAny() {
		markers = append(markers, membersMarker)
	}
	if r.reading.Giveaways < access.LevelSee {
		markers = append(markers, giveawaysMarker)
	}
	if r.reading.Giveaways < access.LevelAct {
		markers = append(markers, winnersMarker)
	}
	if r.reading.Tickets < access.LevelSee {
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
	equivalent   string // path with ids of no row, for which the response must be the same; or ""
}

// probeIDs is the owner of the ids of a probe.
type probeIDs int

const (
	ownIDs       probeIDs = iota
	noIDs                 // no ids, though the route needs some
	missingIDs            // in the path: of no row, of another guild, or of another user's session
	foreignIDs            // in query or form: of no row or of another guild
	foreignGuild          // everything belongs to another guild, including the guild in the path
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

const otherSession = "other-session" // placeholder for the id of another user's session

// TestAccessMatrix checks the responses to every kind of visitor at every route.
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

// matrixProbes derives requests from the routes of the router and from the links and forms of its pages.
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
			t.Errorf("routeRequirements has no entry for %s %s: add its access level, and an entry to idsInPath for each new parameter",
				method,
				route)
			return nil
		}
		delete(unused, method+" "+route)
		switch {
		case method == http.MethodPost && route != "/sessions/{session}/end":
			posts[route] = true // added below, with the fields of its forms
		default:
			for _, path := range pathsOf(t, route) {
				add(method, path.path, nil, path.ids)
			}
		}
		return nil
	}))
	for route := range unused {
		t.Errorf("routeRequirements has an entry for %s, which is not a route", route)
	}
	gets := slices.Clone(probes)
	for _, path := range matrixQueries() {
		gets = append(gets, probe{method: http.MethodGet, path: path})
		add(http.MethodGet, path, nil, ownIDs)
		add(http.MethodGet, withHarbourIDs(path), nil, foreignIDs)
	}
	add(http.MethodPost, stopViewAsPath, nil, ownIDs) // its form is on the pages of a manager who views as a role
	delete(posts, "/guilds/{guild}/view-as/stop")
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
				if path.ids == noIDs { // the ids are in the form
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

// matrixQueries returns pages with ids in the query, and pages with forms that no other page has.
func matrixQueries() []string {
	base := "/guilds/" + lantern
	giveaway, ticket := idsInPath["giveaway"], idsInPath["ticket"]
	queries := []string{
		"/search?q=mark&guild=" + lantern, "/search?q=mark&guild=" + harbour, "/search?q=" + harbour,
		"/api/events/stream?guildId=" + lantern, "/api/notifications?since=1",
	}
	for _, query := range []string{
		"/giveaways/results?id=" + lantern + "-a3&id=" + lantern + "-a10", "/giveaways/results/live?id=" + lantern + "-a3",
		"/tickets/results?id=" + lantern + "-a1", "/tickets/results/live?id=" + lantern + "-a1",
		"/ratings/results?id=" + lantern + "-a1&left=" + lantern + "-r3",
		"/ratings/results/live?id=" + lantern + "-a1&left=" + lantern + "-r3",
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

// patternOf returns a pattern of the router as it is written in routeRequirements.
func patternOf(route string) string {
	if route = strings.ReplaceAll(route, "/*/", "/"); route != "/" {
		route = strings.TrimSuffix(route, "/")
	}
	return route
}

// routeOf returns the router's pattern for a path, or "" if there is none.
func routeOf(router chi.Routes, method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	c := chi.NewRouteContext()
	if !router.Match(c, method, path) {
		return ""
	}
	return patternOf(c.RoutePattern())
}

// requirementOf returns the requirement of a request by its route and verb.
func requirementOf(
	t *testing.T, router chi.Routes, all map[string]requirement, method, path string, form url.Values,
) requirement {
	t.Helper()
	route := routeOf(router, method, path)
	needs, known := all[method+" "+route]
	if !known {
		t.Errorf("no requirement for %s %s (%s)", method, path, route)
	}
	if needs.level == access.LevelAct && slices.Contains(levelManageVerbs, verbOf(path, form)) {
		needs.level = access.LevelManage
	}
	return needs
}

// verbOf returns the verb of a request, from its form, its query or the end of its path.
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

// matrixPath is a path with the kind of its ids.
type matrixPath struct {
	path string
	ids  probeIDs
}

var paramInPath = regexp.MustCompile(`\{[a-z]+\}`)

// pathsOf replaces the parameters of a pattern with lantern's ids, and in further paths one of them with harbour's id
// or with the id of no row; each for every verb.
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
				t.Errorf("idsInPath has no entry for %s of %s", param, route)
				return "none"
			default:
				return id
			}
		})
		all = append(all, pathsLike(path)...)
	}
	return all
}

// verbsOf returns the path segments of the verbs whose names begin with noun.
func verbsOf(noun string) (verbs []string) {
	for _, v := range contract.Verbs {
		name, ok := strings.CutPrefix(string(v), noun)
		switch v {
		case contract.VerbGiveawayCreate, contract.VerbGiveawayEdit, contract.VerbTicketReply: // have their own routes
		default:
			if ok {
				verbs = append(verbs, strings.ToLower(name))
			}
		}
	}
	return verbs
}

// queryIDPaths matches paths whose row ids are in the query or form.
var queryIDPaths = regexp.MustCompile(
	`(/results(/live)?|/templates/new|/bulk|/tickets/priority|/tickets/labels|/remove|/readmit|/events/stream)$`)

// pathsLike returns the path, and copies of it with one of lantern's ids replaced.
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

// linksOf returns the URLs on a page that have ids in the query: of links, of htmx attributes, and of GET forms.
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

// linkShape returns a key that is equal for links that differ only in ids.
func linkShape(link string) string {
	path, query, _ := strings.Cut(link, "?")
	values, _ := url.ParseQuery(query)
	return lanternIDs.ReplaceAllString(path, "") + "?" + values.Get("verb") + strings.Join(slices.Sorted(maps.Keys(values)), "&")
}

// matrixVisitor is a visitor with their own site.
type matrixVisitor struct {
	matrixRole
	t        *testing.T
	site     *site
	browser  *browser
	database *watchedDatabase
	commands int    // number of commands before the request
	session  string // id of another user's session
	allowed  int

	changedRoutes map[string]bool // patterns of POST requests that changed the database
}

func newMatrixVisitor(t *testing.T, r matrixRole, content []byte) *matrixVisitor {
	t.Helper()
	db, path := matrixStore(t, content)
	v := &matrixVisitor{matrixRole: r, t: t, changedRoutes: map[string]bool{},
		site: openSite(t, withoutStreamLimit, func(s *site, c *handlers.Config) {
			withDiscord(new(*discordtest.Server), nil)(s, c)
			c.Guilds, c.Store = s.discord, db
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
	if v.viewedRole != "" {
		v.browser.setViewAs(lantern + ":" + v.viewedRole)
	}
	if v.sessionEnded {
		cookies := v.browser.client.Jar.Cookies(v.browser.url("/"))
		v.browser.post("/logout", nil).wantStatus(http.StatusSeeOther)
		v.browser.client.Jar.SetCookies(v.browser.url("/"), cookies)
	}
}

// commandCount returns the number of commands sent to the bot.
func (v *matrixVisitor) commandCount() int {
	entries, err := v.site.redis.Stream("bot:commands")
	if err != nil { // the stream does not exist yet
		return 0
	}
	return len(entries)
}

// page returns the page at the path, or nil if the response is a redirect, an error or not HTML.
func (v *matrixVisitor) page(path string) *goquery.Document {
	v.t.Helper()
	a := v.send(probe{method: http.MethodGet, path: path})
	if a.StatusCode != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	a.find("html")
	return a.doc
}

// send sends a request and reads the whole response, or the first frame of a stream.
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
	case !strings.HasPrefix(p.path, "/api/"): // no event has been published, so reading would block
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

// check sends a request as a page load and by htmx, and checks status, text and changes.
func (v *matrixVisitor) check(p probe) {
	v.t.Helper()
	refused := p.needs.refusalStatus(v.matrixRole, p.method)
	if p.ids == foreignGuild {
		if v.user == sam || p.needs.public || p.needs.signedIn { // allowed; or not specific to the guild
			return
		}
		refused = p.needs.refusalStatus(matrixRole{user: v.user, sessionEnded: v.sessionEnded}, p.method)
	}
	for _, headers := range [][]string{nil, asPartial} {
		if headers != nil && (p.isStream() || p.ids == ownIDs && refused == 0) {
			continue
		}
		a := v.send(p, headers...)
		if v.viewedRole == "" || !p.needs.signedIn && !p.needs.public { // other pages show what the manager can see
			a.wantNoText(v.hiddenMarkers()...)
		}
		v.checkStatus(p, a, refused)
		v.checkDatabase(p, a, refused)
		if p.equivalent != "" && refused == 0 {
			equivalent := v.send(probe{method: p.method, path: p.equivalent}, headers...)
			if got, want := withoutVolatileParts(a), withoutVolatileParts(equivalent); got != want ||
				a.StatusCode != equivalent.StatusCode {
				v.t.Errorf("%s: status %d, want %d and the same page as for a missing id; got:\n%s",
					a.path, a.StatusCode, equivalent.StatusCode, difference(got, want))
			}
		}
	}
	if p.method == http.MethodPost && (p.path == "/logout" || p.needs.setsCookie) {
		v.signIn()
	}
}

// volatileParts matches the parts in which two equal responses differ: ids, page versions and form tokens.
var volatileParts = regexp.MustCompile(lantern + "-none-|" + harbour + `-|data-version="[^"]*"|name="once" value="[^"]*"`)

// withoutVolatileParts returns the body without the requested ids.
func withoutVolatileParts(a *testResponse) string {
	return volatileParts.ReplaceAllString(string(a.body), "")
}

// difference returns both texts from the first difference on.
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
		refused = http.StatusBadRequest // without guildId the request is invalid
	}
	switch got := a.StatusCode; {
	case got >= 500:
		v.t.Errorf("%s: status %d, want less than 500", a.path, got)
	case refused == http.StatusUnauthorized && got == http.StatusSeeOther && !isAPIOrStream(path):
		if !strings.HasPrefix(a.Header.Get("Location"), "/login?") {
			v.t.Errorf("%s redirects to %q, want the sign-in", a.path, a.Header.Get("Location"))
		}
	case refused != 0:
		if got != refused {
			v.t.Errorf("%s: status %d, want %d", a.path, got, refused)
		}
	case p.ids == missingIDs && got == http.StatusOK && a.showsGone():
	case p.ids == missingIDs && got != http.StatusNotFound:
		v.t.Errorf("%s: status %d, want 404: the row does not exist in lantern", a.path, got)
	case p.ids == noIDs && p.method == http.MethodGet && got != http.StatusNotFound && got != http.StatusBadRequest:
		v.t.Errorf("%s: status %d, want 404 or 400", a.path, got)
	case p.ids == ownIDs && slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, got):
		v.t.Errorf("%s: status %d, want access", a.path, got)
	case p.ids == ownIDs:
		v.allowed++
	}
}

// checkEffect checks that the matrix sends effective requests: at least one form for each POST route must have changed
// something.
func (v *matrixVisitor) checkEffect() {
	v.t.Helper()
	if v.allowed == 0 {
		v.t.Error("no request was allowed, want at least /healthz")
	}
	for route, needs := range requirements() {
		method, pattern, _ := strings.Cut(route, " ")
		if v.acting.IsManager && method == http.MethodPost && !needs.public && !needs.signedIn && !needs.setsCookie &&
			!v.changedRoutes[pattern] {
			v.t.Errorf("no form submitted to %s changed anything: fill in what it needs (fieldsOf)", pattern)
		}
	}
}

// showsGone reports whether the live part says that its row no longer exists.
func (a *testResponse) showsGone() bool {
	a.t.Helper()
	return a.find("#gone").Length() == 1
}

// checkDatabase checks that the request changed only what it may change.
func (v *matrixVisitor) checkDatabase(p probe, a *testResponse, refused int) {
	v.t.Helper()
	removed, added := v.database.changed()
	mayChange := refused == 0 && p.method == http.MethodPost && p.ids != missingIDs && !p.needs.setsCookie
	if len(removed)+len(added) > 0 && p.method == http.MethodPost && p.ids == ownIDs {
		v.changedRoutes[routeOf(v.site.Handler().(chi.Routes), p.method, p.path)] = true
	}
	for _, row := range slices.Concat(removed, added) {
		// a refused page still records the view
		switch isView := strings.HasPrefix(row, "ticket_views: ") && v.reading.Tickets >= access.LevelSee; {
		case !mayChange && !isView:
			v.t.Errorf("%s changed the database: %.300s, want no change", a.path, row)
		case strings.Contains(row, harbour), harbourChannelsAndRoles.MatchString(row):
			v.t.Errorf("%s changed or returned data of harbour: %.300s", a.path, row)
		}
	}
	commands := v.commandCount()
	if commands != v.commands && !mayChange {
		v.t.Errorf("%s enqueued a command, want none", a.path)
	}
	v.commands = commands
}
