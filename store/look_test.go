package store_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/storetest"
)

func looking(people []store.Person) (names []string) {
	for _, p := range people {
		names = append(names, p.Username)
	}
	return names
}

// looks are those of one process, and Redis has time to answer.
func looks(client redis.UniversalClient) *store.Looks {
	l := store.NewLooks(client, slog.New(slog.DiscardHandler))
	l.Answers = patience
	return l
}

func TestWhoLooksIsKnownInAllProcesses(t *testing.T) {
	client := storetest.Redis(t)
	one, two := looks(client), looks(client)
	one.Lingers, two.Lingers = 0, 0
	ann, bob := store.Person{ID: "1", Username: "ann", Avatar: "a1"}, store.Person{ID: "2", Username: "bob"}
	topic := store.TicketLooksTopic("1", store.NewID())
	end, again := one.Begin(t.Context(), topic, ann), two.Begin(t.Context(), topic, ann)
	two.Glance(t.Context(), topic, bob)
	two.Glance(t.Context(), topic, bob)
	for _, l := range []*store.Looks{one, two} {
		if got := l.At(t.Context(), topic); !slices.Equal(got, []store.Person{ann, bob}) {
			t.Errorf("%v look", got)
		}
	}
	if got := one.At(t.Context(), topic+"0"); len(got) > 0 {
		t.Errorf("%v look at something else", got)
	}
	end()
	one.Settle()
	if got := looking(two.At(t.Context(), topic)); !slices.Equal(got, []string{"ann", "bob"}) {
		t.Errorf("%v look after one of two streams has ended", got)
	}
	again()
	two.Settle()
	if got := looking(one.At(t.Context(), topic)); !slices.Equal(got, []string{"bob"}) {
		t.Errorf("%v look after both streams have ended", got)
	}
}

func TestWhoComesBackAtOnceHasNotGone(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	check(t, err)
	t.Cleanup(func() { client.Close() })
	l := looks(client)
	ann, topic := store.Person{ID: "1", Username: "ann"}, store.TicketLooksTopic("1", store.NewID())
	l.Begin(t.Context(), topic, ann)()
	l.Settle()
	if got := l.At(t.Context(), topic); len(got) != 1 {
		t.Errorf("%v look when her stream has just ended", got)
	}

	heard := client.Subscribe(t.Context(), store.LooksChannel)
	t.Cleanup(func() { heard.Close() })
	_, err = heard.Receive(t.Context())
	check(t, err)
	l.Lingers = time.Millisecond
	another := store.TicketLooksTopic("1", store.NewID())
	l.Begin(t.Context(), another, ann)()
	for news := heard.Channel(); len(l.At(t.Context(), another)) > 0; {
		<-news
	}
}

// What one process hears is what others have begun, ended, or been killed with; renewing what is known is no news.
func TestAChangeOfWhoLooksIsTold(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	now := time.Now()
	server.SetTime(now)
	log := slog.New(slog.DiscardHandler)
	bus, told, began := store.NewBus(client, log), make(chan string, 10), make(chan struct{})
	bus.Looked = func(topic string) { told <- topic }
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = bus.Listen(ctx, func(store.Event, []byte) {}, func(bool) { close(began) })
	}()
	t.Cleanup(func() { stop(); <-ended })
	<-began

	hears := func(what string, topics ...string) {
		t.Helper()
		for _, topic := range append(topics, "the end") {
			if topic == "the end" {
				client.Publish(t.Context(), store.LooksChannel, topic)
			}
			if got := <-told; got != topic {
				t.Errorf("%s: heard of %q, not %q", what, got, topic)
			}
		}
	}
	killed, left := looks(client), looks(client)
	left.Lingers = 0
	topic := store.TicketLooksTopic("1", "t1")
	killed.Begin(t.Context(), topic, store.Person{ID: "1", Username: "ann"})
	hears("one begins", topic)
	killed.Kill()
	end := left.Begin(t.Context(), topic, store.Person{ID: "2", Username: "bob"})
	hears("another begins", topic)
	left.Renew()
	hears("it goes on")
	server.SetTime(now.Add(10 * time.Second))
	left.Renew()
	hears("it still goes on")
	server.SetTime(now.Add(20 * time.Second))
	left.Renew()
	hears("a process was killed", topic)
	if got := looking(left.At(t.Context(), topic)); !slices.Equal(got, []string{"bob"}) {
		t.Errorf("%v look", got)
	}
	end()
	hears("one ends", topic)
	server.FlushAll()
	back := left.Begin(t.Context(), topic, store.Person{ID: "2", Username: "bob"})
	hears("one comes back", topic)
	server.FlushAll()
	left.Renew()
	hears("Redis has forgotten", topic)
	back()
	left.Settle()
}

func TestWithoutRedisNobodyLooks(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	server.Close()
	l := store.NewLooks(client, slog.New(slog.DiscardHandler))
	end := l.Begin(t.Context(), "t", store.Person{ID: "1"})
	l.Glance(t.Context(), "t", store.Person{ID: "1"})
	if got := l.At(t.Context(), "t"); len(got) > 0 {
		t.Errorf("%v look", got)
	}
	end()
	l.Settle()
}
