package handlers

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/views"
)

// What can be wrong with a request, beside what the store says.
var (
	errNotFound  = store.ErrNotFound
	errSignIn    = errors.New("no session")
	errMethod    = errors.New("method not allowed")
	errCrossSite = errors.New("request comes from another site")
	errForbidden = errors.New("seen, and no more") // by who may look and not act; who may not look finds nothing

	errManagers    = errors.New("for managers alone")         // of who sees something of the guild, or of the module
	errUnconfirmed = errors.New("right to act not confirmed") // of who may look, and a moment ago could do more
)

// badInput is a request that cannot be right; its text is for whoever calls the API.
type badInput string

func (e badInput) Error() string { return string(e) }

// wrongMethod refuses what an address of the router does not take, and tells what it does (RFC 9110 §15.5.6).
func (s *Server) wrongMethod(router chi.Router) http.HandlerFunc {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		path := chi.RouteContext(r.Context()).RoutePath // within the router; "" in the outermost
		if path == "" {
			path = r.URL.Path
		}
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if router.Match(chi.NewRouteContext(), method, path) {
				allowed = append(allowed, method)
			}
		}
		if slices.Contains(allowed, http.MethodGet) {
			allowed = slices.Insert(allowed, 1, http.MethodHead)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return errMethod
	})
}

// handle makes a handler of a function that returns its error.
func (s *Server) handle(f func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// problem is how an error is answered: the status, the words (problem.<key>), and when to come back.
type problem struct {
	status int
	key    string
	after  time.Duration
}

// refuses tells whether somebody may look and not act: they are told so where they acted.
func (p problem) refuses() bool {
	return slices.Contains([]string{"forbidden", "managers", "unconfirmed"}, p.key)
}

// problemOf is the one table from errors to HTTP.
func problemOf(err error) problem {
	var (
		bad     badInput
		refused *live.Refusal
		limited rateLimited
	)
	switch {
	case errors.As(err, &limited):
		return problem{http.StatusTooManyRequests, "tooMany", limited.after}
	case errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests:
		return problem{refused.Status, "tooMany", refused.RetryAfter}
	case errors.As(err, &refused):
		return problem{refused.Status, "unavailable", refused.RetryAfter}
	case errors.Is(err, errExpensive):
		return problem{http.StatusTooManyRequests, "expensive", expensiveRetry()}
	case errors.Is(err, errTooLarge):
		return problem{http.StatusInternalServerError, "tooLarge", 0}
	case errors.As(err, &bad):
		return problem{http.StatusBadRequest, "badInput", 0}
	case errors.Is(err, errSignIn), errors.Is(err, discord.ErrSignedOut):
		return problem{http.StatusUnauthorized, "signIn", 0}
	case errors.Is(err, store.ErrNotFound):
		return problem{http.StatusNotFound, "notFound", 0}
	case errors.Is(err, errMethod):
		return problem{http.StatusMethodNotAllowed, "method", 0}
	case errors.Is(err, errForbidden):
		return problem{http.StatusForbidden, "forbidden", 0}
	case errors.Is(err, errManagers):
		return problem{http.StatusForbidden, "managers", 0}
	case errors.Is(err, errUnconfirmed):
		return problem{http.StatusForbidden, "unconfirmed", 0}
	case errors.Is(err, errCrossSite):
		return problem{http.StatusForbidden, "crossSite", 0}
	case errors.Is(err, store.ErrConflict):
		return problem{http.StatusConflict, "conflict", 0}
	case errors.Is(err, store.ErrReadOnly):
		return problem{http.StatusServiceUnavailable, "readOnly", 5 * time.Second}
	case errors.Is(err, store.ErrUnavailable), isDiscordAway(err):
		after, ok := discord.RetryAfter(err)
		if !ok {
			after = 5 * time.Second
		}
		return problem{http.StatusServiceUnavailable, "unavailable", after}
	}
	return problem{http.StatusInternalServerError, "internal", 0}
}

// isDiscordAway tells whether Discord did not say what was asked of it, for whatever reason.
func isDiscordAway(err error) bool {
	return errors.Is(err, discord.ErrUnavailable) || errors.Is(err, discord.ErrRateLimited) ||
		errors.Is(err, discord.ErrForbidden) || errors.Is(err, discord.ErrSecretWrong)
}

// fail answers an error: a page with the error page, htmx with a fragment and a toast, programs with JSON. It is the one
// place that logs it. A request that its browser has given up is no error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	s.logRefusal(r, p, err)
	if isGone(r) { // whatever it was that failed, it was for nobody
		s.Log.DebugContext(r.Context(), "client went away", "error", err, "path", r.URL.Path, "request", requestID(r))
		return
	}
	if p.status >= 500 && !errors.As(err, new(*live.Refusal)) {
		s.Log.ErrorContext(r.Context(), "request failed", "status", p.status, "error", err, "path", r.URL.Path, "request", requestID(r))
	}
	if p.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((p.after+time.Second-1)/time.Second)))
	}
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case forProgram(r):
		message := http.StatusText(p.status)
		if bad := badInput(""); errors.As(err, &bad) {
			message = string(bad)
		}
		s.json(w, r, p.status, map[string]string{"error": message})
	case p.status == http.StatusUnauthorized && partial(r):
		if !isPoll(r) { // a page that only looked stays as it is, and its mark says so
			w.Header().Set("HX-Redirect", s.loginURL(r))
		}
		w.WriteHeader(p.status)
	case p.status == http.StatusUnauthorized:
		http.Redirect(w, r, s.loginURL(r), http.StatusSeeOther)
	case partial(r):
		s.failPart(w, r, p)
	case p.refuses() && s.failAtPlace(w, r, p):
	default:
		s.failPage(w, r, p, err)
	}
}

