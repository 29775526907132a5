// Package connlimit bounds the connections of an HTTP server and the time that clients may take to send a request.
//
// A process has a limited number of file descriptors, and a client that sends or reads slowly occupies one while the
// server waits. When a connection arrives beyond the limit, a [Limiter] therefore closes connections that wait for
// their clients. It prefers connections of the address with the most connections, then idle ones, then those that have
// waited longest. If no connection can be closed, because all have a request in progress or have just arrived, the new
// connection becomes part of a small reserve. Requests on the reserve wait up to Config.QueueTimeout for a connection
// to become free, and are then answered with 503. Health checks are answered immediately.
//
// Hijacked connections (streams over HTTP/1.1) leave the limiter; their limit is live.Config.MaxStreams.
package connlimit

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// DefaultReserve is the number of connections beyond the limit that a server answers with 503 or a health check.
const DefaultReserve = 32

// Config configures a Limiter. The zero value of every field but Connections means its default, given in the comment.
type Config struct {
	Connections  int                      // limit, at least 1
	Reserve      int                      // connections beyond the limit; DefaultReserve
	BodyTimeout  time.Duration            // time limit for receiving a request body; 15 s
	EvictAfter   time.Duration            // connections that have waited for this long are closed first; 1 s
	SlowResponse time.Duration            // duration after which a response counts as waiting for the client; 10 s
	QueueTimeout time.Duration            // maximum wait of a request on the reserve; 1 s
	Exempt       func(*http.Request) bool // requests that the reserve serves; none
	Log          *slog.Logger             // slog.Default()
}

func (c Config) withDefaults() Config {
	c.Connections = max(c.Connections, 1)
	c.Reserve = cmp.Or(c.Reserve, DefaultReserve)
	c.BodyTimeout = cmp.Or(c.BodyTimeout, 15*time.Second)
	c.EvictAfter = cmp.Or(c.EvictAfter, time.Second)
	c.QueueTimeout = cmp.Or(c.QueueTimeout, time.Second)
	c.SlowResponse = cmp.Or(c.SlowResponse, 10*time.Second)
	if c.Exempt == nil {
		c.Exempt = func(*http.Request) bool { return false }
	}
	c.Log = cmp.Or(c.Log, slog.Default())
	return c
}

// Limiter limits the connections of one server. Install attaches it. It is safe for concurrent use.
type Limiter struct {
	config Config

	mu         sync.Mutex
	conns      map[net.Conn]*connection
	addresses  map[netip.Prefix]int // connections by client address
	stats      Stats
	loggedAt   time.Time // of the last log line
	lastLogged Stats     // stats at that time
}

// Stats contains the current numbers and the counters of a Limiter.
type Stats struct {
	Open    int    // current connections, without hijacked ones
	Waiting int    // requests on the reserve that are waiting
	Closed  uint64 // connections closed because of the limit, in total
	Refused uint64 // requests answered with 503 because of the limit, in total
}

// New returns a Limiter for one server.
func New(config Config) *Limiter {
	return &Limiter{
		config: config.withDefaults(), conns: map[net.Conn]*connection{}, addresses: map[netip.Prefix]int{},
	}
}

// Install makes s report its connections and requests to l. Call it once, after s.Handler is set and before s serves.
func (l *Limiter) Install(s *http.Server) {
	s.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey, l.add(conn))
	}
	s.ConnState = l.changeState
	s.Handler = l.wrap(s.Handler)
}

// Stats returns the current statistics.
func (l *Limiter) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	stats := l.stats
	stats.Open = len(l.conns)
	return stats
}

// add registers an accepted connection. If that exceeds the limit, it closes others, or c itself if the reserve is full
// too.
func (l *Limiter) add(conn net.Conn) *connection {
	c := &connection{conn: conn, address: clientAddress(conn), since: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[conn] = c
	l.addresses[c.address]++
	if over := len(l.conns) - l.config.Connections; over > 0 {
		l.makeRoom(c, over)
	}
	excess := len(l.conns) - l.config.Connections
	c.isReserved = excess > 0
	if excess > l.config.Reserve {
		l.close(c)
	}
	return c
}

// changeState implements http.Server.ConnState.
func (l *Limiter) changeState(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.conns[conn]
	if c == nil {
		return // closed by the limiter
	}
	switch state {
	case http.StateClosed, http.StateHijacked:
		l.remove(c)
	default:
		c.since = time.Now()
		c.isFlushing = c.isFlushing && state != http.StateIdle
	}
}

// remove unregisters a connection. The caller holds l.mu.
func (l *Limiter) remove(c *connection) {
	delete(l.conns, c.conn)
	l.stats.Waiting -= c.waitingRequests
	if l.addresses[c.address]--; l.addresses[c.address] <= 0 {
		delete(l.addresses, c.address)
	}
}

// close closes a connection to make room. The caller holds l.mu.
func (l *Limiter) close(c *connection) {
	l.remove(c)
	l.stats.Closed++
	conn := c.conn
	if tls, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = tls.NetConn() // tls.Conn.Close waits until its alert is sent
	}
	_ = conn.Close() // the server gets an error from its next read or write
	l.logLimitReached()
}

// logLimitReached logs the effects of the limit, at most once a minute. The caller holds l.mu.
func (l *Limiter) logLimitReached() {
	if now := time.Now(); now.Sub(l.loggedAt) >= time.Minute {
		l.config.Log.Warn("connection limit reached", "limit", l.config.Connections,
			"closed", l.stats.Closed-l.lastLogged.Closed, "refused", l.stats.Refused-l.lastLogged.Refused)
		l.loggedAt, l.lastLogged = now, l.stats
	}
}

// clientAddress returns the remote address of a connection; for IPv6 its /64, which usually belongs to one client.
// Behind a proxy, all connections have the proxy's address, so the preference between addresses has no effect.
func clientAddress(conn net.Conn) netip.Prefix {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	addr := tcp.AddrPort().Addr().Unmap()
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
