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

// A site is a running Guildboard, with the database and the Redis that it shares with a bot: the test plays that.
type site struct {
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
	lampChannel = "420000000000000001"
	lampHelpers = "520000000000000002"
)

// shared is something that the first test that needs it makes, for all of the run.
type shared[T any] struct {
	once sync.Once
	made *T
}

func (s *shared[T]) get(t testing.TB, make func(testing.TB) *T) *T {
	t.Helper()
	s.once.Do(func() { s.made = make(forRun{t}) })
	if s.made == nil {
		t.Fatal("it could not be made; see the first test that needs it")
	}
	return s.made
}

var (
	theDemo      shared[site]
	theDashboard shared[dashboard]
)

// demo is "guildboard demo" without activity of its own. Tests that change rows do so in guilds of different tests' choice.
func demo(t testing.TB) *site {
	t.Helper()
	d := theDemo.get(t, startDemo)
	t.Cleanup(func() {
		if t.Failed() {
			d.server.report(t)
		}
	})
	return d
}

func startDemo(t testing.TB) *site {
	t.Helper()
	addr, redisAddr := freeAddr(t), freeAddr(t)
	database := "sqlite:" + filepath.Join(t.TempDir(), "demo.db")
	server := start(t, binary, "demo", "--still", "--addr", addr, "--redis-addr", redisAddr,
		"--database-url", database, "--templ", filepath.Join(workDir, "templ.yaml"))
	ready(t, "http://"+addr, server)
	return &site{url: "http://" + addr, server: server, store: openStore(t, database), redis: openRedis(t, redisAddr)}
}

const sessionKey = "a key that is known to tests alone, and long enough"

// A dashboard is "guildboard dashboard" with a Discord, a Redis and a database of its own.
type dashboard struct {
	*site
	discord  *discordtest.Server
	broker   *process // the Redis, when it can be killed
	public   *proxy   // where PUBLIC_URL leads
	settings []string // of each of its processes, but for where it listens

	database, redisAddr string
	arrive              sync.Mutex
}

// newDashboard starts one on the Redis at redisAddr; on Postgres when DATABASE_URL is set, on SQLite otherwise.
func newDashboard(t testing.TB, redisAddr string) *dashboard {
	t.Helper()
	fake, database := discordtest.New(t), storetest.Address(t)
	addr := freeAddr(t)
	public := newProxy(t, "http://"+addr)
	d := &dashboard{discord: fake, public: public, database: database, redisAddr: redisAddr, settings: []string{
		"--public-url", public.url, "--redis-url", "redis://" + redisAddr, "--database-url", database,
		"--session-key", sessionKey, "--discord-client-id", discordtest.ClientID,
		"--discord-client-secret", discordtest.ClientSecret, "--discord-api", fake.URL + "/api/v10",
		"--discord-authorize", fake.URL + "/oauth2/authorize", "--sign-ins-per-address", "1000", "--templ", filepath.Join(workDir, "templ.yaml"),
	}}
	server := d.process(t, addr)
	d.site = &site{url: "http://" + addr, server: server, store: openStore(t, database), redis: openRedis(t, redisAddr)}
	return d
}

// process starts a process of the dashboard.
func (d *dashboard) process(t testing.TB, addr string) *process {
	t.Helper()
	server := start(t, binary, append([]string{"dashboard", "--addr", addr}, d.settings...)...)
	ready(t, "http://"+addr, server)
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
		missing(t, "redis-server")
	}
	addr = freeAddr(t)
	_, port, _ := strings.Cut(addr, ":")
	p = start(t, program, "--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(), "--save", "",
		"--appendonly", "yes", "--appendfsync", "always")
	awaitRedis(t, addr)
	return p, addr
}

func awaitRedis(t testing.TB, addr string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	defer client.Close()
	eventually(t, "Redis answers", func() (bool, string) {
		err := client.Ping(t.Context()).Err()
		return err == nil, fmt.Sprint(err)
	})
}

// someRedis is a Redis that need not be killed: a server where there is one, the one at REDIS_URL, or an embedded one.
func someRedis(t testing.TB) (addr string) {
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

// A scene is a guild of the test's own at a dashboard that all share, with somebody who may manage it, and a proxy for
// them alone: what other tests do is not seen here.
type scene struct {
	*dashboard
	guild  string
	user   string
	proxy  *proxy
	member *reader // signed in
}

func newScene(t testing.TB) *scene {
	t.Helper()
	browser(t) // or the test is skipped
	d := theDashboard.get(t, func(t testing.TB) *dashboard { return newDashboard(t, someRedis(t)) })
	t.Cleanup(func() {
		if t.Failed() {
			d.server.report(t)
		}
	})
	return d.scene(t, newProxy(t, d.url))
}

// scene makes a guild, and signs in somebody who may manage it.
func (d *dashboard) scene(t testing.TB, through *proxy) *scene {
	t.Helper()
	s := &scene{dashboard: d, guild: snowflake("8"), user: snowflake("9"), proxy: through}
	storetest.Guild(t, d.store, s.guild, "Guild of "+t.Name())
	d.discord.SetUser(discordtest.User{ID: s.user, Username: "keeper"},
		discordtest.Guild{ID: s.guild, Name: "Guild of " + t.Name(), Permissions: "32"})
	s.member = newReader(t, d.public.url)
	d.signIn(s.member, s.user)
	s.member.comeBy(through.url)
	return s
}

// endSessions signs somebody out everywhere, as from another browser.
func (d *dashboard) endSessions(t testing.TB, user string) {
	t.Helper()
	seal, err := store.NewSealer(sessionKey)
	must(t, err)
	_, err = store.NewSessions(d.redis, seal, false, slog.New(slog.DiscardHandler)).EndAll(t.Context(), user)
	must(t, err)
}

// signIn has somebody sign in with Discord, where nobody else is at the browser meanwhile.
func (d *dashboard) signIn(r *reader, user string) {
	r.t.Helper()
	d.arrive.Lock()
	defer d.arrive.Unlock()
	d.discord.SignIn(user)
	r.signIn()
}

// list opens the scene's list of giveaways and waits until it is live.
func (s *scene) list() *tab {
	s.member.t.Helper()
	b := s.member.window(giveawaysPath(s.guild))
	b.live()
	return b
}

var made struct {
	sync.Mutex
	n int
}

// snowflake is an id as Discord gives them, never the same twice.
func snowflake(first string) string {
	made.Lock()
	defer made.Unlock()
	made.n++
	return fmt.Sprintf("%s%017d", first, made.n)
}

// publish says in Redis what a bot says after it has written.
func (s *site) publish(t testing.TB, kind store.EventType, guild string, data map[string]any) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"type": kind, "guildId": guild, "timestamp": time.Now().UnixMilli(), "data": data,
	})
	must(t, err)
	must(t, s.redis.Publish(t.Context(), "discord_events", raw).Err())
}

