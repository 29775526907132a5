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

	"github.com/redis/go-redis/v9"

	"guildboard/cmd/internal/testenv"
	"guildboard/store"
	"guildboard/store/contract"
)

// A target is a server to measure, with its guilds.
type target struct {
	process   *testenv.Process
	dashboard *testenv.Dashboard // nil for the baseline
	addr      string
	guilds    []*guild
	redis     redis.UniversalClient

	streamPath    func(g *guild, i int) string // path of the i-th stream of a guild
	rowMarker     func(g *guild) []byte        // text before the measured row; nil if the whole message is about it
	counterMarker []byte                       // text right before the row's number, which is the newest event's
	coalesces     bool                         // a frame may show several events at once
	db            *sql.DB                      // database of the rows; nil without one

	closers []func() error
}

func (t *target) close() error {
	var errs []error
	for i := len(t.closers) - 1; i >= 0; i-- {
		errs = append(errs, t.closers[i]())
	}
	return errors.Join(errs...)
}

func (t *target) addCloser(f func() error) { t.closers = append(t.closers, f) }

// streamRequest returns the HTTP request of the i-th stream of a guild, whose page has a version.
func (t *target) streamRequest(g *guild, i int, path, version string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (loadgen)\r\nAccept: text/event-stream\r\n", path, t.addr)
	if len(g.cookies) > 0 {
		fmt.Fprintf(&b, "Cookie: %s\r\n", g.cookies[i/streamsPerUser%len(g.cookies)])
	}
	if version != "" {
		fmt.Fprintf(&b, "Last-Event-ID: %s\r\n", version)
	}
	return []byte(b.String() + "\r\n")
}

// renders returns the number of renders by the server so far; 0 for the baseline.
func (t *target) renders(ctx context.Context) (float64, error) {
	if t.dashboard == nil {
		return 0, nil
	}
	return t.dashboard.Metric(ctx, `guildboard_renders_total{outcome="ok"}`)
}

// matchingSearch returns a text filter that matches the measured row, different for each i.
func matchingSearch(i int) string {
	text, used := strings.ToLower(prizeName(rowsOnPage-1)), map[string]bool{}
	for length := 3; ; length++ {
		for from := range len(text) - length + 1 {
			term := text[from : from+length]
			if strings.TrimSpace(term) != term || used[term] {
				continue
			}
			if len(used) == i {
				return term
			}
			used[term] = true
		}
	}
}

// unaffectedPath returns the path of a page that does not contain the measured row.
func (t *target) unaffectedPath(g *guild, i int) string {
	return t.streamPath(g, 0) + "?q=nothing+" + strconv.Itoa(i)
}

// prizeName returns the prize of a guild's i-th giveaway.
func prizeName(i int) string { return "Nitro for a year, number " + strconv.Itoa(i) }

// streamsPerUser is the number of streams of one user. The limit is twice as high, since the streams of a killed
// process count for a while.
const streamsPerUser = 5

// newTarget creates the guilds and connects to the environment's Redis.
func newTarget(p *environment, guilds int) (*target, error) {
	client, err := store.OpenRedis(p.redisURL)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	t := &target{redis: client}
	t.addCloser(client.Close)
	for i := range guilds {
		t.guilds = append(t.guilds, newGuild(i))
	}
	return t, nil
}

