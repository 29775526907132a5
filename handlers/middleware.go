package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

type contextKey int

const (
	requestInfoKey contextKey = iota
	visitorKey
	admissionKey
	guildKey
)

// identify gives every request an ID, which its log lines and the page of an internal error contain, and determines the
// client's address.
func (s *Server) identify(next http.Handler) http.Handler {
	var warned sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := &requestInfo{
			startedAt: time.Now(), id: strings.ToLower(rand.Text()[:12]), address: clientAddress(r, s.TrustedProxies),
		}
		w.Header().Set("X-Request-Id", info.id)
		if len(s.TrustedProxies) == 0 && r.Header.Get("X-Forwarded-For") != "" {
			warned.Do(func() {
				s.Log.WarnContext(r.Context(), "X-Forwarded-For ignored because TRUSTED_PROXIES is not set, "+
					"using connection addresses in logs and limits", "address", info.address.String())
			})
		}
		next.ServeHTTP(w, withRequestInfo(r, info))
	})
}

// observe logs and counts every request when its handler returns. A hijacked HTTP/1.1 stream outlives its handler.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			route := chi.RouteContext(r.Context()).RoutePattern()
			status := cmp.Or(ww.Status(), http.StatusOK) // net/http's default; hijacked streams wrote it themselves
			if ww.Status() == 0 && isClientGone(r) {
				status = statusClientGone
			}
			info := requestInfoOf(r)
			s.metrics.observeRequest(r, route, status, time.Since(start))
			level := slog.LevelInfo
			if strings.HasPrefix(r.URL.Path, "/static/") || strings.HasSuffix(route, "z") {
				level = slog.LevelDebug
			}
			s.Log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", status,
				"bytes", ww.BytesWritten(), "took_ms", float64(time.Since(start).Microseconds())/1000,
				"user", info.user, "address", info.address.String(), "request", info.id)
		}()
		next.ServeHTTP(ww, r)
	})
}

// recover turns a panic into an internal error, except http.ErrAbortHandler.
func (s *Server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				s.respondError(w, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// contentSecurityPolicy allows resources of this site, and images of Discord. htmx adds its indicator styles by a
// constructed stylesheet, to which the policy does not apply.
const contentSecurityPolicy = "default-src 'self'; img-src 'self' https://cdn.discordapp.com; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'; object-src 'none'"

func (s *Server) setSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if r.TLS != nil || s.isSecure() { // a proxy may terminate TLS
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// limitBody limits every request body to maxFormBytes. Its deadline is set by connlimit.Limiter.
func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		}
		next.ServeHTTP(w, r)
	})
}

// statusClientGone is the logged status of a request whose client disconnected before the response (nginx uses the
// same).
const statusClientGone = 499

// isClientGone reports whether the client has disconnected.
func isClientGone(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

// rejectCrossSite rejects requests other than GET and HEAD that another site made the browser send. PublicURL is a
// trusted origin, also if a proxy does not pass on Host and the browser does not send Sec-Fetch-Site.
func (s *Server) rejectCrossSite(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(s.PublicURL); err != nil {
		s.Log.Error("trust origin of PUBLIC_URL", "err", err)
	}
	protection.SetDenyHandler(s.handle(func(http.ResponseWriter, *http.Request) error { return errCrossSite }))
	return protection.Handler(next)
}

// compress compresses responses. Streams do not use it, because compression would buffer their frames.
var compress = middleware.Compress(5, "text/html", "text/css", "text/javascript", "application/json", "image/svg+xml")
