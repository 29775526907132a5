package store_test

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestEntrantsAreFoundByTheBeginningOfTheirNameOrTheirID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		storetest.Member(t, s, "1", "300000000000000009", "Ändie who did not enter")
		for i, name := range []string{"Ändie", "ÄNDERS", "Bo", "100% Bo", "", "200000000000000001"} {
			m := storetest.Member(t, s, "1", fmt.Sprintf("30000000000000000%d", i), name)
			check(t, s.EnterGiveaway(t.Context(), "1", g.ID, m.ID, 1, 0, nil))
		}
		for text, want := range map[string]string{
			"": "6", "änd": "ÄNDERS Ändie ", "BO": "Bo ", "100%": "100% Bo ", "300000000000000002": "Bo ", "_": "", "zz": "",
			"3000": "", "300000000000000009": "",
		} {
			list := must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{Text: text}))(t)
			got := fmt.Sprint(list.Total)
			if text != "" {
				got = ""
				for _, e := range list.Items {
					got += e.Member.Username + " "
				}
				same(t, "total of "+text, list.Total, len(list.Items))
			}
			same(t, "found by "+text, got, want)
		}
		_, err := s.Entries(t.Context(), "2", g.ID, store.EntryQuery{Text: "bo"})
		wantError(t, "of another guild", err, store.ErrNotFound)
	})
}

func TestEntriesAreCountedByTimeInStepsThatGrowWithTheirSpan(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 1, 0) // giveaway g1-1, entered by 50 at noon
		exec(t, s, "UPDATE giveaway_entries SET removed_at = created_at WHERE member_id = 'm1-1'")
		counts, step, err := s.EntryCounts(t.Context(), "1", "g1-1")
		check(t, err)
		same(t, "step", step, 10*time.Minute)
		same(t, "counts", fmt.Sprint(counts), fmt.Sprint([]store.EntryCount{{From: noon, N: 50}}))

		exec(t, s, `INSERT INTO giveaway_entry_counts (giveaway_id, slot, n) VALUES ('g1-1', $1, 7), ('g1-1', $2, 0)`,
			noon.Add(48*20*time.Hour).Unix()/600, noon.Add(time.Hour).Unix()/600)
		counts, step, err = s.EntryCounts(t.Context(), "1", "g1-1")
		check(t, err)
		same(t, "step", step, 20*time.Hour+10*time.Minute)
		same(t, "counts", len(counts), 2)
		same(t, "sum", counts[0].N+counts[1].N, 57)

		counts, _, err = s.EntryCounts(t.Context(), "2", "g1-1")
		check(t, err)
		same(t, "counts of another guild's", len(counts), 0)
	})
}

func TestAListOfGiveawaysCanBeNarrowedToItsHostsAndChannels(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		storetest.Member(t, s, "1", "10", "Ann")
		storetest.Member(t, s, "2", "11", "Not of this guild")
		for i, prize := range []string{"b", "c", "a"} {
			storetest.Giveaway(t, s, "1", store.Giveaway{Prize: prize, Host: store.Person{ID: fmt.Sprint(10 + i%2)}, ChannelID: fmt.Sprint(7 - i%2)})
		}
		storetest.Giveaway(t, s, "2", store.Giveaway{Host: store.Person{ID: "12"}, ChannelID: "8"})
		choices := must(s.GiveawayChoices(t.Context(), "1"))(t)
		same(t, "choices", fmt.Sprint(choices), fmt.Sprint(store.GiveawayChoices{
			Hosts: []store.Person{{ID: "11"}, {ID: "10", Username: "Ann"}}, Channels: []string{"6", "7"},
		}))
		list, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{Sort: store.GiveawaysPrize})
		check(t, err)
		same(t, "by prize", list.Items[0].Prize+list.Items[1].Prize+list.Items[2].Prize, "abc")
	})
}

func TestWhoIsTakenOutStaysListedAndCannotBeDrawn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		storetest.Member(t, s, "1", "10", "Ann")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		for i := range 3 {
			m := storetest.Member(t, s, "1", fmt.Sprint(100+i), "M")
			check(t, s.EnterGiveaway(t.Context(), "1", g.ID, m.ID, 1, i, nil))
		}
		out := store.Removal{UserIDs: []string{"101", "102", "999"}, Reason: "Second accounts."}
		wantError(t, "of another guild", s.RemoveEntrants(t.Context(), "2", g.ID, out, "10", noon), store.ErrNotFound)
		wantError(t, "nobody", s.RemoveEntrants(t.Context(), "1", g.ID, store.Removal{}, "10", noon), store.ErrConflict)
		check(t, s.RemoveEntrants(t.Context(), "1", g.ID, out, "10", noon))
		wantError(t, "again", s.RemoveEntrants(t.Context(), "1", g.ID, out, "10", noon), store.ErrConflict)

		same(t, "entries", must(s.Giveaway(t.Context(), "1", g.ID))(t).Entries, 1)
		list := must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{}))(t)
		same(t, "listed", list.Total, 3)
		found := must(s.EntriesOf(t.Context(), "1", g.ID, []string{"101", "100", "999"}))(t)
		same(t, "found", len(found), 2)
		for _, e := range found {
			if e.Member.ID == "101" {
				same(t, "weight", e.Entries, 0)
				same(t, "what it was", e.BaseEntries+e.BonusEntries, 2)
				same(t, "who", e.RemovedBy.Username, "Ann")
				same(t, "why", e.RemovedWhy, "Second accounts.")
				same(t, "when", *e.RemovedAt, noon)
			}
		}
		entries := must(s.DrawEntries(t.Context(), "1", g.ID))(t)
		same(t, "drawn from", fmt.Sprint(entries), "[{100 1} {101 0} {102 0}]")
		same(t, "drawn", fmt.Sprint(store.Draw(store.NewSeed(), entries, 3, nil)), "[100]")
		wantDerived(t, s)

		back := []string{"101", "100", "999"}
		wantError(t, "of another guild", s.ReadmitEntrants(t.Context(), "2", g.ID, back, noon), store.ErrNotFound)
		wantError(t, "nobody", s.ReadmitEntrants(t.Context(), "1", g.ID, nil, noon), store.ErrConflict)
		check(t, s.ReadmitEntrants(t.Context(), "1", g.ID, back, noon))
		wantError(t, "let in twice", s.ReadmitEntrants(t.Context(), "1", g.ID, back, noon), store.ErrConflict)
		same(t, "entries", must(s.Giveaway(t.Context(), "1", g.ID))(t).Entries, 2)
		same(t, "drawn from", fmt.Sprint(must(s.DrawEntries(t.Context(), "1", g.ID))(t)), "[{100 1} {101 2} {102 0}]")
		again := must(s.EntriesOf(t.Context(), "1", g.ID, []string{"101"}))(t)[0]
		if again.RemovedAt != nil || again.RemovedBy.ID+again.RemovedWhy != "" {
			t.Errorf("let in again, it is %+v", again)
		}
		wantDerived(t, s)

		check(t, s.EndGiveaway(t.Context(), "1", g.ID, time.Now()))
		wantError(t, "after the end", s.RemoveEntrants(t.Context(), "1", g.ID, store.Removal{UserIDs: []string{"100"}}, "10", noon), store.ErrConflict)
		wantError(t, "let in after the end", s.ReadmitEntrants(t.Context(), "1", g.ID, []string{"102"}, noon), store.ErrConflict)
	})
}
