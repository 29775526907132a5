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

// identify gives every request an id of ours, which stands in its log lines and on the page of an internal error, and finds
// out which address it comes from.
func (s *Server) identify(next http.Handler) http.Handler {
	var warned sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := &requestInfo{startedAt: time.Now(), id: strings.ToLower(rand.Text()[:12]), address: clientAddress(r, s.TrustedProxies)}
		w.Header().Set("X-Request-Id", info.id)
		if len(s.TrustedProxies) == 0 && r.Header.Get("X-Forwarded-For") != "" {
			warned.Do(func() {
				s.Log.WarnContext(r.Context(), "requests carry X-Forwarded-For, but TRUSTED_PROXIES is not set: "+
					"logs and limits go by the address of the connection", "address", info.address.String())
			})
		}
		next.ServeHTTP(w, withRequestInfo(r, info))
	})
}

// observe logs and counts every request when its handler has returned. A stream of HTTP/1.1 goes on without it.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			route := chi.RouteContext(r.Context()).RoutePattern()
			status := cmp.Or(ww.Status(), http.StatusOK) // what net/http sends when nobody says; or a stream has said it
			if ww.Status() == 0 && isClientGone(r) {
				status = statusClientGone
			}
			info := requestInfoOf(r)
			s.Metrics.observeRequest(r, route, status, time.Since(start))
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

// recover turns a panic into an internal error.
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

// contentSecurityPolicy lets pages load what is ours, and pictures from Discord. htmx's indicator styles come by a constructed
// stylesheet, which it does not touch.
const contentSecurityPolicy = "default-src 'self'; img-src 'self' https://cdn.discordapp.com; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

func (s *Server) setSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if r.TLS != nil || s.isSecure() { // https may end at a proxy
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// limitBody limits the body of every request to what the largest form needs. connlimit.Limiter gives it its deadline.
func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		}
		next.ServeHTTP(w, r)
	})
}

// statusClientGone stands in the log for a request whose client went away before it was answered, as in nginx's.
const statusClientGone = 499

// isClientGone tells whether the client has gone away.
func isClientGone(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

// rejectCrossSite refuses what another site makes a browser send: an action is never a GET, and never theirs. Pages of PublicURL
// are ours even where a proxy does not pass Host and the browser does not say what it compares.
func (s *Server) rejectCrossSite(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(s.PublicURL); err != nil {
		s.Log.Error("trust origin of PUBLIC_URL", "error", err)
	}
	protection.SetDenyHandler(s.handle(func(http.ResponseWriter, *http.Request) error { return errCrossSite }))
	return protection.Handler(next)
}

// compress is for everything but streams, whose frames must not wait in a buffer.
var compress = middleware.Compress(5, "text/html", "text/css", "text/javascript", "application/json", "image/svg+xml")
