package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// TestHomeSummaryCoversRequestedGuilds checks that expiring giveaways and waiting tickets are found in all requested
// guilds and no others.
func TestHomeSummaryCoversRequestedGuilds(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		var endingSoon []string
		var longestWaiting []string
		for i, guild := range []string{"1", "2", "3"} {
			storetest.Guild(t, s, guild, "Guild "+guild)
			opener := storetest.Member(t, s, guild, "300", "Ada")
			for n := range 3 {
				at := noon.Add(time.Duration(10*n+i) * time.Minute)
				g := storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayActive, EndsAt: at})
				ticket := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: at})
				if guild != "3" {
					endingSoon, longestWaiting = append(endingSoon, g.ID), append(longestWaiting, ticket.ID)
				}
			}
			storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayActive, EndsAt: noon.Add(time.Hour)})
			storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayPaused, EndsAt: noon})
			claimed := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: noon.Add(-time.Hour)})
			noError(t, s.ClaimTicket(t.Context(), guild, claimed.ID, "9", noon))
			unanswered := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: noon.Add(-time.Hour)})
			noError(t, s.ClaimTicket(t.Context(), guild, unanswered.ID, "9", noon))
			at := noon.Add(time.Duration(40+i) * time.Minute)
			noError(t, s.SaveMessage(t.Context(), store.TicketMessage{
				ID: "700" + guild, GuildID: guild, TicketID: unanswered.ID, Author: contract.User{ID: "300"},
				Content: "And now?", CreatedAt: at,
			}))
			if guild != "3" {
				longestWaiting = append(longestWaiting, unanswered.ID)
			}
			closed := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: noon.Add(-time.Hour)})
			noError(t, s.CloseTicket(t.Context(), guild, closed.ID, "9", noon))
		}
		both := []string{"1", "2", "nowhere"}
		summary, err := s.HomeSummary(t.Context(), both, both, noon.Add(time.Hour))
		noError(t, err)
		for _, guild := range []string{"1", "2"} {
			wantEqual(t, "counts", summary.Counts[guild], store.GuildCounts{ActiveGiveaways: 4, OpenTickets: 5})
		}
		for i, at := range []int{0, 3, 1, 4, 2, 5} { // the two guilds alternate
			wantEqual(t, fmt.Sprint("ending ", i), summary.EndingGiveaways[i].ID, endingSoon[at])
		}
		for i, at := range []int{0, 4, 1, 5, 2, 6, 3, 7} {
			wantEqual(t, fmt.Sprint("waiting ", i), summary.WaitingTickets[i].ID, longestWaiting[at])
		}
		wantEqual(t, "ending giveaways", len(summary.EndingGiveaways), 6)
		wantEqual(t, "waiting tickets", len(summary.WaitingTickets), 8)

		counts, err := s.GuildCounts(t.Context(), []string{"3", "nowhere"}, []string{"3"})
		noError(t, err)
		wantEqual(t, "counts of one guild", counts["3"], store.GuildCounts{ActiveGiveaways: 4, OpenTickets: 5})
		split, err := s.HomeSummary(t.Context(), []string{"1"}, []string{"2"}, noon.Add(time.Hour))
		noError(t, err)
		wantEqual(t, "counts with giveaways only", split.Counts["1"], store.GuildCounts{ActiveGiveaways: 4})
		wantEqual(t, "counts with tickets only", split.Counts["2"], store.GuildCounts{OpenTickets: 5})
		wantEqual(t, "rows with one module per guild", len(split.EndingGiveaways)*10+len(split.WaitingTickets), 34)
		none, err := s.HomeSummary(t.Context(), nil, nil, noon)
		noError(t, err)
		wantEqual(t, "rows without guilds", len(none.Counts)+len(none.EndingGiveaways)+len(none.WaitingTickets), 0)
	})
}

// TestHomeSummaryIsLimited checks that the number of rows is limited, whatever the total.
func TestHomeSummaryIsLimited(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		var guilds []string
		for i := range 30 {
			guild := fmt.Sprint(i)
			guilds = append(guilds, guild)
			storetest.Guild(t, s, guild, guild)
			storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayActive, EndsAt: noon.Add(time.Duration(i) * time.Minute)})
		}
		summary, err := s.HomeSummary(t.Context(), guilds, nil, noon.Add(time.Hour))
		noError(t, err)
		var got []string
		for _, g := range summary.EndingGiveaways {
			got = append(got, g.GuildID)
		}
		if want := guilds[:12]; !slices.Equal(got, want) {
			t.Errorf("guilds of ending giveaways = %v, want %v", got, want)
		}
	})
}

// TestHomeReadsUseIndexes checks that reads for the guilds of one viewer scan neither old rows nor rows of other
// guilds.
func TestHomeReadsUseIndexes(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 600, 2500)
		for i := range 40 {
			guild := fmt.Sprint(100 + i)
			fillGuild(t, s, guild, 5, 5)
		}
		analyze(t, s)
		plan := storetest.NewExplainer(t, s, true)
		for name, read := range store.HomeQueries(s, []string{"1", "110"}, noon.Add(time.Hour)) {
			steps, text := plan(store.StatementOf(read))
			for _, step := range steps {
				// index of the few running giveaways
				soon := step.Table == "giveaways" && strings.Contains(step.Condition, "ends_at")
				if !step.StaysInGuild() && !soon {
					t.Errorf("%s: scan outside of the guilds: %+v in\n%s", name, step, text)
				}
			}
		}
	})
}
