package connlimit

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

type contextKey int

const (
	connectionKey contextKey = iota
	requestKey
)

// retryAfter is the Retry-After time of refused requests.
const retryAfter = 5 * time.Second

// unreadBodyTimeout limits how long the server reads the rest of a body that the handler did not read, in order to
// reuse the connection.
const unreadBodyTimeout = 500 * time.Millisecond

// wrap returns a handler that refuses requests on the reserve and sets a deadline for every request body.
func (l *Limiter) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(connectionKey).(*connection)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		hasBody := r.ContentLength != 0 // not r.Body != http.NoBody, which holds for every request over HTTP/2
		q := &trackedRequest{limiter: l, connection: c, request: request{startedAt: time.Now(), isBodyPending: hasBody}}
		admitted, closing := l.startRequest(q, r)
		defer l.endRequest(q)
		if closing || hasBody && r.Method != http.MethodPost {
			// No route reads a body with another method. Without "close" the server would read it to reuse the
			// connection.
			w.Header().Set("Connection", "close")
		}
		if closing {
			// After a flush the connection can be closed immediately; otherwise the server keeps it for half a second.
			defer func() { q.isFlushed = http.NewResponseController(w).Flush() == nil }()
		}
		if !admitted {
			refuse(w)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), requestKey, q))
		if hasBody {
			q.controller = http.NewResponseController(w)
			_ = q.controller.SetReadDeadline(q.startedAt.Add(l.config.BodyTimeout)) // fails only on a closed connection
			r.Body = &timedBody{ReadCloser: r.Body, request: q}
			defer q.limitUnreadBody()
		}
		next.ServeHTTP(w, r)
	})
}

// startRequest registers a request. It reports whether to answer it, and whether to close its connection afterwards.
func (l *Limiter) startRequest(q *trackedRequest, r *http.Request) (admitted, closing bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := q.connection
	c.requests = append(c.requests, &q.request)
	if len(l.conns) <= l.config.Connections {
		c.isReserved = false
	}
	if !c.isReserved || l.config.Exempt(r) {
		return true, c.isReserved
	}
	if l.waitForRoom(r.Context(), c) {
		return true, false
	}
	if l.conns[c.conn] == c { // not closed while waiting
		l.stats.Refused++
		l.logLimitReached()
	}
	return false, true
}

// capacityPollInterval is the interval at which a request on the reserve checks whether a connection is free.
const capacityPollInterval = 50 * time.Millisecond

// waitForRoom waits until the reserved connection c is within the limit, and reports whether it is. Requests may wait
// on at most half of the reserve; the rest is for refusals and health checks. The caller holds l.mu, which is released
// while waiting.
func (l *Limiter) waitForRoom(ctx context.Context, c *connection) bool {
	isWaiting := false
	defer func() {
		if isWaiting && l.conns[c.conn] == c {
			c.waitingRequests--
			l.stats.Waiting--
		}
	}()
	for start := time.Now(); l.conns[c.conn] == c; {
		if over := len(l.conns) - l.config.Connections; over > 0 {
			l.makeRoom(c, over) // may close waiting requests without their whole body
		}
		if len(l.conns) <= l.config.Connections {
			c.isReserved = false
			return true
		}
		isTimeout := time.Since(start) >= l.config.QueueTimeout
		if ctx.Err() != nil || isTimeout || !isWaiting && l.stats.Waiting >= l.config.Reserve/2 {
			return false
		}
		if !isWaiting {
			isWaiting = true
			c.waitingRequests++
			l.stats.Waiting++
		}
		l.mu.Unlock()
		select {
		case <-time.After(capacityPollInterval):
		case <-ctx.Done():
		}
		l.mu.Lock()
	}
	return false
}

func (l *Limiter) endRequest(q *trackedRequest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := q.connection
	c.requests = slices.DeleteFunc(c.requests, func(r *request) bool { return r == &q.request })
	c.hasServed, c.isFlushing, c.since = true, !q.isFlushed, time.Now()
}

// refuse answers a request with 503. It renders no page, because a server at its limit has no resources to spare.
func refuse(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, "Guildboard has too many connections. Try again in a few seconds.\n"+
		"Guildboard đang có quá nhiều kết nối. Hãy thử lại sau vài giây.\n")
}

// trackedRequest is a request with the state for its body and its end.
type trackedRequest struct {
	request
	limiter    *Limiter
	connection *connection
	controller *http.ResponseController
	received   sync.Once // set when the whole body is received or given up
	isFlushed  bool      // the whole response is written
}

// markBodyReceived records that the whole body was received, and removes its deadline: the server keeps reading from
// the connection to detect a disconnect, and would take the deadline for one.
func (q *trackedRequest) markBodyReceived() {
	q.received.Do(func() {
		_ = q.controller.SetReadDeadline(time.Time{}) // fails only on a closed connection
		q.limiter.mu.Lock()
		defer q.limiter.mu.Unlock()
		q.isBodyPending = false
	})
}

// limitUnreadBody shortens the deadline of a body that was not read completely.
func (q *trackedRequest) limitUnreadBody() {
	q.received.Do(func() {
		_ = q.controller.SetReadDeadline(time.Now().Add(unreadBodyTimeout)) // fails only on a closed connection
	})
}

// KeepOpen protects the request of ctx and its connection from being closed because of a long response, as of streams
// and exports. Call it only for authenticated clients.
func KeepOpen(ctx context.Context) {
	if q, ok := ctx.Value(requestKey).(*trackedRequest); ok {
		q.limiter.mu.Lock()
		defer q.limiter.mu.Unlock()
		q.isKeptOpen = true
	}
}

// timedBody is a request body that reports its end to the request.
type timedBody struct {
	io.ReadCloser
	request *trackedRequest
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.request.markBodyReceived()
	}
	return n, err
}
