package store_test

import (
	"os"
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

// BenchmarkLists measures one page and its statistics, for a guild with 5,000 giveaways and 20,000 tickets beside
// twenty small guilds.
func BenchmarkLists(b *testing.B) {
	benchEachDatabase(b, func(b *testing.B, s *store.Store) {
		fillGuild(b, s, "1", 5000, 20_000)
		for _, guild := range []string{"2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"} {
			fillGuild(b, s, guild, 200, 500)
		}
		analyze(b, s)
		today := noon.AddDate(0, 0, 13) // near the end of the 14 days of 20,000 tickets, one per minute
		for _, bench := range []struct {
			name string
			q    store.GiveawayQuery
		}{
			{"newest", store.GiveawayQuery{}},
			{"active", store.GiveawayQuery{Status: store.GiveawayActive}},
			{"entries", store.GiveawayQuery{Sort: store.GiveawaySortEntries}},
			{"page160", store.GiveawayQuery{Page: 160}},
			{"dates", store.GiveawayQuery{From: noon.AddDate(0, 0, 1), To: noon.AddDate(0, 0, 2)}},
			{"text-common", store.GiveawayQuery{SearchTerm: "nitro"}},
			{"text-rare", store.GiveawayQuery{SearchTerm: "key 4999"}},
		} {
			b.Run("giveaways/"+bench.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := s.Giveaways(b.Context(), "1", bench.q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		for _, bench := range []struct {
			name, guild string
			q           store.TicketQuery
		}{
			{"newest", "1", store.TicketQuery{}},
			{"open", "1", store.TicketQuery{Status: store.TicketOpen}},
			{"page700", "1", store.TicketQuery{Page: 700}},
			{"text-common", "1", store.TicketQuery{SearchTerm: "question"}},
			{"text-rare", "1", store.TicketQuery{SearchTerm: "refund please 19995"}},
			{"text-none", "1", store.TicketQuery{SearchTerm: "nothing such"}},
			{"text-short", "1", store.TicketQuery{SearchTerm: "re"}},
			{"text-number", "1", store.TicketQuery{SearchTerm: "#12"}},
			{"text-small-guild", "9", store.TicketQuery{SearchTerm: "question"}},
		} {
			b.Run("tickets/"+bench.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := s.Tickets(b.Context(), bench.guild, bench.q, today); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run("enter", func(b *testing.B) {
			g := storetest.Giveaway(b, s, "1", store.Giveaway{})
			for b.Loop() {
				b.StopTimer()
				m := storetest.Member(b, s, "1", store.NewID(), "M")
				b.StartTimer()
				noError(b, s.EnterGiveaway(b.Context(), "1", g.ID, m.ID, 1, 0, nil))
			}
		})
	})
}

func benchEachDatabase(b *testing.B, fn func(*testing.B, *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, storetest.Open(b)) })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv("DATABASE_URL") == "" {
			b.Skip("not run on Postgres: DATABASE_URL is not set")
		}
		s := must(store.Open(b.Context(), storetest.CreateSchema(b)))(b)
		b.Cleanup(func() { s.Close() })
		fn(b, s)
	})
}