// newEchoTarget starts the baseline.
func newEchoTarget(ctx context.Context, p *environment, s scenario) (*target, error) {
	t, err := newTarget(p, s.Guilds)
	if err != nil {
		return nil, err
	}
	t.streamPath, t.counterMarker = func(g *guild, _ int) string { return "/" + g.id }, []byte(`"entries":`)
	program, err := os.Executable()
	if err == nil {
		t.addr, err = testenv.FreeAddr()
	}
	if err == nil {
		isReady := func(ctx context.Context) error { return testenv.CheckOK(ctx, "http://"+t.addr+"/readyz") }
		t.process, err = testenv.StartProcess(ctx, isReady, program, "echo", "--addr", t.addr, "--redis-url", p.redisURL)
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	t.addCloser(func() error { t.process.Close(); return nil })
	return t, nil
}

// rowsOnPage is the number of giveaways of a guild, which fills one page of its list.
const rowsOnPage = 25

// newDashboardTarget starts the dashboard on an empty database, adds giveaways, and signs users in. Streams subscribe
// to the list of giveaways.
func newDashboardTarget(ctx context.Context, p *environment, s scenario) (t *target, err error) {
	if t, err = newTarget(p, s.Guilds); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	t.streamPath = func(g *guild, i int) string {
		path := "/guilds/" + g.id + "/giveaways/live"
		if s.DistinctFilters {
			path += "?q=" + url.QueryEscape(matchingSearch(i))
		}
		return path
	}
	t.rowMarker = func(g *guild) []byte { return []byte(`id="entries-` + g.giveaway + `"`) }
	t.counterMarker, t.coalesces = []byte(`data-entries="`), true
	database, dropDatabase, err := p.newDatabase(ctx)
	if err != nil {
		return nil, err
	}
	t.addCloser(dropDatabase)
	if err := t.createGiveaways(ctx, database); err != nil {
		return nil, err
	}
	if err := t.signIn(ctx, s.Streams+s.StalledStreams+s.UnaffectedStreams); err != nil {
		return nil, err
	}
	d, err := testenv.StartDashboard(ctx, testenv.DashboardConfig{
		Binary: p.binary, RedisURL: p.redisURL, DatabaseURL: database, Discord: p.discord, ExtraArgs: []string{"--log-level", "warn"},
	})
	if err != nil {
		return nil, err
	}
	t.dashboard, t.process, t.addr = d, d.Process, strings.TrimPrefix(d.URL, "http://")
	t.addCloser(func() error { d.Close(); return nil })
	for _, g := range t.guilds {
		if g.pageVersion, err = t.fetchPageVersion(ctx, g); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// createGiveaways adds the giveaways of every guild. The newest one is the measured row.
func (t *target) createGiveaways(ctx context.Context, database string) error {
	db, err := store.Open(ctx, database)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	defer db.Close()
	for _, g := range t.guilds {
		if err := db.SaveGuild(ctx, store.Guild{ID: g.id, Name: "Guild " + g.id}); err != nil {
			return fmt.Errorf("fill database: %w", err)
		}
		for i := range rowsOnPage {
			created, err := db.CreateGiveaway(ctx, store.Giveaway{
				GuildID: g.id, ChannelID: "400000000000000001", Host: contract.User{ID: "200000000000000001"},
				Prize: prizeName(i), EndsAt: time.Now().Add(24 * time.Hour),
				CreatedAt: time.Now().Add(time.Duration(i-rowsOnPage) * time.Minute),
			})
			if err != nil {
				return fmt.Errorf("fill database: %w", err)
			}
			g.giveaway = created.ID
		}
	}
	driver, source := "pgx", database
	if file, ok := strings.CutPrefix(database, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=synchronous(NORMAL)"
	}
	if t.db, err = sql.Open(driver, source); err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	t.db.SetMaxOpenConns(1)
	t.addCloser(t.db.Close)
	return nil
}

// signIn signs in as many users as the streams need, by writing sessions to Redis.
func (t *target) signIn(ctx context.Context, streams int) error {
	users, err := testenv.NewTestUsers(t.redis)
	if err != nil {
		return err
	}
	t.addCloser(func() error { return users.SignOut(context.WithoutCancel(ctx)) })
	for n := range streams/streamsPerUser + len(t.guilds) {
		g := t.guilds[n%len(t.guilds)]
		user := strconv.FormatInt(time.Now().UnixNano(), 10) // unique, since user data in Redis outlives a run
		cookie, err := users.SignIn(ctx, user, g.id)
		if err != nil {
			return err
		}
		g.cookies = append(g.cookies, cookie)
	}
	return nil
}

// fetchPageVersion returns the version of a guild's page, as a browser that has loaded the page sends it.
func (t *target) fetchPageVersion(ctx context.Context, g *guild) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.addr+"/guilds/"+g.id+"/giveaways", nil)
	if err != nil {
		return "", fmt.Errorf("load page: %w", err)
	}
	req.Header.Set("Cookie", g.cookies[0])
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("load page: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return "", fmt.Errorf("load page: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("load page: status %d", resp.StatusCode)
	}
	return strings.Trim(resp.Header.Get("ETag"), `"`), nil
}

// An environment holds the servers that all targets of a run use.
type environment struct {
	binary      string
	redisURL    string
	postgresURL string // "" for SQLite
	dir         string
	discord     *testenv.FakeDiscord
}

// newDatabase creates an empty database.
func (p *environment) newDatabase(ctx context.Context) (url string, drop func() error, err error) {
	name := "bench_" + store.NewID()
	if p.postgresURL == "" {
		file := filepath.Join(p.dir, name+".db")
		return "sqlite:" + file, func() error { return os.Remove(file) }, nil
	}
	url, err = testenv.CreateSchema(ctx, p.postgresURL, name)
	return url, func() error { return testenv.DropSchema(context.WithoutCancel(ctx), p.postgresURL, name) }, err
}
