package store_test

import (
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// TestQuickSearchFindsRatedStaff checks that rated staff members are found by a part of their name, once each, and only
// in the searched guilds.
func TestQuickSearchFindsRatedStaff(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		for _, guild := range []string{"1", "2", "3"} {
			storetest.Guild(t, s, guild, guild)
			opener := storetest.Member(t, s, guild, "300", "Ada")
			for _, name := range []string{"Ada", "Bea", "Beatrice", "Cleo"} {
				staff := storetest.Member(t, s, guild, "4"+name, name)
				for range 3 {
					ticket := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: noon})
					if name != "Cleo" {
						noError(t, s.RateTicket(t.Context(), guild, ticket.ID, store.Rating{Stars: 5, StaffID: &staff.DiscordID}))
					}
				}
			}
		}
		for text, want := range map[string][]string{
			"bea": {"1 Bea", "2 Bea", "1 Beatrice", "2 Beatrice"}, "ATR": {"1 Beatrice", "2 Beatrice"}, "cleo": nil, "%": nil, "": nil,
		} {
			found, err := s.QuickSearch(t.Context(), text, []string{"1", "2", "3"}, []string{"1", "2", "nowhere"})
			noError(t, err)
			var got []string
			for _, r := range found.RatedStaff {
				got = append(got, r.GuildID+" "+r.Username)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q: results = %q, want %q", text, got, want)
			}
		}
	})
}

// TestQuickSearch checks that a giveaway is found by prize or id, a ticket by number or id, and only in the searched
// guilds.
func TestQuickSearch(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		ids := map[string][]string{} // by guild: two giveaways, two tickets
		for _, guild := range []string{"1", "2", "3"} {
			storetest.Guild(t, s, guild, guild)
			opener := storetest.Member(t, s, guild, "300", "Ada")
			for i, prize := range []string{"Nitro, 1 month", "100% wool #2"} {
				g := storetest.Giveaway(t, s, guild, store.Giveaway{Prize: prize, CreatedAt: noon.Add(time.Duration(i) * time.Hour)})
				ids[guild] = append(ids[guild], g.ID)
			}
			for i := range 2 {
				ticket := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: noon.Add(time.Duration(i) * time.Hour)})
				ids[guild] = append(ids[guild], ticket.ID)
			}
		}
		for _, test := range []struct {
			text               string
			giveaways, tickets []string
		}{
			{"nitro", []string{ids["1"][0], ids["2"][0]}, nil},
			{"100%", []string{ids["1"][1], ids["2"][1]}, nil},
			{"2", []string{ids["1"][1], ids["2"][1]}, []string{ids["1"][3]}},
			{"#2", []string{ids["1"][1], ids["2"][1]}, []string{ids["1"][3]}},
			{ids["2"][0], []string{ids["2"][0]}, nil},
			{ids["1"][2], nil, []string{ids["1"][2]}},
			{ids["3"][0], nil, nil}, {ids["2"][2], nil, nil}, // in guilds that are not searched
			{"", nil, nil}, {"  ", nil, nil}, {"nothing such", nil, nil},
		} {
			found, err := s.QuickSearch(t.Context(), test.text, []string{"1", "2"}, []string{"1", "nowhere"})
			noError(t, err)
			giveaways, tickets := giveawayIDs(found.Giveaways), ticketIDs(found.Tickets)
			slices.Sort(giveaways)
			slices.Sort(test.giveaways)
			if !slices.Equal(giveaways, test.giveaways) || !slices.Equal(tickets, test.tickets) {
				t.Errorf("%q: giveaways = %v, tickets = %v, want %v and %v",
					test.text, giveaways, tickets, test.giveaways, test.tickets)
			}
		}
	})
}
