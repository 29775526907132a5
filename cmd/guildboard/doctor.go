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
	Bot       doctorBotCommand       `cmd:"" help:"Play the dashboard against the bot that runs on a Redis, and say which rules of the contract it keeps. Harmless unless told --act."`
	Dashboard doctorDashboardCommand `cmd:"" help:"Play the bot against the dashboards that run on a Redis, and say which rules of the contract they keep. Only looks on unless told --answer."`
	Data      doctorDataCommand      `cmd:"" help:"List the values in the database that pages can't show, one a line: table, row id, column, problem."`
	Draw      doctorDrawCommand      `cmd:"" help:"Draw a giveaway's winners again from the file that its page offers, and say whether they are the same."`
}

// doctorConfig holds the settings of checks that use a Redis.
type doctorConfig struct {
	contractKeyConfig
	RedisURL string `help:"The Redis that the two share, as for the dashboard." env:"REDIS_URL" secret:"url" placeholder:"URL"`
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
	Guild    string        `help:"The server that giveaway and ticket are of; commands are about a made-up one without it." placeholder:"ID"`
	Giveaway string        `help:"A running giveaway of the server, that may be paused and resumed with --act." placeholder:"ID"`
	Foreign  string        `name:"foreign-channel" help:"A channel of another server that the bot is in, in which it must refuse to post: one that breaks this rule does post there. One that cannot be, without it." placeholder:"ID"`
	Ticket   string        `help:"An unclaimed ticket of the server, that may be claimed and unclaimed with --act." placeholder:"ID"`
	User     string        `help:"The Discord id of who asks, for bots that look whether they may." placeholder:"ID"`
	Act      bool          `help:"Really pause and resume the giveaway, claim and unclaim the ticket."`
	Wait     time.Duration `help:"How long the bot may take to answer." default:"15s"`
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
	Answer bool          `help:"Be the bot, which must not run meanwhile: refuse what people ask for on pages, so that the way of an answer can be seen. Nothing is done in Discord."`
	Wait   time.Duration `help:"How long to wait for somebody to ask for something on a page." default:"30s"`
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
	DatabaseURL string `help:"The database, as for the dashboard. Nothing in it is changed." env:"DATABASE_URL" secret:"url" placeholder:"URL"`
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
	File       string `arg:"" help:"What the giveaway's page offers as draw.json; - for standard input."`
	Commitment string `help:"The commitment that you noted from the page before the draw." placeholder:"HEX"`
}

// Run draws again.
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
