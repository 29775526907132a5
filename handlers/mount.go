package handlers

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"guildboard/store/access"
	"guildboard/store/forms"
	settingsview "guildboard/views/settings"
)

// handlerFunc answers a request, or returns an error for respondError.
type handlerFunc func(http.ResponseWriter, *http.Request) error

// pageFunc returns the live page that a request addresses.
type pageFunc func(*http.Request) (livePage, error)

// guard is the access requirement of a route, in addition to the middleware of its router.
type guard struct {
	name  string // in the route table
	level access.Level
	allow func(*http.Request) error
}

// routerGuard is a guard that adds nothing to the middleware of its router.
func routerGuard(name string) guard {
	return guard{name: name, allow: func(*http.Request) error { return nil }}
}

// refusal says how a route answers users who can see it but must not use it (403). The zero value shows the error page.
type refusal struct {
	page pageFunc // page that links to the route; shown again with the reason
	// form shows a submitted form again with the reason (POST only); page is shown if the form cannot be parsed.
	form formFunc
}

// formFunc shows a submitted form again, with its input and the reason for the refusal. The form is parsed.
type formFunc func(w http.ResponseWriter, r *http.Request, status int, reason string) error

// mountedRoute is a row of the route table.
type mountedRoute struct {
	method, pattern, guard, level string
	stream                        string // pattern of the page's stream; "" for a route without live part
}

// mounter mounts routes under one prefix and guard, and records them in the route table.
type mounter struct {
	server *Server
	router chi.Router
	prefix string
	guard  guard
	table  *[]mountedRoute
}

// require returns a mounter for the same router with another guard.
func (m mounter) require(g guard) mounter {
	m.guard = g
	return m
}

// with returns a mounter that adds middleware to its routes.
func (m mounter) with(middleware ...func(http.Handler) http.Handler) mounter {
	m.router = m.router.With(middleware...)
	return m
}

// get mounts a GET route with a compressed response.
func (m mounter) get(path string, h handlerFunc, onRefusal refusal) {
	m.with(compress).mount(http.MethodGet, path, m.guarded(h, onRefusal), "")
}

// post mounts a POST route with a compressed response.
func (m mounter) post(path string, h handlerFunc, onRefusal refusal) {
	m.with(compress).mount(http.MethodPost, path, m.guarded(h, onRefusal), "")
}

// file mounts a download. The response is streamed, so it is not compressed.
func (m mounter) file(path string, h handlerFunc) {
	m.mount(http.MethodGet, path, m.guarded(h, refusal{}), "")
}

// stream mounts a stream without its page.
func (m mounter) stream(path string, h handlerFunc) {
	m.mount(http.MethodGet, path, m.guarded(m.server.streaming(h), refusal{}), "")
}

// page mounts a page with a live part, and the stream of that part at path + "/live".
func (m mounter) page(path string, page pageFunc) {
	s, stream := m.server, path+"/live"
	show := m.guarded(s.showLivePage(page), refusal{})
	if path == "/" {
		stream = "/live"
		m.router.With(compress).Head(path, show) // middleware.GetHead does not match the root of a sub-router
	}
	m.with(compress).mount(http.MethodGet, path, show, m.prefix+stream)
	m.router.Get(stream, m.guarded(s.streaming(s.streamLivePage(page)), refusal{}))
}

// settingsKind is a kind of settings: a module's, or the items of a list.
type settingsKind struct {
	tab      settingsview.Tab
	schema   forms.Schema
	form     settingsFormLoader
	deletion func(*http.Request) (deletion, error) // of an item
}

// settingsForm mounts a settings form at form, and the POST route that saves it at send.
func (m mounter) settingsForm(form, send string, k settingsKind) {
	m.get(form, m.server.showSettingsForm(k.form), refusal{})
	m.post(send, m.server.saveSettingsForm(k.form), refusal{form: m.server.refuseSettingsForm(k.tab, k.schema)})
}

// settingsItems mounts the forms that create, edit and delete an item of a settings list.
func (m mounter) settingsItems(list, item string, k settingsKind) {
	m.settingsForm(list+"/new", list, k)
	m.settingsForm(list+item, list+item, k)
	m.get(list+item+"/delete", m.server.confirmDelete(k.deletion), refusal{})
	m.post(list+item+"/delete", m.server.submitDelete(k.deletion), refusal{})
}

// guarded returns a handler that records how the route answers a refusal, checks the guard, calls h and answers the
// errors of both.
func (m mounter) guarded(h handlerFunc, onRefusal refusal) http.HandlerFunc {
	return m.server.handle(func(w http.ResponseWriter, r *http.Request) error {
		requestInfoOf(r).refusal = onRefusal
		if err := m.guard.allow(r); err != nil {
			return err
		}
		return h(w, r)
	})
}

// mount registers a route and appends it to the route table. stream is the pattern of its stream, or "".
func (m mounter) mount(method, path string, h http.HandlerFunc, stream string) {
	if m.guard.allow == nil {
		panic("handlers: route without a guard: " + m.prefix + path)
	}
	m.router.Method(method, path, h)
	line := mountedRoute{method: method, pattern: m.prefix + path, guard: m.guard.name, stream: stream}
	if m.prefix != "" {
		line.pattern = strings.TrimSuffix(line.pattern, "/")
	}
	if m.guard.level != access.LevelNone {
		line.level = m.guard.level.String()
	}
	*m.table = append(*m.table, line)
}

// Guards. The router of a guild has already checked that the user can see some part of the guild.

// requireModuleLevel requires a level in a module. Users who cannot see the module get 404; other users without the level get
// 403.
func requireModuleLevel(m access.Module, l access.Level) guard {
	return guard{name: string(m), level: l, allow: func(r *http.Request) error { return asAccessError(checkPermission(r, m, l)) }}
}

// settingsOf requires a manager. Other users who can see the module get 403, the rest 404.
func settingsOf(m access.Module) guard {
	return guard{name: "managers, seeing " + string(m), allow: func(r *http.Request) error {
		switch rights := guildOf(r).rights; {
		case rights.IsManager:
			return nil
		case rights.Can(m, access.LevelSee):
			return errManagersOnly
		}
		return asAccessError(errNotFound)
	}}
}

// managers requires a manager. Other users who can see some part of the guild get 403.
var managers = guard{name: "managers", allow: func(r *http.Request) error {
	if !guildOf(r).rights.IsManager {
		return errManagersOnly
	}
	return nil
}}
