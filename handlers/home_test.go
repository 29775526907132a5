package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/storetest"
)

// manageHarbourToo lets Robin manage harbour, too.
func manageHarbourToo(m *fakeGuildLister) {
	m.guilds[robin] = append([]discord.Guild{}, m.guilds[robin]...)
	for i := range m.guilds[robin] {
		m.guilds[robin][i].CanManage = true
	}
}

// seedHomeRows creates a giveaway that ends within the hour, one that ends later, and a waiting ticket.
func seedHomeRows(t *testing.T, s *site, guild, name string) (store.Giveaway, store.Ticket) {
	t.Helper()
	g := storetest.Giveaway(t, s.Store, guild, store.Giveaway{Prize: name + " soon", EndsAt: time.Now().Add(20 * time.Minute)})
	storetest.Giveaway(t, s.Store, guild, store.Giveaway{Prize: name + " later", EndsAt: time.Now().Add(3 * time.Hour)})
	opener := storetest.Member(t, s.Store, guild, "300000000000000001", "Ada")
	return g, storetest.Ticket(t, s.Store, opener, store.Ticket{Subject: new(name + " waits"), CreatedAt: time.Now().Add(-time.Hour)})
}

func TestHome(t *testing.T) {
	s := openSite(t)
	g, _ := seedHomeRows(t, s, lantern, "Lantern")
	_, ticket := seedHomeRows(t, s, harbour, "Harbour")

	t.Run("only servers of the viewer", func(t *testing.T) {
		a := s.signIn(robin).get("/").wantStatus(http.StatusOK)
		a.wantText("#ending", "Lantern soon").wantText("#ending", "Lantern Hollow").wantNoText("Harbour", "Lantern later")
		if href := attr(a.find("#open-"+g.ID), "href"); href != giveawaysPath+"/"+g.ID {
			t.Errorf("link of the giveaway = %q, want %q", href, giveawaysPath+"/"+g.ID)
		}
		a.wantText("#guild-"+lantern+" [data-count=active]", "2 running giveaways").
			wantText("#guild-"+lantern+" [data-count=open]", "1 open ticket")
		a = s.signIn(sam).get("/").wantStatus(http.StatusOK)
		a.wantText("#waiting", "Harbour waits").wantNoText("Lantern")
		if href := attr(a.find("#open-"+ticket.ID), "href"); href != "/guilds/"+harbour+"/tickets/"+ticket.ID {
			t.Errorf("link of the ticket = %q, want that of its server", href)
		}
	})
	t.Run("no servers", func(t *testing.T) {
		s.signIn("200000000000000003").get("/").wantStatus(http.StatusOK).wantText("#guilds-none", "Manage Server")
	})
	t.Run("poll after signing out", func(t *testing.T) {
		s.browser().get("/", asPoll...).wantStatus(http.StatusUnauthorized)
		s.browser().get("/live").wantStatus(http.StatusUnauthorized)
	})
	t.Run("database unavailable", func(t *testing.T) {
		s := openSite(t, withBrokenStore)
		b := s.signIn(robin)
		b.get("/").wantStatus(http.StatusServiceUnavailable).wantText("main", "Not available: database")
		b.get("/live").wantStatus(http.StatusServiceUnavailable)
	})
}

// TestHomeStreamsAllGuilds checks that one stream carries the changes of two servers.
func TestHomeStreamsAllGuilds(t *testing.T) {
	s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.RecheckInterval = 20 * time.Millisecond })
	s.subscribe()
	s.discord.update(manageHarbourToo)
	b := s.signIn(robin)
	for _, page := range []string{"/", "/guilds"} {
		fullPage := b.get(page).wantStatus(http.StatusOK)
		stream := b.openStream(attr(fullPage.find("[hx-sse\\:connect]"), "hx-sse:connect"), "Last-Event-ID",
			attr(fullPage.find("#live"), "data-version"))
		for guild, name := range map[string]string{lantern: "L" + page, harbour: "H" + page} {
			seedHomeRows(t, s, guild, name)
			s.publish(contract.GiveawayCreateEvent, guild)
			for frame := stream.next(); ; frame = stream.next() {
				if page == "/guilds" || strings.Contains(frame.data, name+" waits") {
					break
				}
			}
		}
	}
}

// TestHomeStreamEndsWhenGuildsChange checks that the stream ends when the viewer loses one of several servers, and that
// the next stream covers the remaining ones.
func TestHomeStreamEndsWhenGuildsChange(t *testing.T) {
	s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.RecheckInterval = 20 * time.Millisecond })
	s.discord.update(manageHarbourToo)
	seedHomeRows(t, s, lantern, "Lantern")
	seedHomeRows(t, s, harbour, "Harbour")
	b := s.signIn(robin)
	stream := b.openStream("/live")
	before := stream.next()
	if !strings.Contains(before.data, "Harbour waits") {
		t.Fatalf("frame = %s, want tickets of both servers", before.data)
	}
	s.discord.update(func(m *fakeGuildLister) {
		for i := range m.guilds[robin] {
			m.guilds[robin][i].CanManage = m.guilds[robin][i].ID == lantern
		}
	})
	stream.waitForEnd()
	after := b.openStream("/live", "Last-Event-ID", before.id).next()
	if after.id == before.id || strings.Contains(after.data, "Harbour") || !strings.Contains(after.data, "Lantern waits") {
		t.Errorf("next frame = %s, want only Lantern's tickets", after.data)
	}
}

// TestHomeShowsOnlyModulesOfRole checks that home shows a viewer only the modules that their role opens.
func TestHomeShowsOnlyModulesOfRole(t *testing.T) {
	s := openSite(t)
	seedHomeRows(t, s, lantern, "Lantern")
	for _, page := range []string{"/", "/guilds"} {
		a := s.signInStaff(access.LevelSee, access.LevelNone).get(page).wantStatus(http.StatusOK).wantNoText("waits", "data-count=\"open\"")
		a.wantText("#guild-"+lantern+" [data-count=active]", "2 running giveaways")
		a = s.signInStaff(access.LevelNone, access.LevelSee).get(page).wantStatus(http.StatusOK).wantNoText("soon", "data-count=\"active\"")
		a.wantText("#guild-"+lantern+" [data-count=open]", "1 open ticket")
	}
}
