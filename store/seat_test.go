package store_test

import (
	"log/slog"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestSeatsAreCountedOverAllProcesses(t *testing.T) {
	client := storetest.Redis(t)
	one := store.NewSeats(client, 3, slog.New(slog.DiscardHandler))
	two := store.NewSeats(client, 3, slog.New(slog.DiscardHandler))
	var leave []func()
	for _, s := range []*store.Seats{one, two, one} {
		l, ok := s.Take(t.Context(), "ann")
		if !ok {
			t.Fatalf("only %d seats", len(leave))
		}
		leave = append(leave, l)
	}
	for _, s := range []*store.Seats{one, two} {
		if _, ok := s.Take(t.Context(), "ann"); ok {
			t.Error("a fourth seat of three")
		}
	}
	if l, ok := two.Take(t.Context(), "bob"); !ok {
		t.Error("somebody else has no seat")
	} else {
		l()
	}
	leave[0]()
	one.Settle()
	if _, ok := two.Take(t.Context(), "ann"); !ok {
		t.Error("a seat that was left is not free")
	}
	leave[1]()
	leave[2]()
	one.Settle()
	two.Settle()
}

func TestTheSeatsOfAKilledProcessAreFreeAgain(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	now := time.Now()
	server.SetTime(now)
	killed, next := store.NewSeats(client, 1, slog.New(slog.DiscardHandler)), store.NewSeats(client, 1, slog.New(slog.DiscardHandler))
	if _, ok := killed.Take(t.Context(), "ann"); !ok {
		t.Fatal("no seat")
	}
	if _, ok := next.Take(t.Context(), "ann"); ok {
		t.Fatal("two seats of one")
	}
	server.SetTime(now.Add(21 * time.Second))
	if _, ok := next.Take(t.Context(), "ann"); !ok {
		t.Error("the seat is still taken")
	}
}

func TestWithoutRedisEverybodyHasASeat(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	server.Close()
	s := store.NewSeats(client, 1, slog.New(slog.DiscardHandler))
	for range 3 {
		leave, ok := s.Take(t.Context(), "ann")
		if !ok {
			t.Fatal("no seat")
		}
		leave()
	}
	s.Settle()
}
