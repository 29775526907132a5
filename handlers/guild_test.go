package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
	"guildboard/store/storetest"
)

func TestGuildPicker(t *testing.T) {
	s := openSite(t)
	a := s.signIn(robin).get("/guilds").wantStatus(http.StatusOK)
	if href := attr(a.find("#guild-"+lantern+" a"), "href"); href != "/guilds/"+lantern {
		t.Errorf("link of the server with the bot = %q, want %q", href, "/guilds/"+lantern)
	}
	for _, absent := range []string{reef, atoll} {
		item := a.find("#guilds-absent #guild-" + absent)
		if href := attr(item.Find("a"), "href"); !strings.HasPrefix(href, "https://discord.com/oauth2/authorize") ||
			!strings.Contains(href, absent) {
			t.Errorf("invitation of the bot to %s = %q, want Discord's authorize page", absent, href)
		}
	}
	if a.find("#guild-"+harbour).Length() > 0 {
		t.Error("the picker shows a server without rights")
	}
	if forms := a.find("form[action='/guilds/refresh'][method=post] button"); forms.Length() != 1 {
		t.Errorf("refresh buttons = %d, want 1", forms.Length())
	}

	t.Run("no servers", func(t *testing.T) {
		s.signIn("200000000000000003").get("/guilds").wantStatus(http.StatusOK).wantText("#guilds-none", "Manage Server")
	})
	t.Run("no invitation without a client id", func(t *testing.T) {
		s := openSite(t, func(_ *site, c *handlers.Config) { c.InviteURL = nil })
		s.signIn(robin).get("/guilds").wantStatus(http.StatusOK).wantText("#guild-"+atoll, "The bot isn’t in this server")
	})
	t.Run("stale access is reported", func(t *testing.T) {
		s := openSite(t)
		b := s.signIn(robin)
		for _, stale := range []bool{false, true} {
			s.discord.update(func(m *fakeGuildLister) { m.stale = stale })
			for _, page := range []string{"/guilds", "/guilds/" + lantern} {
				if isReported := b.get(page).wantStatus(http.StatusOK).
					find("main [role=alert]:contains('last confirmed')").Length() == 1; isReported != stale {
					t.Errorf("%s: stale = %t, reported = %t", page, stale, isReported)
				}
			}
		}
	})
	t.Run("refresh", func(t *testing.T) {
		s := openSite(t)
		b := s.signIn(robin)
		b.post("/guilds/refresh", nil).wantRedirect("/guilds")
		if want, got := []discord.Freshness{discord.ForcedFreshness}, s.discord.freshness(); !slices.Equal(got, want) {
			t.Errorf("freshness of the requests = %v, want %v", got, want)
		}
	})
}

// TestManagePermission checks which rights follow from Discord's raw permission fields.
func TestManagePermission(t *testing.T) {
	var fake *discordtest.Server
	s := openSite(t, withDiscord(&fake, nil))
	guilds := map[string]discordtest.Guild{
		"owner": {Owner: true, Permissions: "0"}, "administrator": {Permissions: "8"}, "manager": {Permissions: "32"},
		"both and more": {Permissions: "2251799813685247"}, "member": {Permissions: "104189505"}, "nobody": {Permissions: "0"},
		"a number": {Permissions: 32}, "negative": {Permissions: "-1"}, "unknown bits": {Permissions: "99999999999999999999999"},
		"nonsense": {Permissions: "all of them"}, "nothing": {},
	}
	may := []string{"owner", "administrator", "manager", "both and more", "unknown bits"}
	var list []discordtest.Guild
	ids := map[string]string{}
	for name, g := range guilds {
		g.ID, g.Name = "70000000000000000"+string(rune('a'+len(ids))), name
		ids[name] = g.ID
		list = append(list, g)
		storetest.Guild(t, s.Store, g.ID, name)
	}
	fake.SetUser(discordtest.User{ID: robin, Username: "robin"}, list...)
	b := s.browser()
	b.get(b.startSignIn("/login/start")).wantRedirect("/")
	picker := b.get("/guilds").wantStatus(http.StatusOK)
	for name, id := range ids {
		want := http.StatusNotFound
		if slices.Contains(may, name) {
			want = http.StatusOK
		}
		b.get("/guilds/" + id).wantStatus(want)
		if shown := picker.find("#guild-"+id).Length() == 1; shown != (want == http.StatusOK) {
			t.Errorf("%s: shown in the picker = %t, want %t", name, shown, want == http.StatusOK)
		}
	}
	if n := fake.RequestCount(discordtest.RouteGuilds); n != 1 {
		t.Errorf("requests to Discord within five minutes = %d, want 1", n)
	}
}

