package store_test

import (
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestAttention(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		now := noon
		for _, guild := range []string{"1", "2"} {
			storetest.Guild(t, s, guild, "Guild "+guild)
			opener := storetest.Member(t, s, guild, "30", "Ada")
			storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: now.Add(-3 * time.Hour)})
			urgent := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: now.Add(-time.Hour)})
			noError(t, s.SetPriority(t.Context(), guild, []string{urgent.ID}, ann, store.PriorityUrgent))
			storetest.Giveaway(t, s, guild, store.Giveaway{EndsAt: now.Add(-2 * time.Minute)})
			storetest.Giveaway(t, s, guild, store.Giveaway{EndsAt: now.Add(-30 * time.Second)})
		}
		setResponseTarget(t, s, "2", "120")
		g := giveawayWithWinners(t, s, "10", "11")
		noError(t, s.ExpireClaims(t.Context(), "1", g.ID, []string{g.Winners[0].ID, g.Winners[1].ID}, now))
		execSQL(t, s, "INSERT INTO drifts (guild_id, kind, target, label, found_at) VALUES ('1', 'ticket.channel-deleted', 'a', '#1', $1)", now)

		for _, kind := range []store.SyncIssueKind{store.SyncIssueGiveawayPermissions, store.SyncIssueTicketPermissions} {
			execSQL(t, s, "INSERT INTO drifts (guild_id, kind, target, label, found_at) VALUES ('2', $1, '40', 'EMBED_LINKS', $2)", kind, now)
		}

		found := must(s.Attention(t.Context(), []string{"1"}, []string{"1", "2"}, now))(t)
		wantEqual(t, "attention in 1", found["1"], store.Attention{
			UrgentTickets: 1, UnclaimedTickets: 2, OverdueGiveaways: 1, UnclaimedPrizes: 1, SyncIssues: 1,
		})
		wantEqual(t, "attention in 2", found["2"], store.Attention{
			OverdueTickets: 1, UrgentTickets: 1, UnclaimedTickets: 2, PermissionIssues: 1, // those of giveaways are not read
		})
		if none := must(s.Attention(t.Context(), nil, nil, now))(t); len(none) != 0 {
			t.Errorf("attention in no guild = %v, want none", none)
		}
	})
}
