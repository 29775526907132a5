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

// How many requests that keep the database busy are answered at a time. Files have room of their own, so that a
// slow reader of one takes nothing from searches.
const (
	searchesPerUser    = 3
	searchesPerProcess = 12
	filesPerUser       = 2
	filesPerProcess    = 8

	deepPage  = 20               // a page of a list from which on it counts as a search
	fileStall = 30 * time.Second // for the reader of a file to take each part of it
	fileTime  = 15 * time.Minute // for the reader to take all of it
)

// errExpensive is that a user, or everybody together, has too many expensive requests under way.
var errExpensive = errors.New("too many expensive requests at once")

// expensiveLimiter counts the expensive requests that are under way, by user and in all.
type expensiveLimiter struct {
	perUser, perProcess int

	mu    sync.Mutex
	users map[string]int
	all   int
}

func newExpensiveLimiter(perUser, perProcess int) *expensiveLimiter {
	return &expensiveLimiter{perUser: perUser, perProcess: perProcess, users: map[string]int{}}
}

// enter counts a request of the user, unless there are too many.
func (l *expensiveLimiter) enter(user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= l.perProcess || l.users[user] >= l.perUser {
		return false
	}
	l.all++
	l.users[user]++
	return true
}

func (l *expensiveLimiter) leave(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.users[user]--; l.users[user] <= 0 {
		delete(l.users, user)
	}
}

// limitExpensive lets few expensive requests run at a time, and refuses the rest before they cost anything. It stands behind
// requireSession.
func (s *Server) limitExpensive() func(http.Handler) http.Handler {
	searches := newExpensiveLimiter(searchesPerUser, searchesPerProcess)
	files := newExpensiveLimiter(filesPerUser, filesPerProcess)
	return func(next http.Handler) http.Handler {
		return s.handle(func(w http.ResponseWriter, r *http.Request) error {
			limiter := searches
			switch {
			case isFile(r):
				limiter = files
			case !isSearch(r):
				next.ServeHTTP(w, r)
				return nil
			}
			user := visitorOf(r).session.UserID
			if !limiter.enter(user) {
				return errExpensive
			}
			defer limiter.leave(user)
			if limiter == files {
				ctx, cancel := context.WithTimeout(r.Context(), fileTime)
				defer cancel()
				w, r = stallWriter{w}, r.WithContext(ctx)
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}

// isFile tells whether a request is for the whole of a list.
func isFile(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/export") }

// isSearch tells whether a request looks for a text, goes deep into a list, or reads a list for a program. The first render
// of a stream is the live engine's, which has bounds of its own.
func isSearch(r *http.Request) bool {
	if isStream(r) || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if strings.HasPrefix(r.URL.Path, "/api/guilds/") {
		return true
	}
	q := r.URL.Query()
	page, _ := strconv.Atoi(q.Get("page")) // anything but a number means page 1
	return page > deepPage || strings.TrimSpace(q.Get("q")) != ""
}

// expensiveRetry is when to come back: not the same for all, so that they do not come back together.
func expensiveRetry() time.Duration { return time.Duration(1+rand.IntN(4)) * time.Second }

// stallWriter gives up on a reader who does not take what is written within fileStall.
type stallWriter struct{ http.ResponseWriter }

func (w stallWriter) Write(p []byte) (int, error) {
	// A writer that has no deadlines, as in a test, is waited for.
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(fileStall))
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w stallWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
