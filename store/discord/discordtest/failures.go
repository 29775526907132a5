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

// Failure answers in the place of well, the right answer.
type Failure func(w http.ResponseWriter, r *http.Request, well http.Handler)

// Status answers with a status and the JSON of Discord's errors.
func Status(code int) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		writeJSON(w, code, map[string]any{"message": fmt.Sprintf("%d: %s", code, http.StatusText(code)), "code": 0})
	}
}

// TokenError answers as token endpoints do (RFC 6749, section 5.2).
func TokenError(code int, reason, description string) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		writeJSON(w, code, map[string]string{"error": reason, "error_description": description})
	}
}

// Limited answers 429. The body has the exact time, the header whole seconds.
func Limited(after time.Duration, global bool) Failure {
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

// HTML answers with a web page, as does what stands in front of Discord.
func HTML(code int) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, "<!doctype html><title>%s</title>", http.StatusText(code))
	}
}

// Body answers 200 with body.
func Body(body string) Failure {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

// Slow gives the right answer once ready is closed, and closes arrived when the first request is waiting for that.
func Slow(arrived chan<- struct{}, ready <-chan struct{}) Failure {
	var once sync.Once
	return func(w http.ResponseWriter, r *http.Request, well http.Handler) {
		once.Do(func() { close(arrived) })
		select {
		case <-ready:
			well.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// Hang never answers.
func Hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice that the client has gone
	<-r.Context().Done()
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}
