package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestWaitingSinceFollowsStatusChanges(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		wantWaitingSince := func(label string, since time.Time) {
			t.Helper()
			now := must(s.Ticket(ctx, "1", ticket.ID))(t)
			switch {
			case since.IsZero() && now.WaitingSince != nil:
				t.Errorf("%s: WaitingSince = %v, want none", label, now.WaitingSince)
			case !since.IsZero() && (now.WaitingSince == nil || !now.WaitingSince.Equal(since)):
				t.Errorf("%s: WaitingSince = %v, want %v", label, now.WaitingSince, since)
			}
			stats := must(s.TicketStats(ctx, "1", noon))(t)
			wantEqual(t, label+": the tile agrees", stats.LongestWaitingSince == nil, now.WaitingSince == nil)
		}
		at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
		wantWaitingSince("opened", noon)
		noError(t, s.ClaimTicket(ctx, "1", ticket.ID, "20", at(1)))
		wantWaitingSince("claimed", time.Time{})
		noError(t, s.UnclaimTicket(ctx, "1", ticket.ID, "20", at(2)))
		wantWaitingSince("unclaimed", at(2))
		noError(t, s.ClaimTicket(ctx, "1", ticket.ID, "20", at(3)))
		noError(t, s.CloseTicketWithReason(ctx, "1", ticket.ID, "30", "Solved.", at(4)))
		wantWaitingSince("closed", time.Time{})
		wantEqual(t, "close reason", *must(s.Ticket(ctx, "1", ticket.ID))(t).CloseReason, "Solved.")
		noError(t, s.ReopenTicket(ctx, "1", ticket.ID, "30", at(5)))
		wantWaitingSince("reopened", at(5))
		if reason := must(s.Ticket(ctx, "1", ticket.ID))(t).CloseReason; reason != nil {
			t.Errorf("close reason of an open ticket = %q, want none", *reason)
		}

		messageCount := 0
		sendMessage := func(author string, bot bool, minutes int) {
			t.Helper()
			messageCount++
			noError(t, s.SaveMessage(ctx, store.TicketMessage{
				ID: fmt.Sprint(messageCount), GuildID: "1", TicketID: ticket.ID, Author: contract.User{ID: author},
				IsBot: bot, Content: "…", CreatedAt: at(minutes),
			}))
		}
		sendMessage("", true, 6)
		wantWaitingSince("message of the bot", at(5))
		sendMessage("20", false, 4)
		wantWaitingSince("reply before it was reopened", at(5))
		sendMessage("10", false, 7)
		wantWaitingSince("second question", at(5))
		sendMessage("20", false, 8)
		wantWaitingSince("reply without a claim", time.Time{})
		sendMessage("20", false, 9)
		sendMessage("10", false, 10)
		wantWaitingSince("question of the opener", at(10))
		noError(t, s.ClaimTicket(ctx, "1", ticket.ID, "20", at(11)))
		wantWaitingSince("claimed again", time.Time{})
	})
}

func TestTicketFilterOptionsAreLimitedToGuild(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 0, 100)
		fillGuild(t, s, "2", 0, 100)
		storetest.Category(t, s, "2", "Not ours")
		kind := storetest.Category(t, s, "1", "Billing")
		noError(t, s.ClaimTicket(t.Context(), "1", "t1-20", "999", noon)) // a member that the bot has not recorded
		noError(t, s.ClaimTicket(t.Context(), "2", "t2-20", "888", noon))
		options := must(s.TicketFilterOptions(t.Context(), "1"))(t)
		wantEqual(t, "categories", len(options.Categories), 1)
		wantEqual(t, "category", options.Categories[0].ID, kind.ID)
		if !slices.Equal(options.Claimers, []contract.User{{ID: "999"}, {ID: "1001", Username: "User1"}}) {
			t.Errorf("claimers = %+v, want 999 and User1", options.Claimers)
		}
		none := must(s.TicketFilterOptions(t.Context(), "3"))(t)
		wantEqual(t, "options without tickets", len(none.Categories)+len(none.Claimers), 0)
		wantEqual(t, "known user", must(s.User(t.Context(), "1", "1001"))(t).Username, "User1")
		wantEqual(t, "unknown user", must(s.User(t.Context(), "1", "5"))(t), contract.User{ID: "5"})
	})
	_, err := storetest.OpenBroken(t).TicketFilterOptions(t.Context(), "1")
	wantErrorIs(t, "TicketFilterOptions", err, store.ErrUnavailable)
	_, err = storetest.OpenBroken(t).User(t.Context(), "1", "2")
	wantErrorIs(t, "User", err, store.ErrUnavailable)
}
