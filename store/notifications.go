package store

import (
	"context"
	"time"
)

// NotificationQuery selects a user's notifications. Each kind is selected only for the guilds in its list.
type NotificationQuery struct {
	Since, Until time.Time // events after Since, up to and including Until

	NewTicketGuilds []string // for new tickets
	UnclaimedGuilds []string // for tickets that are unclaimed for UnclaimedAfter
	OverdueGuilds   []string // for tickets whose response target expired
	EndedGuilds     []string // for ended giveaways
	FailedGuilds    []string // for commands of UserID that the bot refused or did not answer
	UserID          string

	UnclaimedAfter time.Duration
}

// Notifications holds the selected events, newest first, a limited number of each kind.
type Notifications struct {
	NewTickets, UnclaimedTickets, OverdueTickets []Ticket
	EndedGiveaways                               []Giveaway // without winners
	FailedCommands                               []Command
}

// Notifications reads the notifications of all guilds in the query, with a fixed number of queries.
func (s *Store) Notifications(ctx context.Context, q NotificationQuery) (Notifications, error) {
	var notifications Notifications
	var reads []read
	for _, kind := range []struct {
		guilds []string
		read   func() read
	}{
		{q.NewTicketGuilds, func() read { return newTicketsQuery(q, &notifications.NewTickets) }},
		{q.UnclaimedGuilds, func() read { return unclaimedTicketsQuery(q, &notifications.UnclaimedTickets) }},
		{q.OverdueGuilds, func() read { return s.newlyOverdueTicketsQuery(q, &notifications.OverdueTickets) }},
		{q.EndedGuilds, func() read { return endedGiveawaysQuery(q, &notifications.EndedGiveaways) }},
		{q.FailedGuilds, func() read { return failedCommandsQuery(q, &notifications.FailedCommands) }},
	} {
		if len(kind.guilds) > 0 {
			reads = append(reads, kind.read())
		}
	}
	if len(reads) == 0 {
		return notifications, nil
	}
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	return notifications, s.wrapError("read notifications", s.batch(ctx, reads...))
}

var notificationLimitSQL = page{1, 10}.limitSQL()

func newTicketsQuery(q NotificationQuery, items *[]Ticket) read {
	var where clause
	andIn(&where, "t.guild_id", q.NewTicketGuilds)
	where.and("t.created_at > ?", q.Since)
	where.and("t.created_at <= ?", q.Until)
	return notificationTicketsQuery("t.created_at", "tickets t", where, items)
}

func unclaimedTicketsQuery(q NotificationQuery, items *[]Ticket) read {
	var where clause
	andIn(&where, "t.guild_id", q.UnclaimedGuilds)
	where.and("t.status = 'OPEN'")
	where.and("t.claimed_by IS NULL")
	where.and("t.created_at > ?", q.Since.Add(-q.UnclaimedAfter))
	where.and("t.created_at <= ?", q.Until.Add(-q.UnclaimedAfter))
	return notificationTicketsQuery("t.created_at", "tickets t", where, items)
}

// newlyOverdueTicketsQuery reads tickets whose response target expired within the period, by the target of their
// guild.
func (s *Store) newlyOverdueTicketsQuery(q NotificationQuery, items *[]Ticket) read {
	var where clause
	andIn(&where, "w.guild_id", q.OverdueGuilds)
	where.and("w.module = 'tickets'")
	where.and("t.waiting_since IS NOT NULL")
	where.and("t.waiting_since > ?"+minusTargetSQL(s.pool != nil), q.Since)
	where.and("t.waiting_since <= ?"+minusTargetSQL(s.pool != nil), q.Until)
	return notificationTicketsQuery("t.waiting_since", "guild_settings w JOIN tickets t ON t.guild_id = w.guild_id", where, items)
}

// notificationTicketsQuery reads the selected tickets, newest first by column.
func notificationTicketsQuery(column, from string, where clause, items *[]Ticket) read {
	ids := "SELECT t.id, " + column + " AS at FROM " + from + " WHERE " + where.String() + " ORDER BY " + column +
		" DESC, t.id DESC" + notificationLimitSQL
	return read{
		sql: "SELECT " + ticketListColumns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketJoins +
			" WHERE t.id = p.id ORDER BY p.at DESC, p.id DESC",
		args:       where.args,
		unprepared: true, // one SQL text for each length of the list: not worth caching; as below
		row:        appendTo(items, scanTicket),
	}
}

func endedGiveawaysQuery(q NotificationQuery, items *[]Giveaway) read {
	var where clause
	andIn(&where, "guild_id", q.EndedGuilds)
	where.and("status = 'ENDED'")
	where.and("ended_at > ?", q.Since)
	where.and("ended_at <= ?", q.Until)
	ids := "SELECT id, ended_at AS at FROM giveaways WHERE " + where.String() + " ORDER BY ended_at DESC, id DESC" + notificationLimitSQL
	return read{
		sql: "SELECT " + giveawayColumns + " FROM (" + ids + ") p CROSS JOIN giveaways g" +
			" WHERE g.id = p.id ORDER BY p.at DESC, p.id DESC",
		args:       where.args,
		unprepared: true,
		row:        appendTo(items, scanGiveaway),
	}
}

// maxCommandWait is more than the time between issuing a command and its answer.
const maxCommandWait = 5 * time.Minute

func failedCommandsQuery(q NotificationQuery, items *[]Command) read {
	var where clause
	andIn(&where, "guild_id", q.FailedGuilds)
	where.and("issued_at > ?", q.Since.Add(-maxCommandWait)) // lets the index limit the rows
	where.and("user_id = ?", q.UserID)
	where.and("status IN ('refused', 'expired')")
	where.and("coalesce(answered_at, expires_at) > ?", q.Since) // unanswered commands fail at expires_at
	where.and("coalesce(answered_at, expires_at) <= ?", q.Until)
	ids := "SELECT id, coalesce(answered_at, expires_at) AS at FROM commands WHERE " + where.String() +
		" ORDER BY coalesce(answered_at, expires_at) DESC, id DESC" + notificationLimitSQL
	return read{
		sql: "SELECT " + commandColumns + " FROM (" + ids + ") p CROSS JOIN commands c" + commandJoins +
			" WHERE c.id = p.id ORDER BY p.at DESC, p.id DESC",
		args:       where.args,
		unprepared: true,
		table:      "commands",
		row:        appendTo(items, scanCommand),
	}
}
