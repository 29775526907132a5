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
	"guildboard/cmd/internal/rig"
	"guildboard/store"
)

// table collects the rows of all tests. The run prints it at its end.
var table markTable

func init() {
	finally(func() {
		if len(table.rows) > 0 {
			fmt.Print(&table)
		}
	})
}

func TestTheMarkIsTrueWhileServersAreAway(t *testing.T) {
	if testing.Short() {
		t.Parallel()
	}
	s := newSite(t, plan{ownPostgres: true, wiredPostgres: true, asShipped: true})
	front := newHTTPProxy(t, s.front.addr)
	runFaults(t, s, front, []fault{
		{name: "Postgres killed", begin: killPostgres, end: startPostgres, everywhere: true},
		{name: "Postgres stopped", begin: func(s *site) { s.postgres.Interrupt() }, end: startPostgres},
		{name: "Postgres paused", begin: pausePostgres, end: resumePostgres},
		{name: "Postgres read-only", begin: setReadOnly("ALTER SYSTEM SET default_transaction_read_only = on"),
			end: setReadOnly("ALTER SYSTEM RESET default_transaction_read_only")},
		{name: "table locked", begin: lockGiveaways, end: unlockGiveaways},
		{name: "network to Postgres cut",
			begin: func(s *site) { s.databaseWire.turns(refusing) }, end: func(s *site) { s.databaseWire.turns(fair) }},
		{name: "network to Postgres stuck",
			begin: func(s *site) { s.databaseWire.turns(stuck) }, end: func(s *site) { s.databaseWire.turns(fair) }},
		{name: "Redis killed", begin: func(s *site) { s.broker.Kill() }, end: startBroker, everywhere: true},
		{name: "Redis paused", begin: func(s *site) { must(s.t, s.broker.Pause()) }, end: func(s *site) { must(s.t, s.broker.Resume()) }},
		{name: "Redis full", begin: fillRedis, end: emptyRedis, mayBeLive: true}, // PUBLISH needs no memory
		{name: "network to Redis cut", begin: func(s *site) { s.brokerWire.turns(refusing) }, end: func(s *site) { s.brokerWire.turns(fair) }},
		{name: "network to Redis stuck", begin: func(s *site) { s.brokerWire.turns(stuck) }, end: func(s *site) { s.brokerWire.turns(fair) }},
		{name: "server killed", begin: func(s *site) { s.dashboards[0].Kill() }, end: startDashboard, everywhere: true},
		{name: "proxy restarted", begin: func(*site) { front.stop() }, end: func(*site) { front.start() }},
	})
}

func TestTheMarkIsTrueWhileAClusterLosesANode(t *testing.T) {
	if testing.Short() {
		t.Parallel()
	}
	cluster, err := rig.RedisCluster(t.Context())
	installed(t, err)
	t.Cleanup(cluster.Close)
	s := newSite(t, plan{redisURL: cluster.URL, asShipped: true})
	runFaults(t, s, newHTTPProxy(t, s.front.addr), []fault{{
		name: "Cluster node with the subscription killed", mayBeLive: true, // another node may have the subscription at once
		begin: func(s *site) { cluster.Servers[s.subscribed(cluster)].Kill() },
		end:   func(s *site) { within(t, limit, "the dashboard is ready", s.ready) },
	}})
}

func TestTheMarkIsTrueWhileASentinelReplacesThePrimary(t *testing.T) {
	if testing.Short() {
		t.Parallel()
	}
	group, primary, err := rig.SentinelRedis(t.Context())
	installed(t, err)
	t.Cleanup(group.Close)
	s := newSite(t, plan{redisURL: group.URL, asShipped: true})
	runFaults(t, s, newHTTPProxy(t, s.front.addr), []fault{{
		name: "Sentinel primary killed", mayBeLive: true, // a replica may take over before the page can notice
		begin: func(*site) { group.Servers[primary].Kill() },
		end:   func(s *site) { within(t, limit, "the dashboard is ready", s.ready) },
	}})
}

