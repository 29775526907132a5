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

// retryAfter is what a refused request is told to wait.
const retryAfter = 5 * time.Second

// unreadBodyTimeout is how long the server reads the rest of a body that the handler did not want, so that the connection can be
// used again.
const unreadBodyTimeout = 500 * time.Millisecond

// wrap returns a handler that refuses requests of the reserve, and gives every request body its deadline.
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
			// No route reads the body of another method; without the connection's end the server would.
			w.Header().Set("Connection", "close")
		}
		if closing {
			// The connection may be closed as soon as the answer is written: the server would keep it for half a second.
			defer func() { q.isFlushed = http.NewResponseController(w).Flush() == nil }()
		}
		if !admitted {
			refuse(w)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), requestKey, q))
		if hasBody {
			q.controller = http.NewResponseController(w)
			_ = q.controller.SetReadDeadline(q.startedAt.Add(l.config.BodyTimeout)) // fails on a closed connection only
			r.Body = &timedBody{ReadCloser: r.Body, request: q}
			defer q.limitUnreadBody()
		}
		next.ServeHTTP(w, r)
	})
}

// startRequest registers a request. It reports whether the request is to be answered, and whether its connection ends then.
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
	if l.conns[c.conn] == c { // not closed meanwhile
		l.stats.Refused++
		l.logLimitReached()
	}
	return false, true
}

// roomInterval is how often a request on the reserve checks whether there is room.
const roomInterval = 50 * time.Millisecond

// waitForRoom waits until the reserved connection c is within the limit, and reports whether it is. At most half of the
// reserve waits; the rest is for refusals and health checks. The caller holds l.mu, which is released meanwhile.
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
			l.makeRoom(c, over) // of the waiting requests it closes those without their body
		}
		if len(l.conns) <= l.config.Connections {
			c.isReserved = false
			return true
		}
		if ctx.Err() != nil || time.Since(start) >= l.config.QueueTimeout || !isWaiting && l.stats.Waiting >= l.config.Reserve/2 {
			return false
		}
		if !isWaiting {
			isWaiting = true
			c.waitingRequests++
			l.stats.Waiting++
		}
		l.mu.Unlock()
		time.Sleep(roomInterval)
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

// refuse answers a request of the reserve. It renders no page: a server at its limit has nothing to spare.
func refuse(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, "Guildboard has too many connections. Try again in a few seconds.\n"+
		"Guildboard đang có quá nhiều kết nối. Hãy thử lại sau vài giây.\n")
}

// A trackedRequest is a request with what its end and its body need.
type trackedRequest struct {
	request
	limiter    *Limiter
	connection *connection
	controller *http.ResponseController
	received   sync.Once // the whole body
	isFlushed  bool      // the whole answer is written
}

// markBodyReceived notes that the whole body has come, and ends its deadline: the server keeps reading from the connection to
// notice when the client hangs up, and would take the deadline for that.
func (q *trackedRequest) markBodyReceived() {
	q.received.Do(func() {
		_ = q.controller.SetReadDeadline(time.Time{}) // fails on a closed connection only
		q.limiter.mu.Lock()
		defer q.limiter.mu.Unlock()
		q.isBodyPending = false
	})
}

// limitUnreadBody gives a body that was not read to its end little more time.
func (q *trackedRequest) limitUnreadBody() {
	q.received.Do(func() { _ = q.controller.SetReadDeadline(time.Now().Add(unreadBodyTimeout)) }) // fails on a closed connection only
}

// KeepOpen exempts the request of ctx, and its connection, from being closed while its answer takes long for good reason:
// streams and exports. Call it only for clients that are known.
func KeepOpen(ctx context.Context) {
	if q, ok := ctx.Value(requestKey).(*trackedRequest); ok {
		q.limiter.mu.Lock()
		defer q.limiter.mu.Unlock()
		q.isKeptOpen = true
	}
}

// A timedBody is a request body that notes its end.
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
