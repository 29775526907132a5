// Package discordtest simulates Discord in tests: users who consent at once, tokens that rotate like Discord's, and
// all kinds of failures on demand.
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

	"guildboard/store/discord"
	"guildboard/store/session"
)

// Credentials of the simulated application.
const (
	ClientID     = "900000000000000001"
	ClientSecret = "a secret, & known = to tests+only"
)

// Routes that are counted and can fail.
const (
	RouteAuthorize = "GET /oauth2/authorize"
	RouteToken     = "POST /api/v10/oauth2/token"
	RouteRevoke    = "POST /api/v10/oauth2/token/revoke"
	RouteMe        = "GET /api/v10/users/@me"
	RouteGuilds    = "GET /api/v10/users/@me/guilds"
)

// User is a Discord account that can sign in.
type User struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name,omitempty"`
	Avatar     string `json:"avatar,omitempty"`
}

// Guild is a guild as listed by Discord. Permissions has any type, for invalid values.
type Guild struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Icon        string `json:"icon,omitempty"`
	Owner       bool   `json:"owner"`
	Permissions any    `json:"permissions"`
}

// Server is the simulated Discord. Its methods may be called while it serves.
type Server struct {
	*httptest.Server

	mu              sync.Mutex
	browserUser     string // the user who signs in on the authorize page
	deniesConsent   bool
	redirectURL     string // the only registered URL; "" for any
	grantedScope    string // scope granted instead of the requested one; "" for none
	tokenLifetime   time.Duration
	sealer          *session.Sealer // of all clients
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

// New starts a server that stops at the end of the test. Call SetBrowserUser before using the authorize page.
func New(t testing.TB) *Server {
	s := &Server{
		tokenLifetime: 7 * 24 * time.Hour, users: map[string]User{}, guilds: map[string][]Guild{}, codes: map[string]authorizationGrant{},
		accessTokens: map[string]string{}, refreshTokens: map[string]refreshGrant{}, nextFailures: map[string][]Failure{},
		lastingFailures: map[string]Failure{}, requestCounts: map[string]int{},
	}
	var err error
	if s.sealer, err = session.NewSealer(rand.Text() + rand.Text()); err != nil {
		t.Fatalf("generate key: %v", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc(RouteAuthorize, s.authorize)
	mux.HandleFunc(RouteToken, s.token)
	mux.HandleFunc(RouteRevoke, s.revoke)
	mux.HandleFunc(RouteMe, s.me)
	mux.HandleFunc(RouteGuilds, s.listGuilds)
	s.Server = httptest.NewServer(s.withFailures(mux))
	t.Cleanup(func() {
		s.CloseClientConnections() // ends hanging requests
		s.Close()
	})
	return s
}

// Config returns the configuration of a client of the server.
func (s *Server) Config(redirectURL string) discord.Config {
	return discord.Config{
		ClientID: ClientID, ClientSecret: ClientSecret, RedirectURL: redirectURL, PublicURL: "https://guildboard.test",
		Version: "test", Sealer: s.sealer, APIBase: s.URL + "/api/v10", AuthorizeURL: s.URL + "/oauth2/authorize",
	}
}

// SetUser adds or replaces a user and the user's guilds.
func (s *Server) SetUser(u User, guilds ...Guild) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID], s.guilds[u.ID] = u, guilds
}

// SetBrowserUser sets the user in whose name the authorize page consents.
func (s *Server) SetBrowserUser(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browserUser, s.deniesConsent = user, false
}

// DenyConsent makes the authorize page cancel from now on.
func (s *Server) DenyConsent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deniesConsent = true
}

// RegisterRedirectURL allows only this redirect URL; without it, any is allowed.
func (s *Server) RegisterRedirectURL(redirectURL string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redirectURL = redirectURL
}

// SetGrantedScope sets the scope that later sign-ins grant, regardless of the requested scope.
func (s *Server) SetGrantedScope(scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grantedScope = scope
}

// SetTokenLifetime sets the lifetime of later tokens; with 0 they must be renewed before use.
func (s *Server) SetTokenLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokenLifetime = d
}

// IssueToken returns a token of the user without a sign-in.
func (s *Server) IssueToken(user string) *oauth2.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	access, refresh := s.issueTokens(user, "identify guilds")
	return &oauth2.Token{
		AccessToken: access, RefreshToken: refresh, TokenType: "Bearer", Expiry: time.Now().Add(s.tokenLifetime),
	}
}

// ExpireAccessTokens makes the server respond 401 to all access tokens issued so far; refresh tokens stay valid.
func (s *Server) ExpireAccessTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.accessTokens)
}

// Deauthorize ends the user's authorization of the application.
func (s *Server) Deauthorize(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deauthorize(user)
}

// FailNext makes the next requests for route fail, one failure each.
func (s *Server) FailNext(route string, failures ...Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextFailures[route] = append(s.nextFailures[route], failures...)
}

// FailAll makes all requests for route fail with f, until ClearFailures.
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

// RequestCount returns the number of requests for route, including failed ones.
func (s *Server) RequestCount(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requestCounts[route]
}

// UserAgents returns the distinct User-Agents of API requests, without browsers.
func (s *Server) UserAgents() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.userAgents)
}
