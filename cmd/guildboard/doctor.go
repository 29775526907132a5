package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/cmd/internal/doctor"
	"guildboard/store"
)

// doctorCommands check bots, dashboards, data and draws.
type doctorCommands struct {
	Bot       doctorBotCommand       `cmd:"" help:"Check whether the bot follows the contract. Changes nothing unless --act is set."`
	Dashboard doctorDashboardCommand `cmd:"" help:"Check whether dashboards follow the contract. Only observes unless --answer is set."`
	Data      doctorDataCommand      `cmd:"" help:"List database values that pages can't show: table, row id, column, problem."`
	Draw      doctorDrawCommand      `cmd:"" help:"Repeat a giveaway's draw from its draw.json and compare the winners."`
}

// doctorConfig holds the settings of checks that use a Redis.
type doctorConfig struct {
	contractKeyConfig
	RedisURL string `help:"Redis of the dashboard and the bot." env:"REDIS_URL" secret:"url" placeholder:"URL"`
}

// openRedis returns a client of the Redis to check.
func (p doctorConfig) openRedis() (redis.UniversalClient, error) {
	if p.RedisURL == "" {
		return nil, errors.New("REDIS_URL (--redis-url) is missing: such as redis://localhost:6379")
	}
	redis.SetLogger(discardLogger{}) // calls return its errors
	client, err := store.OpenRedis(p.RedisURL)
	return client, settingError("REDIS_URL (--redis-url)", err)
}

type doctorBotCommand struct {
	doctorConfig
	Guild    string        `help:"Server ID of the giveaway and ticket; default: a fake ID." placeholder:"ID"`
	Giveaway string        `help:"Running giveaway of the server, paused and resumed with --act." placeholder:"ID"`
	Foreign  string        `name:"foreign-channel" help:"Channel of another server of the bot; a faulty bot posts there." placeholder:"ID"`
	Ticket   string        `help:"Unclaimed ticket of the server, claimed and unclaimed with --act." placeholder:"ID"`
	User     string        `help:"Discord ID of the requesting user, for bots that check permissions." placeholder:"ID"`
	Act      bool          `help:"Pause and resume the giveaway, claim and unclaim the ticket."`
	Wait     time.Duration `help:"Time limit for a result of the bot." default:"15s"`
}

// Run examines the bot.
func (d *doctorBotCommand) Run(ctx context.Context, exposed exposedSecrets) error {
	exposed.logWarnings(serverConfig{}.newLogger())
	if d.Wait <= 0 {
		return fmt.Errorf("--wait is %v: it must be longer than 0s", d.Wait)
	}
	client, err := d.openRedis()
	if err != nil {
		return err
	}
	defer client.Close()
	b := doctor.NewBotChecker(client)
	b.Guild, b.Giveaway, b.Ticket, b.Act, b.Wait = d.Guild, d.Giveaway, d.Ticket, d.Act, d.Wait
	if d.User != "" {
		b.User = d.User
	}
	if d.Foreign != "" {
		b.ForeignChannel = d.Foreign
	}
	if b.Key, err = d.parseContractKey(); err != nil {
		return err
	}
	if err := b.Validate(); err != nil {
		return err
	}
	r := &doctor.Report{Out: os.Stdout}
	return doctorError(ctx, r, b.Check(ctx, r))
}

type doctorDashboardCommand struct {
	doctorConfig
	Answer bool          `help:"Act as the bot, which must not run, and refuse commands. Changes nothing in Discord."`
	Wait   time.Duration `help:"Time to wait for a command from a page." default:"30s"`
}

// Run examines the dashboards.
func (d *doctorDashboardCommand) Run(ctx context.Context, exposed exposedSecrets) error {
	exposed.logWarnings(serverConfig{}.newLogger())
	if d.Wait <= 0 {
		return fmt.Errorf("--wait is %v: it must be longer than 0s", d.Wait)
	}
	client, err := d.openRedis()
	if err != nil {
		return err
	}
	defer client.Close()
	b := doctor.NewDashboardChecker(client)
	b.Answer, b.CommandWait = d.Answer, d.Wait
	if b.Key, err = d.parseContractKey(); err != nil {
		return err
	}
	r := &doctor.Report{Out: os.Stdout}
	return doctorError(ctx, r, b.Check(ctx, r))
}

// doctorError returns the error of a finished or interrupted check.
func doctorError(ctx context.Context, r *doctor.Report, err error) error {
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case errors.Is(err, doctor.ErrRedisUnavailable):
		return settingError("REDIS_URL (--redis-url)", err)
	case err != nil:
		return err
	}
	return r.Err()
}

type doctorDataCommand struct {
	DatabaseURL string `help:"Database of the dashboard. It is not changed." env:"DATABASE_URL" secret:"url" placeholder:"URL"`
}

// Run lists the bad values.
func (d *doctorDataCommand) Run(ctx context.Context) error {
	if d.DatabaseURL == "" {
		return errors.New("DATABASE_URL (--database-url) is missing: postgres://user:password@host/name, or sqlite:guildboard.db")
	}
	db, err := store.Open(ctx, d.DatabaseURL, store.WithoutMigrations())
	if err != nil {
		return settingError("DATABASE_URL (--database-url)", err)
	}
	defer db.Close()
	found := 0
	err = db.CheckData(ctx, func(v store.BadValue) error {
		found++
		_, err := fmt.Println(v)
		return err
	})
	if err != nil {
		return settingError("DATABASE_URL (--database-url)", err)
	}
	if found > 0 {
		return fmt.Errorf("bad values: %d", found)
	}
	fmt.Println("no bad values")
	return nil
}

type doctorDrawCommand struct {
	File       string `arg:"" help:"The draw.json of the giveaway's page; - for standard input."`
	Commitment string `help:"Commitment that the page showed before the draw." placeholder:"HEX"`
}

// Run recomputes the draw and prints a line for each rule. It returns an error if a rule failed.
func (d *doctorDrawCommand) Run() error {
	var in io.Reader = os.Stdin
	if d.File != "-" {
		file, err := os.Open(d.File)
		if err != nil {
			return fmt.Errorf("read draw proof: %w", err)
		}
		defer file.Close()
		in = file
	}
	draw, err := doctor.ReadDrawProof(in)
	if err != nil {
		return fmt.Errorf("read %s: %w", d.File, err)
	}
	draw.Commitment = d.Commitment
	r := &doctor.Report{Out: os.Stdout}
	if err := draw.Check(r); err != nil {
		return err
	}
	return r.Err()
}
