package connlimit

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"time"
)

// A connection is an open connection that the server reads requests from. Limiter.mu guards all but conn and address.
type connection struct {
	conn     net.Conn
	address  netip.Prefix
	reserved bool       // it arrived beyond the limit
	served   bool       // at least one request was answered
	flushing bool       // a handler has returned, and its answer may not have been written yet
	since    time.Time  // of its state, or of the end of its last request
	requests []*request // being answered; more than one with HTTP/2
	waiting  int        // requests in waitForRoom
}

// A request is being answered. Limiter.mu guards it.
type request struct {
	began    time.Time
	sending  bool // the client has not sent the whole body yet
	keptOpen bool // see KeepOpen
}

// What a connection waits for, in the order in which connections are closed.
const (
	waitsIdle      = iota // for the next request, or for the client to take the end of an answer
	waitsReceiving        // for the rest of a request
	waitsSending          // probably for the client to read the answer
)

// A candidate is a connection that waits for its client.
type candidate struct {
	*connection
	waits int
	since time.Time
}

// makeRoom closes at least over connections that wait for their clients, if there are so many, but never newest. It
// closes some more that have waited for a while, because looking for them costs time in proportion to all connections.
// A connection that has just arrived is not closed before its first request, and one whose handler has just returned not
// before the answer is written, unless the reserve is full: a proxy would answer that request with 502. The caller holds
// l.mu.
func (l *Limiter) makeRoom(newest *connection, over int) {
	now := time.Now()
	var settled, fresh, spared []candidate
	for _, c := range l.conns {
		switch w, ok := c.candidate(now, l.config.Patience); {
		case !ok || c == newest:
		case now.Sub(w.since) >= l.config.Settle:
			settled = append(settled, w)
		case len(c.requests) == 0 && (!c.served || c.flushing):
			spared = append(spared, w)
		default:
			fresh = append(fresh, w)
		}
	}
	slices.SortFunc(settled, func(a, b candidate) int {
		return cmp.Or(l.addresses[b.address]-l.addresses[a.address], a.waits-b.waits, a.since.Compare(b.since))
	})
	oldestFirst := func(a, b candidate) int { return a.since.Compare(b.since) }
	slices.SortFunc(fresh, oldestFirst)
	slices.SortFunc(spared, oldestFirst)
	for _, c := range settled[:min(len(settled), over+l.config.Connections/64)] {
		l.close(c.connection)
		over--
	}
	for _, c := range fresh[:max(0, min(len(fresh), over))] {
		l.close(c.connection)
		over--
	}
	for _, c := range spared[:max(0, min(len(spared), over-l.config.Reserve))] {
		l.close(c.connection)
	}
}

// candidate reports whether c waits for its client, and since when.
func (c *connection) candidate(now time.Time, patience time.Duration) (candidate, bool) {
	if len(c.requests) == 0 {
		waits := waitsReceiving
		if c.served {
			waits = waitsIdle
		}
		return candidate{c, waits, c.since}, true
	}
	oldest := c.requests[0].began
	for _, r := range c.requests {
		switch {
		case r.keptOpen:
			return candidate{}, false
		case r.sending:
			return candidate{c, waitsReceiving, r.began}, true
		}
		if r.began.Before(oldest) {
			oldest = r.began
		}
	}
	if c.reserved {
		patience = min(patience, time.Second) // answers on the reserve are short
	}
	return candidate{c, waitsSending, oldest.Add(patience)}, now.Sub(oldest) > patience
}
