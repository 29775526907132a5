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

// doctors tell the author of a bot or of a dashboard whether it keeps the contract between the two.
type doctors struct {
	Bot       doctorBot       `cmd:"" help:"Play the dashboard against the bot that runs on a Redis, and say which rules of the contract it keeps. Harmless unless told --act."`
	Dashboard doctorDashboard `cmd:"" help:"Play the bot against the dashboards that run on a Redis, and say which rules of the contract they keep. Only looks on unless told --answer."`
	Data      doctorData      `cmd:"" help:"List the values in the database that pages can't show, one a line: table, row id, column, problem."`
	Draw      doctorDraw      `cmd:"" help:"Draw a giveaway's winners again from the file that its page offers, and say whether they are the same."`
}

// patient is what has a Redis to be examined.
type patient struct {
	contractKeys
	RedisURL string `help:"The Redis that the two share, as for the dashboard." env:"REDIS_URL" secret:"url" placeholder:"URL"`
}

// open is a client of the patient's Redis.
func (p patient) open() (redis.UniversalClient, error) {
	if p.RedisURL == "" {
		return nil, errors.New("REDIS_URL (--redis-url) is missing: such as redis://localhost:6379")
	}
	redis.SetLogger(quiet{}) // what matters of it comes back as errors
	client, err := store.OpenRedis(p.RedisURL)
	return client, named("REDIS_URL (--redis-url)", err)
}

type doctorBot struct {
	patient
	Guild    string        `help:"The server that giveaway and ticket are of; commands are about a made-up one without it." placeholder:"ID"`
	Giveaway string        `help:"A running giveaway of the server, that may be paused and resumed with --act." placeholder:"ID"`
	Foreign  string        `name:"foreign-channel" help:"A channel of another server that the bot is in, in which it must refuse to post: one that breaks this rule does post there. One that cannot be, without it." placeholder:"ID"`
	Ticket   string        `help:"An unclaimed ticket of the server, that may be claimed and unclaimed with --act." placeholder:"ID"`
	User     string        `help:"The Discord id of who asks, for bots that look whether they may." placeholder:"ID"`
	Act      bool          `help:"Really pause and resume the giveaway, claim and unclaim the ticket."`
	Wait     time.Duration `help:"How long the bot may take to answer." default:"15s"`
}

// Run examines the bot.
func (d *doctorBot) Run(ctx context.Context, exposed exposedSecrets) error {
	exposed.warn(common{}.logger())
	if d.Wait <= 0 {
		return fmt.Errorf("--wait is %v: it must be longer than 0s", d.Wait)
	}
	client, err := d.open()
	if err != nil {
		return err
	}
	defer client.Close()
	b := doctor.NewBot(client)
	b.Guild, b.Giveaway, b.Ticket, b.Act, b.Wait = d.Guild, d.Giveaway, d.Ticket, d.Act, d.Wait
	if d.User != "" {
		b.User = d.User
	}
	if d.Foreign != "" {
		b.Foreign = d.Foreign
	}
	if b.Key, err = d.key(); err != nil {
		return err
	}
	if err := b.Check(); err != nil {
		return err
	}
	r := &doctor.Report{Out: os.Stdout}
	return conclude(ctx, r, b.Examine(ctx, r))
}

type doctorDashboard struct {
	patient
	Answer bool          `help:"Be the bot, which must not run meanwhile: refuse what people ask for on pages, so that the way of an answer can be seen. Nothing is done in Discord."`
	Wait   time.Duration `help:"How long to wait for somebody to ask for something on a page." default:"30s"`
}

// Run examines the dashboards.
func (d *doctorDashboard) Run(ctx context.Context, exposed exposedSecrets) error {
	exposed.warn(common{}.logger())
	if d.Wait <= 0 {
		return fmt.Errorf("--wait is %v: it must be longer than 0s", d.Wait)
	}
	client, err := d.open()
	if err != nil {
		return err
	}
	defer client.Close()
	b := doctor.NewDashboard(client)
	b.Answer, b.Ask = d.Answer, d.Wait
	if b.Key, err = d.key(); err != nil {
		return err
	}
	r := &doctor.Report{Out: os.Stdout}
	return conclude(ctx, r, b.Examine(ctx, r))
}

// conclude is what an examination came to.
func conclude(ctx context.Context, r *doctor.Report, err error) error {
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case errors.Is(err, doctor.ErrAway):
		return named("REDIS_URL (--redis-url)", err)
	case err != nil:
		return err
	}
	return r.Err()
}

type doctorData struct {
	DatabaseURL string `help:"The database, as for the dashboard. Nothing in it is changed." env:"DATABASE_URL" secret:"url" placeholder:"URL"`
}

// Run lists the bad values.
func (d *doctorData) Run(ctx context.Context) error {
	if d.DatabaseURL == "" {
		return errors.New("DATABASE_URL (--database-url) is missing: postgres://user:password@host/name, or sqlite:guildboard.db")
	}
	db, err := store.Open(ctx, d.DatabaseURL, store.KeepSchema())
	if err != nil {
		return named("DATABASE_URL (--database-url)", err)
	}
	defer db.Close()
	found := 0
	err = db.CheckData(ctx, func(v store.BadValue) error {
		found++
		_, err := fmt.Println(v)
		return err
	})
	if err != nil {
		return named("DATABASE_URL (--database-url)", err)
	}
	if found > 0 {
		return fmt.Errorf("bad values: %d", found)
	}
	fmt.Println("no bad values")
	return nil
}

type doctorDraw struct {
	File       string `arg:"" help:"What the giveaway's page offers as draw.json; - for standard input."`
	Commitment string `help:"The commitment that you noted from the page before the draw." placeholder:"HEX"`
}

// Run draws again.
func (d *doctorDraw) Run() error {
	var in io.Reader = os.Stdin
	if d.File != "-" {
		file, err := os.Open(d.File)
		if err != nil {
			return fmt.Errorf("reading the draw: %w", err)
		}
		defer file.Close()
		in = file
	}
	draw, err := doctor.ReadDraw(in)
	if err != nil {
		return fmt.Errorf("reading %s: %w", d.File, err)
	}
	draw.Commitment = d.Commitment
	r := &doctor.Report{Out: os.Stdout}
	if err := draw.Examine(r); err != nil {
		return err
	}
	return r.Err()
}
