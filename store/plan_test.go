package store_test

import (
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

// No read of one guild may walk through another's rows: each access goes to the guild's part of an index, or to a row
// whose id came from there.
func TestReadsStayWithinTheirGuild(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, guild := range []string{"1", "2", "3"} {
			crowd(t, s, guild, 600, 2500)
		}
		analyze(t, s)
		reads := store.Reads("1", plannedGiveaways(), plannedTickets())
		for name, read := range reads {
			steps, plan, err := s.Plan(t.Context(), read)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, step := range steps {
				if !within(step) {
					t.Errorf("%s: %+v in\n%s", name, step, plan)
				}
			}
		}
		t.Log(len(reads), "reads")
	})
}

func plannedGiveaways() []store.GiveawayQuery {
	all := giveawayQueries()
	for _, q := range giveawayQueries() {
		if q.Page = 7; q.Status == "" {
			all = append(all, q)
		}
	}
	return all
}

func plannedTickets() []store.TicketQuery {
	var all []store.TicketQuery
	for _, text := range []string{"", "re", "refund", "50% off", "12", "1234"} {
		for _, status := range append(store.TicketStatuses, "", store.TicketActive) {
			for _, sort := range []store.TicketSort{store.TicketsNewest, store.TicketsOldest, store.TicketsWaiting} {
				q := store.TicketQuery{Text: text, Status: status, Sort: sort}
				all = append(all, q)
				q.From, q.To, q.Page = noon, noon.AddDate(0, 0, 1), 5
				all = append(all, q)
				if text == "" || text == "refund" {
					all = append(all, store.TicketQuery{Text: text, Status: status, Sort: sort, Opener: "1007"},
						store.TicketQuery{Text: text, Status: status, Sort: sort, Claimer: "1001"},
						store.TicketQuery{Text: text, Status: status, Sort: sort, Category: "k1"})
				}
			}
		}
	}
	return all
}

// within tells whether a step of a plan stays in its guild.
func within(step store.Step) bool {
	switch step.Table {
	case "p", "x", "found", "p-1", "e", "v", "c", "(subquery-1)", "(subquery-2)", "(subquery-3)", "(subquery-4)", "CONSTANT":
		// Results of the query itself, and the full text index on SQLite, which is one for all guilds.
		if step.How == "SCAN" {
			return true
		}
	case "ticket_text_trigrams": // the same on Postgres
		return true
	}
	if step.How == "Seq Scan" || step.How == "SCAN" {
		return false
	}
	for _, key := range []string{"guild_id", "id", "giveaway_id", "ticket_id", "member_id", "user_id", "channel_id"} {
		if strings.Contains(step.Cond, "("+key+" = ") || strings.Contains(step.Cond, "("+key+"=?") ||
			strings.Contains(step.Cond, "("+key+" = ANY") || strings.Contains(step.Cond, "(rowid=?") {
			return true
		}
	}
	return strings.HasPrefix(step.Cond, "VIRTUAL TABLE")
}

func TestAReadThatLeavesItsGuildIsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 60, 60)
		for _, text := range []string{
			"SELECT count(*) FROM tickets WHERE status = 'OPEN'",
			"SELECT count(*) FROM giveaways WHERE search LIKE '%nitro%'",
			"SELECT id FROM tickets ORDER BY created_at LIMIT 5",
		} {
			steps, plan, err := s.Plan(t.Context(), store.Read(text))
			check(t, err)
			seen := false
			for _, step := range steps {
				seen = seen || !within(step)
			}
			if !seen {
				t.Errorf("%s: nothing seen in %+v of\n%s", text, steps, plan)
			}
		}
	})
}
