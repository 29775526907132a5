package store

import (
	"context"
	"log/slog"
	"testing"

	"github.com/redis/go-redis/v9"
)

// endings subscribes a Bus of its own, as another process does, and returns the sessions of one user that end.
func endings(t *testing.T, client redis.UniversalClient, user string) <-chan SessionEnd {
	t.Helper()
	ended := make(chan SessionEnd, 10)
	bus := NewBus(client, slog.New(slog.DiscardHandler))
	bus.SessionEnded = func(e SessionEnd) {
		if e.UserID == user { // others may use the same Redis
			ended <- e
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	subscribed, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		_ = bus.Listen(ctx, func(Event, []byte) {}, func(bool) { close(subscribed) })
	}()
	t.Cleanup(func() { stop(); <-done })
	<-subscribed
	return ended
}

func TestSessionEndReachesAllProcesses(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		laptop := newBrowser(t, client)
		ended := endings(t, client, laptop.user)
		wants := func(what string, sess *Session) {
			t.Helper()
			if got, want := <-ended, (SessionEnd{laptop.user, sess.ID}); got != want {
				t.Errorf("%s published %+v, want %+v", what, got, want)
			}
		}

		first := laptop.start(nil)
		if brief := first.Brief(); brief.ID != first.ID {
			t.Errorf("Brief().ID = %q, want %q", brief.ID, first.ID)
		}
		second := laptop.start(nil)
		wants("signing in again", first)
		laptop.end()
		wants("signing out", second)

		third := laptop.start(nil)
		if err := laptop.EndOne(t.Context(), laptop.user, third.ID); err != nil {
			t.Fatal(err)
		}
		wants("EndOne", third)
		fourth := laptop.start(nil)
		if _, err := laptop.EndAll(t.Context(), laptop.user); err != nil {
			t.Fatal(err)
		}
		wants("EndAll", fourth)

		for _, garbage := range []string{"", "{}", "null", `{"userId":"` + laptop.user + `"}`, "\xff"} {
			client.Publish(t.Context(), SessionsChannel, garbage)
		}
		fifth := laptop.start(nil)
		laptop.end()
		wants("signing out after messages that name no session", fifth)
	})
}
