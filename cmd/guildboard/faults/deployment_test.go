//go:build faults

// Package faults stops or disturbs services that the dashboard needs, under load, and checks that every page shows the
// state of the database afterwards.
//
// Each test has its own dashboards and Redis, and its own Postgres if it disturbs that. Browsers are simulated in Go:
// they hold streams, apply frames as htmx does, poll without a stream and reconnect as live.js does. A bot changes rows
// and publishes events during the test. With -short, for CI, faults are shorter and there are fewer pages.
//
// A test passes if the pages are correct within their poll interval, the process has no more goroutines and file
// descriptors than before, and the log has one message for each outage.
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

// Intervals of the servers under test: the shortest that templ.yaml allows.
const (
	pollEvery     = 5 * time.Second
	streamTimeout = 3 * time.Second // three pings; a page abandons a stream that is silent for so long

	templYAML = "poll:\n  giveaways: 5s\n  other: 5s\nping: 1s\n"
)

// shortTimeout bounds waits for conditions that should hold almost at once, on a busy machine.
const shortTimeout = 30 * time.Second

var (
	workDir string
	binary  string
	discord *testenv.FakeDiscord

	postgresOnce sync.Once
	postgresURL  string // shared Postgres of the run; "" for SQLite

	cleanupMu   sync.Mutex
	runCleanups []func()
)

// addRunCleanup registers a function to run after all tests.
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

// discardLogger discards the log of the Redis client.
type discardLogger struct{}

func (discardLogger) Printf(context.Context, string, ...any) {}

// shortOr returns short with -short, else full.
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

// skipIfMissing skips the test if err is ErrNotInstalled. On CI, and for other errors, it fails the
// test.
func skipIfMissing(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, testenv.ErrNotInstalled) && os.Getenv("CI") != "true" {
		t.Skipf("skipped: %v", err)
	}
	must(t, err)
}

func eventuallyWithin(t testing.TB, limit time.Duration, label string, condition func() (ok bool, reason string)) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; <-time.After(100 * time.Millisecond) {
		ok, reason := condition()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("timeout after %v waiting until %s\ngot: %s", limit, label, reason)
		}
	}
}

// waitFor lets a fault last for a duration.
func waitFor(d time.Duration) { <-time.After(d) }

// A deployment is a set of dashboards with the services that they need.
type deployment struct {
	t             *testing.T
	dashboards    []*testenv.Dashboard
	frontProxy    *tcpProxy // between browsers and dashboards
	redisProcess  *testenv.Process
	redisProxy    *tcpProxy // between dashboards and Redis
	postgres      *testenv.Process
	database      string
	databaseProxy *tcpProxy // between dashboards and Postgres; nil without proxiedPostgres

	store    *store.Store
	redis    redis.UniversalClient
	users    *testenv.TestUsers
	guilds   []string
	baseline map[*testenv.Dashboard]processResources
}

// deploymentOptions configures the deployment of a test.
type deploymentOptions struct {
	dashboards       int  // number of dashboards; 0 means 1
	ownPostgres      bool // start a Postgres that the test may kill
	proxiedPostgres  bool // connect the dashboards through a tcpProxy
	sqlite           bool
	redisURL         string // of servers that the test has started; "" starts a Redis
	defaultIntervals bool   // use the default intervals, not the shortest ones
}

const guildCount = 3

func newDeployment(t *testing.T, p deploymentOptions) *deployment {
	t.Helper()
	s := &deployment{t: t, baseline: map[*testenv.Dashboard]processResources{}}
	ctx := context.Background() // t.Context ends before the processes are closed
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
			t.Skip("skipped: no Postgres available")
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
				t.Logf("log of dashboard %d:\n%s", i, strings.Join(s.logProblems(d), "\n"))
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

// openRedis starts a Redis unless the options name one, and returns the URL for dashboards.
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
	params := "" // parameters of the test's connections
	switch {
	case p.ownPostgres:
		s.postgres, s.database, err = testenv.StartPostgres(ctx)
		skipIfMissing(s.t, err)
		s.t.Cleanup(s.postgres.Close)
		params = "&default_transaction_read_only=off" // lets the test write while the server is read-only for dashboards
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

// sharedPostgres returns the URL of a Postgres that tests do not disturb: DATABASE_URL, else one that is started for
// the run. It returns "" if Postgres is not installed.
func sharedPostgres(t testing.TB) string {
	postgresOnce.Do(func() {
		if postgresURL = os.Getenv("DATABASE_URL"); postgresURL != "" {
			return
		}
		server, postgres, err := testenv.StartPostgres(context.Background())
		if errors.Is(err, testenv.ErrNotInstalled) {
			t.Log("using SQLite: Postgres is not installed and DATABASE_URL is not set")
			return
		}
		must(t, err)
		postgresURL = postgres
		addRunCleanup(server.Close)
	})
	return postgresURL
}

// processResources are the numbers of goroutines and open file descriptors of a process.
type processResources struct{ goroutines, descriptors int }

// allowedGrowth is the allowed growth of each number over the test, for connection pools.
const allowedGrowth = 40

func (s *deployment) resourceUsage(d *testenv.Dashboard) (h processResources) {
	s.t.Helper()
	h.goroutines = int(s.metric(d, "go_goroutines"))
	h.descriptors = int(s.metric(d, "process_open_fds"))
	return h
}

// metric returns the value of a dashboard's metric. name includes the labels.
func (s *deployment) metric(d *testenv.Dashboard, name string) float64 {
	s.t.Helper()
	v, err := d.Metric(context.Background(), name) // cleanups read metrics after t.Context has ended
	must(s.t, err)
	return v
}

// waitForNoLeaks waits, after all pages were closed, until the resource usage of the processes is back at its baseline.
func (s *deployment) waitForNoLeaks() {
	s.t.Helper()
	for _, d := range s.dashboards {
		eventuallyWithin(s.t, 3*shortTimeout, "no stream, goroutine or file descriptor leaks", func() (bool, string) {
			now, initial, streams := s.resourceUsage(d), s.baseline[d], s.metric(d, "guildboard_streams")
			return streams == 0 &&
					now.goroutines <= initial.goroutines+allowedGrowth && now.descriptors <= initial.descriptors+allowedGrowth,
				fmt.Sprintf("%+v, %v streams; baseline %+v", now, streams, initial)
		})
	}
}

// A logLine is a line of a dashboard's JSON log.
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

// logProblems returns the warnings and errors of a dashboard's log.
func (s *deployment) logProblems(d *testenv.Dashboard) (texts []string) {
	for _, l := range s.readLog(d) {
		if l.Level == "WARN" || l.Level == "ERROR" {
			texts = append(texts, fmt.Sprintf("%s %s %s %.200s", l.Level, l.Msg, l.View, l.Error))
		}
	}
	return texts
}

// checkLogCount checks that the log of the first dashboard has a message times times, for each view if it is about
// views.
func (s *deployment) checkLogCount(message string, times int) {
	s.t.Helper()
	count := map[string]int{"": 0}
	for _, l := range s.readLog(s.dashboards[0]) {
		if l.Msg == message {
			count[l.View]++
		}
	}
	if len(count) > 1 {
		delete(count, "") // the message is about views
	}
	for view, n := range count {
		if n != times {
			s.t.Errorf("log has %d messages %q of view %q, want %d", n, message, view, times)
		}
	}
}

// isReady reports whether the first dashboard is ready, and the error of /readyz.
func (s *deployment) isReady() (bool, string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := testenv.CheckOK(ctx, s.dashboards[0].URL+"/readyz")
	return err == nil, fmt.Sprint(err)
}
