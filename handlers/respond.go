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
	"guildboard/views/text"
	"guildboard/views/ui"
)

// Errors of requests, in addition to those of the store.
var (
	errNotFound         = store.ErrNotFound
	errNotSignedIn      = errors.New("no session")
	errMethodNotAllowed = errors.New("method not allowed")
	errCrossSite        = errors.New("request comes from another site")
	errForbidden        = errors.New("insufficient rights") // the user can see the page or row; if not, the error is errNotFound

	errManagersOnly = errors.New("managers only")                   // the user can see some part of the guild or module
	errUnconfirmed  = errors.New("rights to act are not confirmed") // the user can see it; rights to act were not confirmed recently
)

// badInput is the error of a malformed request. API responses contain its text.
type badInput string

func (e badInput) Error() string { return string(e) }

// methodNotAllowed answers requests with a method that the path does not support, and lists those it does (RFC 9110
// §15.5.6).
func (s *Server) methodNotAllowed(router chi.Router) http.HandlerFunc {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		path := chi.RouteContext(r.Context()).RoutePath // within the router; "" for the outermost router
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
		return errMethodNotAllowed
	})
}

// handle turns a function that returns an error into a handler.
func (s *Server) handle(f func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			s.respondError(w, r, err)
		}
	}
}

// errorResponse is the response to an error: the status, the message key (problem.<key>) and the Retry-After time.
type errorResponse struct {
	status     int
	key        string
	retryAfter time.Duration
}

// deniesAction reports whether the user can see the page but must not act. The page that the user acted on shows the
// reason.
func (p errorResponse) deniesAction() bool {
	return slices.Contains([]string{"forbidden", "managers", "unconfirmed"}, p.key)
}

// errorResponseFor maps an error to its response. It is the only such table.
func errorResponseFor(err error) errorResponse {
	var (
		invalid badInput
		refused *live.Refusal
		limited rateLimitError
	)
	switch {
	case errors.As(err, &limited):
		return errorResponse{http.StatusTooManyRequests, "tooMany", limited.retryAfter}
	case errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests:
		return errorResponse{refused.Status, "tooMany", refused.RetryAfter}
	case errors.As(err, &refused):
		return errorResponse{refused.Status, "unavailable", refused.RetryAfter}
	case errors.Is(err, errExpensive):
		return errorResponse{http.StatusTooManyRequests, "expensive", randomRetryAfter()}
	case errors.Is(err, errTooLarge):
		return errorResponse{http.StatusInternalServerError, "tooLarge", 0}
	case errors.As(err, &invalid):
		return errorResponse{http.StatusBadRequest, "badInput", 0}
	case errors.Is(err, errNotSignedIn), errors.Is(err, discord.ErrSignedOut):
		return errorResponse{http.StatusUnauthorized, "signIn", 0}
	case errors.Is(err, store.ErrNotFound):
		return errorResponse{http.StatusNotFound, "notFound", 0}
	case errors.Is(err, errMethodNotAllowed):
		return errorResponse{http.StatusMethodNotAllowed, "method", 0}
	case errors.Is(err, errForbidden):
		return errorResponse{http.StatusForbidden, "forbidden", 0}
	case errors.Is(err, errManagersOnly):
		return errorResponse{http.StatusForbidden, "managers", 0}
	case errors.Is(err, errUnconfirmed):
		return errorResponse{http.StatusForbidden, "unconfirmed", 0}
	case errors.Is(err, errCrossSite):
		return errorResponse{http.StatusForbidden, "crossSite", 0}
	case errors.Is(err, store.ErrConflict):
		return errorResponse{http.StatusConflict, "conflict", 0}
	case errors.Is(err, store.ErrReadOnly):
		return errorResponse{http.StatusServiceUnavailable, "readOnly", 5 * time.Second}
	case errors.Is(err, store.ErrUnavailable), isDiscordUnavailable(err):
		retryAfter, ok := discord.RetryAfter(err)
		if !ok {
			retryAfter = 5 * time.Second
		}
		return errorResponse{http.StatusServiceUnavailable, "unavailable", retryAfter}
	}
	return errorResponse{http.StatusInternalServerError, "internal", 0}
}

