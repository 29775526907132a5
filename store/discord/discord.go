// Package discord is Discord as a data source: signing people in (OAuth2) and asking which guilds they may manage.
//
// It asks as little as it can. Discord lets one token ask for its guilds about once a second, and shuts out an address
// that collects 10,000 answers of 401, 403 and 429 in ten minutes
// (https://docs.discord.com/developers/topics/rate-limits). So answers are shared between all processes through Redis,
// one request per person is under way at a time, and what Discord has refused is not asked again until it may help.
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
)

// The ways in which asking Discord can fail, each with a different thing to do about it.
var (
	// ErrRedirectMismatch: the redirect address is not one of those registered for the application.
	ErrRedirectMismatch = errors.New("discord: redirect address is not registered")
	// ErrInvalidClient: client id and secret do not belong together.
	ErrInvalidClient = errors.New("discord: client id or secret is wrong")
	// ErrInvalidCode: the code of a sign-in was used before, or is too old; signing in again helps.
	ErrInvalidCode = errors.New("discord: code is used up or too old")
	// ErrMissingScope: the person did not grant all that was asked for.
	ErrMissingScope = errors.New("discord: not all scopes were granted")
	// ErrSignedOut: the tokens are dead for good; signing in again helps, nothing else does.
	ErrSignedOut = errors.New("discord: authorization has ended")
	// ErrForbidden: Discord knows the token and refuses.
	ErrForbidden = errors.New("discord: forbidden")
	// ErrRateLimited: too many requests; RetryAfter says when to try again. It is an ErrUnavailable, too.
	ErrRateLimited = fmt.Errorf("discord: rate limited: %w", store.ErrUnavailable)
	// ErrUnavailable: no answer, or none that makes sense; trying later helps. It is a store.ErrUnavailable, too.
	ErrUnavailable = fmt.Errorf("discord: %w", store.ErrUnavailable)
)

// pausedError is a failure that keeps us off Discord for a while.
type pausedError struct {
	error
	retryAfter time.Duration
}

func (e *pausedError) Unwrap() error { return e.error }

// RetryAfter is how long to wait until asking again can help, and whether the error says so.
func RetryAfter(err error) (time.Duration, bool) {
	if paused := (*pausedError)(nil); errors.As(err, &paused) {
		return paused.retryAfter, true
	}
	return 0, false
}

// Config is what Discord knows the application by.
type Config struct {
	ClientID     string // the application's snowflake
	ClientSecret string
	RedirectURL  string        // where Discord sends people back to, exactly as registered
	PublicURL    string        // of the dashboard, for the User-Agent
	Version      string        // of the dashboard, for the User-Agent
	Sealer       *store.Sealer // of what is shared through Redis; required, and the same in all processes
	APIBase      string        // default https://discord.com/api/v10
	AuthorizeURL string        // default https://discord.com/oauth2/authorize
}

const (
	requestTimeout = 5 * time.Second
	maxCachedLists = 10_000 // in memory
)

// Client asks Discord. It is safe for concurrent use.
type Client struct {
	base          string
	oauth         oauth2.Config
	http          *http.Client
	redis         redis.UniversalClient
	log           *slog.Logger
	guildCache    *store.TTLCache[[]Guild] // by user
	sealer        *store.Sealer
	unsavedTokens *store.TTLCache[*oauth2.Token] // renewed pairs that could not be stored, by the one they replace
	inFlight      singleflight.Group             // by user
	refusalBudget *rate.Limiter                  // answers of 401, 403 and 429 that we may still collect
	now           func() time.Time
}

// New makes a Client. Through redis all processes share answers and locks; it may be shared with others and is not closed.
func New(c Config, redis redis.UniversalClient, log *slog.Logger) *Client {
	if c.Sealer == nil {
		panic("discord: Config.Seal is nil")
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
		guildCache:    store.NewTTLCache[[]Guild](maxCachedLists, ReadFreshness.MaxStale),
		unsavedTokens: store.NewTTLCache[*oauth2.Token](maxCachedLists, 24*time.Hour),
		refusalBudget: rate.NewLimiter(rate.Every(10*time.Minute/maxRefusals), maxRefusals),
		now:           time.Now,
	}
}

// userAgentTransport names us on every request, as Discord demands. https://docs.discord.com/developers/reference#user-agent
type userAgentTransport struct{ userAgent string }

func (a *userAgentTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", a.userAgent)
	return http.DefaultTransport.RoundTrip(r)
}
