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

	"guildboard/cmd/internal/testenv"
	"guildboard/store"
)

// What the servers under test are told: the shortest times that templ.yaml allows.
const (
	pollEvery     = 5 * time.Second
	streamTimeout = 3 * time.Second // three pings: after which a page gives its stream up

	templYAML = "poll:\n  giveaways: 5s\n  other: 5s\nping: 1s\n"
)

// shortTimeout is how long things may take that take a moment, on a machine that has other work.
const shortTimeout = 30 * time.Second

var (
	workDir string
	binary  string
	discord *testenv.FakeDiscord

	postgresOnce sync.Once
	postgresURL  string // of the run; "" for SQLite

	cleanupMu   sync.Mutex
	runCleanups []func()
)

// addRunCleanup runs a function at the end of the run.
func addRunCleanup(f func()) {
	cleanupMu.Lock()
	defer cleanupMu.Unlock()
	runCleanups = append(runCleanups, f)
}

func TestMain(m *testing.M) {
	flag.Parse()
	status := 1
	defer func() { os.Exit(status) }()
	redis.SetLogger(discardLogger{})
	var err error
	if workDir, err = os.MkdirTemp("", "guildboard-faults-"); err == nil {
		defer os.RemoveAll(workDir)
		err = os.WriteFile(filepath.Join(workDir, "templ.yaml"), []byte(templYAML), 0o600)
	}
	if binary = os.Getenv("GUILDBOARD"); binary == "" && err == nil {
		binary, err = testenv.BuildDashboard(context.Background(), workDir)
	}
	if err == nil {
		discord, err = testenv.NewFakeDiscord()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer discord.Close()
	status = m.Run()
	for _, f := range runCleanups {
		f()
	}
}

// discardLogger is a logger that says nothing.
type discardLogger struct{}

func (discardLogger) Printf(context.Context, string, ...any) {}

// shortOr is a smaller measure for CI.
func shortOr[T any](short, full T) T {
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

// skipIfMissing skips a test for want of a program, and fails it on CI, where nothing may be missing.
func skipIfMissing(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, testenv.ErrNotInstalled) && os.Getenv("CI") != "true" {
		t.Skipf("skipped: %v", err)
	}
	must(t, err)
}

func eventuallyWithin(t testing.TB, limit time.Duration, what string, condition func() (ok bool, reason string)) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; <-time.After(100 * time.Millisecond) {
		ok, reason := condition()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s\nseen: %s", limit, what, reason)
		}
	}
}

// waitFor is a fault's duration: all that happens meanwhile happens under it.
func waitFor(d time.Duration) { <-time.After(d) }

// A deployment is dashboards and what they stand on.
type deployment struct {
	t             *testing.T
	dashboards    []*testenv.Dashboard
	frontProxy    *tcpProxy // where browsers come in
	redisProcess  *testenv.Process
	redisProxy    *tcpProxy // between dashboards and Redis
	postgres      *testenv.Process
	database      string
	databaseProxy *tcpProxy // between dashboards and Postgres, where that was planned

	store    *store.Store
	redis    redis.UniversalClient
	users    *testenv.TestUsers
	guilds   []string
	baseline map[*testenv.Dashboard]processResources
}

// deploymentOptions says what a test needs.
type deploymentOptions struct {
	dashboards       int  // one when it is 0
	ownPostgres      bool // which may be killed
	proxiedPostgres  bool // which dashboards come to by a wire
	sqlite           bool
	redisURL         string // of servers that the test has started; "" if the site starts its own Redis
	defaultIntervals bool   // use the default intervals, not the shortest ones
}

const guildCount = 3

func newDeployment(t *testing.T, p deploymentOptions) *deployment {
	t.Helper()
	s := &deployment{t: t, baseline: map[*testenv.Dashboard]processResources{}}
	ctx := context.Background() // the test's own ends before what it has started
	dashboardRedisURL, err := s.openRedis(p)
	must(t, err)
	s.openDatabase(p)

	s.users, err = testenv.NewTestUsers(s.redis)
	must(t, err)
	var addrs []string
	for range max(p.dashboards, 1) {
		free, err := testenv.FreeAddr()
		must(t, err)
		addrs = append(addrs, free)
	}
	s.frontProxy = newTCPProxy(t, addrs...)
	dashboardDatabaseURL := s.database
	if p.proxiedPostgres {
		if strings.HasPrefix(s.database, "sqlite:") {
			t.Skip("skipped: there is no Postgres")
		}
		u, err := url.Parse(s.database)
		must(t, err)
		s.databaseProxy = newTCPProxy(t, u.Host)
		u.Host = s.databaseProxy.addr
		dashboardDatabaseURL = u.String()
	}
	for _, addr := range addrs {
		extraArgs := []string{"--log-json"}
		if !p.defaultIntervals {
			extraArgs = append(extraArgs, "--templ", filepath.Join(workDir, "templ.yaml"))
		}
		d, err := testenv.StartDashboard(ctx, testenv.DashboardConfig{
			Binary: binary, RedisURL: dashboardRedisURL, DatabaseURL: dashboardDatabaseURL, Discord: discord,
			Addr: addr, PublicURL: "http://" + s.frontProxy.addr, ExtraArgs: extraArgs,
		})
		must(t, err)
		t.Cleanup(d.Close)
		s.dashboards = append(s.dashboards, d)
		s.baseline[d] = s.resourceUsage(d)
	}
	t.Cleanup(func() {
		if t.Failed() {
			for i, d := range s.dashboards {
				t.Logf("dashboard %d said:\n%s", i, strings.Join(s.logProblems(d), "\n"))
			}
		}
	})
	for i := range guildCount {
		guild := fmt.Sprintf("7%017d", i)
		must(t, s.store.SaveGuild(ctx, store.Guild{ID: guild, Name: "Guild of " + t.Name()}))
		s.guilds = append(s.guilds, guild)
	}
	return s
}