// runFaults watches the faults one after another. With -short most are watched in Chromium alone.
func runFaults(t *testing.T, s *site, front *httpProxy, faults []fault) {
	t.Helper()
	kinds := browsers.Kinds
	if testing.Short() && !slices.ContainsFunc(faults, func(f fault) bool { return f.everywhere }) {
		kinds = kinds[:1]
	}
	var all []*watch
	for _, kind := range kinds {
		if w := newWatch(t, kind); w != nil {
			all = append(all, w)
		}
	}
	if len(all) == 0 {
		t.Skip("skipped: no browser is installed")
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			watches := all
			if testing.Short() && !f.everywhere {
				watches = all[:1]
			}
			s.watch(t, f, front.url, watches, &table)
		})
	}
}

// notInstalled fails the test on CI because a browser is missing, and logs that elsewhere.
func notInstalled(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Logf("not watched: %v", err)
}

var snowflakes struct {
	sync.Mutex
	n int
}

// snowflake returns a new id of a guild.
func snowflake() string {
	snowflakes.Lock()
	defer snowflakes.Unlock()
	snowflakes.n++
	return fmt.Sprintf("8%017d", snowflakes.n)
}

func killPostgres(s *site)   { s.postgres.Kill() }
func startPostgres(s *site)  { must(s.t, s.postgres.Start(context.Background())) }
func startBroker(s *site)    { must(s.t, s.broker.Start(context.Background())) }
func startDashboard(s *site) { must(s.t, s.dashboards[0].Start(context.Background())) }

// pausePostgres stops the postmaster and all its children, which have process groups of their own.
func pausePostgres(s *site) {
	must(s.t, s.postgres.Pause())
	for _, child := range s.postgresChildren() {
		_ = syscall.Kill(child, syscall.SIGSTOP) // it may have ended
	}
}

func resumePostgres(s *site) {
	for _, child := range s.postgresChildren() {
		_ = syscall.Kill(child, syscall.SIGCONT)
	}
	must(s.t, s.postgres.Resume())
}

func (s *site) postgresChildren() (pids []int) {
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

// setReadOnly changes what new transactions of dashboards may do.
func setReadOnly(statement string) func(*site) {
	return func(s *site) {
		db, err := sql.Open("pgx", s.database+"&default_transaction_read_only=off")
		must(s.t, err)
		defer db.Close()
		for _, statement := range []string{statement, "SELECT pg_reload_conf()"} {
			_, err := db.Exec(statement)
			must(s.t, err)
		}
	}
}

// locks has the release functions of locked tables, by site.
var locks sync.Map

func lockGiveaways(s *site) {
	locks.Store(s, s.lockDatabase("BEGIN", "LOCK TABLE giveaways IN ACCESS EXCLUSIVE MODE"))
}

func unlockGiveaways(s *site) {
	release, _ := locks.LoadAndDelete(s)
	release.(func())()
}

func fillRedis(s *site) {
	for _, setting := range [][2]string{{"maxmemory-policy", "noeviction"}, {"maxmemory", "1"}} {
		must(s.t, s.redis.ConfigSet(context.Background(), setting[0], setting[1]).Err())
	}
}

func emptyRedis(s *site) { must(s.t, s.redis.ConfigSet(context.Background(), "maxmemory", "0").Err()) }

// subscribed returns the node of a cluster at which the dashboard has subscribed to events.
func (s *site) subscribed(cluster *rig.RedisGroup) (addr string) {
	s.t.Helper()
	within(s.t, soon, "a node has a subscription to events", func() (bool, string) {
		for candidate := range cluster.Servers {
			client, err := store.OpenRedis("redis://" + candidate)
			must(s.t, err)
			counts, err := client.PubSubNumSub(context.Background(), store.EventsChannel).Result()
			client.Close()
			if err == nil && counts[store.EventsChannel] > 0 {
				addr = candidate
				return true, ""
			}
		}
		return false, "no node has one"
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
	addr, err := rig.FreeAddr()
	must(t, err)
	to := &url.URL{Scheme: "http", Host: target}
	p := &httpProxy{t: t, url: "http://" + addr, addr: addr, handler: &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
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
	within(p.t, soon, "the proxy answers", func() (bool, string) {
		err := rig.Answers(context.Background(), p.url+"/healthz")
		return err == nil, fmt.Sprint(err)
	})
}

// stop ends all connections at once.
func (p *httpProxy) stop() { _ = p.server.Close() }
