package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/store/internal/sqldb"
)

// Limits of labels.
const (
	MaxLabels          = 20 // of a guild
	MaxLabelsPerTicket = 6  // of a ticket
	MaxLabelNameLength = 32 // characters
)

// LabelColors are the names of a label's possible colours; app.css defines each for the light and the dark theme.
var LabelColors = []string{"grey", "red", "amber", "green", "blue", "violet"}

// TicketLabel is a label that a guild's staff put on tickets. Openers and the bot do not see labels.
type TicketLabel struct {
	ID      string
	GuildID string
	Name    string // unique in the guild after case folding
	Color   string // one of LabelColors
	Version int
}

// LabelSchema is the form schema of a label.
var LabelSchema = forms.Schema{
	{Name: "name", Group: "label", Kind: forms.Text, Required: true, MaxLength: MaxLabelNameLength},
	{Name: "labelColor", Group: "label", Kind: forms.Choice, Options: LabelColors, Default: "grey"},
}

// Values returns the label's form values.
func (l TicketLabel) Values() forms.Values {
	return forms.Values{"name": l.Name, "labelColor": cmp.Or(l.Color, "grey")}
}

// WithValues returns the label with the form values applied.
func (l TicketLabel) WithValues(v forms.Values) TicketLabel {
	l.Name, l.Color = v["name"], v["labelColor"]
	return l
}

// TicketLabels returns the guild's labels by name.
func (s *Store) TicketLabels(ctx context.Context, guild string) (labels []TicketLabel, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	err = s.batch(ctx, labelsQuery(guild, &labels))
	return labels, s.wrapError("read labels", err)
}

func labelsQuery(guild string, labels *[]TicketLabel) sqldb.Query {
	return sqldb.Query{
		SQL: "SELECT id, guild_id, " + substrSQL("name", maxNameRunes) + ", color, version FROM ticket_labels WHERE guild_id = $1" +
			" ORDER BY " + orderByName("name") + ", id LIMIT 100",
		Args: []any{guild},
		Row: appendTo(labels, func(r sqldb.Row) (l TicketLabel, err error) {
			err = r.Scan(&l.ID, &l.GuildID, &l.Name, &l.Color, &l.Version)
			return l, err
		}),
	}
}

// ChangeLabel saves a label; versions and errors are as in ChangePanel.
func (s *Store) ChangeLabel(ctx context.Context, actor contract.User, before forms.Values, l TicketLabel) error {
	return s.withTx(ctx, "change label", func(ctx context.Context, t tx) error {
		if err := t.bumpVersion(ctx, ticketLabelsTable, l.GuildID, l.ID, l.Version); err != nil {
			return err
		}
		changed, err := t.Exec(ctx, sqldb.Insert(ticketLabelsTable, "id, guild_id, name, color")+`
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, color = excluded.color
			WHERE ticket_labels.guild_id = excluded.guild_id`, l.ID, l.GuildID, l.Name, l.Color)
		if err == nil && changed == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return t.recordFormAudit(ctx, l.GuildID, actor, contract.VerbLabelChange, LabelSchema, l.ID, l.Name, before, l.Values())
	})
}

// DeleteLabel deletes a label and removes it from all tickets.
func (s *Store) DeleteLabel(ctx context.Context, actor contract.User, l TicketLabel) error {
	return s.deleteAudited(ctx, actor, contract.VerbLabelChange, ticketLabelsTable, l.GuildID, l.ID, l.Name, l.Values())
}

