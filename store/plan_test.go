package store_test

import (
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

// TestReadsUseGuildIndexes checks that no read of one guild scans rows of another: each access uses the guild's part of
// an index, or a row id that came from there.
func TestReadsUseGuildIndexes(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		for _, guild := range []string{"1", "2", "3"} {
			fillGuild(t, s, guild, 600, 2500)
		}
		analyze(t, s)
		plan := storetest.NewExplainer(t, s, true)
		reads := store.GuildQueries(s.OnPostgres(), "1", plannedGiveawayQueries(), plannedTicketQueries())
		for name, read := range reads {
			steps, text := plan(store.StatementOf(read))
			for _, step := range steps {
				if !step.StaysInGuild() {
					t.Errorf("%s: scan outside of the guild: %+v in\n%s", name, step, text)
				}
			}
		}
		t.Log(len(reads), "reads")
	})
}

func plannedGiveawayQueries() []store.GiveawayQuery {
	all := giveawayQueries()
	for _, q := range giveawayQueries() {
		if q.Page = 7; q.Status == "" {
			all = append(all, q)
		}
	}
	return all
}

func plannedTicketQueries() []store.TicketQuery {
	var all []store.TicketQuery
	for _, text := range []string{"", "re", "refund", "50% off", "12", "1234"} {
		for _, status := range append(store.TicketStatuses, "", store.TicketActive) {
			for _, sort := range []store.TicketSort{store.TicketSortNewest, store.TicketSortOldest, store.TicketSortWaiting} {
				q := store.TicketQuery{SearchTerm: text, Status: status, Sort: sort}
				all = append(all, q)
				q.From, q.To, q.Page = noon, noon.AddDate(0, 0, 1), 5
				all = append(all, q)
				if text == "" || text == "refund" {
					all = append(all, store.TicketQuery{SearchTerm: text, Status: status, Sort: sort, Opener: "1007"},
						store.TicketQuery{SearchTerm: text, Status: status, Sort: sort, ClaimedBy: "1001"},
						store.TicketQuery{SearchTerm: text, Status: status, Sort: sort, Category: "k1"},
						store.TicketQuery{SearchTerm: text, Status: status, Sort: sort, Priority: store.PriorityUrgent},
						store.TicketQuery{SearchTerm: text, Status: status, Sort: sort, Overdue: true},
						store.TicketQuery{SearchTerm: text, Status: status, Sort: sort, Overdue: true,
							Labels: []string{"l1"}, ClaimedBy: "1001"},
						store.TicketQuery{SearchTerm: text, Status: status, Sort: sort, Labels: []string{"l1"}},
						store.TicketQuery{SearchTerm: text, Status: status, Sort: sort, Labels: []string{"l1", "l2"},
							Category: "k1", From: noon})
				}
			}
		}
	}
	return all
}

func TestExplainerDetectsReadsOfOtherGuilds(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 60, 60)
		plan := storetest.NewExplainer(t, s, true)
		for _, text := range []string{
			"SELECT count(*) FROM tickets WHERE status = 'OPEN'",
			"SELECT count(*) FROM giveaways WHERE search LIKE '%nitro%'",
			"SELECT id FROM tickets ORDER BY created_at LIMIT 5",
		} {
			steps, explained := plan(store.Statement{SQL: text})
			detected := false
			for _, step := range steps {
				detected = detected || !step.StaysInGuild()
			}
			if !detected {
				t.Errorf("%s: scan not detected in %+v of\n%s", text, steps, explained)
			}
		}
	})
}
