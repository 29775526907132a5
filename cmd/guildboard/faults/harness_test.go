//go:build faults

// Package faults breaks what the dashboard stands on, under load, and then looks whether every browser shows what the
// database says.
//
// Each test has dashboards of its own, a Redis of its own, and a Postgres where one is to be broken. Browsers are Go: they
// hold streams, apply frames to a page as htmx does, poll while they have no stream and come back as live.js does. A bot
// changes rows and says so all the while. With -short, for CI, faults are shorter and crowds smaller.
//
// A test that ends well has found three things: the pages are right within the interval in which they ask by themselves,
// the process holds no more goroutines and descriptors than before, and its log has said what happened, once.
package faults

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/cmd/internal/rig"
	"guildboard/store"
)

// What the servers under test are told: the shortest times that templ.yaml allows.
const (
	pollEvery = 5 * time.Second
	silence   = 3 * time.Second // three pings: after which a page gives its stream up

	templYAML = "poll:\n  giveaways: 5s\n  other: 5s\nping: 1s\n"
)

// soon is how long things may take that take a moment, on a machine that has other work.
const soon = 30 * time.Second

var (
	workDir string
	binary  string
	discord *rig.Discord

	postgresOnce sync.Once
	postgresURL  string // of the run; "" for SQLite

	ending sync.Mutex
	atEnd  []func()
)

// finally runs a function at the end of the run.
func finally(f func()) {
	ending.Lock()
	defer ending.Unlock()
	atEnd = append(atEnd, f)
}

