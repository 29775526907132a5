// Package discordtest plays Discord's part in tests: people who consent at once, tokens that are rotated as Discord
// rotates them, and every kind of failure on demand.
package discordtest

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"guildboard/store"
	"guildboard/store/discord"
)

// The application that the fake knows.
const (
	ClientID     = "900000000000000001"
	ClientSecret = "a secret, & known = to tests+only"
)

// The routes that can fail and are counted.
const (
	RouteAuthorize = "GET /oauth2/authorize"
	RouteToken     = "POST /api/v10/oauth2/token"
	RouteRevoke    = "POST /api/v10/oauth2/token/revoke"
	RouteMe        = "GET /api/v10/users/@me"
	RouteGuilds    = "GET /api/v10/users/@me/guilds"
)

// User is a person who may sign in.
type User struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name,omitempty"`
	Avatar     string `json:"avatar,omitempty"`
}

// Guild is a guild as Discord lists it. Permissions may be anything, to be the wrong thing.
type Guild struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Icon        string `json:"icon,omitempty"`
	Owner       bool   `json:"owner"`
	Permissions any    `json:"permissions"`
}

// Server is the fake. Its methods may be used while it serves.
type Server struct {
	*httptest.Server

	mu              sync.Mutex
	browserUser     string // who is at the browser
	deniesConsent   bool
	redirectURL     string // the one registered address; "" for any
	grantedScope    string // granted, whatever was asked; "" for what was asked
	tokenLifetime   time.Duration
	sealer          *store.Sealer // of all clients, as of all processes of one site
	users           map[string]User
	guilds          map[string][]Guild
	codes           map[string]authorizationGrant
	accessTokens    map[string]string // token → user
	refreshTokens   map[string]refreshGrant
	nextFailures    map[string][]Failure
	lastingFailures map[string]Failure
	requestCounts   map[string]int
	userAgents      []string
}

type authorizationGrant struct{ user, redirectURL, challenge, scope string }
type refreshGrant struct{ user, accessToken, scope string }

// New starts a fake that ends with the test. Nobody is at its browser: call SetBrowserUser before using the authorize page.
func New(t testing.TB) *Server {
	s := &Server{
		tokenLifetime: 7 * 24 * time.Hour, users: map[string]User{}, guilds: map[string][]Guild{}, codes: map[string]authorizationGrant{},
		accessTokens: map[string]string{}, refreshTokens: map[string]refreshGrant{}, nextFailures: map[string][]Failure{},
		lastingFailures: map[string]Failure{}, requestCounts: map[string]int{},
	}
	var err error
	if s.sealer, err = store.NewSealer(rand.Text() + rand.Text()); err != nil {
		t.Fatalf("making a key: %v", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc(RouteAuthorize, s.authorize)
	mux.HandleFunc(RouteToken, s.token)
	mux.HandleFunc(RouteRevoke, s.revoke)
	mux.HandleFunc(RouteMe, s.me)
	mux.HandleFunc(RouteGuilds, s.listGuilds)
	s.Server = httptest.NewServer(s.withFailures(mux))
	t.Cleanup(func() {
		s.CloseClientConnections() // ends what hangs
		s.Close()
	})
	return s
}

// Config is what a client needs to talk to the fake.
func (s *Server) Config(redirectURL string) discord.Config {
	return discord.Config{
		ClientID: ClientID, ClientSecret: ClientSecret, RedirectURL: redirectURL, PublicURL: "https://guildboard.test",
		Version: "test", Sealer: s.sealer, APIBase: s.URL + "/api/v10", AuthorizeURL: s.URL + "/oauth2/authorize",
	}
}

// SetUser makes a person known, or changes what is known of them and the guilds they are in.
func (s *Server) SetUser(u User, guilds ...Guild) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID], s.guilds[u.ID] = u, guilds
}

// SetBrowserUser puts a person in front of the browser; the authorize page consents in their name.
func (s *Server) SetBrowserUser(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browserUser, s.deniesConsent = user, false
}

// DenyConsent has whoever is at the browser press Cancel from now on.
func (s *Server) DenyConsent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deniesConsent = true
}

// RegisterRedirectURL allows one redirect address only; before that any is taken.
func (s *Server) RegisterRedirectURL(redirectURL string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redirectURL = redirectURL
}

// SetGrantedScope has the next sign-ins grant these scopes, whatever is asked for.
func (s *Server) SetGrantedScope(scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grantedScope = scope
}

// SetTokenLifetime sets how long tokens given from now on last; no time at all gives such as have to be renewed before use.
func (s *Server) SetTokenLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokenLifetime = d
}

// IssueToken gives a person's pair of tokens without the walk through the browser.
func (s *Server) IssueToken(user string) *oauth2.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	access, refresh := s.issueTokens(user, "identify guilds")
	return &oauth2.Token{
		AccessToken: access, RefreshToken: refresh, TokenType: "Bearer", Expiry: time.Now().Add(s.tokenLifetime),
	}
}

// ExpireAccessTokens has Discord answer 401 to all access tokens given so far; refresh tokens stay good.
func (s *Server) ExpireAccessTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.accessTokens)
}

// Deauthorize ends all that a person has granted.
func (s *Server) Deauthorize(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deauthorize(user)
}

// FailNext has the next requests for route answered with these failures, one each, before it is well again.
func (s *Server) FailNext(route string, failures ...Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextFailures[route] = append(s.nextFailures[route], failures...)
}

// FailAll has all requests for route answered with f, until Mend.
func (s *Server) FailAll(route string, f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastingFailures[route] = f
}

// ClearFailures ends all failures.
func (s *Server) ClearFailures() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.nextFailures)
	clear(s.lastingFailures)
}

// RequestCount counts what came in for route, failures too.
func (s *Server) RequestCount(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requestCounts[route]
}

// UserAgents lists the User-Agents that came in, each once; browsers' not.
func (s *Server) UserAgents() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.userAgents)
}