// isDiscordUnavailable reports whether err is any failure to get an answer from Discord.
func isDiscordUnavailable(err error) bool {
	return errors.Is(err, discord.ErrUnavailable) || errors.Is(err, discord.ErrRateLimited) ||
		errors.Is(err, discord.ErrForbidden) || errors.Is(err, discord.ErrInvalidClient)
}

// respondError answers a request with an error and logs it: a page for browsers, a fragment and a toast for htmx, JSON
// for the API. A request whose client has disconnected is not an error.
func (s *Server) respondError(w http.ResponseWriter, r *http.Request, err error) {
	p := errorResponseFor(err)
	s.logRefusal(r, p, err)
	if isClientGone(r) { // the client is the reason for the failure, or will not see it
		s.Log.DebugContext(r.Context(), "client disconnected", "err", err, "path", r.URL.Path, "request", requestID(r))
		return
	}
	if p.status >= 500 && !errors.As(err, new(*live.Refusal)) {
		s.Log.ErrorContext(r.Context(), "request failed", "status", p.status, "err", err, "path", r.URL.Path, "request", requestID(r))
	}
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case isAPIOrStream(r):
		message := http.StatusText(p.status)
		if invalid := badInput(""); errors.As(err, &invalid) {
			message = string(invalid)
		}
		s.respondJSON(w, r, p.status, map[string]string{"error": message})
	case p.status == http.StatusUnauthorized && isPartial(r):
		if !isPoll(r) { // the polled page stays, and its live indicator shows the failure
			w.Header().Set("HX-Redirect", s.loginURL(r))
		}
		w.WriteHeader(p.status)
	case p.status == http.StatusUnauthorized:
		http.Redirect(w, r, s.loginURL(r), http.StatusSeeOther)
	case isPartial(r):
		s.renderErrorPartial(w, r, p)
	case p.deniesAction() && s.renderErrorInPlace(w, r, p):
	default:
		s.renderErrorPage(w, r, p, err)
	}
}

// renderErrorPartial answers an htmx request with an error fragment, and a toast unless the page shows the error
// already.
func (s *Server) renderErrorPartial(w http.ResponseWriter, r *http.Request, p errorResponse) {
	page := s.page(r)
	switch {
	case isPoll(r): // the page's live indicator shows the failure
	case p.deniesAction() && r.Header.Get("HX-Target") == "div#dialog":
		s.respondErrorHTML(w, r, p.status, ui.ErrorDialog(page, p.key))
		return
	case p.deniesAction(): // the pressed control shows the reason (hx-status:403)
	default:
		setToast(w, "problem", page.T("problem."+p.key+".text"))
	}
	s.respondErrorHTML(w, r, p.status, ui.ErrorFragment(page, p.key))
}

// renderErrorPage sends the error page. It names the unavailable parts, or the request ID of an internal error.
func (s *Server) renderErrorPage(w http.ResponseWriter, r *http.Request, p errorResponse, err error) {
	page := s.page(r)
	page.Title = page.T("problem." + p.key)
	var detail string
	switch {
	case p.key == "readOnly": // the message needs no detail
	case p.status == http.StatusInternalServerError:
		detail = page.T("problem.request", "id", requestID(r))
	case p.status == http.StatusServiceUnavailable:
		unavailable := s.unavailableParts(r.Context())
		if len(unavailable) == 0 && isDiscordUnavailable(err) {
			unavailable = append(unavailable, "discord")
		}
		if len(unavailable) > 0 {
			for i, part := range unavailable {
				unavailable[i] = page.T("part." + part)
			}
			detail = page.T("problem.unavailableParts", "parts", strings.Join(unavailable, ", "))
		}
	}
	s.respondErrorHTML(w, r, p.status, ui.ErrorPage(page, p.status, p.key, detail))
}

// respond renders a component to a buffer and sends it. If rendering fails, it sends the error page instead.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	html, err := s.renderHTML(r.Context(), c, maxPageHTML, 0)
	if err != nil {
		s.respondRenderError(w, r, err)
		return
	}
	s.writeBody(w, status, "text/html; charset=utf-8", html)
}

