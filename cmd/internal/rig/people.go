//go:build unix

package rig

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

	"guildboard/store"
)

// sessionKey is what dashboards of a rig seal sessions with.
const sessionKey = "a rig's key, which seals nothing of worth"

// Discord is one that is made up. It answers one question, which guilds somebody is in, and finds the answer in the token
// that it is asked with: one guild, which they own.
type Discord struct {
	URL    string
	server *http.Server
}

// NewDiscord starts it; end it with Close.
func NewDiscord() (*Discord, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting a made-up Discord: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/@me/guilds", func(w http.ResponseWriter, r *http.Request) {
		guild := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode([]map[string]any{
			{"id": guild, "name": "Guild " + guild, "owner": true, "permissions": "0"},
		})
	})
	d := &Discord{URL: "http://" + listener.Addr().String(), server: &http.Server{Handler: mux, ReadHeaderTimeout: patience}}
	go d.server.Serve(listener)
	return d, nil
}

// Close ends it.
func (d *Discord) Close() error { return d.server.Close() }

// People signs people in, straight into the Redis that dashboards look at.
type People struct {
	sessions *store.Sessions
	users    []string
}

// NewPeople is for the dashboards that NewDashboard starts on the Redis of client, which is not closed.
func NewPeople(client redis.UniversalClient) (*People, error) {
	seal, err := store.NewSealer(sessionKey)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return &People{sessions: store.NewSessions(client, seal, false, slog.New(slog.DiscardHandler))}, nil
}

// SignIn gives the cookie, as it goes into the header of that name, of somebody who owns the guild.
func (p *People) SignIn(ctx context.Context, user, guild string) (cookie string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return "", fmt.Errorf("signing in: %w", err)
	}
	answer := answerHeader{}
	_, err = p.sessions.Start(answer, r, store.Session{UserID: user, Username: "user-" + user},
		&oauth2.Token{AccessToken: guild, TokenType: "Bearer", Expiry: time.Now().Add(24 * time.Hour)})
	if err != nil {
		return "", fmt.Errorf("signing in: %w", err)
	}
	set, err := http.ParseSetCookie(http.Header(answer).Get("Set-Cookie"))
	if err != nil {
		return "", fmt.Errorf("signing in: %w", err)
	}
	p.users = append(p.users, user)
	return set.Name + "=" + set.Value, nil
}

// SignOut ends all sessions that SignIn has begun.
func (p *People) SignOut(ctx context.Context) error {
	var errs []error
	for _, user := range p.users {
		_, err := p.sessions.EndAll(ctx, user)
		errs = append(errs, err)
	}
	p.users = nil
	return errors.Join(errs...)
}

// answerHeader takes an answer's header, and nothing else of it.
type answerHeader http.Header

func (a answerHeader) Header() http.Header         { return http.Header(a) }
func (a answerHeader) Write(b []byte) (int, error) { return len(b), nil }
func (a answerHeader) WriteHeader(int)             {}
