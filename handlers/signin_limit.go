package handlers

import (
	"cmp"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// DefaultSignIns is how many sign-ins one address may begin in a minute. People in one office have one address.
const DefaultSignIns = 60

const (
	requestsPerSignIn  = 2   // its start, and the return from Discord
	signInsInAll       = 500 // requests of all addresses at once, and then signInsInAllPerSec
	signInsInAllPerSec = 50
	clientsKnown       = 1 << 14
)

// rateLimited refuses a request that comes too soon after others.
type rateLimited struct{ after time.Duration }

func (rateLimited) Error() string { return "rate limited" }

// signInLimiter bounds how often strangers may have the site start and finish sign-ins, for each address and in all.
type signInLimiter struct {
	site  *Server
	burst int // requests of one address at once, and then as many in a minute
	all   *rate.Limiter

	mu      sync.Mutex
	clients map[netip.Prefix]*rate.Limiter
}

func newSignInLimiter(s *Server) *signInLimiter {
	return &signInLimiter{
		site: s, burst: requestsPerSignIn * cmp.Or(s.SignInsPerAddress, DefaultSignIns),
		all: rate.NewLimiter(signInsInAllPerSec, signInsInAll), clients: map[netip.Prefix]*rate.Limiter{},
	}
}

// guard refuses requests beyond the limits.
func (l *signInLimiter) guard(next http.Handler) http.Handler {
	return l.site.handle(func(w http.ResponseWriter, r *http.Request) error {
		if after := l.admit(infoOf(r).address, time.Now()); after > 0 {
			return rateLimited{after}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// admit counts a request, or returns after how long it may come again.
func (l *signInLimiter) admit(client netip.Addr, now time.Time) (after time.Duration) {
	for _, limiter := range []*rate.Limiter{l.client(client, now), l.all} {
		reserved := limiter.ReserveN(now, 1)
		if after = reserved.DelayFrom(now); after > 0 {
			reserved.CancelAt(now)
			return after
		}
	}
	return 0
}

// client returns the limiter of an address. Somebody who has one IPv6 address has 2^64 of them: those count as one. When
// too many are known, those that would be let in anyway are forgotten, and if there are none, all.
func (l *signInLimiter) client(address netip.Addr, now time.Time) *rate.Limiter {
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	network, _ := address.Prefix(bits) // the zero Prefix for an address that is not known
	l.mu.Lock()
	defer l.mu.Unlock()
	if limiter := l.clients[network]; limiter != nil {
		return limiter
	}
	if len(l.clients) >= clientsKnown {
		for other, limiter := range l.clients {
			if limiter.TokensAt(now) >= float64(l.burst) {
				delete(l.clients, other)
			}
		}
	}
	if len(l.clients) >= clientsKnown {
		clear(l.clients)
	}
	limiter := rate.NewLimiter(rate.Limit(l.burst)/60, l.burst)
	l.clients[network] = limiter
	return limiter
}
