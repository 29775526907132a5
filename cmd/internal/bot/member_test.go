package bot_test

import (
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestMemberLeaveIsShownUntilRejoin(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		events, e := env.recordEvents(t), env.newEngine()
		g := env.addClaimableGiveaway(t, "430000000000000001", inOneHour(), store.Giveaway{})
		user := g.Winners[0].User.ID
		wantLeft := func(left bool) {
			t.Helper()
			wantEqual(t, "winner", env.loadGiveaway(t, g.ID).Winners[0].HasLeft, left)
			wantEqual(t, "another", env.loadGiveaway(t, g.ID).Winners[1].HasLeft, false)
			entries, err := env.Entries(t.Context(), env.guild, g.ID, store.EntryQuery{})
			check(t, err)
			for _, entry := range entries.Items {
				wantEqual(t, "entrant "+entry.Member.ID, entry.HasLeft, left && entry.Member.ID == user)
			}
		}
		wantLeft(false)
		storetest.Guild(t, env.Store, "2", "Another")
		check(t, e.RecordMemberLeave(t.Context(), "2", user, time.Now()))
		wantLeft(false)
		for range 2 { // recording it again has no effect
			check(t, e.RecordMemberLeave(t.Context(), env.guild, user, time.Now()))
			wantLeft(true)
		}
		check(t, e.RecordMemberLeave(t.Context(), env.guild, "987654321", time.Now())) // unknown user
		check(t, e.RecordMemberJoin(t.Context(), env.guild, user))
		wantLeft(false)
		eventually(t, "the event is published", func() bool {
			return len(events(contract.MemberJoinEvent)) > 0 && len(events(contract.GiveawayUpdateEvent)) > 1
		})
		wantEqual(t, "leave events", len(events(contract.MemberLeaveEvent)), 1)
		wantEqual(t, "user", events(contract.MemberLeaveEvent)[0].UserID, user)
		wantEqual(t, "giveaway events", len(events(contract.GiveawayUpdateEvent)), 2)

		check(t, e.RecordMemberLeave(t.Context(), env.guild, user, time.Now()))
		open := env.addGiveaway(t, 0, store.Giveaway{})
		check(t, e.EnterGiveaway(t.Context(), env.guild, open.ID, newEntrant(user))) // an entrant is a member
		wantLeft(false)
	})
}
