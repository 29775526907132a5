package store_test

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
	"guildboard/store/storetest"
)

func TestEntriesSearchByNamePrefixOrID(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		storetest.Member(t, s, "1", "300000000000000009", "Ändie who did not enter")
		for i, name := range []string{"Ändie", "ÄNDERS", "Bo", "100% Bo", "", "200000000000000001"} {
			m := storetest.Member(t, s, "1", fmt.Sprintf("30000000000000000%d", i), name)
			noError(t, s.EnterGiveaway(t.Context(), "1", g.ID, m.ID, 1, 0, nil))
		}
		for text, want := range map[string]string{
			"": "6", "änd": "ÄNDERS Ändie ", "BO": "Bo ", "100%": "100% Bo ", "300000000000000002": "Bo ", "_": "", "zz": "",
			"3000": "", "300000000000000009": "",
		} {
			list := must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{SearchTerm: text}))(t)
			got := fmt.Sprint(list.Total)
			if text != "" {
				got = ""
				for _, e := range list.Items {
					got += e.Member.Username + " "
				}
				wantEqual(t, "total of "+text, list.Total, len(list.Items))
			}
			wantEqual(t, "rows of "+text, got, want)
		}
		_, err := s.Entries(t.Context(), "2", g.ID, store.EntryQuery{SearchTerm: "bo"})
		wantErrorIs(t, "in another guild", err, store.ErrNotFound)
	})
}

func TestEntryCountsWidenInterval(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 1, 0) // giveaway g1-1, with 50 entries at noon
		execSQL(t, s, "UPDATE giveaway_entries SET removed_at = created_at WHERE member_id = 'm1-1'")
		counts, step, err := s.EntryCounts(t.Context(), "1", "g1-1")
		noError(t, err)
		wantEqual(t, "step", step, 10*time.Minute)
		wantEqual(t, "counts", fmt.Sprint(counts), fmt.Sprint([]store.EntryCount{{From: noon, Count: 50}}))

		execSQL(t, s, `INSERT INTO giveaway_entry_counts (giveaway_id, slot, n) VALUES ('g1-1', $1, 7), ('g1-1', $2, 0)`,
			noon.Add(48*20*time.Hour).Unix()/600, noon.Add(time.Hour).Unix()/600)
		counts, step, err = s.EntryCounts(t.Context(), "1", "g1-1")
		noError(t, err)
		wantEqual(t, "step", step, 20*time.Hour+10*time.Minute)
		wantEqual(t, "counts", len(counts), 2)
		wantEqual(t, "sum", counts[0].Count+counts[1].Count, 57)

		counts, _, err = s.EntryCounts(t.Context(), "2", "g1-1")
		noError(t, err)
		wantEqual(t, "counts in another guild", len(counts), 0)
	})
}

func TestGiveawayFilterOptions(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		storetest.Member(t, s, "1", "10", "Ann")
		storetest.Member(t, s, "2", "11", "Not of this guild")
		for i, prize := range []string{"b", "c", "a"} {
			storetest.Giveaway(t, s, "1", store.Giveaway{Prize: prize, Host: contract.User{ID: fmt.Sprint(10 + i%2)},
				ChannelID: fmt.Sprint(7 - i%2)})
		}
		storetest.Giveaway(t, s, "2", store.Giveaway{Host: contract.User{ID: "12"}, ChannelID: "8"})
		choices := must(s.GiveawayFilterOptions(t.Context(), "1"))(t)
		wantEqual(t, "filter options", fmt.Sprint(choices), fmt.Sprint(store.GiveawayFilterOptions{
			Hosts: []contract.User{{ID: "11"}, {ID: "10", Username: "Ann"}}, Channels: []string{"6", "7"},
		}))
		list, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{Sort: store.GiveawaySortPrize})
		noError(t, err)
		wantEqual(t, "sorted by prize", list.Items[0].Prize+list.Items[1].Prize+list.Items[2].Prize, "abc")
	})
}

