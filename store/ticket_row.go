package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// ticketColumns, ticketNames and scanTicket go together. t is the ticket; m opened it; k is
// its category, r its rating.
var (
	ticketColumns = `t.id, t.guild_id, t.number, t.channel_id,
		m.discord_id, ` + cut("coalesce(m.username, '')", nameRunes) + `, m.avatar, ` + cut("t.subject", lineRunes) + `, t.status, t.priority,
		coalesce(t.claimed_by, ''), ` + nameOf("t.guild_id", "t.claimed_by") + `,
		coalesce(t.closed_by, ''), ` + nameOf("t.guild_id", "t.closed_by") + `, t.closed_at,
		` + cut("t.close_reason", lineRunes) + `, t.waiting_since, ` + answerWithinOf("t") + `,
		k.id, coalesce(k.panel_id, ''), ` + cut("coalesce(k.name, '')", nameRunes) + `, ` + cut("k.emoji", nameRunes) + `,
		` + cut("t.platform_username", lineRunes) + `, t.product_id, ` + cut("t.issue_type", lineRunes) + `,
		` + cut("t.issue_details", proseRunes) + `,
		` + whole("t.form_responses", formBytes) + `, ` + cut("t.transcript_url", addressSize) + `,
		t.created_at, t.updated_at, ` + labelsOf("t") + `,
		r.id, coalesce(r.stars, 0), ` + cut("r.review", proseRunes) + `, r.staff_id, coalesce(r.approved, FALSE),
		coalesce(r.featured, FALSE), r.created_at`
	// ticketListColumns leave out what no list shows.
	ticketListColumns = strings.Replace(ticketColumns, whole("t.form_responses", formBytes), "NULL", 1)
	ticketNames       = ` JOIN members m ON m.id = t.member_id
		LEFT JOIN ticket_categories k ON k.id = t.category_id
		LEFT JOIN ticket_ratings r ON r.ticket_id = t.id`
)

func scanTicket(row row) (t Ticket, err error) {
	var (
		category               TicketCategory
		rating                 Rating
		form                   []byte
		hasCategory, hasRating *string
		labels                 *string
		ratedAt                *time.Time
		within                 *int
	)
	err = row.Scan(&t.ID, &t.GuildID, &t.Number, &t.ChannelID,
		&t.Opener.ID, &t.Opener.Username, &t.Opener.Avatar, &t.Subject, (*string)(&t.Status), (*string)(&t.Priority),
		&t.ClaimedBy.ID, &t.ClaimedBy.Username, &t.ClaimedBy.Avatar,
		&t.ClosedBy.ID, &t.ClosedBy.Username, &t.ClosedBy.Avatar, &t.ClosedAt,
		&t.CloseReason, &t.WaitingSince, &within,
		&hasCategory, &category.PanelID, &category.Name, &category.Emoji,
		&t.PlatformUsername, &t.ProductID, &t.IssueType, &t.IssueDetails, &form, &t.TranscriptURL,
		&t.CreatedAt, &t.UpdatedAt, &labels,
		&hasRating, &rating.Stars, &rating.Review, &rating.StaffID, &rating.Approved, &rating.Featured, &ratedAt)
	if hasCategory != nil {
		category.ID, category.GuildID = *hasCategory, t.GuildID
		t.Category = &category
	}
	if hasRating != nil && ratedAt != nil {
		rating.ID, rating.TicketID, rating.CreatedAt = *hasRating, t.ID, *ratedAt
		t.Rating = &rating
	}
	t.FormResponses, t.Labels, t.AnswerDue = decodeForm(form), decodeLabels(labels), answerDue(t.WaitingSince, within)
	return t, err
}

// decodeForm reads the object question → answer in the order it is written in. An answer that is no text is shown as
// its JSON; what is no object is nothing.
func decodeForm(text []byte) []FormResponse {
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

// encodeForm writes what decodeForm reads, nil for an empty form.
func encodeForm(responses []FormResponse) (*string, error) {
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

// Ticket is one ticket of the guild.
func (s *Store) Ticket(ctx context.Context, guild, id string) (Ticket, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var found []Ticket
	err := s.batch(ctx, readTicket(guild, id, &found))
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Ticket{}, s.fault("reading ticket", err)
	}
	return found[0], nil
}

func readTicket(guild, id string, found *[]Ticket) read {
	return read{
		sql:  "SELECT " + ticketColumns + " FROM tickets t" + ticketNames + " WHERE t.guild_id = $1 AND t.id = $2",
		args: []any{guild, id},
		of:   tickets,
		row:  appendTo(found, scanTicket),
	}
}
