package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"

	demoworld "guildboard/cmd/internal/demo"
	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/session"
)

// demoCommand runs everything in one process, for evaluation and tests.
type demoCommand struct {
	serverConfig
	RedisAddr   string `help:"Address of the demo's Redis for PUBLISH, host:port." env:"REDIS_ADDR" default:"127.0.0.1:6380"`
	DatabaseURL string `help:"Demo database, filled if empty." env:"DEMO_DATABASE_URL" secret:"url" default:"sqlite:guildboard-demo.db"`
	Still       bool   `help:"Do not simulate member activity." env:"STILL"`
	Anywhere    bool   `help:"Allow connections from other machines; anyone who can connect can sign in." env:"ANYWHERE"`
}

// Run serves until ctx ends.
func (d *demoCommand) Run(ctx context.Context) error {
	for setting, addr := range map[string]string{"ADDR (--addr)": d.Addr, "REDIS_ADDR (--redis-addr)": d.RedisAddr} {
		if !d.Anywhere && !isLoopback(addr) {
			return fmt.Errorf("%s: %s is reachable from other machines, and the demo signs in every visitor; "+
				"use 127.0.0.1 or --anywhere", setting, addr)
		}
	}
	if err := checkConnections(d.Connections); err != nil {
		return err
	}
	if problems := d.serverConfig.problems(); len(problems) > 0 {
		return fmt.Errorf("cannot start:\n  %s", strings.Join(problems, "\n  "))
	}
	site, err := d.loadSite()
	if err != nil {
		return err
	}
	key, err := d.parseContractKey()
	if err != nil {
		return err
	}
	embedded := miniredis.NewMiniRedis()
	if err := embedded.StartAddr(d.RedisAddr); err != nil {
		return settingError("REDIS_ADDR (--redis-addr)", err)
	}
	defer embedded.Close()
	client, err := store.OpenRedis("redis://" + embedded.Addr())
	if err != nil {
		return settingError("REDIS_ADDR (--redis-addr)", err)
	}
	defer client.Close()
	db, err := store.Open(ctx, d.DatabaseURL, store.WithLogger(d.newLogger()))
	if err != nil {
		return settingError("DEMO_DATABASE_URL (--database-url)", err)
	}
	defer db.Close()

	log := d.newLogger()
	warnAboutReadableFiles(d.DatabaseURL, log)
	world := demoworld.New(db, client, store.NewBus(client, log), log)
	world.SetContractKey(key)
	if err := world.Seed(ctx); err != nil {
		return fmt.Errorf("seed demo database: %w", err)
	}
	seal, err := session.NewSealer(rand.Text() + rand.Text()) // the sessions are in the demo's Redis and end with it
	if err != nil {
		return fmt.Errorf("create session sealer: %w", err)
	}
	s := &server{
		serverConfig: d.serverConfig,
		site: handlers.Config{
			Store: db, Redis: client, Sessions: session.NewStore(client, seal, false, log),
			Guilds: world, Site: site, ContractKey: key,
			Demo: &handlers.Demo{Manager: world.Manager(), StaffMember: world.StaffMember()},
		},
		onReady: func(url string) { fmt.Fprintf(os.Stdout, "\n  Guildboard's demo is at %s\n\n", url) },
	}
	s.background = append(s.background, advanceRedisClock(embedded), world.Run)
	if !d.Still {
		s.background = append(s.background, world.Simulate)
	}
	return s.run(ctx, log)
}

// advanceRedisClock advances the clock of the embedded Redis, which has none of its own, so that keys expire.
func advanceRedisClock(embedded *miniredis.Miniredis) func(context.Context) error {
	return func(ctx context.Context) error {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				embedded.FastForward(time.Second)
			}
		}
	}
}

// isLoopback reports whether addr is reachable only from this machine.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
