//go:build unix

package testenv

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"guildboard/store/session"
	"guildboard/store/storetest"
)

func TestProcessRestartsAfterKill(t *testing.T) {
	ready := func(context.Context) error { return nil }
	p, err := StartProcess(t.Context(), ready, "sh", "-c", "echo here; exec sleep 600")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	first := p.PID()
	p.Kill()
	if !p.HasExited() {
		t.Fatal("HasExited() after Kill() = false, want true")
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.HasExited() || p.PID() == first {
		t.Errorf("HasExited() = %t, PID = %d after %d; want false and a new process", p.HasExited(), p.PID(), first)
	}
}

func TestStartFailsWhenProcessExits(t *testing.T) {
	never := func(context.Context) error { return errors.New("not ready") }
	if _, err := StartProcess(t.Context(), never, "sh", "-c", "echo no such luck; exit 1"); !errors.Is(err, errExited) {
		t.Fatalf("StartProcess() error = %v, want errExited", err)
	}
}

func TestSessionEndsAtSignOut(t *testing.T) {
	users, err := NewTestUsers(storetest.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	cookie, err := users.SignIn(t.Context(), "200000000000000001", "100000000000000001")
	if err != nil {
		t.Fatal(err)
	}
	loadSession := func() *session.Session {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", cookie)
		s, err := users.sessions.Load(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := loadSession()
	if s == nil || s.UserID != "200000000000000001" {
		t.Fatalf("session = %+v, want that of the first test user", s)
	}
	token, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if guilds := guildsOfToken(t, token.AccessToken); len(guilds) != 1 || guilds[0] != "100000000000000001" {
		t.Errorf("guilds of the token = %v, want only 100000000000000001", guilds)
	}
	if err := users.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := loadSession(); s != nil {
		t.Errorf("session after SignOut() belongs to %s, want none", s.UserID)
	}
}

// guildsOfToken returns the guilds that the fake Discord returns for the token.
func guildsOfToken(t *testing.T, token string) (ids []string) {
	t.Helper()
	d, err := NewFakeDiscord()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL+"/users/@me/guilds", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var guilds []struct{ ID string }
	if err := json.NewDecoder(resp.Body).Decode(&guilds); err != nil {
		t.Fatal(err)
	}
	for _, g := range guilds {
		ids = append(ids, g.ID)
	}
	return ids
}
