package connlimit

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"time"
)

// connection is an open connection of the server. Limiter.mu guards all fields but conn and address.
type connection struct {
	conn            net.Conn
	address         netip.Prefix
	isReserved      bool       // it arrived beyond the limit
	hasServed       bool       // at least one request was answered
	isFlushing      bool       // a handler returned, and its response may not be written yet
	since           time.Time  // start of its state, or end of its last request
	requests        []*request // in progress; more than one with HTTP/2
	waitingRequests int        // requests in waitForRoom
}

// request is a request in progress. Limiter.mu guards it.
type request struct {
	startedAt     time.Time
	isBodyPending bool // the client has not sent the whole body
	isKeptOpen    bool // see KeepOpen
}

// Reasons why a connection waits for its client, in the order in which connections are closed.
const (
	waitIdle      = iota // for the next request, or for the client to read the end of a response
	waitReceiving        // for the rest of a request
	waitSending          // probably for the client to read the response
)

// candidate is a connection that waits for its client and can be closed.
type candidate struct {
	*connection
	waitKind int
	since    time.Time
}

// makeRoom closes over connections that wait for their clients, or fewer if there are not as many, but never newest. It
// also closes some more that have waited for Config.EvictAfter, because each search takes time in proportion to all
// connections. Connections without a request so far, and those whose response may not be written yet, are closed only
// if the reserve is full: a proxy would answer such a request with 502. The caller holds l.mu.
func (l *Limiter) makeRoom(newest *connection, over int) {
	now := time.Now()
	var settled, recent, spared []candidate
	for _, c := range l.conns {
		switch waiting, ok := c.candidate(now, l.config.SlowResponse); {
		case !ok || c == newest:
		case now.Sub(waiting.since) >= l.config.EvictAfter:
			settled = append(settled, waiting)
		case len(c.requests) == 0 && (!c.hasServed || c.isFlushing):
			spared = append(spared, waiting)
		default:
			recent = append(recent, waiting)
		}
	}
	slices.SortFunc(settled, func(a, b candidate) int {
		return cmp.Or(l.addresses[b.address]-l.addresses[a.address], a.waitKind-b.waitKind, a.since.Compare(b.since))
	})
	oldestFirst := func(a, b candidate) int { return a.since.Compare(b.since) }
	slices.SortFunc(recent, oldestFirst)
	slices.SortFunc(spared, oldestFirst)
	for _, c := range settled[:min(len(settled), over+l.config.Connections/64)] {
		l.close(c.connection)
		over--
	}
	for _, c := range recent[:max(0, min(len(recent), over))] {
		l.close(c.connection)
		over--
	}
	for _, c := range spared[:max(0, min(len(spared), over-l.config.Reserve))] {
		l.close(c.connection)
	}
}

// candidate reports whether c waits for its client, and if so since when.
func (c *connection) candidate(now time.Time, slowResponse time.Duration) (candidate, bool) {
	if len(c.requests) == 0 {
		kind := waitReceiving
		if c.hasServed {
			kind = waitIdle
		}
		return candidate{c, kind, c.since}, true
	}
	oldest := c.requests[0].startedAt
	for _, r := range c.requests {
		switch {
		case r.isKeptOpen:
			return candidate{}, false
		case r.isBodyPending:
			return candidate{c, waitReceiving, r.startedAt}, true
		}
		if r.startedAt.Before(oldest) {
			oldest = r.startedAt
		}
	}
	if c.isReserved {
		slowResponse = min(slowResponse, time.Second) // responses on the reserve are short
	}
	return candidate{c, waitSending, oldest.Add(slowResponse)}, now.Sub(oldest) > slowResponse
}
