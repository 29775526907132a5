package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// What runs out and who waits is found over all the guilds asked for, and no other.
func TestAcross(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var soon []string
		var longest []string
		for i, guild := range []string{"1", "2", "3"} {
			storetest.Guild(t, s, guild, "Guild "+guild)
			opener := storetest.Member(t, s, guild, "300", "Ada")
			for n := range 3 {
				at := noon.Add(time.Duration(10*n+i) * time.Minute)
				g := storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayActive, EndsAt: at})
				ticket := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: at})
				if guild != "3" {
					soon, longest = append(soon, g.ID), append(longest, ticket.ID)
				}
			}
			storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayActive, EndsAt: noon.Add(time.Hour)})
			storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayPaused, EndsAt: noon})
			claimed := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: noon.Add(-time.Hour)})
			check(t, s.ClaimTicket(t.Context(), guild, claimed.ID, "9", noon))
			unanswered := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: noon.Add(-time.Hour)})
			check(t, s.ClaimTicket(t.Context(), guild, unanswered.ID, "9", noon))
			at := noon.Add(time.Duration(40+i) * time.Minute)
			check(t, s.KeepMessage(t.Context(), store.TicketMessage{
				ID: "700" + guild, GuildID: guild, TicketID: unanswered.ID, Author: store.Person{ID: "300"}, Content: "And now?", CreatedAt: at,
			}))
			if guild != "3" {
				longest = append(longest, unanswered.ID)
			}
			closed := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: noon.Add(-time.Hour)})
			check(t, s.CloseTicket(t.Context(), guild, closed.ID, "9", noon))
		}
		both := []string{"1", "2", "nowhere"}
		a, err := s.Across(t.Context(), both, both, noon.Add(time.Hour))
		check(t, err)
		for _, guild := range []string{"1", "2"} {
			same(t, "counts", a.Counts[guild], store.GuildCounts{Active: 4, Open: 5})
		}
		for i, at := range []int{0, 3, 1, 4, 2, 5} { // the two guilds take turns
			same(t, fmt.Sprint("ending ", i), a.Ending[i].ID, soon[at])
		}
		for i, at := range []int{0, 4, 1, 5, 2, 6, 3, 7} {
			same(t, fmt.Sprint("waiting ", i), a.Waiting[i].ID, longest[at])
		}
		same(t, "how many end", len(a.Ending), 6)
		same(t, "how many wait", len(a.Waiting), 8)

		counts, err := s.GuildCounts(t.Context(), []string{"3", "nowhere"}, []string{"3"})
		check(t, err)
		same(t, "counts alone", counts["3"], store.GuildCounts{Active: 4, Open: 5})
		partly, err := s.Across(t.Context(), []string{"1"}, []string{"2"}, noon.Add(time.Hour))
		check(t, err)
		same(t, "giveaways alone", partly.Counts["1"], store.GuildCounts{Active: 4})
		same(t, "tickets alone", partly.Counts["2"], store.GuildCounts{Open: 5})
		same(t, "each of its own", len(partly.Ending)*10+len(partly.Waiting), 34)
		none, err := s.Across(t.Context(), nil, nil, noon)
		check(t, err)
		same(t, "nothing at all", len(none.Counts)+len(none.Ending)+len(none.Waiting), 0)
	})
}

// A page holds so many, whatever there is.
func TestAcrossNamesTheFirstOfMany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var guilds []string
		for i := range 30 {
			guild := fmt.Sprint(i)
			guilds = append(guilds, guild)
			storetest.Guild(t, s, guild, guild)
			storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayActive, EndsAt: noon.Add(time.Duration(i) * time.Minute)})
		}
		a, err := s.Across(t.Context(), guilds, nil, noon.Add(time.Hour))
		check(t, err)
		var got []string
		for _, g := range a.Ending {
			got = append(got, g.GuildID)
		}
		if want := guilds[:12]; !slices.Equal(got, want) {
			t.Errorf("these end first: %v, not %v", got, want)
		}
	})
}

// Of the guilds of one reader among many others: what ended long ago, and what others have, is not walked through.
func TestReadsAcrossGuildsHaveAnIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 600, 2500)
		for i := range 40 {
			guild := fmt.Sprint(100 + i)
			crowd(t, s, guild, 5, 5)
		}
		analyze(t, s)
		plan := storetest.Planner(t, s, true)
		for name, read := range store.ReadsAcross(s, []string{"1", "110"}, noon.Add(time.Hour)) {
			steps, text := plan(read.Statement())
			for _, step := range steps {
				soon := step.Table == "giveaways" && strings.Contains(step.Cond, "ends_at") // of the few that run
				if !step.Within() && !soon {
					t.Errorf("%s: %+v in\n%s", name, step, text)
				}
			}
		}
	})
}