func TestDisqualifiedEntrantsAreListedAndNotDrawn(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		storetest.Member(t, s, "1", "10", "Ann")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		for i := range 3 {
			m := storetest.Member(t, s, "1", fmt.Sprint(100+i), "M")
			noError(t, s.EnterGiveaway(t.Context(), "1", g.ID, m.ID, 1, i, nil))
		}
		disqualification := contract.EntrantsPayload{UserIDs: []string{"101", "102", "999"}, Reason: "Second accounts."}
		wantErrorIs(t, "in another guild",
			s.DisqualifyEntrants(t.Context(), "2", g.ID, disqualification, "10", noon), store.ErrNotFound)
		wantErrorIs(t, "no users",
			s.DisqualifyEntrants(t.Context(), "1", g.ID, contract.EntrantsPayload{}, "10", noon), store.ErrConflict)
		noError(t, s.DisqualifyEntrants(t.Context(), "1", g.ID, disqualification, "10", noon))
		wantErrorIs(t, "second DisqualifyEntrants",
			s.DisqualifyEntrants(t.Context(), "1", g.ID, disqualification, "10", noon), store.ErrConflict)

		wantEqual(t, "entries", must(s.Giveaway(t.Context(), "1", g.ID))(t).Entries, 1)
		list := must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{}))(t)
		wantEqual(t, "total", list.Total, 3)
		found := must(s.EntriesByUser(t.Context(), "1", g.ID, []string{"101", "100", "999"}))(t)
		wantEqual(t, "disqualified rows", len(found), 2)
		for _, e := range found {
			if e.Member.ID == "101" {
				wantEqual(t, "weight", e.Entries, 0)
				wantEqual(t, "weight before", e.BaseEntries+e.BonusEntries, 2)
				wantEqual(t, "disqualified by", e.DisqualifiedBy.Username, "Ann")
				wantEqual(t, "reason", e.DisqualifiedReason, "Second accounts.")
				wantEqual(t, "time", *e.DisqualifiedAt, noon)
			}
		}
		entries := must(s.DrawEntries(t.Context(), "1", g.ID))(t)
		wantEqual(t, "draw entries", fmt.Sprint(entries), "[{100 1} {101 0} {102 0}]")
		wantEqual(t, "winners", fmt.Sprint(draw.Winners(draw.NewSeed(), entries, 3, nil)), "[100]")
		wantDerivedRows(t, s)

		reinstated := []string{"101", "100", "999"}
		wantErrorIs(t, "in another guild",
			s.ReinstateEntrants(t.Context(), "2", g.ID, reinstated, noon), store.ErrNotFound)
		wantErrorIs(t, "no users", s.ReinstateEntrants(t.Context(), "1", g.ID, nil, noon), store.ErrConflict)
		noError(t, s.ReinstateEntrants(t.Context(), "1", g.ID, reinstated, noon))
		wantErrorIs(t, "second ReinstateEntrants",
			s.ReinstateEntrants(t.Context(), "1", g.ID, reinstated, noon), store.ErrConflict)
		wantEqual(t, "entries", must(s.Giveaway(t.Context(), "1", g.ID))(t).Entries, 2)
		wantEqual(t, "draw entries",
			fmt.Sprint(must(s.DrawEntries(t.Context(), "1", g.ID))(t)), "[{100 1} {101 2} {102 0}]")
		entry := must(s.EntriesByUser(t.Context(), "1", g.ID, []string{"101"}))(t)[0]
		if entry.DisqualifiedAt != nil || entry.DisqualifiedBy.ID+entry.DisqualifiedReason != "" {
			t.Errorf("reinstated entry = %+v, want no disqualification", entry)
		}
		wantDerivedRows(t, s)

		noError(t, s.EndGiveaway(t.Context(), "1", g.ID, time.Now()))
		wantErrorIs(t, "DisqualifyEntrants after the end", s.DisqualifyEntrants(t.Context(), "1", g.ID,
			contract.EntrantsPayload{UserIDs: []string{"100"}}, "10", noon), store.ErrConflict)
		wantErrorIs(t, "ReinstateEntrants after the end",
			s.ReinstateEntrants(t.Context(), "1", g.ID, []string{"102"}, noon), store.ErrConflict)
	})
}
