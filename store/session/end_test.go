package session

import (
	"context"
	"log/slog"
	"testing"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/contract"
)

// subscribeSessionEnds subscribes a separate Bus, as another process does, and returns the ended sessions of one user.
func subscribeSessionEnds(t *testing.T, client redis.UniversalClient, user string) <-chan EndEvent {
	t.Helper()
	ended := make(chan EndEvent, 10)
	bus := store.NewBus(client, slog.New(slog.DiscardHandler))
	OnEnd(bus, func(e EndEvent) {
		if e.UserID == user { // others may use the same Redis
			ended <- e
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	subscribed, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		_ = bus.Listen(ctx, func(contract.Event, []byte) {}, func(bool) { close(subscribed) })
	}()
	t.Cleanup(func() { stop(); <-done })
	<-subscribed
	return ended
}

func TestSessionEndReachesAllProcesses(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		laptop := newBrowser(t, client)
		ended := subscribeSessionEnds(t, client, laptop.user)
		wantEnd := func(label string, sess *Session) {
			t.Helper()
			if got, want := <-ended, (EndEvent{laptop.user, sess.ID}); got != want {
				t.Errorf("%s published %+v, want %+v", label, got, want)
			}
		}

		first := laptop.startSession(nil)
		if minimal := first.Minimal(); minimal.ID != first.ID {
			t.Errorf("Minimal().ID = %q, want %q", minimal.ID, first.ID)
		}
		second := laptop.startSession(nil)
		wantEnd("signing in again", first)
		laptop.endSession()
		wantEnd("signing out", second)

		third := laptop.startSession(nil)
		if err := laptop.EndOne(t.Context(), laptop.user, third.ID); err != nil {
			t.Fatal(err)
		}
		wantEnd("EndOne", third)
		fourth := laptop.startSession(nil)
		if _, err := laptop.EndAll(t.Context(), laptop.user); err != nil {
			t.Fatal(err)
		}
		wantEnd("EndAll", fourth)

		for _, garbage := range []string{"", "{}", "null", `{"userId":"` + laptop.user + `"}`, "\xff"} {
			client.Publish(t.Context(), endsChannel, garbage)
		}
		fifth := laptop.startSession(nil)
		laptop.endSession()
		wantEnd("signing out after messages that name no session", fifth)
	})
}
