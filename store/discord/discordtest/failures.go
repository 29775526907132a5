package discordtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Failure responds in place of next, the regular handler.
type Failure func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Status responds with a status and Discord's error JSON.
func Status(status int) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		writeJSON(w, status, map[string]any{"message": fmt.Sprintf("%d: %s", status, http.StatusText(status)), "code": 0})
	}
}

// TokenError responds like a token endpoint (RFC 6749, section 5.2).
func TokenError(status int, reason, description string) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		writeJSON(w, status, map[string]string{"error": reason, "error_description": description})
	}
}

// RateLimited responds 429. The body has the exact wait, the header whole seconds.
func RateLimited(after time.Duration, global bool) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
		w.Header().Set("X-RateLimit-Scope", "user")
		if global {
			w.Header().Set("X-RateLimit-Global", "true")
			w.Header().Set("X-RateLimit-Scope", "global")
		}
		writeJSON(w, http.StatusTooManyRequests, map[string]any{
			"message": "You are being rate limited.", "retry_after": after.Seconds(), "global": global,
		})
	}
}

// HTML responds with a web page, like the proxies in front of Discord.
func HTML(status int) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<!doctype html><title>%s</title>", http.StatusText(status))
	}
}

// Body responds 200 with body.
func Body(body string) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

// DelayUntil calls the regular handler once ready is closed, and closes arrived when the first request waits.
func DelayUntil(arrived chan<- struct{}, ready <-chan struct{}) Failure {
	var once sync.Once
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		once.Do(func() { close(arrived) })
		select {
		case <-ready:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// Hang never responds.
func Hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body) // lets the server notice a disconnected client
	<-r.Context().Done()
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
