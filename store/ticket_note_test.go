package store_test

import (
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestNotesAreOfOneTicketAndAudited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		opener := storetest.Member(t, s, "1", "20", "Opener")
		ticket, other := storetest.Ticket(t, s, opener, store.Ticket{}), storetest.Ticket(t, s, opener, store.Ticket{})
		ann := store.Person{ID: "10", Username: "Ann"}
		first := must(s.AddNote(ctx, "1", ticket.ID, ann, "Paid by <b>card</b>"))(t)
		must(s.AddNote(ctx, "1", ticket.ID, ann, "Called back"))(t)
		_, err := s.AddNote(ctx, "2", ticket.ID, ann, "Not theirs")
		wantError(t, "another guild's ticket", err, store.ErrNotFound)
		notes := must(s.TicketStory(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Notes
		same(t, "notes", len(notes), 2)
		for _, n := range notes { // those of one moment in any order
			if n.ID == first.ID {
				same(t, "the first", n.Text+" "+n.By.Username, "Paid by <b>card</b> Ann")
				same(t, "when", n.At.Truncate(time.Millisecond), first.At.Truncate(time.Millisecond))
			}
		}
		same(t, "notes of another", len(must(s.TicketStory(ctx, "1", other.ID, store.MessageCursor{}))(t).Notes), 0)

		wantError(t, "of another ticket", s.RemoveNote(ctx, "1", other.ID, first.ID, ann), store.ErrNotFound)
		wantError(t, "of another guild", s.RemoveNote(ctx, "2", ticket.ID, first.ID, ann), store.ErrNotFound)
		check(t, s.RemoveNote(ctx, "1", ticket.ID, first.ID, ann))
		wantError(t, "again", s.RemoveNote(ctx, "1", ticket.ID, first.ID, ann), store.ErrNotFound)
		same(t, "what is left", len(must(s.TicketStory(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Notes), 1)
		lines := must(s.Commands(ctx, "1", store.CommandQuery{}))(t).Items
		same(t, "lines in the audit log", len(lines), 3)
		removed := 0
		for _, c := range lines {
			if c.Verb == store.VerbNoteRemove {
				removed++
				same(t, "it says what is gone", strings.Contains(string(c.Data), "Paid by"), true)
			}
		}
		same(t, "removals", removed, 1)
		for range store.MaxNotes {
			_, err = s.AddNote(ctx, "1", ticket.ID, ann, "More")
		}
		wantError(t, "more than there may be", err, store.ErrConflict)
	})
	_, err := storetest.Broken(t).AddNote(t.Context(), "1", "t1", store.Person{}, "x")
	wantError(t, "a broken store", err, store.ErrUnavailable)
}