// openRedis starts a Redis unless the plan names servers, and returns where dashboards find it.
func (s *deployment) openRedis(p deploymentOptions) (dashboardRedisURL string, err error) {
	s.t.Helper()
	url := p.redisURL
	dashboardRedisURL = url
	if url == "" {
		process, addr, err := testenv.StartRedis(context.Background())
		skipIfMissing(s.t, err)
		s.redisProcess = process
		s.t.Cleanup(process.Close)
		s.redisProxy = newTCPProxy(s.t, addr)
		url, dashboardRedisURL = "redis://"+addr, "redis://"+s.redisProxy.addr
	}
	if s.redis, err = store.OpenRedis(url); err == nil {
		s.t.Cleanup(func() { s.redis.Close() })
	}
	return dashboardRedisURL, err
}

func (s *deployment) openDatabase(p deploymentOptions) {
	s.t.Helper()
	ctx, name := context.Background(), "faults_"+store.NewID()
	var err error
	params := "" // settings of the test's own connections
	switch {
	case p.ownPostgres:
		s.postgres, s.database, err = testenv.StartPostgres(ctx)
		skipIfMissing(s.t, err)
		s.t.Cleanup(s.postgres.Close)
		params = "&default_transaction_read_only=off" // the test may write to a server that is read-only to others
	case p.sqlite || sharedPostgres(s.t) == "":
		s.database = "sqlite:" + filepath.Join(s.t.TempDir(), name+".db")
	default:
		s.database, err = testenv.CreateSchema(ctx, postgresURL, name)
		must(s.t, err)
		s.t.Cleanup(func() { must(s.t, testenv.DropSchema(ctx, postgresURL, name)) })
	}
	s.store, err = store.Open(ctx, s.database+params)
	must(s.t, err)
	s.t.Cleanup(func() { _ = s.store.Close() })
}

// sharedPostgres is one that nobody breaks: that of DATABASE_URL, else one of the run's own where it is installed.
func sharedPostgres(t testing.TB) string {
	postgresOnce.Do(func() {
		if postgresURL = os.Getenv("DATABASE_URL"); postgresURL != "" {
			return
		}
		server, postgres, err := testenv.StartPostgres(context.Background())
		if errors.Is(err, testenv.ErrNotInstalled) {
			t.Log("on SQLite: Postgres is not installed and DATABASE_URL is not set")
			return
		}
		must(t, err)
		postgresURL = postgres
		addRunCleanup(server.Close)
	})
	return postgresURL
}

// processResources is what a process holds.
type processResources struct{ goroutines, descriptors int }

// allowedGrowth is what a process may hold more than when nobody had come yet: pools of connections.
const allowedGrowth = 40

func (s *deployment) resourceUsage(d *testenv.Dashboard) (h processResources) {
	s.t.Helper()
	h.goroutines = int(s.metric(d, "go_goroutines"))
	h.descriptors = int(s.metric(d, "process_open_fds"))
	return h
}

// metric is a figure that a dashboard gives operators; its labels go with its name.
func (s *deployment) metric(d *testenv.Dashboard, name string) float64 {
	s.t.Helper()
	v, err := d.Metric(context.Background(), name) // a test that ends asks, too
	must(s.t, err)
	return v
}

// waitForNoLeaks waits, after the last browser has gone, until the processes hold what they held at first.
func (s *deployment) waitForNoLeaks() {
	s.t.Helper()
	for _, d := range s.dashboards {
		eventuallyWithin(s.t, 3*shortTimeout, "no stream, goroutine or descriptor is left", func() (bool, string) {
			now, initial, streams := s.resourceUsage(d), s.baseline[d], s.metric(d, "guildboard_streams")
			return streams == 0 && now.goroutines <= initial.goroutines+allowedGrowth && now.descriptors <= initial.descriptors+allowedGrowth,
				fmt.Sprintf("%+v, %v streams; at first %+v", now, streams, initial)
		})
	}
}

// A logLine of a dashboard's log.
type logLine struct {
	Level, Msg, View string
	Error            string
}

func (s *deployment) readLog(d *testenv.Dashboard) (lines []logLine) {
	for _, text := range d.Log.Lines() {
		var l logLine
		if json.Unmarshal([]byte(text), &l) == nil {
			lines = append(lines, l)
		}
	}
	return lines
}

// logProblems are the lines that say that something is wrong.
func (s *deployment) logProblems(d *testenv.Dashboard) (texts []string) {
	for _, l := range s.readLog(d) {
		if l.Level == "WARN" || l.Level == "ERROR" {
			texts = append(texts, fmt.Sprintf("%s %s %s %.200s", l.Level, l.Msg, l.View, l.Error))
		}
	}
	return texts
}

// checkLogCount asserts how often the log of the first dashboard has a message. A view's own are counted for each view.
func (s *deployment) checkLogCount(message string, times int) {
	s.t.Helper()
	count := map[string]int{"": 0}
	for _, l := range s.readLog(s.dashboards[0]) {
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

// isReady tells whether the first dashboard has all it needs.
func (s *deployment) isReady() (bool, string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := testenv.CheckOK(ctx, s.dashboards[0].URL+"/readyz")
	return err == nil, fmt.Sprint(err)
}