func (s *Server) failPart(w http.ResponseWriter, r *http.Request, p problem) {
	page := s.page(r)
	switch {
	case isPoll(r): // its failure is said by the page's mark
	case p.refuses() && r.Header.Get("HX-Target") == "div#dialog":
		s.writeProblem(w, r, p.status, views.ProblemDialog(page, p.key))
		return
	case p.refuses(): // what was pressed says it (hx-status:403)
	default:
		toast(w, "problem", page.T("problem."+p.key+".text"))
	}
	s.writeProblem(w, r, p.status, views.ProblemFragment(page, p.key))
}

func (s *Server) failPage(w http.ResponseWriter, r *http.Request, p problem, err error) {
	page := s.page(r)
	page.Title = page.T("problem." + p.key)
	var detail string
	switch {
	case p.key == "readOnly": // says it all
	case p.status == http.StatusInternalServerError:
		detail = page.T("problem.request", "id", requestID(r))
	case p.status == http.StatusServiceUnavailable:
		away := s.away(r.Context())
		if len(away) == 0 && isDiscordAway(err) {
			away = append(away, "discord")
		}
		if len(away) > 0 {
			for i, part := range away {
				away[i] = page.T("part." + part)
			}
			detail = page.T("problem.away", "parts", strings.Join(away, ", "))
		}
	}
	s.writeProblem(w, r, p.status, views.Problem(page, p.status, p.key, detail))
}

// write renders to a buffer before it commits the status, so that a failed component is answered like any other error.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	html, err := s.draw(r.Context(), c, maxPageHTML, 0)
	if err != nil {
		s.failRender(w, r, err)
		return
	}
	s.send(w, status, "text/html; charset=utf-8", html)
}

// failRender answers that a page could not be rendered.
func (s *Server) failRender(w http.ResponseWriter, r *http.Request, err error) {
	if isGone(r) {
		return
	}
	p := problemOf(err)
	if !errors.As(err, new(*live.Refusal)) {
		s.Log.ErrorContext(r.Context(), "render page", "err", err, "path", r.URL.Path, "request", requestID(r))
	}
	if p.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((p.after+time.Second-1)/time.Second)))
	}
	w.Header().Set("Cache-Control", "no-store")
	if partial(r) {
		s.failPart(w, r, p)
		return
	}
	s.failPage(w, r, p, err)
}

// writeProblem is write for the answer to an error. It must not return an error itself.
func (s *Server) writeProblem(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	html, err := s.draw(r.Context(), c, maxPageHTML, 0)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "rendering failed", "error", err, "path", r.URL.Path, "request", requestID(r))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	s.send(w, status, "text/html; charset=utf-8", html)
}

func (s *Server) json(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "encoding failed", "error", err, "path", r.URL.Path, "request", requestID(r))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	s.send(w, status, "application/json; charset=utf-8", body)
}

func (s *Server) send(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a browser that has gone is nobody's error
}

// render answers with a page that has no live part.
func (s *Server) render(w http.ResponseWriter, r *http.Request, c templ.Component) error {
	s.write(w, r, http.StatusOK, c)
	return nil
}

// partial tells whether htmx wants a part of a page in place of it. Both headers must say so: after Back, htmx asks for
// a full page with HX-Request alone.
func partial(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Request-Type") == "partial"
}

// isPoll tells whether the live region asks on its own, and not its reader.
func isPoll(r *http.Request) bool { return r.Header.Get("HX-Source") == "section#live" }

// forProgram tells whether whoever asks wants neither a page nor a redirect: API and streams.
func forProgram(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.HasSuffix(r.URL.Path, "/live")
}

// loginURL is the sign-in page that leads back to where the request was going, or to the page that has sent it.
func (s *Server) loginURL(r *http.Request) string {
	back := r.URL.RequestURI()
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		back = cmp.Or(s.ownPath(r, r.Header.Get("HX-Current-URL")), s.ownPath(r, r.Referer()))
	case partial(r):
		back = cmp.Or(s.ownPath(r, r.Header.Get("HX-Current-URL")), back)
	}
	return "/login?note=login.needed&return=" + url.QueryEscape(returnPath(back))
}

// ownPath is the path of an address that a browser has sent, with its query, when the address is this site's; else "".
func (s *Server) ownPath(r *http.Request, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return ""
	}
	if origin := u.Scheme + "://" + u.Host; u.Host != r.Host && origin != s.PublicURL {
		return ""
	}
	return localPath(u.RequestURI(), "")
}

// maxReturn is how long a path may be that a sign-in leads to, in bytes: it travels in a cookie.
const maxReturn = 300

// returnPath is where a sign-in leads to. A path that is too long does without its query.
func returnPath(path string) string {
	if path = localPath(path, "/guilds"); len(path) > maxReturn {
		path, _, _ = strings.Cut(path, "?")
	}
	if len(path) > maxReturn {
		return "/guilds"
	}
	return path
}

// localPath is a path of this site, or other when path leads anywhere else.
func localPath(path, other string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") || len(path) > 2000 {
		return other
	}
	return path
}

// toast has ui.js show a sentence when the answer arrives.
func toast(w http.ResponseWriter, level, text string) {
	body, err := json.Marshal(map[string]any{"toast": map[string]string{"level": level, "text": text}})
	if err != nil {
		return // strings always encode
	}
	w.Header().Set("HX-Trigger", asciiJSON(body))
}

// asciiJSON escapes what is not ASCII: browsers read header values as Latin-1.
func asciiJSON(body []byte) string {
	var b strings.Builder
	for _, c := range string(body) {
		switch high, low := utf16.EncodeRune(c); {
		case c < 0x80:
			b.WriteRune(c)
		case c > 0xffff:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
	}
	return b.String()
}
