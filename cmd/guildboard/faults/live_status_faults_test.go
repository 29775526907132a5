//go:build faults

package faults

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"guildboard/cmd/internal/browsers"
	"guildboard/cmd/internal/testenv"
	"guildboard/store"
	"guildboard/store/contract"
)

// results collects the results of all tests. The run prints them as a table at its end.
var results liveStatusResults

func init() {
	addRunCleanup(func() {
		if len(results.rows) > 0 {
			fmt.Print(&results)
		}
	})
}

func TestLiveStatusIsCorrectDuringOutages(t *testing.T) {
	if testing.Short() {
		t.Parallel()
	}
	s := newDeployment(t, deploymentOptions{ownPostgres: true, proxiedPostgres: true, defaultIntervals: true})
	front := newHTTPProxy(t, s.frontProxy.addr)
	runFaults(t, s, front, []serviceFault{
		{name: "Postgres killed", begin: killPostgres, end: startPostgres, allBrowsers: true},
		{name: "Postgres stopped", begin: func(s *deployment) { s.postgres.Interrupt() }, end: startPostgres},
		{name: "Postgres paused", begin: pausePostgres, end: resumePostgres},
		{name: "Postgres read-only", begin: setReadOnly("ALTER SYSTEM SET default_transaction_read_only = on"),
			end: setReadOnly("ALTER SYSTEM RESET default_transaction_read_only")},
		{name: "table locked", begin: lockGiveaways, end: unlockGiveaways},
		{name: "network to Postgres cut",
			begin: func(s *deployment) { s.databaseProxy.setMode(refuseConns) },
			end:   func(s *deployment) { s.databaseProxy.setMode(passThrough) }},
		{name: "network to Postgres stuck",
			begin: func(s *deployment) { s.databaseProxy.setMode(stallData) },
			end:   func(s *deployment) { s.databaseProxy.setMode(passThrough) }},
		{name: "Redis killed", begin: func(s *deployment) { s.redisProcess.Kill() }, end: startRedis, allBrowsers: true},
		{name: "Redis paused",
			begin: func(s *deployment) { must(s.t, s.redisProcess.Pause()) },
			end:   func(s *deployment) { must(s.t, s.redisProcess.Resume()) }},
		{name: "Redis full", begin: fillRedis, end: liftRedisLimit, mayStayLive: true}, // PUBLISH needs no memory
		{name: "network to Redis cut",
			begin: func(s *deployment) { s.redisProxy.setMode(refuseConns) },
			end:   func(s *deployment) { s.redisProxy.setMode(passThrough) }},
		{name: "network to Redis stuck",
			begin: func(s *deployment) { s.redisProxy.setMode(stallData) },
			end:   func(s *deployment) { s.redisProxy.setMode(passThrough) }},
		{name: "server killed", begin: func(s *deployment) { s.dashboards[0].Kill() }, end: startDashboard, allBrowsers: true},
		{name: "proxy restarted", begin: func(*deployment) { front.stop() }, end: func(*deployment) { front.start() }},
	})
}

func TestLiveStatusIsCorrectWhenClusterLosesNode(t *testing.T) {
	if testing.Short() {
		t.Parallel()
	}
	cluster, err := testenv.StartRedisCluster(t.Context())
	skipIfMissing(t, err)
	t.Cleanup(cluster.Close)
	s := newDeployment(t, deploymentOptions{redisURL: cluster.URL, defaultIntervals: true})
	runFaults(t, s, newHTTPProxy(t, s.frontProxy.addr), []serviceFault{{
		name: "Cluster node with the subscription killed", mayStayLive: true, // another node may have the subscription at once
		begin: func(s *deployment) { cluster.Servers[s.subscribedNode(cluster)].Kill() },
		end:   func(s *deployment) { eventuallyWithin(t, liveStatusTimeout, "the dashboard is ready", s.isReady) },
	}})
}

func TestLiveStatusIsCorrectDuringSentinelFailover(t *testing.T) {
	if testing.Short() {
		t.Parallel()
	}
	group, primary, err := testenv.StartRedisSentinel(t.Context())
	skipIfMissing(t, err)
	t.Cleanup(group.Close)
	s := newDeployment(t, deploymentOptions{redisURL: group.URL, defaultIntervals: true})
	runFaults(t, s, newHTTPProxy(t, s.frontProxy.addr), []serviceFault{{
		name: "Sentinel primary killed", mayStayLive: true, // a replica may take over before the page can notice
		begin: func(*deployment) { group.Servers[primary].Kill() },
		end:   func(s *deployment) { eventuallyWithin(t, liveStatusTimeout, "the dashboard is ready", s.isReady) },
	}})
}

// runFaults runs faults one after another and records pages in all browsers. With -short, most faults are recorded in
// Chromium only.
func runFaults(t *testing.T, s *deployment, front *httpProxy, faults []serviceFault) {
	t.Helper()
	kinds := browsers.Kinds
	if testing.Short() && !slices.ContainsFunc(faults, func(f serviceFault) bool { return f.allBrowsers }) {
		kinds = kinds[:1]
	}
	var allRecordings []*pageRecording
	for _, kind := range kinds {
		if w := newPageRecording(t, kind); w != nil {
			allRecordings = append(allRecordings, w)
		}
	}
	if len(allRecordings) == 0 {
		t.Skip("skipped: no browser is installed")
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			recordings := allRecordings
			if testing.Short() && !f.allBrowsers {
				recordings = allRecordings[:1]
			}
			s.runFault(t, f, front.url, recordings, &results)
		})
	}
}

