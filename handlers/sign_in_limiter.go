package handlers

import (
	"cmp"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// DefaultSignInsPerMinute is how many sign-ins one address may begin in a minute. People in one office have one address.
const DefaultSignInsPerMinute = 60

const (
	requestsPerSignIn     = 2   // its start, and the return from Discord
	totalSignInBurst      = 500 // requests of all addresses at once, and then totalSignInsPerSecond
	totalSignInsPerSecond = 50
	maxSignInClients      = 1 << 14
)

// rateLimitError refuses a request that comes too soon after others.
type rateLimitError struct{ retryAfter time.Duration }

func (rateLimitError) Error() string { return "rate limited" }

// signInLimiter bounds how often strangers may have the site start and finish sign-ins, for each address and in all.
type signInLimiter struct {
	server *Server
	burst  int // requests of one address at once, and then as many in a minute
	total  *rate.Limiter

	mu      sync.Mutex
	clients map[netip.Prefix]*rate.Limiter
}

func newSignInLimiter(s *Server) *signInLimiter {
	return &signInLimiter{
		server: s, burst: requestsPerSignIn * cmp.Or(s.SignInsPerAddress, DefaultSignInsPerMinute),
		total: rate.NewLimiter(totalSignInsPerSecond, totalSignInBurst), clients: map[netip.Prefix]*rate.Limiter{},
	}
}

// middleware refuses requests beyond the limits.
func (l *signInLimiter) middleware(next http.Handler) http.Handler {
	return l.server.handle(func(w http.ResponseWriter, r *http.Request) error {
		if retryAfter := l.admit(requestInfoOf(r).address, time.Now()); retryAfter > 0 {
			return rateLimitError{retryAfter}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// admit counts a request, or returns after how long it may come again.
func (l *signInLimiter) admit(client netip.Addr, now time.Time) (retryAfter time.Duration) {
	for _, limiter := range []*rate.Limiter{l.clientLimiter(client, now), l.total} {
		reserved := limiter.ReserveN(now, 1)
		if retryAfter = reserved.DelayFrom(now); retryAfter > 0 {
			reserved.CancelAt(now)
			return retryAfter
		}
	}
	return 0
}

// clientLimiter returns the limiter of an address. Somebody who has one IPv6 address has 2^64 of them: those count as one. When
// too many are known, those that would be let in anyway are forgotten, and if there are none, all.
func (l *signInLimiter) clientLimiter(address netip.Addr, now time.Time) *rate.Limiter {
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
	if len(l.clients) >= maxSignInClients {
		for other, limiter := range l.clients {
			if limiter.TokensAt(now) >= float64(l.burst) {
				delete(l.clients, other)
			}
		}
	}
	if len(l.clients) >= maxSignInClients {
		clear(l.clients)
	}
	limiter := rate.NewLimiter(rate.Limit(l.burst)/60, l.burst)
	l.clients[network] = limiter
	return limiter
}
