package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// OpenTicket inserts an open ticket for the member row openerRowID and returns it with the guild's next number, or
// with the number that ReserveTicketNumber gave it. Empty ID, CreatedAt and UpdatedAt are filled in; of Category only
// the ID is used. Numbers are consecutive: concurrent calls for one guild wait for each other.
func (s *Store) OpenTicket(ctx context.Context, t Ticket, openerRowID string) (Ticket, error) {
	t = t.asNewlyOpened(time.Now())
	form, err := encodeFormResponses(t.FormResponses)
	if err != nil {
		return t, fmt.Errorf("open ticket: encode form: %w", err)
	}
	var category *string
	if t.Category != nil {
		category = &t.Category.ID
	}
	reserved := t.Number
	err = s.withTx(ctx, "open ticket", func(ctx context.Context, x tx) error {
		if err := x.requireTicketRows(ctx, t.GuildID, openerRowID, category, t.ProductID); err != nil {
			return err
		}
		if t.Number = reserved; reserved == 0 {
			if t.Number, err = x.nextTicketNumber(ctx, t.GuildID); err != nil {
				return err
			}
		}
		_, err := x.Exec(ctx, sqldb.Insert(ticketsTable, `id, guild_id, member_id, channel_id, subject, status, number, category_id,
			platform_username, product_id, issue_type, issue_details, form_responses, transcript_url, created_at, updated_at`),
			t.ID, t.GuildID, openerRowID, t.ChannelID, t.Subject, t.Status, t.Number, category,
			t.PlatformUsername, t.ProductID, t.IssueType, t.IssueDetails, form, t.TranscriptURL, t.CreatedAt, t.UpdatedAt)
		return err
	})
	return t, err
}

// nextTicketNumber increments the guild's ticket counter. The row lock makes concurrent transactions wait until this
// one ends.
func (t tx) nextTicketNumber(ctx context.Context, guild string) (number int, err error) {
	err = t.QueryRow(ctx, `INSERT INTO guild_counters (guild_id, ticket_number) VALUES ($1, 1)
		ON CONFLICT (guild_id) DO UPDATE SET ticket_number = guild_counters.ticket_number + 1
		RETURNING ticket_number`, guild).Scan(&number)
	return number, err
}

// asNewlyOpened returns t with the status, counters and times of a ticket that was just opened.
func (t Ticket) asNewlyOpened(now time.Time) Ticket {
	t.ID = cmp.Or(t.ID, NewID())
	t.Status, t.Priority = TicketOpen, PriorityNormal
	t.ClaimedBy, t.ClosedBy, t.ClosedAt, t.Rating = contract.User{}, contract.User{}, nil, nil
	if t.CreatedAt.IsZero() {
		t.CreatedAt = now
	}
	if t.UpdatedAt.IsZero() {
		t.UpdatedAt = now
	}
	t.CreatedAt, t.UpdatedAt = sqldb.UTC(t.CreatedAt), sqldb.UTC(t.UpdatedAt)
	return t
}

// requireTicketRows returns ErrNotFound unless the guild has the member and, if not nil, the category and the
// product.
func (t tx) requireTicketRows(ctx context.Context, guild, member string, category, product *string) error {
	if err := t.requireRow(ctx, membersTable, guild, member); err != nil {
		return err
	}
	if category != nil {
		if err := t.requireRow(ctx, ticketCategoriesTable, guild, *category); err != nil {
			return err
		}
	}
	if product != nil {
		return t.requireRow(ctx, ticketProductsTable, guild, *product)
	}
	return nil
}

// The status changes share one signature, so that a caller can choose one by its verb. actorID is the Discord id of
// the member who makes the change, at its time. A ticket whose status does not allow the change is ErrConflict.

// ClaimTicket assigns an open ticket to actorID.
func (s *Store) ClaimTicket(ctx context.Context, guild, id, actorID string, at time.Time) error {
	return s.changeRow(ctx, "claim ticket", ticketsTable, `UPDATE tickets SET status = 'CLAIMED', claimed_by = $3, updated_at = $4
		WHERE guild_id = $1 AND id = $2 AND status = 'OPEN'`, guild, id, actorID, at)
}

