package bot_test

import (
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestWhoHasLeftIsSaidOfWinnersAndEntrantsUntilTheyAreBack(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		events, e := w.events(t), w.engine()
		g := w.windowed(t, "430000000000000001", soon(), store.Giveaway{})
		user := g.Winners[0].User.ID
		wantLeft := func(left bool) {
			t.Helper()
			same(t, "winner", w.giveaway(t, g.ID).Winners[0].Left, left)
			same(t, "another", w.giveaway(t, g.ID).Winners[1].Left, false)
			entries, err := w.Entries(t.Context(), w.guild, g.ID, store.EntryQuery{})
			check(t, err)
			for _, entry := range entries.Items {
				same(t, "entrant "+entry.Member.ID, entry.Left, left && entry.Member.ID == user)
			}
		}
		wantLeft(false)
		storetest.Guild(t, w.Store, "2", "Another")
		check(t, e.Left(t.Context(), "2", user, time.Now()))
		wantLeft(false)
		for range 2 { // the second time it is known
			check(t, e.Left(t.Context(), w.guild, user, time.Now()))
			wantLeft(true)
		}
		check(t, e.Left(t.Context(), w.guild, "987654321", time.Now())) // never heard of
		check(t, e.Joined(t.Context(), w.guild, user))
		wantLeft(false)
		eventually(t, "it is told", func() bool {
			return len(events(store.MemberJoinEvent)) > 0 && len(events(store.GiveawayUpdateEvent)) > 1
		})
		same(t, "leaving is told", len(events(store.MemberLeaveEvent)), 1)
		same(t, "of whom", events(store.MemberLeaveEvent)[0].UserID, user)
		same(t, "to giveaways", len(events(store.GiveawayUpdateEvent)), 2)

		check(t, e.Left(t.Context(), w.guild, user, time.Now()))
		open := w.posted(t, 0, store.Giveaway{})
		check(t, e.Enter(t.Context(), w.guild, open.ID, entrant(user))) // who enters is there
		wantLeft(false)
	})
}
