//go:build unix

package testenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"

	"guildboard/store/session"
)

// sessionKey is the session key of a test environment's dashboards.
const sessionKey = "a session key for tests, which protects nothing"

// FakeDiscord is a fake Discord API with one endpoint: the guilds of a user. The access token of the request is the id
// of the only guild, which the user owns.
type FakeDiscord struct {
	URL    string
	server *http.Server
}

// NewFakeDiscord starts a FakeDiscord on a free port. Close stops it.
func NewFakeDiscord() (*FakeDiscord, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start fake Discord: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/@me/guilds", func(w http.ResponseWriter, r *http.Request) {
		guild := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode([]map[string]any{
			{"id": guild, "name": "Guild " + guild, "owner": true, "permissions": "0"},
		})
	})
	d := &FakeDiscord{URL: "http://" + listener.Addr().String(), server: &http.Server{Handler: mux, ReadHeaderTimeout: startTimeout}}
	go d.server.Serve(listener)
	return d, nil
}

// Close stops the server.
func (d *FakeDiscord) Close() error { return d.server.Close() }

// TestUsers signs users in by writing sessions to the dashboards' Redis.
type TestUsers struct {
	sessions *session.Store
	userIDs  []string
}

// NewTestUsers returns TestUsers for dashboards that StartDashboard starts on the Redis of client. It does not close
// client.
func NewTestUsers(client redis.UniversalClient) (*TestUsers, error) {
	seal, err := session.NewSealer(sessionKey)
	if err != nil {
		return nil, fmt.Errorf("create session sealer: %w", err)
	}
	return &TestUsers{sessions: session.NewStore(client, seal, false, slog.New(slog.DiscardHandler))}, nil
}

// SignIn signs a user in and returns the value of a Cookie header. The user owns the guild.
func (p *TestUsers) SignIn(ctx context.Context, user, guild string) (cookie string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	header := headerWriter{}
	_, err = p.sessions.Start(header, r, session.Session{UserID: user, Username: "user-" + user},
		&oauth2.Token{AccessToken: guild, TokenType: "Bearer", Expiry: time.Now().Add(24 * time.Hour)})
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	setCookie, err := http.ParseSetCookie(http.Header(header).Get("Set-Cookie"))
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	p.userIDs = append(p.userIDs, user)
	return setCookie.Name + "=" + setCookie.Value, nil
}

// SignOut ends all sessions that SignIn has started.
func (p *TestUsers) SignOut(ctx context.Context) error {
	var errs []error
	for _, user := range p.userIDs {
		_, err := p.sessions.EndAll(ctx, user)
		errs = append(errs, err)
	}
	p.userIDs = nil
	return errors.Join(errs...)
}

// headerWriter is a http.ResponseWriter that only stores the header.
type headerWriter http.Header

func (a headerWriter) Header() http.Header         { return http.Header(a) }
func (a headerWriter) Write(b []byte) (int, error) { return len(b), nil }
func (a headerWriter) WriteHeader(int)             {}
