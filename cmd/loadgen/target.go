//go:build linux

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/redis/go-redis/v9"

	"guildboard/cmd/internal/rig"
	"guildboard/store"
)

// A target is a server that is measured, with guilds to watch.
type target struct {
	process   *rig.Process
	dashboard *rig.Dashboard // the same, where it is one
	addr      string
	guilds    []*guild
	redis     redis.UniversalClient

	path  func(g *guild, i int) string // what the i-th of those who watch a guild asks for
	row   func(g *guild) []byte        // what the number of the measured row stands behind; nil: the message is all about it
	mark  []byte                       // what stands right before that number, which is the newest event's
	folds bool                         // a frame may stand for several events
	rows  *sql.DB                      // where the publisher changes rows; nil for nowhere

	closers []func() error
}

func (t *target) close() error {
	var errs []error
	for i := len(t.closers) - 1; i >= 0; i-- {
		errs = append(errs, t.closers[i]())
	}
	return errors.Join(errs...)
}

func (t *target) closeLast(f func() error) { t.closers = append(t.closers, f) }

// request asks for a stream as the i-th of those who watch a guild, whose page has a version.
func (t *target) request(g *guild, i int, path, version string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (loadgen)\r\nAccept: text/event-stream\r\n", path, t.addr)
	if len(g.cookies) > 0 {
		fmt.Fprintf(&b, "Cookie: %s\r\n", g.cookies[i/streamsEach%len(g.cookies)])
	}
	if version != "" {
		fmt.Fprintf(&b, "Last-Event-ID: %s\r\n", version)
	}
	return []byte(b.String() + "\r\n")
}

// renders is how often the server has looked at the database; 0 where it is no dashboard.
func (t *target) renders(ctx context.Context) (float64, error) {
	if t.dashboard == nil {
		return 0, nil
	}
	return t.dashboard.Metric(ctx, `guildboard_renders_total{outcome="ok"}`)
}

// finding is a filter by text that finds the measured row, another one for each i.
func finding(i int) string {
	prize, known := strings.ToLower(prize(rowsOnPage-1)), map[string]bool{}
	for size := 3; ; size++ {
		for from := range len(prize) - size + 1 {
			text := prize[from : from+size]
			if strings.TrimSpace(text) != text || known[text] {
				continue
			}
			if len(known) == i {
				return text
			}
			known[text] = true
		}
	}
}

// bystander is the path of a page that the measured row is not on.
func (t *target) bystander(g *guild, i int) string {
	return t.path(g, 0) + "?q=nothing+" + strconv.Itoa(i)
}

// prize is that of a guild's i-th giveaway.
func prize(i int) string { return "Nitro for a year, number " + strconv.Itoa(i) }

// streamsEach is how many streams one person holds: many tabs, and twice as many are allowed, since those of a process that
// was killed count for a while.
const streamsEach = 5

// newTarget makes guilds, and connects to the place's Redis.
func newTarget(p *place, guilds int) (*target, error) {
	client, err := store.OpenRedis(p.redisURL)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	t := &target{redis: client}
	t.closeLast(client.Close)
	for i := range guilds {
		t.guilds = append(t.guilds, newGuild(i))
	}
	return t, nil
}