func TestDiscordFailures(t *testing.T) {
	for name, f := range map[string]discordtest.Failure{
		"down": discordtest.Status(500), "limited": discordtest.RateLimited(7*time.Second, false), "garbage": discordtest.Body("?"),
		"in front of it": discordtest.HTML(503), "forbidden": discordtest.Status(403),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var fake *discordtest.Server
			s := openSite(t, withDiscord(&fake, nil))
			b := s.browser()
			b.get(b.startSignIn("/login/start")).wantRedirect("/")
			fake.FailAll(discordtest.RouteGuilds, f)
			a := b.get("/guilds/" + lantern).wantStatus(http.StatusServiceUnavailable)
			a.wantText("main", "Not available: Discord")
			// in the text only: file names may contain any number
			for _, inside := range []string{"discord:", "429", "500"} {
				if strings.Contains(a.text("main"), inside) {
					t.Errorf("the page shows %q: %s", inside, a.text("main"))
				}
			}
			if after := a.Header.Get("Retry-After"); after == "" {
				t.Error("no Retry-After, want one")
			}
			b.get("/sessions").wantStatus(http.StatusOK) // an outage of Discord signs no user out
		})
	}
	t.Run("tokens revoked by Discord", func(t *testing.T) {
		var fake *discordtest.Server
		s := openSite(t, withDiscord(&fake, nil))
		b := s.browser()
		b.get(b.startSignIn("/login/start")).wantRedirect("/")
		fake.Deauthorize(robin)
		b.get("/guilds").wantRedirect("/login?note=login.needed&return=%2Fguilds")
		b.get(b.startSignIn("/login/start")).wantRedirect("/")
		b.get("/guilds").wantStatus(http.StatusOK)
	})
}

func TestOverview(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	path := "/guilds/" + lantern
	empty := b.get(path).wantStatus(http.StatusOK)
	empty.wantText("main", "No giveaways are running").wantText("main", "No tickets are waiting")

	for i, name := range []string{"third", "first", "second", "fourth", "fifth", "sixth"} {
		order := []int{3, 1, 2, 4, 5, 6}[i]
		s.createGiveaway(store.Giveaway{Prize: name, EndsAt: time.Now().Add(time.Duration(order) * time.Hour)})
	}
	s.createGiveaway(store.Giveaway{Prize: "later", Status: store.GiveawayPending})
	s.createTicket("waits", time.Now().Add(-time.Hour))
	s.createTicket("waits longer", time.Now().Add(-2*time.Hour))
	s.claimTicket(s.createTicket("is being helped", time.Now().Add(-3*time.Hour)))
	followUp := s.createTicket("asks again", time.Now().Add(-4*time.Hour))
	s.claimTicket(followUp)
	s.addMessage(followUp, store.TicketMessage{ID: "1", Author: contract.User{ID: "300000000000000001"}, Content: "And now?",
		CreatedAt: time.Now()})

	a := b.get(path).wantStatus(http.StatusOK)
	if got := a.text("h1"); got != "Lantern Hollow" {
		t.Errorf("heading = %q, want Lantern Hollow", got)
	}
	prizes := a.texts("[id^=g-] a")
	if want := []string{"first", "second", "third", "fourth", "fifth"}; !slices.Equal(prizes, want) {
		t.Errorf("ending soon = %q, want %q", prizes, want)
	}
	if got, want := a.texts("[id^=t-] a"), []string{"#2 waits longer", "#1 waits", "#4 asks again"}; !slices.Equal(got, want) {
		t.Errorf("waiting longest = %q, want %q", got, want)
	}
	want := map[string]string{"active": "6", "total": "7", "completed": "0", "open": "2", "claimed": "2", "today": "0"}
	for tile, n := range want {
		if got := a.text("#stat-" + tile + " dd"); got != n {
			t.Errorf("tile %s = %q, want %q", tile, got, n)
		}
	}
	t.Run("links to lists and other servers", func(t *testing.T) {
		for _, href := range []string{path + "/giveaways", path + "/tickets", "/guilds"} {
			if a.find("a[href='"+href+"']").Length() == 0 {
				t.Errorf("no link to %s", href)
			}
		}
		if links := a.find("#switcher a[aria-current]"); attr(links, "href") != path {
			t.Errorf("current server in the switcher = %q, want %q", attr(links, "href"), path)
		}
		here := a.find("nav a[aria-current]").FilterFunction(func(_ int, s *goquery.Selection) bool { return attr(s, "href") == path })
		if here.Length() != 1 {
			t.Error("the navigation does not mark the current page")
		}
	})
}
