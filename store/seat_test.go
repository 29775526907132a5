package store_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/storetest"
)

// seats are those of one process, and Redis has time to answer.
func seats(client redis.UniversalClient, most int) *store.Seats {
	s := store.NewSeats(client, most, slog.New(slog.DiscardHandler))
	s.Answers = patience
	return s
}

func TestSeatsAreCountedOverAllProcesses(t *testing.T) {
	client := storetest.Redis(t)
	one, two := seats(client, 3), seats(client, 3)
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
	killed, next := seats(client, 1), seats(client, 1)
	if _, ok := killed.Take(t.Context(), "ann"); !ok {
		t.Fatal("no seat")
	}
	if _, ok := next.Take(t.Context(), "ann"); ok {
		t.Fatal("two seats of one")
	}
	killed.Kill()
	server.SetTime(now.Add(21 * time.Second))
	if _, ok := next.Take(t.Context(), "ann"); !ok {
		t.Error("the seat is still taken")
	}
}

func TestSeatsAreKeptWithoutAWord(t *testing.T) {
	client := storetest.Redis(t)
	var said storetest.Log
	s := store.NewSeats(client, 1, slog.New(slog.NewTextHandler(&said, nil)))
	s.Answers = patience
	leave, ok := s.Take(t.Context(), "ann")
	if !ok {
		t.Fatal("no seat")
	}
	s.Renew()
	if _, ok := s.Take(t.Context(), "ann"); ok {
		t.Error("two seats of one, after they were renewed")
	}
	leave()
	s.Settle()
	if text := said.String(); text != "" {
		t.Errorf("the log says %q", text)
	}
}

func TestAnAwayRedisIsSaidOnceAndThatItIsBack(t *testing.T) {
	server, client, move := storetest.Moving(t)
	var said storetest.Log
	s := store.NewSeats(client, 3, slog.New(slog.NewTextHandler(&said, nil)))
	if _, ok := s.Take(t.Context(), "ann"); !ok {
		t.Fatal("no seat")
	}
	server.Close()
	s.Renew()
	s.Renew()
	move(storetest.RedisServer(t))
	s.Renew()
	s.Renew()
	if away, back := said.Count("Redis does not answer"), said.Count("all processes again"); away != 1 || back != 1 {
		t.Errorf("said %d times that it is away and %d times that it is back:\n%s", away, back, said.String())
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
