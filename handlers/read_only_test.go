package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/storetest"
)

// newReadOnlySite creates a site on a read-only database with a giveaway and a ticket.
func newReadOnlySite(t *testing.T, s *store.Store) (site *site, giveaway store.Giveaway, ticket store.Ticket) {
	t.Helper()
	storetest.Guild(t, s, lantern, "Lantern Hollow")
	giveaway = storetest.Giveaway(t, s, lantern, store.Giveaway{})
	ticket = storetest.Ticket(t, s, storetest.Member(t, s, lantern, "300000000000000001", "Ada"), store.Ticket{})
	site = openSiteOn(t, storetest.OpenReadOnly(t, s))
	return site, giveaway, ticket
}

func openSiteOn(t *testing.T, s *store.Store) *site {
	t.Helper()
	return openSite(t, func(_ *site, c *handlers.Config) { c.Store = s })
}

func TestReadyzFailsOnReadOnlyDatabase(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		site, _, _ := newReadOnlySite(t, s)
		site.subscribe()
		var got struct {
			Ready       bool
			Unavailable []string
		}
		site.browser().get("/readyz").wantStatus(http.StatusServiceUnavailable).json(&got)
		if want := []string{"writing"}; got.Ready || !slices.Equal(got.Unavailable, want) {
			t.Errorf("ready = %t, unavailable = %q, want false, %q", got.Ready, got.Unavailable, want)
		}
	})
}

func TestReadOnlyDatabaseRefusesChanges(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		site, g, ticket := newReadOnlySite(t, s)
		site.sendHeartbeat()
		b := site.signIn(robin)
		guild := "/guilds/" + lantern
		for _, path := range []string{
			"/", "/guilds", guild, guild + "/giveaways", guild + "/giveaways/" + g.ID, guild + "/tickets", guild + "/tickets/" + ticket.ID,
			guild + "/audit", guild + "/staff", guild + "/settings/tickets", guild + "/giveaways/export?format=json",
		} {
			b.get(path).wantStatus(http.StatusOK)
		}
		for path, form := range map[string]url.Values{
			giveawayPath(g) + "/end":      nil,
			ticketPath(ticket) + "/notes": {"text": {"A note"}},
			guild + "/tickets/priority":   {"only": {ticket.ID}, "priority": {"high"}},
			guild + "/giveaways":          validGiveawayForm(),
			"/preferences":                {"zone": {"Asia/Saigon"}},
		} {
			a := b.post(path, form).wantStatus(http.StatusServiceUnavailable)
			a.wantText("main h1", "Changes can’t be saved")
			if a.Header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After, want one", path)
			}
		}
		part := b.post(guild+"/tickets/"+ticket.ID+"/notes", url.Values{"text": {"A note"}}, asPartial...)
		part.wantStatus(http.StatusServiceUnavailable).wantText("[role=alert]", "database is read-only")
	})
}
