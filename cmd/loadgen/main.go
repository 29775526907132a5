//go:build linux

// Command loadgen measures how fast, and at what cost, events in Discord reach browsers.
//
// It opens streams of the dashboard's binary on this machine, plays the bot, and measures when each browser has
// received the HTML that shows an event. A baseline, a plain net/http server that forwards events unchanged, runs the
// same scenarios in the same run: absolute values depend on the machine and its load, so only the ratio to the baseline
// is comparable. Every round runs each scenario with both systems, each time with a new server. Odd rounds run in
// reverse order.
//
// The command starts the servers that it needs: Redis and Postgres if they are installed, embedded ones otherwise.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"guildboard/cmd/internal/testenv"
)

type commands struct {
	Measure measureCommand `cmd:"" default:"withargs" help:"Measure the dashboard and the echo server, and print medians and ratios."`
	Echo    echoCommand    `cmd:"" hidden:"" help:"Run the echo server."`
}

type measureCommand struct {
	Rounds      int      `help:"Number of measurements of each scenario." default:"3"`
	Only        []string `help:"Scenarios to run; default: all." placeholder:"NAME"`
	Guildboard  string   `help:"Dashboard binary; built if not set." env:"GUILDBOARD" placeholder:"FILE"`
	RedisURL    string   `help:"Redis for events of simulated guilds." env:"REDIS_URL" placeholder:"URL"`
	DatabaseURL string   `help:"Postgres (uses temporary schemas), or sqlite: for SQLite files." env:"DATABASE_URL" placeholder:"URL"`
}

// systems are the systems to compare; the first is the baseline.
var systems = []struct {
	name  string
	start func(context.Context, *environment, scenario) (*target, error)
}{
	{"echo", newEchoTarget},
	{"guildboard", newDashboardTarget},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	redis.SetLogger(discardLogger{}) // calls return its errors
	var c commands
	k := kong.Parse(&c, kong.Name("loadgen"), kong.BindTo(ctx, (*context.Context)(nil)))
	k.FatalIfErrorf(k.Run())
}

// discardLogger is a logger without output.
type discardLogger struct{}

func (discardLogger) Printf(context.Context, string, ...any) {}

// Run runs all rounds and prints the results.
func (m *measureCommand) Run(ctx context.Context) (err error) {
	selected, err := m.selectedScenarios()
	if err != nil {
		return err
	}
	p, cleanup, err := m.newEnvironment(ctx)
	defer func() {
		if cleanupErr := cleanup(); err == nil {
			err = cleanupErr
		}
	}()
	if err != nil {
		return err
	}
	results := &table{}
	for _, s := range systems {
		results.systems = append(results.systems, s.name)
	}
	for round := range m.Rounds {
		ordered := slices.Clone(systems)
		if round%2 == 1 {
			slices.Reverse(ordered)
		}
		for _, s := range selected {
			for _, system := range ordered {
				if s.SkipBaseline && system.name == systems[0].name {
					continue
				}
				fmt.Fprintf(os.Stderr, "round %d of %d: %s, %s\n", round+1, m.Rounds, s.Name, system.name)
				metrics, err := runScenario(ctx, system.start, p, s)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", s.Name, system.name, err)
				}
				results.add(s.Name+": "+s.Description, system.name, metrics)
			}
		}
		// Odd rounds run in reverse order, so that changes of the machine over time affect all systems alike.
		slices.Reverse(selected)
	}
	return results.print(os.Stdout)
}

func (m *measureCommand) selectedScenarios() ([]scenario, error) {
	if len(m.Only) == 0 {
		return slices.Clone(scenarios), nil
	}
	var selected []scenario
	for _, name := range m.Only {
		i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("--only: unknown scenario %q", name)
		}
		selected = append(selected, scenarios[i])
	}
	return selected, nil
}

// newEnvironment prepares the servers for the targets and prints what they are. The caller must call cleanup, even
// after an error.
func (m *measureCommand) newEnvironment(ctx context.Context) (p *environment, cleanup func() error, err error) {
	p = &environment{binary: m.Guildboard, redisURL: m.RedisURL, postgresURL: m.DatabaseURL}
	var closers []func()
	cleanup = func() error {
		for _, f := range slices.Backward(closers) {
			f()
		}
		return os.RemoveAll(p.dir)
	}
	if p.dir, err = os.MkdirTemp("", "guildboard-loadgen-"); err != nil {
		return p, cleanup, fmt.Errorf("make directory: %w", err)
	}
	if p.binary == "" {
		if p.binary, err = testenv.BuildDashboard(ctx, p.dir); err != nil {
			return p, cleanup, err
		}
	}
	if p.discord, err = testenv.NewFakeDiscord(); err != nil {
		return p, cleanup, err
	}
	closers = append(closers, func() { _ = p.discord.Close() })

	if p.redisURL == "" {
		server, addr, err := testenv.StartRedis(ctx, "--appendonly", "no")
		switch {
		case err == nil:
			closers = append(closers, server.Close)
		case errors.Is(err, testenv.ErrNotInstalled):
			embedded := miniredis.NewMiniRedis()
			if err := embedded.Start(); err != nil {
				return p, cleanup, fmt.Errorf("start embedded Redis: %w", err)
			}
			closers = append(closers, embedded.Close)
			addr = embedded.Addr()
			fmt.Fprintln(os.Stderr, "on an embedded Redis, in this process: redis-server is not installed and REDIS_URL is not set")
		default:
			return p, cleanup, err
		}
		p.redisURL = "redis://" + addr
	}
	switch {
	case strings.HasPrefix(p.postgresURL, "sqlite:"):
		p.postgresURL = ""
	case p.postgresURL == "":
		server, url, err := testenv.StartPostgres(ctx)
		switch {
		case err == nil:
			closers = append(closers, server.Close)
			p.postgresURL = url
		case errors.Is(err, testenv.ErrNotInstalled):
			fmt.Fprintln(os.Stderr, "on SQLite: Postgres is not installed and DATABASE_URL is not set")
		default:
			return p, cleanup, err
		}
	}
	return p, cleanup, nil
}