// newEcho starts the yardstick.
func newEcho(ctx context.Context, p *place, s scenario) (*target, error) {
	t, err := newTarget(p, s.Guilds)
	if err != nil {
		return nil, err
	}
	t.path, t.mark = func(g *guild, _ int) string { return "/" + g.id }, []byte(`"entries":`)
	program, err := os.Executable()
	if err == nil {
		t.addr, err = rig.FreeAddr()
	}
	if err == nil {
		answers := func(ctx context.Context) error { return rig.Answers(ctx, "http://"+t.addr+"/readyz") }
		t.process, err = rig.Start(ctx, answers, program, "echo", "--addr", t.addr, "--redis-url", p.redisURL)
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	t.closeLast(func() error { t.process.Close(); return nil })
	return t, nil
}

// rowsOnPage is how many giveaways a guild has: as many as its list shows.
const rowsOnPage = 25

// newGuildboard starts the dashboard on an empty database, fills it, and signs people in. What is watched is the list of
// giveaways.
func newGuildboard(ctx context.Context, p *place, s scenario) (t *target, err error) {
	if t, err = newTarget(p, s.Guilds); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	t.path = func(g *guild, i int) string {
		path := "/guilds/" + g.id + "/giveaways/live"
		if s.Filters {
			path += "?q=" + url.QueryEscape(finding(i))
		}
		return path
	}
	t.row = func(g *guild) []byte { return []byte(`id="entries-` + g.giveaway + `"`) }
	t.mark, t.folds = []byte(`data-entries="`), true
	database, drop, err := p.database(ctx)
	if err != nil {
		return nil, err
	}
	t.closeLast(drop)
	if err := t.fill(ctx, database); err != nil {
		return nil, err
	}
	if err := t.signIn(ctx, s.Streams+s.Stalled+s.Bystanders); err != nil {
		return nil, err
	}
	d, err := rig.NewDashboard(ctx, rig.Settings{
		Binary: p.binary, RedisURL: p.redisURL, DatabaseURL: database, Discord: p.discord, More: []string{"--log-level", "warn"},
	})
	if err != nil {
		return nil, err
	}
	t.dashboard, t.process, t.addr = d, d.Process, strings.TrimPrefix(d.URL, "http://")
	t.closeLast(func() error { d.Close(); return nil })
	for _, g := range t.guilds {
		if g.cursor, err = t.version(ctx, g); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// fill makes every guild's giveaways, the measured one the newest.
func (t *target) fill(ctx context.Context, database string) error {
	rows, err := store.Open(ctx, database)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	defer rows.Close()
	for _, g := range t.guilds {
		if err := rows.SaveGuild(ctx, store.Guild{ID: g.id, Name: "Guild " + g.id}); err != nil {
			return fmt.Errorf("filling the database: %w", err)
		}
		for i := range rowsOnPage {
			made, err := rows.CreateGiveaway(ctx, store.Giveaway{
				GuildID: g.id, ChannelID: "400000000000000001", Host: store.Person{ID: "200000000000000001"},
				Prize: prize(i), EndsAt: time.Now().Add(24 * time.Hour),
				CreatedAt: time.Now().Add(time.Duration(i-rowsOnPage) * time.Minute),
			})
			if err != nil {
				return fmt.Errorf("filling the database: %w", err)
			}
			g.giveaway = made.ID
		}
	}
	driver, source := "pgx", database
	if file, ok := strings.CutPrefix(database, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=synchronous(NORMAL)"
	}
	if t.rows, err = sql.Open(driver, source); err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	t.rows.SetMaxOpenConns(1)
	t.closeLast(t.rows.Close)
	return nil
}

// signIn has as many people as it takes for so many streams, straight into Redis: nobody can press a button ten thousand
// times.
func (t *target) signIn(ctx context.Context, streams int) error {
	people, err := rig.NewPeople(t.redis)
	if err != nil {
		return err
	}
	t.closeLast(func() error { return people.SignOut(context.WithoutCancel(ctx)) })
	for n := range streams/streamsEach + len(t.guilds) {
		g := t.guilds[n%len(t.guilds)]
		user := strconv.FormatInt(time.Now().UnixNano(), 10) // what is known of them outlives a run
		cookie, err := people.SignIn(ctx, user, g.id)
		if err != nil {
			return err
		}
		g.cookies = append(g.cookies, cookie)
	}
	return nil
}

// version is the version of a guild's page, as a browser knows it that has loaded the page and connects.
func (t *target) version(ctx context.Context, g *guild) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.addr+"/guilds/"+g.id+"/giveaways", nil)
	if err != nil {
		return "", fmt.Errorf("loading a page: %w", err)
	}
	req.Header.Set("Cookie", g.cookies[0])
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("loading a page: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return "", fmt.Errorf("loading a page: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("loading a page: status %d", resp.StatusCode)
	}
	return strings.Trim(resp.Header.Get("ETag"), `"`), nil
}

// A place is what all targets of a run stand on.
type place struct {
	binary   string
	redisURL string
	postgres string // "" for SQLite
	dir      string
	discord  *rig.Discord
}

// database makes an empty one.
func (p *place) database(ctx context.Context) (url string, drop func() error, err error) {
	name := "bench_" + store.NewID()
	if p.postgres == "" {
		file := filepath.Join(p.dir, name+".db")
		return "sqlite:" + file, func() error { return os.Remove(file) }, nil
	}
	url, err = rig.Schema(ctx, p.postgres, name)
	return url, func() error { return rig.DropSchema(context.WithoutCancel(ctx), p.postgres, name) }, err
}
