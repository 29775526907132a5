//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
)

// workerEnv is set where the tests' binary runs as a worker of the bot, a process of its own, and holds its settings.
const workerEnv = "GUILDBOARD_TEST_WORKER"

// working is what a worker says when it begins.
const working = "the worker has begun"

// workerSettings is where a worker finds what it shares with the others.
type workerSettings struct{ Database, Redis, Discord string }

// workerMain runs the bot's engine, over a Discord that is made up in the tests' process, until it is killed.
func workerMain(settings string) error {
	var at workerSettings
	if err := json.Unmarshal([]byte(settings), &at); err != nil {
		return err
	}
	ctx := context.Background()
	db, err := store.Open(ctx, at.Database)
	if err != nil {
		return err
	}
	client, err := store.OpenRedis(at.Redis)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	fmt.Fprintln(os.Stderr, working)
	return bot.New(db, client, store.NewBus(client, log), sim.Dial(at.Discord), log).Run(ctx)
}

// A crew is workers of the bot, each a process of its own, on the database and the Redis of a dashboard.
type crew struct {
	discord *sim.Discord
	workers []*process
}

// crew starts n workers in a Discord that is arranged before.
func (d *dashboard) crew(t testing.TB, n int, arrange ...func(*sim.Discord)) *crew {
	t.Helper()
	c := &crew{discord: sim.New()}
	for _, f := range arrange {
		f(c.discord)
	}
	face := httptest.NewServer(&sim.Face{Discord: c.discord})
	t.Cleanup(face.Close)
	t.Cleanup(face.CloseClientConnections)
	settings, err := json.Marshal(workerSettings{d.database, "redis://" + d.redisAddr, face.URL})
	must(t, err)
	program, err := os.Executable()
	must(t, err)
	for range n {
		c.workers = append(c.workers, startWith(t, []string{workerEnv + "=" + string(settings)}, program))
	}
	eventually(t, "the workers work", func() (bool, string) {
		for _, w := range c.workers {
			if said := w.log.tail(10); !strings.Contains(said, working) {
				return false, said
			}
		}
		beats, err := d.redis.Exists(t.Context(), store.BotAliveKey).Result()
		return err == nil && beats == 1, fmt.Sprint(beats, " heartbeats ", err)
	})
	return c
}
