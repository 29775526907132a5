//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/discord/discordtest"
	"guildboard/store/storetest"
)

// A testServer is a running Guildboard, with the database and the Redis that it shares with a bot: the test plays that.
type testServer struct {
	url    string // where the server listens
	server *process
	store  *store.Store
	redis  redis.UniversalClient
}

// The guilds of the demo: a busy one, one for few rows, one with nothing in it, one of somebody else.
const (
	busyGuild  = "100000000000000001"
	smallGuild = "100000000000000002"
	emptyGuild = "100000000000000003"
	otherGuild = "100000000000000005"
)

// The small guild's channel of giveaways, and its role of helpers.
const (
	giveawayChannel = "420000000000000001"
	staffRole       = "520000000000000002"
)

// runShared is something that the first test that needs it makes, for all of the run.
type runShared[T any] struct {
	once  sync.Once
	value *T
}

func (s *runShared[T]) getOrMake(t testing.TB, make func(testing.TB) *T) *T {
	t.Helper()
	s.once.Do(func() { s.value = make(runScopedTB{t}) })
	if s.value == nil {
		t.Fatal("it could not be made; see the first test that needs it")
	}
	return s.value
}

var (
	sharedDemo      runShared[testServer]
	sharedDashboard runShared[dashboardServer]
)

// demoServer is "guildboard demo" without activity of its own. Tests that change rows do so in guilds of different tests' choice.
func demoServer(t testing.TB) *testServer {
	t.Helper()
	d := sharedDemo.getOrMake(t, startDemo)
	t.Cleanup(func() {
		if t.Failed() {
			d.server.logOutput(t)
		}
	})
	return d
}

func startDemo(t testing.TB) *testServer {
	t.Helper()
	addr, redisAddr := freeAddr(t), freeAddr(t)
	database := "sqlite:" + filepath.Join(t.TempDir(), "demo.db")
	server := start(t, binary, "demo", "--still", "--addr", addr, "--redis-addr", redisAddr,
		"--database-url", database, "--templ", filepath.Join(workDir, "templ.yaml"))
	waitReady(t, "http://"+addr, server)
	return &testServer{url: "http://" + addr, server: server, store: openStore(t, database), redis: openRedis(t, redisAddr)}
}

const sessionKey = "a key that is known to tests alone, and long enough"

// A dashboardServer is "guildboard dashboard" with a Discord, a Redis and a database of its own.
type dashboardServer struct {
	*testServer
	discord      *discordtest.Server
	redisProcess *process // the Redis, when it can be killed
	publicProxy  *proxy   // where PUBLIC_URL leads
	args         []string // of each of its processes, but for where it listens

	database, redisAddr string
	signInMu            sync.Mutex
}

// newDashboardServer starts one on the Redis at redisAddr; on Postgres when DATABASE_URL is set, on SQLite otherwise.
func newDashboardServer(t testing.TB, redisAddr string) *dashboardServer {
	t.Helper()
	discord, database := discordtest.New(t), storetest.DatabaseURL(t)
	addr := freeAddr(t)
	public := newProxy(t, "http://"+addr)
	d := &dashboardServer{discord: discord, publicProxy: public, database: database, redisAddr: redisAddr, args: []string{
		"--public-url", public.url, "--redis-url", "redis://" + redisAddr, "--database-url", database,
		"--session-key", sessionKey, "--discord-client-id", discordtest.ClientID,
		"--discord-client-secret", discordtest.ClientSecret, "--discord-api", discord.URL + "/api/v10",
		"--discord-authorize", discord.URL + "/oauth2/authorize", "--sign-ins-per-address", "1000", "--templ", filepath.Join(workDir, "templ.yaml"),
	}}
	server := d.startProcess(t, addr)
	d.testServer = &testServer{url: "http://" + addr, server: server, store: openStore(t, database), redis: openRedis(t, redisAddr)}
	return d
}

// startProcess starts a process of the dashboard.
func (d *dashboardServer) startProcess(t testing.TB, addr string) *process {
	t.Helper()
	server := start(t, binary, append([]string{"dashboard", "--addr", addr}, d.args...)...)
	waitReady(t, "http://"+addr, server)
	return server
}

func openStore(t testing.TB, database string) *store.Store {
	t.Helper()
	rows, err := store.Open(t.Context(), database)
	must(t, err)
	t.Cleanup(func() { _ = rows.Close() })
	return rows
}