// giveaway starts a giveaway and says so.
func (s *site) giveaway(t testing.TB, guild, prize string) store.Giveaway {
	t.Helper()
	g := s.quietGiveaway(t, guild, prize)
	s.publish(t, store.GiveawayCreateEvent, guild, map[string]any{"giveawayId": g.ID, "prize": prize})
	return g
}

// quietGiveaway starts a giveaway and says nothing.
func (s *site) quietGiveaway(t testing.TB, guild, prize string) store.Giveaway {
	t.Helper()
	return storetest.Giveaway(t, s.store, guild, store.Giveaway{
		Prize: prize, Status: store.GiveawayActive, WinnerCount: 1, CreatedAt: time.Now().UTC(),
	})
}

// entry has somebody new enter a giveaway and says so. It returns who.
func (s *site) entry(t testing.TB, g store.Giveaway) store.Member {
	t.Helper()
	m := s.quietEntry(t, g)
	s.publish(t, store.GiveawayEntryEvent, g.GuildID, map[string]any{"giveawayId": g.ID})
	return m
}

func (s *site) quietEntry(t testing.TB, g store.Giveaway) store.Member {
	t.Helper()
	m := s.newcomer(t, g.GuildID)
	must(t, s.store.EnterGiveaway(t.Context(), g.GuildID, g.ID, m.ID, 1, 0, nil))
	return m
}

// end ends a giveaway, with winners if there are any, and says so.
func (s *site) end(t testing.TB, g store.Giveaway, winners ...store.Member) {
	t.Helper()
	now := time.Now().UTC()
	must(t, s.store.EndGiveaway(t.Context(), g.GuildID, g.ID, now))
	var drawn []store.Winner
	var ids []string
	for i, m := range winners {
		drawn = append(drawn, store.Winner{User: store.Person{ID: m.DiscordID, Username: *m.Username}, Place: i + 1, CreatedAt: now})
		ids = append(ids, m.DiscordID)
	}
	must(t, s.store.AddWinners(t.Context(), g.GuildID, g.ID, drawn))
	s.publish(t, store.GiveawayEndEvent, g.GuildID, map[string]any{"giveawayId": g.ID, "winnerIds": ids})
}

// ticket has somebody new open a ticket and says so.
func (s *site) ticket(t testing.TB, guild, subject string) store.Ticket {
	t.Helper()
	opener := s.newcomer(t, guild)
	opened := storetest.Ticket(t, s.store, opener, store.Ticket{
		Subject: &subject, Status: store.TicketOpen, CreatedAt: time.Now().UTC(),
	})
	s.publish(t, store.TicketCreateEvent, guild, map[string]any{"ticketId": opened.ID})
	return opened
}

func (s *site) claim(t testing.TB, ticket store.Ticket, by store.Member) {
	t.Helper()
	must(t, s.store.ClaimTicket(t.Context(), ticket.GuildID, ticket.ID, by.DiscordID, time.Now().UTC()))
	s.publish(t, store.TicketClaimEvent, ticket.GuildID, map[string]any{"ticketId": ticket.ID, "claimedBy": by.DiscordID})
}

func (s *site) close(t testing.TB, ticket store.Ticket, by store.Member) {
	t.Helper()
	must(t, s.store.CloseTicket(t.Context(), ticket.GuildID, ticket.ID, by.DiscordID, time.Now().UTC()))
	s.publish(t, store.TicketCloseEvent, ticket.GuildID, map[string]any{"ticketId": ticket.ID})
}

// newcomer is somebody who was never there before.
func (s *site) newcomer(t testing.TB, guild string) store.Member {
	t.Helper()
	id := snowflake("7")
	return storetest.Member(t, s.store, guild, id, "Visitor "+strings.TrimLeft(id[1:], "0"))
}

// Addresses of pages.
func overviewPath(guild string) string      { return "/guilds/" + guild }
func giveawaysPath(guild string) string     { return "/guilds/" + guild + "/giveaways" }
func giveawayPath(g store.Giveaway) string  { return giveawaysPath(g.GuildID) + "/" + g.ID }
func ticketsPath(guild string) string       { return "/guilds/" + guild + "/tickets" }
func ticketPath(ticket store.Ticket) string { return ticketsPath(ticket.GuildID) + "/" + ticket.ID }
