package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestWhoWaitsFollowsTheTurns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		waits := func(what string, since time.Time) {
			t.Helper()
			now := must(s.Ticket(ctx, "1", ticket.ID))(t)
			switch {
			case since.IsZero() && now.WaitingSince != nil:
				t.Errorf("%s: waits since %v", what, now.WaitingSince)
			case !since.IsZero() && (now.WaitingSince == nil || !now.WaitingSince.Equal(since)):
				t.Errorf("%s: waits since %v, not %v", what, now.WaitingSince, since)
			}
			tiles := must(s.TicketTiles(ctx, "1", noon))(t)
			same(t, what+": the tile agrees", tiles.LongestWaiting == nil, now.WaitingSince == nil)
		}
		at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
		waits("opened", noon)
		check(t, s.ClaimTicket(ctx, "1", ticket.ID, "20", at(1)))
		waits("claimed", time.Time{})
		check(t, s.UnclaimTicket(ctx, "1", ticket.ID, "20", at(2)))
		waits("given back", at(2))
		check(t, s.ClaimTicket(ctx, "1", ticket.ID, "20", at(3)))
		check(t, s.CloseTicketWhy(ctx, "1", ticket.ID, "30", "Solved.", at(4)))
		waits("closed", time.Time{})
		same(t, "why", *must(s.Ticket(ctx, "1", ticket.ID))(t).CloseReason, "Solved.")
		check(t, s.ReopenTicket(ctx, "1", ticket.ID, "30", at(5)))
		waits("reopened", at(5))
		if why := must(s.Ticket(ctx, "1", ticket.ID))(t).CloseReason; why != nil {
			t.Errorf("it is open for the reason %q", *why)
		}

		said := 0
		says := func(who string, bot bool, minutes int) {
			t.Helper()
			said++
			check(t, s.KeepMessage(ctx, store.TicketMessage{
				ID: fmt.Sprint(said), GuildID: "1", TicketID: ticket.ID, Author: store.Person{ID: who}, IsBot: bot, Content: "…", CreatedAt: at(minutes),
			}))
		}
		says("", true, 6)
		waits("greeted by the bot", at(5))
		says("20", false, 4)
		waits("answered before it was opened again", at(5))
		says("10", false, 7)
		waits("asking again", at(5))
		says("20", false, 8)
		waits("answered by who has not claimed it", time.Time{})
		says("20", false, 9)
		says("10", false, 10)
		waits("asking back", at(10))
		check(t, s.ClaimTicket(ctx, "1", ticket.ID, "20", at(11)))
		waits("claimed again", time.Time{})
	})
}

func TestChoicesAreTheGuildsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 0, 100)
		crowd(t, s, "2", 0, 100)
		storetest.Category(t, s, "2", "Not ours")
		kind := storetest.Category(t, s, "1", "Billing")
		check(t, s.ClaimTicket(t.Context(), "1", "t1-20", "999", noon)) // a member that the bot does not know
		check(t, s.ClaimTicket(t.Context(), "2", "t2-20", "888", noon))
		choices := must(s.TicketChoices(t.Context(), "1"))(t)
		same(t, "categories", len(choices.Categories), 1)
		same(t, "category", choices.Categories[0].ID, kind.ID)
		if !slices.Equal(choices.Claimers, []store.Person{{ID: "999"}, {ID: "1001", Username: "User1"}}) {
			t.Errorf("claimers %+v", choices.Claimers)
		}
		none := must(s.TicketChoices(t.Context(), "3"))(t)
		same(t, "of nobody", len(none.Categories)+len(none.Claimers), 0)
		same(t, "somebody", must(s.Person(t.Context(), "1", "1001"))(t).Username, "User1")
		same(t, "a stranger", must(s.Person(t.Context(), "1", "5"))(t), store.Person{ID: "5"})
	})
	_, err := storetest.Broken(t).TicketChoices(t.Context(), "1")
	wantError(t, "choices", err, store.ErrUnavailable)
	_, err = storetest.Broken(t).Person(t.Context(), "1", "2")
	wantError(t, "person", err, store.ErrUnavailable)
}
