package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/storetest"
)

// bothServers lets Robin manage the harbour, too.
func bothServers(m *memberships) {
	m.of[robin] = append([]discord.Guild{}, m.of[robin]...)
	for i := range m.of[robin] {
		m.of[robin][i].CanManage = true
	}
}

// soonAndWaiting makes a giveaway that ends within the hour, one that does not, and a ticket that waits.
func soonAndWaiting(t *testing.T, s *site, guild, name string) (store.Giveaway, store.Ticket) {
	t.Helper()
	g := storetest.Giveaway(t, s.Store, guild, store.Giveaway{Prize: name + " soon", EndsAt: time.Now().Add(20 * time.Minute)})
	storetest.Giveaway(t, s.Store, guild, store.Giveaway{Prize: name + " later", EndsAt: time.Now().Add(3 * time.Hour)})
	opener := storetest.Member(t, s.Store, guild, "300000000000000001", "Ada")
	return g, storetest.Ticket(t, s.Store, opener, store.Ticket{Subject: new(name + " waits"), CreatedAt: time.Now().Add(-time.Hour)})
}

func TestWhatMattersSoonestOverAllServers(t *testing.T) {
	s := open(t)
	g, _ := soonAndWaiting(t, s, lantern, "Lantern")
	_, ticket := soonAndWaiting(t, s, harbour, "Harbour")

	t.Run("is of the reader's own servers alone", func(t *testing.T) {
		a := s.signIn(robin).get("/").wants(http.StatusOK)
		a.says("#ending", "Lantern soon").says("#ending", "Lantern Hollow").hides("Harbour", "Lantern later")
		if href := attr(a.find("#open-"+g.ID), "href"); href != giveawaysPath+"/"+g.ID {
			t.Errorf("the giveaway leads to %q", href)
		}
		a.says("#guild-"+lantern+" [data-count=active]", "2 giveaways run").says("#guild-"+lantern+" [data-count=open]", "1 ticket open")
		a = s.signIn(sam).get("/").wants(http.StatusOK)
		a.says("#waiting", "Harbour waits").hides("Lantern")
		if href := attr(a.find("#open-"+ticket.ID), "href"); href != "/guilds/"+harbour+"/tickets/"+ticket.ID {
			t.Errorf("the ticket leads to %q", href)
		}
	})
	t.Run("nothing to manage", func(t *testing.T) {
		s.signIn("200000000000000003").get("/").wants(http.StatusOK).says("#guilds-none", "Manage Server")
	})
	t.Run("polls of who was signed out are told so", func(t *testing.T) {
		s.browser().get("/", asPoll...).wants(http.StatusUnauthorized)
		s.browser().get("/live").wants(http.StatusUnauthorized)
	})
	t.Run("the database is away", func(t *testing.T) {
		s := open(t, broken)
		b := s.signIn(robin)
		b.get("/").wants(http.StatusServiceUnavailable).says("main", "Not reachable: the database")
		b.get("/live").wants(http.StatusServiceUnavailable)
	})
}

// Two servers are one stream, and a change in either comes on it.
func TestOneStreamOverAllServers(t *testing.T) {
	s := open(t, func(_ *site, c *live.Config) { c.Recheck = 20 * time.Millisecond })
	s.listen()
	s.discord.set(bothServers)
	b := s.signIn(robin)
	for _, page := range []string{"/", "/guilds"} {
		whole := b.get(page).wants(http.StatusOK)
		stream := b.watch(attr(whole.find("[hx-sse\\:connect]"), "hx-sse:connect"), "Last-Event-ID", attr(whole.find("#live"), "data-version"))
		for guild, name := range map[string]string{lantern: "L" + page, harbour: "H" + page} {
			soonAndWaiting(t, s, guild, name)
			s.publish(store.GiveawayCreateEvent, guild)
			for frame := stream.next(); ; frame = stream.next() {
				if page == "/guilds" || strings.Contains(frame.data, name+" waits") {
					break
				}
			}
		}
	}
}

// Whoever loses one server of several goes on without it: the stream ends, and the next one is of what is left.
func TestASetOfServersThatChangedIsAnotherView(t *testing.T) {
	s := open(t, func(_ *site, c *live.Config) { c.Recheck = 20 * time.Millisecond })
	s.discord.set(bothServers)
	soonAndWaiting(t, s, lantern, "Lantern")
	soonAndWaiting(t, s, harbour, "Harbour")
	b := s.signIn(robin)
	stream := b.watch("/live")
	before := stream.next()
	if !strings.Contains(before.data, "Harbour waits") {
		t.Fatalf("not both servers: %s", before.data)
	}
	s.discord.set(func(m *memberships) {
		for i := range m.of[robin] {
			m.of[robin][i].CanManage = m.of[robin][i].ID == lantern
		}
	})
	stream.ends()
	after := b.watch("/live", "Last-Event-ID", before.id).next()
	if after.id == before.id || strings.Contains(after.data, "Harbour") || !strings.Contains(after.data, "Lantern waits") {
		t.Errorf("the next stream shows %s", after.data)
	}
}

// Whoever a role lets into one module sees no more of the server here than there.
func TestAcrossServersARoleShowsNoMoreThanItsModule(t *testing.T) {
	s := open(t)
	soonAndWaiting(t, s, lantern, "Lantern")
	for _, page := range []string{"/", "/guilds"} {
		a := s.helper(store.LevelSee, store.LevelNone).get(page).wants(http.StatusOK).hides("waits", "data-count=\"open\"")
		a.says("#guild-"+lantern+" [data-count=active]", "2 giveaways run")
		a = s.helper(store.LevelNone, store.LevelSee).get(page).wants(http.StatusOK).hides("soon", "data-count=\"active\"")
		a.says("#guild-"+lantern+" [data-count=open]", "1 ticket open")
	}
}