func openRedis(t testing.TB, addr string) redis.UniversalClient {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// startRedis starts a Redis that can be killed, and keeps its data when it is.
func startRedis(t testing.TB) (p *process, addr string) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		skipMissing(t, "redis-server")
	}
	addr = freeAddr(t)
	_, port, _ := strings.Cut(addr, ":")
	p = start(t, program, "--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(), "--save", "",
		"--appendonly", "yes", "--appendfsync", "always")
	waitForRedis(t, addr)
	return p, addr
}

func waitForRedis(t testing.TB, addr string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	defer client.Close()
	eventually(t, "Redis answers", func() (bool, string) {
		err := client.Ping(t.Context()).Err()
		return err == nil, fmt.Sprint(err)
	})
}

// availableRedis is a Redis that need not be killed: a server where there is one, the one at REDIS_URL, or an embedded one.
func availableRedis(t testing.TB) (addr string) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err == nil {
		_, addr = startRedis(t)
		return addr
	}
	if options, err := redis.ParseURL(os.Getenv("REDIS_URL")); err == nil {
		return options.Addr
	}
	t.Log("on an embedded Redis: redis-server is not installed and REDIS_URL is not set")
	embedded := miniredis.RunT(t)
	return embedded.Addr()
}

// A guildFixture is a guild of the test's own at a dashboard that all share, with somebody who may manage it, and a proxy for
// them alone: what other tests do is not seen here.
type guildFixture struct {
	*dashboardServer
	guild  string
	userID string
	proxy  *proxy
	member *browserUser // signed in
}

func newGuildFixture(t testing.TB) *guildFixture {
	t.Helper()
	chromium(t) // or the test is skipped
	d := sharedDashboard.getOrMake(t, func(t testing.TB) *dashboardServer { return newDashboardServer(t, availableRedis(t)) })
	t.Cleanup(func() {
		if t.Failed() {
			d.server.logOutput(t)
		}
	})
	return d.newGuildFixture(t, newProxy(t, d.url))
}

// newGuildFixture makes a guild, and signs in somebody who may manage it.
func (d *dashboardServer) newGuildFixture(t testing.TB, via *proxy) *guildFixture {
	t.Helper()
	s := &guildFixture{dashboardServer: d, guild: newSnowflake("8"), userID: newSnowflake("9"), proxy: via}
	storetest.Guild(t, d.store, s.guild, "Guild of "+t.Name())
	d.discord.SetUser(discordtest.User{ID: s.userID, Username: "keeper"},
		discordtest.Guild{ID: s.guild, Name: "Guild of " + t.Name(), Permissions: "32"})
	s.member = newBrowserUser(t, d.publicProxy.url)
	d.signIn(s.member, s.userID)
	s.member.useOrigin(via.url)
	return s
}

// endSessions signs somebody out everywhere, as from another browser.
func (d *dashboardServer) endSessions(t testing.TB, user string) {
	t.Helper()
	seal, err := store.NewSealer(sessionKey)
	must(t, err)
	_, err = store.NewSessionStore(d.redis, seal, false, slog.New(slog.DiscardHandler)).EndAll(t.Context(), user)
	must(t, err)
}

// signIn has somebody sign in with Discord, where nobody else is at the browser meanwhile.
func (d *dashboardServer) signIn(r *browserUser, user string) {
	r.t.Helper()
	d.signInMu.Lock()
	defer d.signInMu.Unlock()
	d.discord.SetBrowserUser(user)
	r.signIn()
}

// openGiveawayList opens the scene's list of giveaways and waits until it is live.
func (s *guildFixture) openGiveawayList() *tab {
	s.member.t.Helper()
	b := s.member.openWindow(giveawaysPath(s.guild))
	b.waitLive()
	return b
}

var snowflakeCounter struct {
	sync.Mutex
	n int
}

// newSnowflake is an id as Discord gives them, never the same twice.
func newSnowflake(first string) string {
	snowflakeCounter.Lock()
	defer snowflakeCounter.Unlock()
	snowflakeCounter.n++
	return fmt.Sprintf("%s%017d", first, snowflakeCounter.n)
}

// publish says in Redis what a bot says after it has written.
func (s *testServer) publish(t testing.TB, kind store.EventType, guild string, data map[string]any) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"type": kind, "guildId": guild, "timestamp": time.Now().UnixMilli(), "data": data,
	})
	must(t, err)
	must(t, s.redis.Publish(t.Context(), "discord_events", raw).Err())
}