// respondRenderError answers a request whose page could not be rendered.
func (s *Server) respondRenderError(w http.ResponseWriter, r *http.Request, err error) {
	if isClientGone(r) {
		return
	}
	p := errorResponseFor(err)
	if !errors.As(err, new(*live.Refusal)) {
		s.Log.ErrorContext(r.Context(), "render page", "err", err, "path", r.URL.Path, "request", requestID(r))
	}
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	w.Header().Set("Cache-Control", "no-store")
	if isPartial(r) {
		s.renderErrorPartial(w, r, p)
		return
	}
	s.renderErrorPage(w, r, p, err)
}

// respondErrorHTML is like respond, for error pages. If rendering fails, it sends plain text.
func (s *Server) respondErrorHTML(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	html, err := s.renderHTML(r.Context(), c, maxPageHTML, 0)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "render error page", "err", err, "path", r.URL.Path, "request", requestID(r))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	s.writeBody(w, status, "text/html; charset=utf-8", html)
}

// respondJSON sends v as JSON.
func (s *Server) respondJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "encode JSON response", "err", err, "path", r.URL.Path, "request", requestID(r))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	s.writeBody(w, status, "application/json; charset=utf-8", body)
}

// writeBody sends a response. It sets Cache-Control to no-store unless the header is set. Scripts cannot read the Date of
// a page, but its Server-Timing, by which times.js corrects the clock of the viewer's device.
func (s *Server) writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Server-Timing", `now;desc="`+text.FormatISO(time.Now())+`"`)
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the error means that the client disconnected
}

// render sends a page without a live part.
func (s *Server) render(w http.ResponseWriter, r *http.Request, c templ.Component) error {
	s.respond(w, r, http.StatusOK, c)
	return nil
}

// isPartial reports whether htmx requests a part of a page. Both headers are needed: after a Back navigation, htmx
// requests a full page with HX-Request alone.
func isPartial(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Request-Type") == "partial"
}

// isPoll reports whether the request is an automatic poll of the live region.
func isPoll(r *http.Request) bool { return r.Header.Get("HX-Source") == "section#live" }

// isAPIOrStream reports whether the client is an API client or a stream, which can use neither a page nor a redirect.
func isAPIOrStream(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.HasSuffix(r.URL.Path, "/live")
}

// loginURL returns the sign-in URL that returns to the requested page, or to the page that sent the request.
func (s *Server) loginURL(r *http.Request) string {
	returnTo := r.URL.RequestURI()
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		returnTo = cmp.Or(s.sameSitePath(r, r.Header.Get("HX-Current-URL")), s.sameSitePath(r, r.Referer()))
	case isPartial(r):
		returnTo = cmp.Or(s.sameSitePath(r, r.Header.Get("HX-Current-URL")), returnTo)
	}
	return "/login?note=login.needed&return=" + url.QueryEscape(returnPath(returnTo))
}

// sameSitePath returns the path and query of an absolute URL from a browser, or "" if it is not a URL of this site.
func (s *Server) sameSitePath(r *http.Request, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return ""
	}
	if origin := u.Scheme + "://" + u.Host; u.Host != r.Host && origin != s.PublicURL {
		return ""
	}
	return localPath(u.RequestURI(), "")
}

// homePath is the path of the home page, which opens after sign-in. Signed-out visitors see the landing page there.
const homePath = "/"

// maxReturnPath is the longest path to return to after sign-in, in bytes. The path is stored in a cookie.
const maxReturnPath = 300

// returnPath returns the path to open after sign-in. A path over maxReturnPath loses its query; the default is
// homePath.
func returnPath(path string) string {
	if path = localPath(path, homePath); len(path) > maxReturnPath {
		path, _, _ = strings.Cut(path, "?")
	}
	if len(path) > maxReturnPath {
		return homePath
	}
	return path
}

// localPath returns path if it is a path of this site of at most 2000 bytes, else fallback.
func localPath(path, fallback string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") || len(path) > 2000 {
		return fallback
	}
	return path
}

// setToast makes ui.js show a message when the response arrives.
func setToast(w http.ResponseWriter, level, text string) {
	body, err := json.Marshal(map[string]any{"toast": map[string]string{"level": level, "text": text}})
	if err != nil {
		return // strings always encode
	}
	w.Header().Set("HX-Trigger", escapeNonASCII(body))
}

// escapeNonASCII escapes non-ASCII characters in JSON, because browsers read header values as Latin-1.
func escapeNonASCII(body []byte) string {
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
