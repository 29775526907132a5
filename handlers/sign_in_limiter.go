package handlers

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	defaultSignInsPerAddress = 60 // allows for the users of an office to share an address

	requestsPerSignIn     = 2   // start and callback
	totalSignInBurst      = 500 // requests of all addresses
	totalSignInsPerSecond = 50
	maxSignInClients      = 1 << 14
)

// rateLimitError is the error of a request beyond a rate limit.
type rateLimitError struct{ retryAfter time.Duration }

func (rateLimitError) Error() string { return "rate limited" }

// signInLimiter limits the rate of sign-in requests, per address and in total.
type signInLimiter struct {
	server *Server
	burst  int // requests of one address at once; also its rate per minute
	total  *rate.Limiter

	mu      sync.Mutex
	clients map[netip.Prefix]*rate.Limiter
}

func newSignInLimiter(s *Server) *signInLimiter {
	return &signInLimiter{
		server: s, burst: requestsPerSignIn * s.SignInsPerAddress,
		total: rate.NewLimiter(totalSignInsPerSecond, totalSignInBurst), clients: map[netip.Prefix]*rate.Limiter{},
	}
}

// middleware refuses requests beyond the limits with a rateLimitError.
func (l *signInLimiter) middleware(next http.Handler) http.Handler {
	return l.server.handle(func(w http.ResponseWriter, r *http.Request) error {
		if retryAfter := l.admit(requestInfoOf(r).address, time.Now()); retryAfter > 0 {
			return rateLimitError{retryAfter}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// admit counts a request and returns 0, or returns the time after which it may be retried.
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

// clientLimiter returns the limiter of an address. A /64 of IPv6 counts as one address, because one client usually has
// all of it. At maxSignInClients, limiters with a full burst are removed, which changes nothing; if there are none, all
// are removed.
func (l *signInLimiter) clientLimiter(address netip.Addr, now time.Time) *rate.Limiter {
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	network, _ := address.Prefix(bits) // the zero Prefix for an unknown address
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
