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
	"guildboard/store/contract"
	"guildboard/store/discord/discordtest"
	"guildboard/store/session"
	"guildboard/store/storetest"
)

// A testServer is a running Guildboard with its database and Redis. The test acts as the bot.
type testServer struct {
	url    string // address of the server
	server *process
	store  *store.Store
	redis  redis.UniversalClient
}

// Guilds of the demo: with many rows, with few rows, without rows, and one that the demo's user is no member of.
const (
	busyGuild  = "100000000000000001"
	smallGuild = "100000000000000002"
	emptyGuild = "100000000000000003"
	otherGuild = "100000000000000005"
)

// The giveaway channel and the staff role of the small guild.
const (
	giveawayChannel = "420000000000000001"
	staffRole       = "520000000000000002"
)

// runShared is a value that the first test that needs it makes for all tests of the run.
type runShared[T any] struct {
	once  sync.Once
	value *T
}

func (s *runShared[T]) getOrMake(t testing.TB, make func(testing.TB) *T) *T {
	t.Helper()
	s.once.Do(func() { s.value = make(runScopedTB{t}) })
	if s.value == nil {
		t.Fatal("shared value was not made; see the first test that needs it")
	}
	return s.value
}

var (
	sharedDemo      runShared[testServer]
	sharedDashboard runShared[dashboardServer]
)

// demoServer returns the shared "guildboard demo --still", which does not change rows by itself.
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

// A dashboardServer is a "guildboard dashboard" with its own simulated Discord and database, and a Redis.
type dashboardServer struct {
	*testServer
	discord      *discordtest.Server
	redisProcess *process // set by tests that kill Redis
	publicProxy  *proxy   // listens at PUBLIC_URL
	args         []string // arguments of its processes, without --addr

	database, redisAddr string
	signInMu            sync.Mutex
}

// newDashboardServer starts a dashboard on the Redis at redisAddr, and on Postgres if DATABASE_URL is set, else on
// SQLite.
func newDashboardServer(t testing.TB, redisAddr string) *dashboardServer {
	t.Helper()
	discord, database := discordtest.New(t), storetest.DatabaseURL(t)
	addr := freeAddr(t)
	public := newProxy(t, "http://"+addr)
	d := &dashboardServer{discord: discord, publicProxy: public, database: database, redisAddr: redisAddr, args: []string{
		"--public-url", public.url, "--redis-url", "redis://" + redisAddr, "--database-url", database,
		"--session-key", sessionKey, "--discord-client-id", discordtest.ClientID,
		"--discord-client-secret", discordtest.ClientSecret, "--discord-api", discord.URL + "/api/v10",
		"--discord-authorize", discord.URL + "/oauth2/authorize", "--sign-ins-per-address", "1000",
		"--templ", filepath.Join(workDir, "templ.yaml"),
	}}
	server := d.startProcess(t, addr)
	d.testServer = &testServer{url: "http://" + addr, server: server, store: openStore(t, database), redis: openRedis(t, redisAddr)}
	return d
}

// startProcess starts a dashboard process that listens at addr, and waits until it is ready.
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

// startRedis starts a Redis that tests may kill. It keeps its data.
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

// availableRedis returns the address of a Redis that tests do not kill: a new redis-server, that of REDIS_URL, or an
// embedded one.
func availableRedis(t testing.TB) (addr string) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err == nil {
		_, addr = startRedis(t)
		return addr
	}
	if options, err := redis.ParseURL(os.Getenv("REDIS_URL")); err == nil {
		return options.Addr
	}
	t.Log("using an embedded Redis: redis-server is not installed and REDIS_URL is not set")
	embedded := miniredis.RunT(t)
	return embedded.Addr()
}

// A guildFixture is a test's own guild at a dashboard, with a signed-in manager and a proxy for their browser. It
// isolates tests that share a dashboard.
type guildFixture struct {
	*dashboardServer
	guild  string
	userID string
	proxy  *proxy
	member *browserUser // signed in
}

func newGuildFixture(t testing.TB) *guildFixture {
	t.Helper()
	chromium(t) // skips the test without Chromium
	d := sharedDashboard.getOrMake(t, func(t testing.TB) *dashboardServer { return newDashboardServer(t, availableRedis(t)) })
	t.Cleanup(func() {
		if t.Failed() {
			d.server.logOutput(t)
		}
	})
	return d.newGuildFixture(t, newProxy(t, d.url))
}

// newGuildFixture makes a guild and signs in a manager of it.
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

// endSessions ends all sessions of a user, as if from another browser.
func (d *dashboardServer) endSessions(t testing.TB, user string) {
	t.Helper()
	seal, err := session.NewSealer(sessionKey)
	must(t, err)
	_, err = session.NewStore(d.redis, seal, false, slog.New(slog.DiscardHandler)).EndAll(t.Context(), user)
	must(t, err)
}

// signIn signs a user in with the simulated Discord, which serves one sign-in at a time.
func (d *dashboardServer) signIn(r *browserUser, user string) {
	r.t.Helper()
	d.signInMu.Lock()
	defer d.signInMu.Unlock()
	d.discord.SetBrowserUser(user)
	r.signIn()
}

// openGiveawayList opens the guild's list of giveaways and waits until it is live.
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

