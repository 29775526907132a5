package handlers

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits on concurrent requests that are expensive for the database. Files have their own limits, so that slow
// downloads do not block searches.
const (
	searchesPerUser    = 3
	searchesPerProcess = 12
	filesPerUser       = 2
	filesPerProcess    = 8

	deepPage        = 20               // list pages above this number count as searches
	fileReadTimeout = 30 * time.Second // for the client to read each part of a file
	maxFileDuration = 15 * time.Minute // for the client to read the whole file
)

// errExpensive means that a user, or all users together, have too many expensive requests in progress.
var errExpensive = errors.New("too many expensive requests at once")

// expensiveLimiter counts the expensive requests in progress, by user and in total.
type expensiveLimiter struct {
	perUser, perProcess int

	mu    sync.Mutex
	users map[string]int
	total int
}

func newExpensiveLimiter(perUser, perProcess int) *expensiveLimiter {
	return &expensiveLimiter{perUser: perUser, perProcess: perProcess, users: map[string]int{}}
}

// acquire counts a request of the user. It returns false if a limit is reached.
func (l *expensiveLimiter) acquire(user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.perProcess || l.users[user] >= l.perUser {
		return false
	}
	l.total++
	l.users[user]++
	return true
}

func (l *expensiveLimiter) release(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.users[user]--; l.users[user] <= 0 {
		delete(l.users, user)
	}
}

// limitExpensive limits concurrent expensive requests. It must come after requireSession and before any query.
func (s *Server) limitExpensive() func(http.Handler) http.Handler {
	searches := newExpensiveLimiter(searchesPerUser, searchesPerProcess)
	files := newExpensiveLimiter(filesPerUser, filesPerProcess)
	return func(next http.Handler) http.Handler {
		return s.handle(func(w http.ResponseWriter, r *http.Request) error {
			limiter := searches
			switch {
			case isExport(r):
				limiter = files
			case !isSearch(r):
				next.ServeHTTP(w, r)
				return nil
			}
			user := visitorOf(r).session.UserID
			if !limiter.acquire(user) {
				return errExpensive
			}
			defer limiter.release(user)
			if limiter == files {
				ctx, cancel := context.WithTimeout(r.Context(), maxFileDuration)
				defer cancel()
				w, r = readTimeoutWriter{w}, r.WithContext(ctx)
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}

// isExport reports whether a request exports a whole list.
func isExport(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/export") }

// isSearch reports whether a request searches for a text, reads a deep page of a list, or reads a list of the API. The
// live engine limits the first render of a stream itself.
func isSearch(r *http.Request) bool {
	if isStream(r) || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if strings.HasPrefix(r.URL.Path, "/api/guilds/") {
		return true
	}
	q := r.URL.Query()
	page, _ := strconv.Atoi(q.Get("page")) // an invalid number means page 1
	return page > deepPage || strings.TrimSpace(q.Get("q")) != ""
}

// randomRetryAfter returns a random Retry-After time of 1 to 4 s, so that clients do not all retry at the same time.
func randomRetryAfter() time.Duration { return time.Duration(1+rand.IntN(4)) * time.Second }

// readTimeoutWriter fails if the client does not read a written part within fileReadTimeout.
type readTimeoutWriter struct{ http.ResponseWriter }

func (w readTimeoutWriter) Write(p []byte) (int, error) {
	// An error means that w does not support deadlines, as in a test.
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(fileReadTimeout))
	return w.ResponseWriter.Write(p)
}

// Unwrap returns the wrapped writer, for http.ResponseController.
func (w readTimeoutWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
