package presence_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/presence"
	"guildboard/store/storetest"
)

func usernames(users []contract.User) (names []string) {
	for _, p := range users {
		names = append(names, p.Username)
	}
	return names
}

// newTracker returns the tracker of one process. Its Redis timeout is long enough for slow machines.
func newTracker(client redis.UniversalClient) *presence.Tracker {
	l := presence.NewTracker(client, slog.New(slog.DiscardHandler))
	l.Timeout = redisTimeout
	return l
}

func TestPresenceIsSharedByAllProcesses(t *testing.T) {
	client := storetest.Redis(t)
	one, two := newTracker(client), newTracker(client)
	one.GracePeriod, two.GracePeriod = 0, 0
	ann, bob := contract.User{ID: "1", Username: "ann", Avatar: "a1"}, contract.User{ID: "2", Username: "bob"}
	topic := presence.TicketTopic("1", store.NewID())
	leaveFirst, leaveSecond := one.Join(t.Context(), topic, ann), two.Join(t.Context(), topic, ann)
	two.Touch(t.Context(), topic, bob)
	two.Touch(t.Context(), topic, bob)
	for _, l := range []*presence.Tracker{one, two} {
		if got := l.Viewers(t.Context(), topic); !slices.Equal(got, []contract.User{ann, bob}) {
			t.Errorf("viewers = %v, want ann and bob", got)
		}
	}
	if got := one.Viewers(t.Context(), topic+"0"); len(got) > 0 {
		t.Errorf("viewers of another topic = %v, want none", got)
	}
	leaveFirst()
	one.Flush()
	if got := usernames(two.Viewers(t.Context(), topic)); !slices.Equal(got, []string{"ann", "bob"}) {
		t.Errorf("viewers after one of two streams ended = %v, want ann and bob", got)
	}
	leaveSecond()
	two.Flush()
	if got := usernames(one.Viewers(t.Context(), topic)); !slices.Equal(got, []string{"bob"}) {
		t.Errorf("viewers after both streams ended = %v, want bob", got)
	}
}

func TestPresenceSurvivesReconnect(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	l := newTracker(client)
	ann, topic := contract.User{ID: "1", Username: "ann"}, presence.TicketTopic("1", store.NewID())
	l.Join(t.Context(), topic, ann)()
	l.Flush()
	if got := l.Viewers(t.Context(), topic); len(got) != 1 {
		t.Errorf("viewers just after a stream ended = %v, want 1", got)
	}

	sub := client.Subscribe(t.Context(), presence.Channel)
	t.Cleanup(func() { sub.Close() })
	_, err = sub.Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.GracePeriod = time.Millisecond
	another := presence.TicketTopic("1", store.NewID())
	l.Join(t.Context(), another, ann)()
	for messages := sub.Channel(); len(l.Viewers(t.Context(), another)) > 0; {
		<-messages
	}
}

// TestPresenceChangesArePublished checks that a process receives changes when viewers of other processes appear, leave,
// or expire because the process was killed. Renewals are not published.
func TestPresenceChangesArePublished(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	now := time.Now()
	server.SetTime(now)
	log := slog.New(slog.DiscardHandler)
	bus, received, subscribed := store.NewBus(client, log), make(chan string, 10), make(chan struct{})
	presence.OnChange(bus, func(topic string) { received <- topic })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = bus.Listen(ctx, func(contract.Event, []byte) {}, func(bool) { close(subscribed) })
	}()
	t.Cleanup(func() { stop(); <-ended })
	<-subscribed

	wantTopics := func(label string, topics ...string) {
		t.Helper()
		for _, topic := range append(topics, "the end") {
			if topic == "the end" {
				client.Publish(t.Context(), presence.Channel, topic)
			}
			if got := <-received; got != topic {
				t.Errorf("%s: published topic = %q, want %q", label, got, topic)
			}
		}
	}
	killed, remaining := newTracker(client), newTracker(client)
	remaining.GracePeriod = 0
	topic := presence.TicketTopic("1", "t1")
	killed.Join(t.Context(), topic, contract.User{ID: "1", Username: "ann"})
	wantTopics("first viewer", topic)
	killed.StopRenewing()
	leave := remaining.Join(t.Context(), topic, contract.User{ID: "2", Username: "bob"})
	wantTopics("second viewer", topic)
	remaining.Renew()
	wantTopics("renewed")
	server.SetTime(now.Add(10 * time.Second))
	remaining.Renew()
	wantTopics("renewed again")
	server.SetTime(now.Add(20 * time.Second))
	remaining.Renew()
	wantTopics("process killed", topic)
	if got := usernames(remaining.Viewers(t.Context(), topic)); !slices.Equal(got, []string{"bob"}) {
		t.Errorf("viewers = %v, want bob", got)
	}
	leave()
	wantTopics("viewer leaves", topic)
	server.FlushAll()
	leaveAgain := remaining.Join(t.Context(), topic, contract.User{ID: "2", Username: "bob"})
	wantTopics("viewer returns", topic)
	server.FlushAll()
	remaining.Renew()
	wantTopics("Redis flushed", topic)
	leaveAgain()
	remaining.Flush()
}

func TestPresenceIsEmptyWithoutRedis(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	server.Close()
	l := presence.NewTracker(client, slog.New(slog.DiscardHandler))
	end := l.Join(t.Context(), "t", contract.User{ID: "1"})
	l.Touch(t.Context(), "t", contract.User{ID: "1"})
	if got := l.Viewers(t.Context(), "t"); len(got) > 0 {
		t.Errorf("viewers = %v, want none", got)
	}
	end()
	l.Flush()
}