// newSnowflake returns a new unique id in Discord's format that begins with first.
func newSnowflake(first string) string {
	snowflakeCounter.Lock()
	defer snowflakeCounter.Unlock()
	snowflakeCounter.n++
	return fmt.Sprintf("%s%017d", first, snowflakeCounter.n)
}

// publish publishes an event in Redis, as a bot does after a write.
func (s *testServer) publish(t testing.TB, kind contract.EventType, guild string, data contract.EventData) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"type": kind, "guildId": guild, "timestamp": time.Now().UnixMilli(), "data": data,
	})
	must(t, err)
	must(t, s.redis.Publish(t.Context(), "discord_events", raw).Err())
}

// createGiveaway creates a running giveaway and publishes the event.
func (s *testServer) createGiveaway(t testing.TB, guild, prize string) store.Giveaway {
	t.Helper()
	g := s.createGiveawaySilently(t, guild, prize)
	s.publish(t, contract.GiveawayCreateEvent, guild, contract.GiveawayCreateData{GiveawayID: g.ID, Prize: prize})
	return g
}

// createGiveawaySilently creates a running giveaway without an event.
func (s *testServer) createGiveawaySilently(t testing.TB, guild, prize string) store.Giveaway {
	t.Helper()
	return storetest.Giveaway(t, s.store, guild, store.Giveaway{
		Prize: prize, Status: store.GiveawayActive, WinnerCount: 1, CreatedAt: time.Now().UTC(),
	})
}

// enterGiveaway enters a new member into a giveaway, publishes the event and returns the member.
func (s *testServer) enterGiveaway(t testing.TB, g store.Giveaway) store.Member {
	t.Helper()
	m := s.enterGiveawaySilently(t, g)
	s.publish(t, contract.GiveawayEntryEvent, g.GuildID, contract.GiveawayEntryData{GiveawayID: g.ID})
	return m
}

func (s *testServer) enterGiveawaySilently(t testing.TB, g store.Giveaway) store.Member {
	t.Helper()
	m := s.newGuildMember(t, g.GuildID)
	must(t, s.store.EnterGiveaway(t.Context(), g.GuildID, g.ID, m.ID, 1, 0, nil))
	return m
}

// endGiveaway ends a giveaway with the winners, if any, and publishes the event.
func (s *testServer) endGiveaway(t testing.TB, g store.Giveaway, winners ...store.Member) {
	t.Helper()
	now := time.Now().UTC()
	must(t, s.store.EndGiveaway(t.Context(), g.GuildID, g.ID, now))
	var winnersToAdd []store.Winner
	var ids []string
	for i, m := range winners {
		winnersToAdd = append(winnersToAdd, store.Winner{
			User: contract.User{ID: m.DiscordID, Username: *m.Username}, Place: i + 1, CreatedAt: now,
		})
		ids = append(ids, m.DiscordID)
	}
	must(t, s.store.AddWinners(t.Context(), g.GuildID, g.ID, winnersToAdd))
	s.publish(t, contract.GiveawayEndEvent, g.GuildID, contract.DrawData{GiveawayID: g.ID, WinnerIDs: ids})
}

// openTicket opens a ticket of a new member and publishes the event.
func (s *testServer) openTicket(t testing.TB, guild, subject string) store.Ticket {
	t.Helper()
	opener := s.newGuildMember(t, guild)
	opened := storetest.Ticket(t, s.store, opener, store.Ticket{
		Subject: &subject, Status: store.TicketOpen, CreatedAt: time.Now().UTC(),
	})
	s.publish(t, contract.TicketCreateEvent, guild, contract.TicketCreateData{TicketID: opened.ID})
	return opened
}

func (s *testServer) claimTicket(t testing.TB, ticket store.Ticket, member store.Member) {
	t.Helper()
	must(t, s.store.ClaimTicket(t.Context(), ticket.GuildID, ticket.ID, member.DiscordID, time.Now().UTC()))
	s.publish(t, contract.TicketClaimEvent, ticket.GuildID, contract.TicketClaimData{TicketID: ticket.ID, ClaimedBy: member.DiscordID})
}

func (s *testServer) closeTicket(t testing.TB, ticket store.Ticket, member store.Member) {
	t.Helper()
	must(t, s.store.CloseTicket(t.Context(), ticket.GuildID, ticket.ID, member.DiscordID, time.Now().UTC()))
	s.publish(t, contract.TicketCloseEvent, ticket.GuildID, contract.TicketCloseData{TicketID: ticket.ID})
}

// newGuildMember returns a new member of a guild.
func (s *testServer) newGuildMember(t testing.TB, guild string) store.Member {
	t.Helper()
	id := newSnowflake("7")
	return storetest.Member(t, s.store, guild, id, "Visitor "+strings.TrimLeft(id[1:], "0"))
}

// Paths of pages.
func overviewPath(guild string) string      { return "/guilds/" + guild }
func giveawaysPath(guild string) string     { return "/guilds/" + guild + "/giveaways" }
func giveawayPath(g store.Giveaway) string  { return giveawaysPath(g.GuildID) + "/" + g.ID }
func ticketsPath(guild string) string       { return "/guilds/" + guild + "/tickets" }
func ticketPath(ticket store.Ticket) string { return ticketsPath(ticket.GuildID) + "/" + ticket.ID }
