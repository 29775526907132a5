package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/storetest"
)

// readOnly makes a site on a database that accepts no changes, with a giveaway and a ticket in it.
func readOnly(t *testing.T, s *store.Store) (site *site, giveaway store.Giveaway, ticket store.Ticket) {
	t.Helper()
	storetest.Guild(t, s, lantern, "Lantern Hollow")
	giveaway = storetest.Giveaway(t, s, lantern, store.Giveaway{})
	ticket = storetest.Ticket(t, s, storetest.Member(t, s, lantern, "300000000000000001", "Ada"), store.Ticket{})
	site = openWith(t, storetest.ReadOnly(t, s))
	return site, giveaway, ticket
}

func openWith(t *testing.T, s *store.Store) *site {
	t.Helper()
	return open(t, func(site *site, _ *live.Config) { site.Store = s })
}

func TestReadyzIsNotReadyWhileTheDatabaseIsReadOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		site, _, _ := readOnly(t, s)
		site.listen()
		var got struct {
			Ready bool
			Away  []string
		}
		site.browser().get("/readyz").wants(http.StatusServiceUnavailable).json(&got)
		if want := []string{"writing"}; got.Ready || !slices.Equal(got.Away, want) {
			t.Errorf("ready = %t, away = %q, want false, %q", got.Ready, got.Away, want)
		}
	})
}

func TestPagesAreReadAndChangesRefusedWhileTheDatabaseIsReadOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		site, g, ticket := readOnly(t, s)
		site.beats()
		b := site.signIn(robin)
		guild := "/guilds/" + lantern
		for _, path := range []string{
			"/", "/guilds", guild, guild + "/giveaways", guild + "/giveaways/" + g.ID, guild + "/tickets", guild + "/tickets/" + ticket.ID,
			guild + "/audit", guild + "/staff", guild + "/settings/tickets", guild + "/giveaways/export?format=json",
		} {
			b.get(path).wants(http.StatusOK)
		}
		for path, form := range map[string]url.Values{
			giveawayPath(g) + "/end":      nil,
			ticketPath(ticket) + "/notes": {"text": {"A note"}},
			guild + "/tickets/priority":   {"only": {ticket.ID}, "priority": {"high"}},
			guild + "/giveaways":          lamp(),
			"/preferences":                {"zone": {"Asia/Saigon"}},
		} {
			a := b.post(path, form).wants(http.StatusServiceUnavailable)
			a.says("main h1", "Nothing can be changed")
			if a.Header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", path)
			}
		}
		part := b.post(guild+"/tickets/"+ticket.ID+"/notes", url.Values{"text": {"A note"}}, asPartial...)
		part.wants(http.StatusServiceUnavailable).says("[role=alert]", "database is read-only")
	})
}
