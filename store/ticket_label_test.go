package store_test

import (
	"fmt"
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestChangeTicketLabels(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ann := contract.User{ID: "10", Username: "Ann"}
		opener := storetest.Member(t, s, "1", "20", "Opener")
		a, b := storetest.Ticket(t, s, opener, store.Ticket{}), storetest.Ticket(t, s, opener, store.Ticket{})
		foreign := storetest.Ticket(t, s, storetest.Member(t, s, "2", "20", "Opener"), store.Ticket{})
		label := func(guild, name, color string) string {
			l := store.TicketLabel{ID: store.NewID(), GuildID: guild, Name: name, Color: color}
			noError(t, s.ChangeLabel(ctx, ann, nil, l))
			return l.ID
		}
		billing, bug, theirs := label("1", "billing <b> ü", "red"), label("1", "A bug", "violet"), label("2", "Theirs", "grey")
		wantErrorIs(t, "duplicate name", s.ChangeLabel(ctx, ann, nil,
			store.TicketLabel{ID: store.NewID(), GuildID: "1", Name: "A bug", Color: "red"}), store.ErrConflict)
		names := func(ticket, want string) {
			t.Helper()
			wantEqual(t, "labels", store.JoinLabelNames(must(s.Ticket(ctx, "1", ticket))(t).Labels), want)
		}
		names(a.ID, "")
		noError(t, s.ChangeTicketLabels(ctx, "1", []string{a.ID, b.ID}, ann, []string{billing}, nil))
		noError(t, s.ChangeTicketLabels(ctx, "1", []string{a.ID}, ann, []string{bug, billing}, []string{theirs}))
		names(a.ID, "A bug, billing <b> ü")
		names(b.ID, "billing <b> ü")
		wantEqual(t, "second label", must(s.Ticket(ctx, "1", a.ID))(t).Labels[1],
			store.TicketLabel{ID: billing, Name: "billing <b> ü", Color: "red"})

		wantErrorIs(t, "ticket of another guild", s.ChangeTicketLabels(ctx, "1", []string{a.ID, foreign.ID}, ann, nil,
			[]string{bug}), store.ErrNotFound)
		wantErrorIs(t, "label of another guild", s.ChangeTicketLabels(ctx, "1", []string{a.ID}, ann, []string{theirs},
			nil), store.ErrNotFound)
		names(a.ID, "A bug, billing <b> ü")
		commands := must(s.Commands(ctx, "1", store.CommandQuery{Verb: contract.VerbTicketLabelsChange, Target: a.ID}))(t).Items
		wantEqual(t, "audit log entries", len(commands), 2)
		auditData := string(commands[0].Data) + string(commands[1].Data) // rows of the same millisecond are in any order
		if !strings.Contains(auditData, `"before":{"labels":""}`) ||
			!strings.Contains(auditData, `"after":{"labels":"A bug, billing \u003cb\u003e ü"}`) {
			t.Errorf("audit log = %s, want the labels before and after", auditData)
		}

		var many []string
		for i := range store.MaxLabelsPerTicket {
			many = append(many, label("1", fmt.Sprint("Label ", i), "green"))
		}
		wantErrorIs(t, "too many labels",
			s.ChangeTicketLabels(ctx, "1", []string{b.ID, a.ID}, ann, many, nil), store.ErrConflict)
		names(b.ID, "billing <b> ü")
		noError(t, s.ChangeTicketLabels(ctx, "1", []string{b.ID}, ann, many, []string{billing}))
		wantEqual(t, "labels at the limit", len(must(s.Ticket(ctx, "1", b.ID))(t).Labels), store.MaxLabelsPerTicket)

		t.Run("deleting and renaming a label changes its tickets", func(t *testing.T) {
			all := must(s.TicketLabels(ctx, "1"))(t)
			wantEqual(t, "first label", all[0].Name, "A bug")
			renamed := all[0]
			renamed.Name = "Defect"
			noError(t, s.ChangeLabel(ctx, ann, all[0].Values(), renamed))
			wantErrorIs(t, "outdated version", s.ChangeLabel(ctx, ann, all[0].Values(), renamed), store.ErrConflict)
			names(a.ID, "billing <b> ü, Defect")
			noError(t, s.DeleteLabel(ctx, ann, store.TicketLabel{ID: billing, GuildID: "1", Name: "billing"}))
			wantErrorIs(t, "second DeleteLabel",
				s.DeleteLabel(ctx, ann, store.TicketLabel{ID: billing, GuildID: "1"}), store.ErrNotFound)
			wantErrorIs(t, "DeleteLabel in another guild",
				s.DeleteLabel(ctx, ann, store.TicketLabel{ID: theirs, GuildID: "1"}), store.ErrNotFound)
			names(a.ID, "Defect")
		})
	})
	broken := storetest.OpenBroken(t)
	_, err := broken.TicketLabels(t.Context(), "1")
	wantErrorIs(t, "broken store", err, store.ErrUnavailable)
	wantErrorIs(t, "broken store", broken.ChangeTicketLabels(t.Context(), "1", []string{"t1"}, contract.User{}, nil,
		nil), store.ErrUnavailable)
}
