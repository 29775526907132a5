package presence_test

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"guildboard/store"
	"guildboard/store/presence"
	"guildboard/store/storetest"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis would log every failed connection to a Redis that a test has stopped
	os.Exit(m.Run())
}

// redisTimeout is the timeout of Redis calls in tests, long enough for slow machines.
const redisTimeout = 5 * time.Minute

// newStreamLimiter returns the limiter of one process. Its Redis timeout is long enough for slow machines.
func newStreamLimiter(client redis.UniversalClient, maxPerUser int) *presence.StreamLimiter {
	s := presence.NewStreamLimiter(client, maxPerUser, slog.New(slog.DiscardHandler))
	s.Timeout = redisTimeout
	return s
}

func TestStreamLimitSpansProcesses(t *testing.T) {
	client := storetest.Redis(t)
	one, two := newStreamLimiter(client, 3), newStreamLimiter(client, 3)
	var leave []func()
	for _, s := range []*presence.StreamLimiter{one, two, one} {
		l, ok := s.Acquire(t.Context(), "ann")
		if !ok {
			t.Fatalf("Acquire() = false after %d slots, want true", len(leave))
		}
		leave = append(leave, l)
	}
	for _, s := range []*presence.StreamLimiter{one, two} {
		if _, ok := s.Acquire(t.Context(), "ann"); ok {
			t.Error("fourth Acquire() = true, want false")
		}
	}
	if l, ok := two.Acquire(t.Context(), "bob"); !ok {
		t.Error("Acquire() of another user = false, want true")
	} else {
		l()
	}
	leave[0]()
	one.Flush()
	if _, ok := two.Acquire(t.Context(), "ann"); !ok {
		t.Error("Acquire() after a release = false, want true")
	}
	leave[1]()
	leave[2]()
	one.Flush()
	two.Flush()
}

func TestStreamsOfKilledProcessExpire(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	now := time.Now()
	server.SetTime(now)
	killed, next := newStreamLimiter(client, 1), newStreamLimiter(client, 1)
	if _, ok := killed.Acquire(t.Context(), "ann"); !ok {
		t.Fatal("Acquire() = false, want true")
	}
	if _, ok := next.Acquire(t.Context(), "ann"); ok {
		t.Fatal("second Acquire() = true, want false")
	}
	killed.StopRenewing()
	server.SetTime(now.Add(21 * time.Second))
	if _, ok := next.Acquire(t.Context(), "ann"); !ok {
		t.Error("Acquire() after the expiry = false, want true")
	}
}

func TestStreamLimiterLogsNothingWhileRedisAnswers(t *testing.T) {
	client := storetest.Redis(t)
	var log storetest.Log
	s := presence.NewStreamLimiter(client, 1, slog.New(slog.NewTextHandler(&log, nil)))
	s.Timeout = redisTimeout
	leave, ok := s.Acquire(t.Context(), "ann")
	if !ok {
		t.Fatal("Acquire() = false, want true")
	}
	s.Renew()
	if _, ok := s.Acquire(t.Context(), "ann"); ok {
		t.Error("second Acquire() after Renew() = true, want false")
	}
	leave()
	s.Flush()
	if text := log.String(); text != "" {
		t.Errorf("log = %q, want none", text)
	}
}

func TestStreamLimiterLogsOutageOnce(t *testing.T) {
	server, client, move := storetest.RelocatableRedis(t)
	var log storetest.Log
	s := presence.NewStreamLimiter(client, 3, slog.New(slog.NewTextHandler(&log, nil)))
	if _, ok := s.Acquire(t.Context(), "ann"); !ok {
		t.Fatal("Acquire() = false, want true")
	}
	server.Close()
	s.Renew()
	s.Renew()
	move(storetest.RedisServer(t))
	s.Renew()
	s.Renew()
	outages, recoveries := log.Count("is not enforced across processes"), log.Count("is enforced across processes")
	if outages != 1 || recoveries != 1 {
		t.Errorf("logged %d outages and %d recoveries, want 1 and 1:\n%s", outages, recoveries, log.String())
	}
}

func TestStreamLimiterAllowsAllWithoutRedis(t *testing.T) {
	server := storetest.RedisServer(t)
	client, err := store.OpenRedis("redis://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	server.Close()
	s := presence.NewStreamLimiter(client, 1, slog.New(slog.DiscardHandler))
	for range 3 {
		leave, ok := s.Acquire(t.Context(), "ann")
		if !ok {
			t.Fatal("Acquire() = false, want true")
		}
		leave()
	}
	s.Flush()
}