// ChangeTicketLabels adds labels to tickets of the guild and removes others, all or nothing, and writes an audit
// entry for each ticket that changed. It returns ErrNotFound when the guild lacks a ticket or an added label, and
// ErrConflict when a ticket would have more than MaxLabelsPerTicket.
func (s *Store) ChangeTicketLabels(ctx context.Context, guild string, tickets []string, actor contract.User, add, remove []string) error {
	return s.withTx(ctx, "label tickets", func(ctx context.Context, t tx) error {
		for _, label := range add {
			if err := t.requireRow(ctx, ticketLabelsTable, guild, label); err != nil {
				return err
			}
		}
		for _, ticket := range tickets {
			if err := t.changeTicketLabels(ctx, guild, ticket, actor, add, remove); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t tx) changeTicketLabels(ctx context.Context, guild, ticket string, actor contract.User, add, remove []string) error {
	var number int
	// The update locks the row, so that concurrent changes of one ticket together keep to the limit.
	err := t.QueryRow(ctx, "UPDATE tickets SET number = number WHERE guild_id = $1 AND id = $2 RETURNING number",
		guild, ticket).Scan(&number)
	if err != nil {
		return err
	}
	before, err := t.readTicketLabels(ctx, ticket)
	if err != nil {
		return err
	}
	for _, label := range remove {
		if _, err := t.Exec(ctx, "DELETE FROM labelled_tickets WHERE ticket_id = $1 AND label_id = $2", ticket, label); err != nil {
			return err
		}
	}
	for _, label := range add {
		_, err := t.Exec(ctx, `INSERT INTO labelled_tickets (guild_id, ticket_id, label_id, created_at)
			SELECT guild_id, id, CAST($2 AS text), created_at FROM tickets WHERE id = $1 ON CONFLICT DO NOTHING`, ticket, label)
		if err != nil {
			return err
		}
	}
	after, err := t.readTicketLabels(ctx, ticket)
	if err == nil && len(after) > MaxLabelsPerTicket && len(after) > len(before) {
		err = ErrConflict
	}
	namesBefore, namesAfter := joinLabelNames(before), joinLabelNames(after)
	if err != nil || namesBefore == namesAfter {
		return err
	}
	return t.recordAudit(ctx, guild, actor, contract.VerbTicketLabelsChange, ticket, "#"+strconv.Itoa(number),
		map[string]string{"labels": namesBefore}, map[string]string{"labels": namesAfter})
}

func (t tx) readTicketLabels(ctx context.Context, ticket string) ([]TicketLabel, error) {
	var text *string
	err := t.QueryRow(ctx, "SELECT "+labelsColumn("t")+" FROM tickets t WHERE t.id = $1", ticket).Scan(&text)
	return decodeLabels(text), err
}

// labelsColumn returns the expression for a ticket's labels: one line for each with id, colour and name, none of
// which contains a newline. decodeLabels reads it.
func labelsColumn(ticket string) string {
	return substrSQL(`(SELECT string_agg(l.id || ' ' || l.color || ' ' || `+substrSQL("l.name", maxNameRunes)+`, '
') FROM labelled_tickets y JOIN ticket_labels l ON l.id = y.label_id WHERE y.ticket_id = `+ticket+`.id)`, 2*maxLongTextRunes)
}

func decodeLabels(text *string) (labels []TicketLabel) {
	if text == nil {
		return nil
	}
	for line := range strings.SplitSeq(*text, "\n") {
		if parts := strings.SplitN(line, " ", 3); len(parts) == 3 {
			labels = append(labels, TicketLabel{ID: parts[0], Color: parts[1], Name: parts[2]})
		}
	}
	slices.SortFunc(labels, func(a, b TicketLabel) int {
		return cmp.Or(cmp.Compare(FoldText(a.Name), FoldText(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return labels
}

// filterLabels selects tickets with all labels of the query. If another filter already leaves few tickets, their
// labels are checked one by one; otherwise the rows of the first label drive the query, in list order.
func (f *ticketSelection) filterLabels(q TicketQuery) {
	if len(q.Labels) == 0 {
		return
	}
	switch {
	case len(q.IDs) > 0 || q.Overdue && !q.hasManyOverdue || q.Opener != "" || q.Sort == TicketSortWaiting ||
		q.Priority != "" && q.Priority != PriorityNormal:
	// Two statuses: given the choice, SQLite would scan all tickets in list order rather than sort the few active
	// ones.
	case q.Status == TicketActive:
		f.drivingTable = "tickets a"
		f.where.And("a.guild_id = $1 AND a.status IN ('OPEN', 'CLAIMED') AND t.id = a.id")
	case q.Status != "" && q.Status != TicketClosed:
	default:
		f.drivingTable, f.createdColumn, f.idColumn = "labelled_tickets y", "y.created_at", "y.ticket_id"
		f.where.And("y.guild_id = $1 AND y.label_id = ? AND t.id = y.ticket_id", q.Labels[0])
		q.Labels = q.Labels[1:]
		f.isSparse = len(q.Labels) > 0
	}
	for _, label := range q.Labels {
		f.where.And("EXISTS (SELECT 1 FROM labelled_tickets z WHERE z.ticket_id = t.id AND z.label_id = ?)", label)
	}
}

// joinLabelNames returns the names, separated by commas.
func joinLabelNames(labels []TicketLabel) string {
	names := make([]string, len(labels))
	for i, l := range labels {
		names[i] = l.Name
	}
	return strings.Join(names, ", ")
}
