package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"guildboard/store/internal/sqldb"
)

// ticketColumns and ticketJoins select what scanTicket reads. t is the ticket, m its opener, k its category and r its
// rating.
var (
	ticketColumns = `t.id, t.guild_id, t.number, t.channel_id,
		m.discord_id, ` + substrSQL("coalesce(m.username, '')", maxNameRunes) + `, m.avatar, ` +
		substrSQL("t.subject", maxShortTextRunes) + `, t.status, t.priority,
		coalesce(t.claimed_by, ''), ` + memberColumns("t.guild_id", "t.claimed_by") + `,
		coalesce(t.closed_by, ''), ` + memberColumns("t.guild_id", "t.closed_by") + `, t.closed_at,
		` + substrSQL("t.close_reason", maxShortTextRunes) + `, t.waiting_since, ` + responseTargetColumn("t") + `,
		k.id, coalesce(k.panel_id, ''), ` + substrSQL("coalesce(k.name, '')", maxNameRunes) + `, ` + substrSQL("k.emoji", maxNameRunes) + `,
		` + substrSQL("t.platform_username", maxShortTextRunes) + `, t.product_id, ` + substrSQL("t.issue_type", maxShortTextRunes) + `,
		` + substrSQL("t.issue_details", maxLongTextRunes) + `,
		` + boundedJSON("t.form_responses", maxFormAnswersBytes) + `, ` + substrSQL("t.transcript_url", maxURLRunes) + `,
		t.created_at, t.updated_at, ` + labelsColumn("t") + `,
		r.id, coalesce(r.stars, 0), ` + substrSQL("r.review", maxLongTextRunes) + `, r.staff_id, coalesce(r.approved, FALSE),
		coalesce(r.featured, FALSE), r.created_at, ` + hasNotesColumn
	// hasNotesColumn looks in the index for each row. For EXISTS, Postgres reads the notes of all guilds once.
	hasNotesColumn = `(SELECT 1 FROM ticket_notes n WHERE n.guild_id = t.guild_id AND n.ticket_id = t.id LIMIT 1) IS NOT NULL`
	// ticketListColumns omits the form responses, which only the results of a search show.
	ticketListColumns = strings.Replace(ticketColumns, boundedJSON("t.form_responses", maxFormAnswersBytes), "NULL", 1)
	ticketJoins       = ` JOIN members m ON m.id = t.member_id
		LEFT JOIN ticket_categories k ON k.id = t.category_id
		LEFT JOIN ticket_ratings r ON r.ticket_id = t.id`
)

func scanTicket(row sqldb.Row) (t Ticket, err error) {
	var (
		category               TicketCategory
		rating                 Rating
		form                   []byte
		hasCategory, hasRating *string
		labels                 *string
		ratedAt                *time.Time
		targetMinutes          *int
	)
	err = row.Scan(&t.ID, &t.GuildID, &t.Number, &t.ChannelID,
		&t.Opener.ID, &t.Opener.Username, &t.Opener.Avatar, &t.Subject, (*string)(&t.Status), (*string)(&t.Priority),
		&t.ClaimedBy.ID, &t.ClaimedBy.Username, &t.ClaimedBy.Avatar,
		&t.ClosedBy.ID, &t.ClosedBy.Username, &t.ClosedBy.Avatar, &t.ClosedAt,
		&t.CloseReason, &t.WaitingSince, &targetMinutes,
		&hasCategory, &category.PanelID, &category.Name, &category.Emoji,
		&t.PlatformUsername, &t.ProductID, &t.IssueType, &t.IssueDetails, &form, &t.TranscriptURL,
		&t.CreatedAt, &t.UpdatedAt, &labels,
		&hasRating, &rating.Stars, &rating.Review, &rating.StaffID, &rating.Approved, &rating.Featured, &ratedAt, &t.HasNotes)
	if hasCategory != nil {
		category.ID, category.GuildID = *hasCategory, t.GuildID
		t.Category = &category
	}
	if hasRating != nil && ratedAt != nil {
		rating.ID, rating.TicketID, rating.CreatedAt = *hasRating, t.ID, *ratedAt
		t.Rating = &rating
	}
	t.FormResponses, t.Labels, t.ResponseDue = decodeFormResponses(form), decodeLabels(labels), responseDue(t.WaitingSince, targetMinutes)
	return t, err
}

// decodeFormResponses decodes an object of questions and answers, in JSON order. An answer that is not a string
// becomes its JSON text; any value other than an object yields nil.
func decodeFormResponses(text []byte) []FormResponse {
	var responses []FormResponse
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil
	}
	for d.More() {
		var raw json.RawMessage
		question, err := d.Token()
		if err != nil || d.Decode(&raw) != nil {
			return responses
		}
		var answer string
		if json.Unmarshal(raw, &answer) != nil {
			answer = string(raw)
		}
		responses = append(responses, FormResponse{Question: fmt.Sprint(question), Answer: answer})
	}
	return responses
}

// encodeFormResponses encodes for decodeFormResponses; nil for an empty form.
func encodeFormResponses(responses []FormResponse) (*string, error) {
	if len(responses) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	for i, r := range responses {
		question, err := json.Marshal(r.Question)
		if err != nil {
			return nil, err
		}
		answer, err := json.Marshal(r.Answer)
		if err != nil {
			return nil, err
		}
		b.WriteByte("{,"[min(i, 1)])
		b.Write(question)
		b.WriteByte(':')
		b.Write(answer)
	}
	b.WriteByte('}')
	column := b.String()
	return &column, nil
}

// Ticket returns one ticket of the guild.
func (s *Store) Ticket(ctx context.Context, guild, id string) (Ticket, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []Ticket
	err := s.batch(ctx, ticketByIDQuery(guild, id, &found))
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Ticket{}, s.wrapError("read ticket", err)
	}
	return found[0], nil
}

func ticketByIDQuery(guild, id string, found *[]Ticket) sqldb.Query {
	return sqldb.Query{
		SQL:   "SELECT " + ticketColumns + " FROM tickets t" + ticketJoins + " WHERE t.guild_id = $1 AND t.id = $2",
		Args:  []any{guild, id},
		Table: ticketsTable,
		Row:   appendTo(found, scanTicket),
	}
}
