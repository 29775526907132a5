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

// workerStarted is what a worker says when it begins.
const workerStarted = "the worker has begun"

// workerSettings is where a worker finds what it shares with the others.
type workerSettings struct{ Database, Redis, Discord string }

// runWorker runs the bot's engine, over a Discord that is made up in the tests' process, until it is killed.
func runWorker(settings string) error {
	var config workerSettings
	if err := json.Unmarshal([]byte(settings), &config); err != nil {
		return err
	}
	ctx := context.Background()
	db, err := store.Open(ctx, config.Database)
	if err != nil {
		return err
	}
	client, err := store.OpenRedis(config.Redis)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	fmt.Fprintln(os.Stderr, workerStarted)
	return bot.New(db, client, store.NewBus(client, log), sim.Dial(config.Discord), log).Run(ctx)
}

// A botWorkers is workers of the bot, each a process of its own, on the database and the Redis of a dashboard.
type botWorkers struct {
	discord   *sim.Discord
	processes []*process
}

// startWorkers starts n workers in a Discord that is arranged before.
func (d *dashboardServer) startWorkers(t testing.TB, n int, setup ...func(*sim.Discord)) *botWorkers {
	t.Helper()
	c := &botWorkers{discord: sim.New()}
	for _, f := range setup {
		f(c.discord)
	}
	discordServer := httptest.NewServer(&sim.Server{Discord: c.discord})
	t.Cleanup(discordServer.Close)
	t.Cleanup(discordServer.CloseClientConnections)
	settings, err := json.Marshal(workerSettings{d.database, "redis://" + d.redisAddr, discordServer.URL})
	must(t, err)
	program, err := os.Executable()
	must(t, err)
	for range n {
		c.processes = append(c.processes, startWithEnv(t, []string{workerEnv + "=" + string(settings)}, program))
	}
	eventually(t, "the workers work", func() (bool, string) {
		for _, w := range c.processes {
			if output := w.log.tail(10); !strings.Contains(output, workerStarted) {
				return false, output
			}
		}
		heartbeats, err := d.redis.Exists(t.Context(), store.BotAliveKey).Result()
		return err == nil && heartbeats == 1, fmt.Sprint(heartbeats, " heartbeats ", err)
	})
	return c
}
