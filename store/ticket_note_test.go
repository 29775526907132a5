package store_test

import (
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestNotesBelongToTicketAndAreAudited(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		opener := storetest.Member(t, s, "1", "20", "Opener")
		ticket, other := storetest.Ticket(t, s, opener, store.Ticket{}), storetest.Ticket(t, s, opener, store.Ticket{})
		ann := contract.User{ID: "10", Username: "Ann"}
		first := must(s.AddNote(ctx, "1", ticket.ID, ann, "Paid by <b>card</b>"))(t)
		must(s.AddNote(ctx, "1", ticket.ID, ann, "Called back"))(t)
		_, err := s.AddNote(ctx, "2", ticket.ID, ann, "Not theirs")
		wantErrorIs(t, "ticket of another guild", err, store.ErrNotFound)
		notes := must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Notes
		wantEqual(t, "notes", len(notes), 2)
		for _, n := range notes { // rows of the same millisecond are in any order
			if n.ID == first.ID {
				wantEqual(t, "first note", n.Text+" "+n.Author.Username, "Paid by <b>card</b> Ann")
				wantEqual(t, "time", n.CreatedAt.Truncate(time.Millisecond), first.CreatedAt.Truncate(time.Millisecond))
			}
		}
		wantEqual(t, "notes of another ticket",
			len(must(s.TicketTimeline(ctx, "1", other.ID, store.MessageCursor{}))(t).Notes), 0)

		wantErrorIs(t, "note of another ticket", s.DeleteNote(ctx, "1", other.ID, first.ID, ann), store.ErrNotFound)
		wantErrorIs(t, "note of another guild", s.DeleteNote(ctx, "2", ticket.ID, first.ID, ann), store.ErrNotFound)
		noError(t, s.DeleteNote(ctx, "1", ticket.ID, first.ID, ann))
		wantErrorIs(t, "second DeleteNote", s.DeleteNote(ctx, "1", ticket.ID, first.ID, ann), store.ErrNotFound)
		wantEqual(t, "remaining notes",
			len(must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Notes), 1)
		commands := must(s.Commands(ctx, "1", store.CommandQuery{}))(t).Items
		wantEqual(t, "audit log entries", len(commands), 3)
		removed := 0
		for _, c := range commands {
			if c.Verb == contract.VerbNoteRemove {
				removed++
				wantEqual(t, "data contains the deleted text", strings.Contains(string(c.Data), "Paid by"), true)
			}
		}
		wantEqual(t, "removals", removed, 1)
		for range store.MaxNotes {
			_, err = s.AddNote(ctx, "1", ticket.ID, ann, "More")
		}
		wantErrorIs(t, "too many notes", err, store.ErrConflict)
	})
	_, err := storetest.OpenBroken(t).AddNote(t.Context(), "1", "t1", contract.User{}, "x")
	wantErrorIs(t, "broken store", err, store.ErrUnavailable)
}