// UnclaimTicket reopens a claimed ticket for other staff, regardless of who claimed it.
func (s *Store) UnclaimTicket(ctx context.Context, guild, id, actorID string, at time.Time) error {
	return s.changeRow(ctx, "unclaim ticket", ticketsTable, `UPDATE tickets SET status = 'OPEN', claimed_by = NULL, moved_by = $3,
		updated_at = $4 WHERE guild_id = $1 AND id = $2 AND status = 'CLAIMED'`, guild, id, actorID, at)
}

// CloseTicket closes an open or claimed ticket without a reason. The row keeps its claimer.
func (s *Store) CloseTicket(ctx context.Context, guild, id, actorID string, at time.Time) error {
	return s.CloseTicketWithReason(ctx, guild, id, actorID, "", at)
}

// CloseTicketWithReason closes an open or claimed ticket; reason may be empty.
func (s *Store) CloseTicketWithReason(ctx context.Context, guild, id, actorID, reason string, at time.Time) error {
	return s.changeRow(ctx, "close ticket", ticketsTable, `UPDATE tickets SET status = 'CLOSED', closed_by = $3, closed_at = $4,
		close_reason = nullif($5, ''), updated_at = $4 WHERE guild_id = $1 AND id = $2 AND status IN ('OPEN', 'CLAIMED')`,
		guild, id, actorID, at, reason)
}

// ReopenTicket reopens a closed ticket as unclaimed.
func (s *Store) ReopenTicket(ctx context.Context, guild, id, actorID string, at time.Time) error {
	return s.changeRow(ctx, "reopen ticket", ticketsTable, `UPDATE tickets SET status = 'OPEN', claimed_by = NULL, closed_by = NULL,
		closed_at = NULL, moved_by = $3, updated_at = $4 WHERE guild_id = $1 AND id = $2 AND status = 'CLOSED'`, guild, id, actorID, at)
}

// RateTicket saves the opener's rating; a second rating replaces stars and review. An empty StaffID is filled in with
// the ticket's claimer.
func (s *Store) RateTicket(ctx context.Context, guild, ticket string, r Rating) error {
	if r.Stars < 1 || r.Stars > 5 {
		return fmt.Errorf("rate ticket: %d stars, want 1 to 5", r.Stars)
	}
	r.ID = cmp.Or(r.ID, NewID())
	now := time.Now()
	if r.CreatedAt.IsZero() {
		r.CreatedAt = now
	}
	return s.withTx(ctx, "rate ticket", func(ctx context.Context, t tx) error {
		var claimedBy *string
		err := t.QueryRow(ctx, "SELECT claimed_by FROM tickets WHERE guild_id = $1 AND id = $2", guild, ticket).Scan(&claimedBy)
		if err != nil {
			return err
		}
		_, err = t.Exec(ctx, sqldb.Insert("ticket_ratings",
			"id, ticket_id, stars, review, staff_id, approved, featured, created_at, updated_at")+
			" ON CONFLICT (ticket_id) DO UPDATE SET stars = excluded.stars, review = excluded.review, updated_at = excluded.updated_at",
			r.ID, ticket, r.Stars, r.Review, cmp.Or(r.StaffID, claimedBy), r.Approved, r.Featured, r.CreatedAt, now)
		return err
	})
}

// IsAssignable reports whether the user can be assigned tickets of the guild. It is not limited to the members that
// AssignableStaff returns.
func (s *Store) IsAssignable(ctx context.Context, guild, user string, now time.Time) (bool, error) {
	memberships, err := s.Memberships(ctx, user, []string{guild})
	return isAssignable(memberships[guild], now), err
}

// AssignTicket assigns a ticket that is not closed, also if another member has claimed it.
func (s *Store) AssignTicket(ctx context.Context, guild, id, assignee string, at time.Time) error {
	return s.changeRow(ctx, "assign ticket", ticketsTable, `UPDATE tickets SET status = 'CLAIMED', claimed_by = $3, updated_at = $4
		WHERE guild_id = $1 AND id = $2 AND status IN ('OPEN', 'CLAIMED')`, guild, id, assignee, at)
}

// SetPanelMessage saves the channel and the id of the panel's message.
func (s *Store) SetPanelMessage(ctx context.Context, guild, id, channel, message string) error {
	return s.changeRow(ctx, "set panel message", ticketPanelsTable,
		"UPDATE ticket_panels SET posted_in = $3, message_id = $4, updated_at = $5 WHERE guild_id = $1 AND id = $2",
		guild, id, channel, message, time.Now())
}
