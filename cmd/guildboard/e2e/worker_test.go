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
	"guildboard/store/contract"
)

// workerEnv is the environment variable that makes the test binary run as a bot worker. It holds a workerSettings as
// JSON.
const workerEnv = "GUILDBOARD_TEST_WORKER"

// workerStarted is the line that a worker prints when it starts.
const workerStarted = "worker started"

// workerSettings holds the URLs of services that the workers share.
type workerSettings struct{ Database, Redis, Discord string }

// runWorker runs the bot until the process is killed. It uses the simulated Discord of the test process.
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

// botWorkers are bot worker processes on the database and the Redis of a dashboard.
type botWorkers struct {
	discord   *sim.Discord
	processes []*process
}

// startWorkers starts n workers. The setup functions prepare their simulated Discord.
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
	eventually(t, "the workers run and send heartbeats", func() (bool, string) {
		for _, w := range c.processes {
			if output := w.log.tail(10); !strings.Contains(output, workerStarted) {
				return false, output
			}
		}
		heartbeats, err := d.redis.Exists(t.Context(), contract.BotAliveKey).Result()
		return err == nil && heartbeats == 1, fmt.Sprint(heartbeats, " heartbeats ", err)
	})
	return c
}