func TestMain(m *testing.M) {
	flag.Parse()
	status := 1
	defer func() { os.Exit(status) }()
	redis.SetLogger(quiet{})
	var err error
	if workDir, err = os.MkdirTemp("", "guildboard-faults-"); err == nil {
		defer os.RemoveAll(workDir)
		err = os.WriteFile(filepath.Join(workDir, "templ.yaml"), []byte(templYAML), 0o600)
	}
	if binary = os.Getenv("GUILDBOARD"); binary == "" && err == nil {
		binary, err = rig.Build(context.Background(), workDir)
	}
	if err == nil {
		discord, err = rig.NewDiscord()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer discord.Close()
	status = m.Run()
	for _, f := range atEnd {
		f()
	}
}

// quiet is a logger that says nothing.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// inShort is a smaller measure for CI.
func inShort[T any](short, full T) T {
	if testing.Short() {
		return short
	}
	return full
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// installed skips a test for want of a program, and fails it on CI, where nothing may be missing.
func installed(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, rig.ErrMissing) && os.Getenv("CI") != "true" {
		t.Skipf("skipped: %v", err)
	}
	must(t, err)
}

func within(t testing.TB, limit time.Duration, what string, is func() (ok bool, why string)) {
	t.Helper()
	for until := time.Now().Add(limit); ; <-time.After(100 * time.Millisecond) {
		ok, why := is()
		if ok {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("not within %v: %s\nseen: %s", limit, what, why)
		}
	}
}

// lasting is a fault's duration: all that happens meanwhile happens under it.
func lasting(d time.Duration) { <-time.After(d) }

// A site is dashboards and what they stand on.
type site struct {
	t            *testing.T
	dashboards   []*rig.Dashboard
	front        *wire // where browsers come in
	broker       *rig.Process
	brokerWire   *wire // between dashboards and Redis
	postgres     *rig.Process
	database     string
	databaseWire *wire // between dashboards and Postgres, where that was planned

	store  *store.Store
	redis  redis.UniversalClient
	people *rig.People
	guilds []string
	before map[*rig.Dashboard]held
}

// plan says what a test needs.
type plan struct {
	dashboards    int  // one when it is 0
	ownPostgres   bool // which may be killed
	wiredPostgres bool // which dashboards come to by a wire
	sqlite        bool
	redisURL      string // of servers that the test has started; "" if the site starts its own Redis
	asShipped     bool   // use the default intervals, not the shortest ones
}

const guildsOfSite = 3

func newSite(t *testing.T, p plan) *site {
	t.Helper()
	s := &site{t: t, before: map[*rig.Dashboard]held{}}
	ctx := context.Background() // the test's own ends before what it has started
	seenByDashboards, err := s.openRedis(p)
	must(t, err)
	s.openDatabase(p)

	s.people, err = rig.NewPeople(s.redis)
	must(t, err)
	var addrs []string
	for range max(p.dashboards, 1) {
		free, err := rig.FreeAddr()
		must(t, err)
		addrs = append(addrs, free)
	}
	s.front = newWire(t, addrs...)
	seenAs := s.database
	if p.wiredPostgres {
		if strings.HasPrefix(s.database, "sqlite:") {
			t.Skip("skipped: there is no Postgres")
		}
		u, err := url.Parse(s.database)
		must(t, err)
		s.databaseWire = newWire(t, u.Host)
		u.Host = s.databaseWire.addr
		seenAs = u.String()
	}
	for _, addr := range addrs {
		more := []string{"--log-json"}
		if !p.asShipped {
			more = append(more, "--templ", filepath.Join(workDir, "templ.yaml"))
		}
		d, err := rig.NewDashboard(ctx, rig.Settings{
			Binary: binary, RedisURL: seenByDashboards, DatabaseURL: seenAs, Discord: discord,
			Addr: addr, PublicURL: "http://" + s.front.addr, More: more,
		})
		must(t, err)
		t.Cleanup(d.Close)
		s.dashboards = append(s.dashboards, d)
		s.before[d] = s.holds(d)
	}
	t.Cleanup(func() {
		if t.Failed() {
			for i, d := range s.dashboards {
				t.Logf("dashboard %d said:\n%s", i, strings.Join(s.troubles(d), "\n"))
			}
		}
	})
	for i := range guildsOfSite {
		guild := fmt.Sprintf("7%017d", i)
		must(t, s.store.SaveGuild(ctx, store.Guild{ID: guild, Name: "Guild of " + t.Name()}))
		s.guilds = append(s.guilds, guild)
	}
	return s
}

// openRedis starts a Redis unless the plan names servers, and returns where dashboards find it.
func (s *site) openRedis(p plan) (seenByDashboards string, err error) {
	s.t.Helper()
	url := p.redisURL
	seenByDashboards = url
	if url == "" {
		broker, addr, err := rig.Redis(context.Background())
		installed(s.t, err)
		s.broker = broker
		s.t.Cleanup(broker.Close)
		s.brokerWire = newWire(s.t, addr)
		url, seenByDashboards = "redis://"+addr, "redis://"+s.brokerWire.addr
	}
	if s.redis, err = store.OpenRedis(url); err == nil {
		s.t.Cleanup(func() { s.redis.Close() })
	}
	return seenByDashboards, err
}

func (s *site) openDatabase(p plan) {
	s.t.Helper()
	ctx, name := context.Background(), "faults_"+store.NewID()
	var err error
	own := "" // settings of the test's own connections
	switch {
	case p.ownPostgres:
		s.postgres, s.database, err = rig.Postgres(ctx)
		installed(s.t, err)
		s.t.Cleanup(s.postgres.Close)
		own = "&default_transaction_read_only=off" // the test may write to a server that is read-only to others
	case p.sqlite || somePostgres(s.t) == "":
		s.database = "sqlite:" + filepath.Join(s.t.TempDir(), name+".db")
	default:
		s.database, err = rig.Schema(ctx, postgresURL, name)
		must(s.t, err)
		s.t.Cleanup(func() { must(s.t, rig.DropSchema(ctx, postgresURL, name)) })
	}
	s.store, err = store.Open(ctx, s.database+own)
	must(s.t, err)
	s.t.Cleanup(func() { _ = s.store.Close() })
}

// somePostgres is one that nobody breaks: that of DATABASE_URL, else one of the run's own where it is installed.
func somePostgres(t testing.TB) string {
	postgresOnce.Do(func() {
		if postgresURL = os.Getenv("DATABASE_URL"); postgresURL != "" {
			return
		}
		server, address, err := rig.Postgres(context.Background())
		if errors.Is(err, rig.ErrMissing) {
			t.Log("on SQLite: Postgres is not installed and DATABASE_URL is not set")
			return
		}
		must(t, err)
		postgresURL = address
		finally(server.Close)
	})
	return postgresURL
}

// held is what a process holds.
type held struct{ goroutines, descriptors int }

// spare is what a process may hold more than when nobody had come yet: pools of connections.
const spare = 40

func (s *site) holds(d *rig.Dashboard) (h held) {
	s.t.Helper()
	h.goroutines = int(s.metric(d, "go_goroutines"))
	h.descriptors = int(s.metric(d, "process_open_fds"))
	return h
}

// metric is a figure that a dashboard gives operators; its labels go with its name.
func (s *site) metric(d *rig.Dashboard, name string) float64 {
	s.t.Helper()
	v, err := d.Metric(context.Background(), name) // a test that ends asks, too
	must(s.t, err)
	return v
}

// nothingLeft waits, after the last browser has gone, until the processes hold what they held at first.
func (s *site) nothingLeft() {
	s.t.Helper()
	for _, d := range s.dashboards {
		within(s.t, 3*soon, "no stream, goroutine or descriptor is left", func() (bool, string) {
			now, was, streams := s.holds(d), s.before[d], s.metric(d, "guildboard_streams")
			return streams == 0 && now.goroutines <= was.goroutines+spare && now.descriptors <= was.descriptors+spare,
				fmt.Sprintf("%+v, %v streams; at first %+v", now, streams, was)
		})
	}
}

// A line of a dashboard's log.
type line struct {
	Level, Msg, View string
	Error            string
}

func (s *site) log(d *rig.Dashboard) (lines []line) {
	for _, text := range d.Log.Lines() {
		var l line
		if json.Unmarshal([]byte(text), &l) == nil {
			lines = append(lines, l)
		}
	}
	return lines
}

// troubles are the lines that say that something is wrong.
func (s *site) troubles(d *rig.Dashboard) (texts []string) {
	for _, l := range s.log(d) {
		if l.Level == "WARN" || l.Level == "ERROR" {
			texts = append(texts, fmt.Sprintf("%s %s %s %.200s", l.Level, l.Msg, l.View, l.Error))
		}
	}
	return texts
}

// says asserts how often the log of the first dashboard has a message. A view's own are counted for each view.
func (s *site) says(message string, times int) {
	s.t.Helper()
	count := map[string]int{"": 0}
	for _, l := range s.log(s.dashboards[0]) {
		if l.Msg == message {
			count[l.View]++
		}
	}
	if len(count) > 1 {
		delete(count, "") // it is about views
	}
	for view, n := range count {
		if n != times {
			s.t.Errorf("the log says %d times, and should %d times, %q %s", n, times, message, view)
		}
	}
}

// ready tells whether the first dashboard has all it needs.
func (s *site) ready() (bool, string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := rig.Answers(ctx, s.dashboards[0].URL+"/readyz")
	return err == nil, fmt.Sprint(err)
}
