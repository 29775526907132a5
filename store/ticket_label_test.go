package store_test

import (
	"fmt"
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestLabelsArePutOnTicketsAndTakenOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ann := store.Person{ID: "10", Username: "Ann"}
		opener := storetest.Member(t, s, "1", "20", "Opener")
		a, b := storetest.Ticket(t, s, opener, store.Ticket{}), storetest.Ticket(t, s, opener, store.Ticket{})
		foreign := storetest.Ticket(t, s, storetest.Member(t, s, "2", "20", "Opener"), store.Ticket{})
		label := func(guild, name, color string) string {
			l := store.TicketLabel{ID: store.NewID(), GuildID: guild, Name: name, Color: color}
			check(t, s.ChangeLabel(ctx, ann, nil, l))
			return l.ID
		}
		billing, bug, theirs := label("1", "billing <b> ü", "red"), label("1", "A bug", "violet"), label("2", "Theirs", "grey")
		wantError(t, "a name twice", s.ChangeLabel(ctx, ann, nil, store.TicketLabel{ID: store.NewID(), GuildID: "1", Name: "A bug", Color: "red"}), store.ErrConflict)
		names := func(ticket, want string) {
			t.Helper()
			same(t, "labels", store.LabelNames(must(s.Ticket(ctx, "1", ticket))(t).Labels), want)
		}
		names(a.ID, "")
		check(t, s.LabelTickets(ctx, "1", []string{a.ID, b.ID}, ann, []string{billing}, nil))
		check(t, s.LabelTickets(ctx, "1", []string{a.ID}, ann, []string{bug, billing}, []string{theirs}))
		names(a.ID, "A bug, billing <b> ü")
		names(b.ID, "billing <b> ü")
		same(t, "its colour", must(s.Ticket(ctx, "1", a.ID))(t).Labels[1], store.TicketLabel{ID: billing, Name: "billing <b> ü", Color: "red"})

		wantError(t, "a ticket of another guild", s.LabelTickets(ctx, "1", []string{a.ID, foreign.ID}, ann, nil, []string{bug}), store.ErrNotFound)
		wantError(t, "a label of another guild", s.LabelTickets(ctx, "1", []string{a.ID}, ann, []string{theirs}, nil), store.ErrNotFound)
		names(a.ID, "A bug, billing <b> ü")
		lines := must(s.Commands(ctx, "1", store.CommandQuery{Verb: store.VerbLabelsSet, Target: a.ID}))(t).Items
		same(t, "lines in the audit log", len(lines), 2)
		said := string(lines[0].Data) + string(lines[1].Data) // those of one moment in any order
		if !strings.Contains(said, `"before":{"labels":""}`) || !strings.Contains(said, `"after":{"labels":"A bug, billing \u003cb\u003e ü"}`) {
			t.Errorf("the audit log says %s", said)
		}

		var many []string
		for i := range store.MaxLabelsOf {
			many = append(many, label("1", fmt.Sprint("Label ", i), "green"))
		}
		wantError(t, "more than a ticket may have", s.LabelTickets(ctx, "1", []string{b.ID, a.ID}, ann, many, nil), store.ErrConflict)
		names(b.ID, "billing <b> ü")
		check(t, s.LabelTickets(ctx, "1", []string{b.ID}, ann, many, []string{billing}))
		same(t, "as many as it may", len(must(s.Ticket(ctx, "1", b.ID))(t).Labels), store.MaxLabelsOf)

		t.Run("a label that is deleted is gone from them, and one that is renamed is called so", func(t *testing.T) {
			all := must(s.TicketLabels(ctx, "1"))(t)
			same(t, "the first", all[0].Name, "A bug")
			renamed := all[0]
			renamed.Name = "Defect"
			check(t, s.ChangeLabel(ctx, ann, all[0].Values(), renamed))
			wantError(t, "over an older version", s.ChangeLabel(ctx, ann, all[0].Values(), renamed), store.ErrConflict)
			names(a.ID, "billing <b> ü, Defect")
			check(t, s.DeleteLabel(ctx, ann, store.TicketLabel{ID: billing, GuildID: "1", Name: "billing"}))
			wantError(t, "again", s.DeleteLabel(ctx, ann, store.TicketLabel{ID: billing, GuildID: "1"}), store.ErrNotFound)
			wantError(t, "of another guild", s.DeleteLabel(ctx, ann, store.TicketLabel{ID: theirs, GuildID: "1"}), store.ErrNotFound)
			names(a.ID, "Defect")
		})
	})
	broken := storetest.Broken(t)
	_, err := broken.TicketLabels(t.Context(), "1")
	wantError(t, "a broken store", err, store.ErrUnavailable)
	wantError(t, "a broken store", broken.LabelTickets(t.Context(), "1", []string{"t1"}, store.Person{}, nil, nil), store.ErrUnavailable)
}
