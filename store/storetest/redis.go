package storetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"guildboard/store"
)

// redisDatabases is Redis's default number of databases; database 0 holds the locks of the others.
const redisDatabases = 16

// Redis returns a client of an empty Redis: a separate database at REDIS_URL, or an embedded server. Keys are
// isolated; channels are not, because PUBLISH reaches subscribers of all databases: tests must use unique guild ids.
func Redis(t testing.TB) redis.UniversalClient {
	t.Helper()
	address := os.Getenv("REDIS_URL")
	if address == "" {
		client := redis.NewClient(&redis.Options{Addr: RedisServer(t).Addr()})
		t.Cleanup(func() { client.Close() })
		return client
	}
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatalf("parse REDIS_URL: %v", err)
	}
	options.DB = lockDatabase(t, *options)
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatalf("flush Redis database %d: %v", options.DB, err)
	}
	return client
}

// RedisServer starts an embedded Redis, for tests that stop and restart it.
func RedisServer(t testing.TB) *miniredis.Miniredis {
	t.Helper()
	return miniredis.RunT(t)
}

// RelocatableRedis returns a client of an embedded Redis that a test may close, and a function that moves the client
// to another one. A closed server cannot reliably be restarted at its port, which another program may have taken.
func RelocatableRedis(t testing.TB) (server *miniredis.Miniredis, client *redis.Client, move func(to *miniredis.Miniredis)) {
	t.Helper()
	server = RedisServer(t)
	var at atomic.Value
	at.Store(server.Addr())
	client = redis.NewClient(&redis.Options{
		Dialer: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, at.Load().(string))
		},
		MaxRetries: -1, DialerRetries: 1,
		PoolSize: 10_000, // after that many failures the client would check only once a second whether the server is back
	})
	t.Cleanup(func() { client.Close() })
	return server, client, func(to *miniredis.Miniredis) { at.Store(to.Addr()) }
}

// lockDatabase locks a database that no other test uses, in any process, until the end of the test.
func lockDatabase(t testing.TB, options redis.Options) int {
	t.Helper()
	options.DB = 0
	locks := redis.NewClient(&options)
	owner := store.NewID()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		for db := 1; db < redisDatabases; db++ {
			key := fmt.Sprintf("guildboard:test:database:%d", db)
			acquired, err := locks.SetNX(t.Context(), key, owner, 15*time.Minute).Result()
			if err != nil {
				t.Fatalf("lock Redis database: %v", err)
			}
			if acquired {
				t.Cleanup(func() { unlock(t, locks, key, owner) })
				return db
			}
		}
	}
	t.Fatalf("all %d databases of REDIS_URL are in use by other tests", redisDatabases-1)
	return 0
}

func unlock(t testing.TB, locks *redis.Client, key, owner string) {
	defer locks.Close()
	ctx := context.Background() // the test's context is already canceled
	if holder, err := locks.Get(ctx, key).Result(); err != nil || holder != owner {
		t.Errorf("the lock %s was lost to %q: %v", key, holder, err)
		return
	}
	if err := locks.Del(ctx, key).Err(); err != nil {
		t.Errorf("unlock %s: %v", key, err)
	}
}
