// Package discord is a client for Discord's API: it signs users in (OAuth2) and reads which guilds they may manage.
//
// It minimizes requests. Discord lets a token read its guilds about once a second, and blocks an IP address that gets
// 10,000 responses of 401, 403 or 429 in ten minutes (https://docs.discord.com/developers/topics/rate-limits). So all
// processes share responses through Redis, each user has at most one request in flight, and a refused request is not
// repeated before it can succeed.
package discord

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"guildboard/store"
	"guildboard/store/internal/ttlcache"
	"guildboard/store/session"
)

// Errors of requests to Discord.
var (
	// ErrRedirectMismatch means that the redirect URL is not registered for the application.
	ErrRedirectMismatch = errors.New("discord: redirect address is not registered")
	// ErrInvalidClient means that the client id or the client secret is wrong.
	ErrInvalidClient = errors.New("discord: client id or secret is wrong")
	// ErrInvalidCode means that the code of a sign-in was used before or has expired; the user must sign in again.
	ErrInvalidCode = errors.New("discord: code is used up or too old")
	// ErrMissingScope means that the user did not grant all requested scopes.
	ErrMissingScope = errors.New("discord: not all scopes were granted")
	// ErrSignedOut means that the tokens are permanently invalid; the user must sign in again.
	ErrSignedOut = errors.New("discord: authorization has ended")
	// ErrForbidden means that Discord accepts the token but refuses the request.
	ErrForbidden = errors.New("discord: forbidden")
	// ErrRateLimited means too many requests; RetryAfter returns the wait. It wraps store.ErrUnavailable.
	ErrRateLimited = fmt.Errorf("discord: rate limited: %w", store.ErrUnavailable)
	// ErrUnavailable means no response or an invalid one; a later request may succeed. It wraps store.ErrUnavailable.
	ErrUnavailable = fmt.Errorf("discord: %w", store.ErrUnavailable)
)

// pausedError is an error after which no requests are sent for a while.
type pausedError struct {
	error
	retryAfter time.Duration
}

func (e *pausedError) Unwrap() error { return e.error }

// RetryAfter returns how long to wait before a request can succeed; ok is false if err has no such time.
func RetryAfter(err error) (time.Duration, bool) {
	if paused := (*pausedError)(nil); errors.As(err, &paused) {
		return paused.retryAfter, true
	}
	return 0, false
}

// Config identifies the application to Discord.
type Config struct {
	ClientID     string // snowflake of the application
	ClientSecret string
	RedirectURL  string          // exactly as registered at Discord
	PublicURL    string          // of the dashboard; for the User-Agent
	Version      string          // of the dashboard; for the User-Agent
	Sealer       *session.Sealer // for data shared through Redis; required, the same in all processes
	APIBase      string          // default https://discord.com/api/v10
	AuthorizeURL string          // default https://discord.com/oauth2/authorize
}

const (
	requestTimeout = 5 * time.Second
	maxCachedLists = 10_000 // in memory
)

// Client sends requests to Discord. It is safe for concurrent use.
type Client struct {
	base          string
	oauth         oauth2.Config
	http          *http.Client
	redis         redis.UniversalClient
	log           *slog.Logger
	guildCache    *ttlcache.Cache[[]Guild] // by user
	sealer        *session.Sealer
	unsavedTokens *ttlcache.Cache[*oauth2.Token] // renewed tokens that could not be stored, by the token they replace
	inFlight      singleflight.Group             // by user
	refusalBudget *rate.Limiter                  // responses of 401, 403 and 429 that the process may still get
	now           func() time.Time
}

// New returns a Client. All processes share responses and locks through redis, which New's caller closes.
func New(c Config, redis redis.UniversalClient, log *slog.Logger) *Client {
	if c.Sealer == nil {
		panic("discord: Config.Sealer is nil")
	}
	base := cmp.Or(c.APIBase, "https://discord.com/api/v10")
	return &Client{
		base: base,
		oauth: oauth2.Config{
			ClientID:     c.ClientID,
			ClientSecret: c.ClientSecret,
			RedirectURL:  c.RedirectURL,
			Scopes:       scopes,
			Endpoint: oauth2.Endpoint{
				AuthURL:   cmp.Or(c.AuthorizeURL, "https://discord.com/oauth2/authorize"),
				TokenURL:  base + "/oauth2/token",
				AuthStyle: oauth2.AuthStyleInHeader,
			},
		},
		http: &http.Client{
			Timeout: requestTimeout,
			Transport: &userAgentTransport{fmt.Sprintf("DiscordBot (%s, %s)",
				cmp.Or(c.PublicURL, "https://localhost"), cmp.Or(c.Version, "0"))},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		redis:         redis,
		log:           log,
		sealer:        c.Sealer,
		guildCache:    ttlcache.New[[]Guild](maxCachedLists, ReadFreshness.MaxStale),
		unsavedTokens: ttlcache.New[*oauth2.Token](maxCachedLists, 24*time.Hour),
		refusalBudget: rate.NewLimiter(rate.Every(10*time.Minute/maxRefusals), maxRefusals),
		now:           time.Now,
	}
}

// userAgentTransport sets the User-Agent that Discord requires.
// https://docs.discord.com/developers/reference#user-agent
type userAgentTransport struct{ userAgent string }

func (a *userAgentTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", a.userAgent)
	return http.DefaultTransport.RoundTrip(r)
}
