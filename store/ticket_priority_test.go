package store_test

import (
	"testing"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestSetPriorityIsAtomicAndAudited(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		opener := storetest.Member(t, s, "1", "20", "Opener")
		a, b := storetest.Ticket(t, s, opener, store.Ticket{}), storetest.Ticket(t, s, opener, store.Ticket{Priority: store.PriorityUrgent})
		foreign := storetest.Ticket(t, s, storetest.Member(t, s, "2", "20", "Opener"), store.Ticket{})
		ann := contract.User{ID: "10", Username: "Ann"}
		priorities := func(want ...store.TicketPriority) {
			t.Helper()
			for i, id := range []string{a.ID, b.ID} {
				wantEqual(t, "priority", must(s.Ticket(ctx, "1", id))(t).Priority, want[i])
			}
		}
		priorities(store.PriorityNormal, store.PriorityNormal)
		noError(t, s.SetPriority(ctx, "1", []string{a.ID}, ann, store.PriorityHigh))
		noError(t, s.SetPriority(ctx, "1", []string{a.ID, b.ID}, ann, store.PriorityHigh))
		priorities(store.PriorityHigh, store.PriorityHigh)
		before := must(s.Ticket(ctx, "1", a.ID))(t)

		commands := must(s.Commands(ctx, "1", store.CommandQuery{Verb: contract.VerbPriorityChange}))(t).Items
		wantEqual(t, "audit log entries", len(commands), 2)
		for _, c := range commands {
			wantEqual(t, "actor and status", c.Actor.Username+" "+string(c.Status), "Ann done")
			if c.Target == b.ID {
				wantEqual(t, "target and data", c.TargetName+" "+string(c.Data),
					`#2 {"name":"#2","before":{"priority":"NORMAL"},"after":{"priority":"HIGH"}}`)
			}
		}
		requests := must(s.LatestCommands(ctx, "1", []string{a.ID, b.ID}, noon.AddDate(-1, 0, 0)))(t)
		wantEqual(t, "bot requests", len(requests), 0)

		wantErrorIs(t, "ticket of another guild", s.SetPriority(ctx, "1", []string{a.ID, foreign.ID}, ann,
			store.PriorityLow), store.ErrNotFound)
		if s.SetPriority(ctx, "1", []string{a.ID}, ann, "SOON") == nil {
			t.Error("SetPriority() with an unknown priority = nil, want an error")
		}
		priorities(store.PriorityHigh, store.PriorityHigh)
		wantEqual(t, "UpdatedAt", must(s.Ticket(ctx, "1", a.ID))(t).UpdatedAt, before.UpdatedAt)
	})
	err := storetest.OpenBroken(t).SetPriority(t.Context(), "1", []string{"t1"}, contract.User{}, store.PriorityLow)
	wantErrorIs(t, "broken store", err, store.ErrUnavailable)
}
