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
	Authorize = "GET /oauth2/authorize"
	Token     = "POST /api/v10/oauth2/token"
	Revoke    = "POST /api/v10/oauth2/token/revoke"
	Me        = "GET /api/v10/users/@me"
	Guilds    = "GET /api/v10/users/@me/guilds"
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

	mu       sync.Mutex
	user     string // who is at the browser
	denies   bool
	redirect string // the one registered address; "" for any
	scope    string // granted, whatever was asked; "" for what was asked
	life     time.Duration
	seal     *store.Sealer // of all clients, as of all processes of one site
	users    map[string]User
	guilds   map[string][]Guild
	codes    map[string]grant
	access   map[string]string // token → user
	refresh  map[string]pair
	failures map[string][]Failure
	forever  map[string]Failure
	requests map[string]int
	agents   []string
}

type grant struct{ user, redirect, challenge, scope string }
type pair struct{ user, access, scope string }

// New starts a fake that ends with the test. Nobody is at its browser: call SignIn before using the authorize page.
func New(t testing.TB) *Server {
	s := &Server{
		life: 7 * 24 * time.Hour, users: map[string]User{}, guilds: map[string][]Guild{}, codes: map[string]grant{},
		access: map[string]string{}, refresh: map[string]pair{}, failures: map[string][]Failure{},
		forever: map[string]Failure{}, requests: map[string]int{},
	}
	var err error
	if s.seal, err = store.NewSealer(rand.Text() + rand.Text()); err != nil {
		t.Fatalf("making a key: %v", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc(Authorize, s.authorize)
	mux.HandleFunc(Token, s.token)
	mux.HandleFunc(Revoke, s.revoke)
	mux.HandleFunc(Me, s.me)
	mux.HandleFunc(Guilds, s.listGuilds)
	s.Server = httptest.NewServer(s.failing(mux))
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
		Version: "test", Seal: s.seal, APIBase: s.URL + "/api/v10", AuthorizeURL: s.URL + "/oauth2/authorize",
	}
}

// SetUser makes a person known, or changes what is known of them and the guilds they are in.
func (s *Server) SetUser(u User, guilds ...Guild) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID], s.guilds[u.ID] = u, guilds
}

// SignIn puts a person in front of the browser; the authorize page consents in their name.
func (s *Server) SignIn(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user, s.denies = user, false
}

// Deny has whoever is at the browser press Cancel from now on.
func (s *Server) Deny() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denies = true
}

// Register allows one redirect address only; before that any is taken.
func (s *Server) Register(redirectURL string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redirect = redirectURL
}

// Grant has the next sign-ins grant these scopes, whatever is asked for.
func (s *Server) Grant(scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scope = scope
}

// Life sets how long tokens given from now on last; no time at all gives such as have to be renewed before use.
func (s *Server) Life(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = d
}

// Issue gives a person's pair of tokens without the walk through the browser.
func (s *Server) Issue(user string) *oauth2.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	access, refresh := s.issue(user, "identify guilds")
	return &oauth2.Token{
		AccessToken: access, RefreshToken: refresh, TokenType: "Bearer", Expiry: time.Now().Add(s.life),
	}
}

// Expire has Discord answer 401 to all access tokens given so far; refresh tokens stay good.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

// Deauthorize ends all that a person has granted.
func (s *Server) Deauthorize(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deauthorize(user)
}

// Fail has the next requests for route answered with these failures, one each, before it is well again.
func (s *Server) Fail(route string, failures ...Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures[route] = append(s.failures[route], failures...)
}

// Break has all requests for route answered with f, until Mend.
func (s *Server) Break(route string, f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forever[route] = f
}

// Mend ends all failures.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.failures)
	clear(s.forever)
}

// Requests counts what came in for route, failures too.
func (s *Server) Requests(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[route]
}

// Agents lists the User-Agents that came in, each once; browsers' not.
func (s *Server) Agents() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.agents)
}