// createGiveaway starts a giveaway and says so.
func (s *testServer) createGiveaway(t testing.TB, guild, prize string) store.Giveaway {
	t.Helper()
	g := s.createGiveawaySilently(t, guild, prize)
	s.publish(t, store.GiveawayCreateEvent, guild, map[string]any{"giveawayId": g.ID, "prize": prize})
	return g
}

// createGiveawaySilently starts a giveaway and says nothing.
func (s *testServer) createGiveawaySilently(t testing.TB, guild, prize string) store.Giveaway {
	t.Helper()
	return storetest.Giveaway(t, s.store, guild, store.Giveaway{
		Prize: prize, Status: store.GiveawayActive, WinnerCount: 1, CreatedAt: time.Now().UTC(),
	})
}

// enterGiveaway has somebody new enter a giveaway and says so. It returns who.
func (s *testServer) enterGiveaway(t testing.TB, g store.Giveaway) store.Member {
	t.Helper()
	m := s.enterGiveawaySilently(t, g)
	s.publish(t, store.GiveawayEntryEvent, g.GuildID, map[string]any{"giveawayId": g.ID})
	return m
}

func (s *testServer) enterGiveawaySilently(t testing.TB, g store.Giveaway) store.Member {
	t.Helper()
	m := s.newGuildMember(t, g.GuildID)
	must(t, s.store.EnterGiveaway(t.Context(), g.GuildID, g.ID, m.ID, 1, 0, nil))
	return m
}

// endGiveaway ends a giveaway, with winners if there are any, and says so.
func (s *testServer) endGiveaway(t testing.TB, g store.Giveaway, winners ...store.Member) {
	t.Helper()
	now := time.Now().UTC()
	must(t, s.store.EndGiveaway(t.Context(), g.GuildID, g.ID, now))
	var winnersToAdd []store.Winner
	var ids []string
	for i, m := range winners {
		winnersToAdd = append(winnersToAdd, store.Winner{User: store.User{ID: m.DiscordID, Username: *m.Username}, Place: i + 1, CreatedAt: now})
		ids = append(ids, m.DiscordID)
	}
	must(t, s.store.AddWinners(t.Context(), g.GuildID, g.ID, winnersToAdd))
	s.publish(t, store.GiveawayEndEvent, g.GuildID, map[string]any{"giveawayId": g.ID, "winnerIds": ids})
}

// openTicket has somebody new open a ticket and says so.
func (s *testServer) openTicket(t testing.TB, guild, subject string) store.Ticket {
	t.Helper()
	opener := s.newGuildMember(t, guild)
	opened := storetest.Ticket(t, s.store, opener, store.Ticket{
		Subject: &subject, Status: store.TicketOpen, CreatedAt: time.Now().UTC(),
	})
	s.publish(t, store.TicketCreateEvent, guild, map[string]any{"ticketId": opened.ID})
	return opened
}

func (s *testServer) claimTicket(t testing.TB, ticket store.Ticket, member store.Member) {
	t.Helper()
	must(t, s.store.ClaimTicket(t.Context(), ticket.GuildID, ticket.ID, member.DiscordID, time.Now().UTC()))
	s.publish(t, store.TicketClaimEvent, ticket.GuildID, map[string]any{"ticketId": ticket.ID, "claimedBy": member.DiscordID})
}

func (s *testServer) closeTicket(t testing.TB, ticket store.Ticket, member store.Member) {
	t.Helper()
	must(t, s.store.CloseTicket(t.Context(), ticket.GuildID, ticket.ID, member.DiscordID, time.Now().UTC()))
	s.publish(t, store.TicketCloseEvent, ticket.GuildID, map[string]any{"ticketId": ticket.ID})
}

// newGuildMember is somebody who was never there before.
func (s *testServer) newGuildMember(t testing.TB, guild string) store.Member {
	t.Helper()
	id := newSnowflake("7")
	return storetest.Member(t, s.store, guild, id, "Visitor "+strings.TrimLeft(id[1:], "0"))
}

// Addresses of pages.
func overviewPath(guild string) string      { return "/guilds/" + guild }
func giveawaysPath(guild string) string     { return "/guilds/" + guild + "/giveaways" }
func giveawayPath(g store.Giveaway) string  { return giveawaysPath(g.GuildID) + "/" + g.ID }
func ticketsPath(guild string) string       { return "/guilds/" + guild + "/tickets" }
func ticketPath(ticket store.Ticket) string { return ticketsPath(ticket.GuildID) + "/" + ticket.ID }
