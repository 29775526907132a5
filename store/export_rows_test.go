package store_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestEachReadsEveryRowOnceInOrder(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 1234, 2345)
		fillGuild(t, s, "2", 3, 3)
		// Many rows with the same time, across a batch boundary.
		execSQL(t, s, "UPDATE giveaways SET created_at = $1 WHERE guild_id = '1' AND created_at > $1", noon.Add(200*time.Minute))
		for _, q := range []store.GiveawayQuery{
			{}, {Sort: store.GiveawaySortOldest}, {Status: store.GiveawayEnded, SearchTerm: "nitro",
				Sort: store.GiveawaySortEntries}, {From: noon.Add(time.Hour), Page: 7},
		} {
			var got []string
			winners := 0
			noError(t, s.EachGiveaway(t.Context(), "1", q, func(g store.Giveaway) error {
				got, winners = append(got, g.ID), winners+len(g.Winners)
				return nil
			}))
			if q.Sort == store.GiveawaySortEntries {
				q.Sort = store.GiveawaySortNewest
			}
			wantSameAsPages(t, got, func(page int) ([]string, int) {
				q.Page, q.PerPage = page, 100
				list, _, err := s.Giveaways(t.Context(), "1", q)
				noError(t, err)
				return giveawayIDs(list.Items), list.Pages
			})
			if winners == 0 {
				t.Errorf("%+v: no row with winners", q)
			}
		}
		for _, q := range []store.TicketQuery{{}, {Sort: store.TicketSortOldest, Status: store.TicketClosed},
			{SearchTerm: "refund"}, {SearchTerm: "12"}, {SearchTerm: "user7"}} {
			var got []string
			found := map[string]bool{}
			noError(t, s.EachTicket(t.Context(), "1", q, func(ticket store.Ticket) error {
				got, found[ticket.ID] = append(got, ticket.ID), true
				return nil
			}))
			wantEqual(t, "distinct rows", len(found), len(got))
			total := 0
			for page, pages := 1, 1; page <= pages; page++ {
				q.Page, q.PerPage = page, 100
				list, _, err := s.Tickets(t.Context(), "1", q, noon)
				noError(t, err)
				for _, ticket := range list.Items {
					if total++; !found[ticket.ID] {
						t.Errorf("%+v: %s is missing", q, ticket.ID)
					}
				}
				pages = list.Pages
			}
			// the search limit of a list does not apply to exports
			if list, _, _ := s.Tickets(t.Context(), "1", q, noon); list.SearchLimit == 0 {
				wantEqual(t, "tickets", len(got), total)
			}
		}
		errStop := errors.New("enough")
		n := 0
		err := s.EachGiveaway(t.Context(), "1", store.GiveawayQuery{}, func(store.Giveaway) error {
			if n++; n == 3 {
				return errStop
			}
			return nil
		})
		wantErrorIs(t, "error of the callback", err, errStop)
		wantEqual(t, "rows before the error", n, 3)
	})
}

func wantSameAsPages(t *testing.T, got []string, page func(int) ([]string, int)) {
	t.Helper()
	at := 0
	for number, pages := 1, 1; number <= pages; number++ {
		var ids []string
		ids, pages = page(number)
		for _, id := range ids {
			if at >= len(got) || got[at] != id {
				t.Fatalf("row %d differs from %s", at, id)
			}
			at++
		}
	}
	wantEqual(t, "rows", len(got), at)
}

// BenchmarkEachTicket measures the heap early and late while it reads 100,000 rows.
func BenchmarkEachTicket(b *testing.B) {
	s := storetest.Open(b)
	fillGuild(b, s, "1", 0, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		var early, late runtime.MemStats
		n := 0
		noError(b, s.EachTicket(b.Context(), "1", store.TicketQuery{}, func(store.Ticket) error {
			switch n++; n {
			case 5_000:
				runtime.GC()
				runtime.ReadMemStats(&early)
			case 95_000:
				runtime.GC()
				runtime.ReadMemStats(&late)
			}
			return nil
		}))
		wantEqual(b, "tickets", n, 100_000)
		b.ReportMetric(float64(early.HeapAlloc)/1e6, "MB-at-5000")
		b.ReportMetric(float64(late.HeapAlloc)/1e6, "MB-at-95000")
		if late.HeapAlloc > early.HeapAlloc+4e6 {
			b.Errorf("memory grew from %d to %d", early.HeapAlloc, late.HeapAlloc)
		}
	}
}
