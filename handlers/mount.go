package handlers

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// handlerFunc answers a request, or returns the error that respond.go answers.
type handlerFunc func(http.ResponseWriter, *http.Request) error

// pageFunc makes a page with a live part.
type pageFunc func(*http.Request) (livePage, error)

// guard is what a route requires of the user, beyond what the router above it requires.
type guard struct {
	who   string // as the route table names it
	level store.Level
	allow func(*http.Request) error // nil: everybody who reaches the route
}

// refusal is how a route answers users who may see it and not use it (403). The zero value answers with the error page.
type refusal struct {
	page pageFunc // the page that leads to the route; it is shown again, with the reason above it
	form formFunc // for POST: shows the form that was sent again, with the reason; page is shown where the form cannot be read
}

// formFunc shows a form that was sent, as it was filled in, with why it was refused. The form is parsed.
type formFunc func(w http.ResponseWriter, r *http.Request, status int, reason string) error

// mountedRoute is a line of the route table.
type mountedRoute struct {
	method, pattern, guard, level string
	stream                        string // of a page with a live part: the pattern of its stream
}

// mounter mounts routes under one prefix and one guard, and records them in the route table.
type mounter struct {
	server *Server
	router chi.Router
	prefix string
	guard  guard
	table  *[]mountedRoute
}

// require returns a mounter of the same router whose routes have another guard.
func (m mounter) require(g guard) mounter {
	m.guard = g
	return m
}

// with returns a mounter whose routes pass through middleware.
func (m mounter) with(middleware ...func(http.Handler) http.Handler) mounter {
	m.router = m.router.With(middleware...)
	return m
}

// get mounts a page or an answer for programs. It is compressed.
func (m mounter) get(path string, h handlerFunc, r refusal) {
	m.with(compress).mount(http.MethodGet, path, m.guarded(h, r), "")
}

// post mounts an action.
func (m mounter) post(path string, h handlerFunc, r refusal) {
	m.with(compress).mount(http.MethodPost, path, m.guarded(h, r), "")
}

// file mounts a download. It is sent as it is made, so it is not compressed.
func (m mounter) file(path string, h handlerFunc) {
	m.mount(http.MethodGet, path, m.guarded(h, refusal{}), "")
}

// stream mounts a stream that belongs to no page.
func (m mounter) stream(path string, h handlerFunc) {
	m.mount(http.MethodGet, path, m.server.streamHandler(m.checked(h, refusal{})), "")
}

// page mounts a page with a live part, and the stream of that part at path + "/live".
func (m mounter) page(path string, page pageFunc) {
	s, stream := m.server, path+"/live"
	show := m.guarded(s.showLivePage(page), refusal{})
	if path == "/" {
		stream = "/live"
		m.router.With(compress).Head(path, show) // GetHead cannot see the root of a sub-router
	}
	m.with(compress).mount(http.MethodGet, path, show, m.prefix+stream)
	m.router.Get(stream, s.streamHandler(m.checked(s.streamLivePage(page), refusal{})))
}

// settingsForm mounts a form of settings and the address that it is sent to.
func (m mounter) settingsForm(form, send string, tab views.SettingsTab, schema store.FormSchema, load settingsFormLoader) {
	m.get(form, m.server.showSettingsForm(load), refusal{})
	m.post(send, m.server.saveSettingsForm(load), refusal{form: m.server.settingsFormRefused(tab, schema)})
}

// deletion mounts the confirmation of a deletion, and the deletion.
func (m mounter) deletion(path string, load func(*http.Request) (deletion, error)) {
	m.get(path, m.server.confirmDelete(load), refusal{})
	m.post(path, m.server.submitDelete(load), refusal{})
}

// guarded checks the guard before the handler, and answers the errors of both.
func (m mounter) guarded(h handlerFunc, r refusal) http.HandlerFunc {
	return m.server.handle(m.checked(h, r))
}

func (m mounter) checked(h handlerFunc, ref refusal) handlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		requestInfoOf(r).refusal = ref
		if m.guard.allow != nil {
			if err := m.guard.allow(r); err != nil {
				return err
			}
		}
		return h(w, r)
	}
}

func (m mounter) mount(method, path string, h http.HandlerFunc, stream string) {
	m.router.Method(method, path, h)
	line := mountedRoute{method: method, pattern: m.prefix + path, guard: m.guard.who, stream: stream}
	if m.prefix != "" {
		line.pattern = strings.TrimSuffix(line.pattern, "/")
	}
	if m.guard.level != store.LevelNone {
		line.level = m.guard.level.String()
	}
	*m.table = append(*m.table, line)
}

// The guards. The router of a guild has required before them that the user may see something of the guild.

// moduleAt lets users pass who have the level in the module. Users who cannot see the module get 404; users who see it, 403.
func moduleAt(m store.Module, l store.Level) guard {
	return guard{who: string(m), level: l, allow: func(r *http.Request) error { return asAccessError(permitted(r, m, l)) }}
}

// settingsOf lets managers pass. Users who see the module get 403, all others 404.
func settingsOf(m store.Module) guard {
	return guard{who: "managers, seeing " + string(m), allow: func(r *http.Request) error {
		switch rights := guildOf(r).rights; {
		case rights.IsManager:
			return nil
		case rights.Can(m, store.LevelSee):
			return errManagersOnly
		}
		return asAccessError(errNotFound)
	}}
}

// managers lets managers pass. Other users who see something of the guild get 403.
var managers = guard{who: "managers", allow: func(r *http.Request) error {
	if !guildOf(r).rights.IsManager {
		return errManagersOnly
	}
	return nil
}}