// notInstalled handles a browser that is not installed: it fails the test on CI and logs err elsewhere.
func notInstalled(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Logf("no recording: %v", err)
}

var snowflakes struct {
	sync.Mutex
	n int
}

// snowflake returns a new guild id.
func snowflake() string {
	snowflakes.Lock()
	defer snowflakes.Unlock()
	snowflakes.n++
	return fmt.Sprintf("8%017d", snowflakes.n)
}

func killPostgres(s *deployment)   { s.postgres.Kill() }
func startPostgres(s *deployment)  { must(s.t, s.postgres.Start(context.Background())) }
func startRedis(s *deployment)     { must(s.t, s.redisProcess.Start(context.Background())) }
func startDashboard(s *deployment) { must(s.t, s.dashboards[0].Start(context.Background())) }

// pausePostgres stops the postmaster and all its children, which have process groups of their own.
func pausePostgres(s *deployment) {
	must(s.t, s.postgres.Pause())
	for _, child := range s.postgresChildren() {
		_ = syscall.Kill(child, syscall.SIGSTOP) // fails if the process has ended
	}
}

func resumePostgres(s *deployment) {
	for _, child := range s.postgresChildren() {
		_ = syscall.Kill(child, syscall.SIGCONT)
	}
	must(s.t, s.postgres.Resume())
}

func (s *deployment) postgresChildren() (pids []int) {
	s.t.Helper()
	pid := s.postgres.PID()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	must(s.t, err)
	for _, field := range strings.Fields(string(text)) {
		child, err := strconv.Atoi(field)
		must(s.t, err)
		pids = append(pids, child)
	}
	return pids
}

// setReadOnly returns a function that changes whether new transactions of dashboards may write.
func setReadOnly(statement string) func(*deployment) {
	return func(s *deployment) {
		db, err := sql.Open("pgx", s.database+"&default_transaction_read_only=off")
		must(s.t, err)
		defer db.Close()
		for _, statement := range []string{statement, "SELECT pg_reload_conf()"} {
			_, err := db.Exec(statement)
			must(s.t, err)
		}
	}
}

// tableLocks holds the release functions of locked tables by deployment.
var tableLocks sync.Map

func lockGiveaways(s *deployment) {
	tableLocks.Store(s, s.lockDatabase("BEGIN", "LOCK TABLE giveaways IN ACCESS EXCLUSIVE MODE"))
}

func unlockGiveaways(s *deployment) {
	release, _ := tableLocks.LoadAndDelete(s)
	release.(func())()
}

func fillRedis(s *deployment) {
	for _, setting := range [][2]string{{"maxmemory-policy", "noeviction"}, {"maxmemory", "1"}} {
		must(s.t, s.redis.ConfigSet(context.Background(), setting[0], setting[1]).Err())
	}
}

func liftRedisLimit(s *deployment) {
	must(s.t, s.redis.ConfigSet(context.Background(), "maxmemory", "0").Err())
}

// subscribedNode returns the node of a cluster at which the dashboard has subscribed to events.
func (s *deployment) subscribedNode(cluster *testenv.RedisGroup) (addr string) {
	s.t.Helper()
	eventuallyWithin(s.t, shortTimeout, "a node has the subscription to events", func() (bool, string) {
		for candidate := range cluster.Servers {
			client, err := store.OpenRedis("redis://" + candidate)
			must(s.t, err)
			counts, err := client.PubSubNumSub(context.Background(), contract.EventsChannel).Result()
			client.Close()
			if err == nil && counts[contract.EventsChannel] > 0 {
				addr = candidate
				return true, ""
			}
		}
		return false, "no node has a subscription"
	})
	return addr
}

// An httpProxy is a reverse proxy in front of the dashboard, which can be restarted.
type httpProxy struct {
	t       *testing.T
	url     string
	addr    string
	handler http.Handler
	server  *http.Server
}

func newHTTPProxy(t *testing.T, target string) *httpProxy {
	t.Helper()
	addr, err := testenv.FreeAddr()
	must(t, err)
	targetURL := &url.URL{Scheme: "http", Host: target}
	p := &httpProxy{t: t, url: "http://" + addr, addr: addr, handler: &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(targetURL); r.Out.Host = r.In.Host },
		FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0),
	}}
	p.start()
	t.Cleanup(p.stop)
	return p
}

// start listens and serves until stop.
func (p *httpProxy) start() {
	p.server = &http.Server{Addr: p.addr, Handler: p.handler, ReadHeaderTimeout: time.Minute}
	go p.server.ListenAndServe()
	eventuallyWithin(p.t, shortTimeout, "the proxy accepts connections", func() (bool, string) {
		err := testenv.CheckOK(context.Background(), p.url+"/healthz")
		return err == nil, fmt.Sprint(err)
	})
}

// stop ends all connections at once.
func (p *httpProxy) stop() { _ = p.server.Close() }
