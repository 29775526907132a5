package store

import (
	"context"
	"time"
)

// TellQuery selects what somebody wants to be told of: each of a kind only where its list of guilds is not empty.
type TellQuery struct {
	Since, Until time.Time // what happened after Since, and not after Until

	Opened  []string // guilds whose new tickets count
	Waiting []string // guilds whose tickets count that nobody has claimed for Patience
	Late    []string // guilds whose tickets count that were to be answered by then, and are not
	Ended   []string // guilds whose ended giveaways count
	Failed  []string // guilds where what User asked for counts when the bot refused it or did not answer
	User    string

	Patience time.Duration
}

// Told is what happened, of each kind the newest first, and not more than anybody wants to be told at once.
type Told struct {
	Opened, Waiting, Late []Ticket
	Ended                 []Giveaway // without winners
	Failed                []Command
}

// Tell looks at all the guilds at once, in as many queries for one as for a thousand.
func (s *Store) Tell(ctx context.Context, q TellQuery) (Told, error) {
	var told Told
	var reads []read
	for _, kind := range []struct {
		guilds []string
		read   func() read
	}{
		{q.Opened, func() read { return readOpened(q, &told.Opened) }}, {q.Waiting, func() read { return readImpatient(q, &told.Waiting) }},
		{q.Late, func() read { return s.readLately(q, &told.Late) }}, {q.Ended, func() read { return readEnded(q, &told.Ended) }},
		{q.Failed, func() read { return readFailed(q, &told.Failed) }},
	} {
		if len(kind.guilds) > 0 {
			reads = append(reads, kind.read())
		}
	}
	if len(reads) == 0 {
		return told, nil
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	return told, s.fault("looking what there is to tell", s.batch(ctx, reads...))
}

var tellRows = page{1, 10}.limit()

func readOpened(q TellQuery, items *[]Ticket) read {
	var where clause
	in(&where, "t.guild_id", q.Opened)
	where.and("t.created_at > ?", q.Since)
	where.and("t.created_at <= ?", q.Until)
	return readToldTickets("t.created_at", "tickets t", where, items)
}

func readImpatient(q TellQuery, items *[]Ticket) read {
	var where clause
	in(&where, "t.guild_id", q.Waiting)
	where.and("t.status = 'OPEN'")
	where.and("t.claimed_by IS NULL")
	where.and("t.created_at > ?", q.Since.Add(-q.Patience))
	where.and("t.created_at <= ?", q.Until.Add(-q.Patience))
	return readToldTickets("t.created_at", "tickets t", where, items)
}

// readLately reads those whose answer was due in that time, by the target of each one's guild.
func (s *Store) readLately(q TellQuery, items *[]Ticket) read {
	var where clause
	in(&where, "w.guild_id", q.Late)
	where.and("w.module = 'tickets'")
	where.and("t.waiting_since IS NOT NULL")
	where.and("t.waiting_since > ?"+lessTarget(s.pool != nil), q.Since)
	where.and("t.waiting_since <= ?"+lessTarget(s.pool != nil), q.Until)
	return readToldTickets("t.waiting_since", "guild_settings w JOIN tickets t ON t.guild_id = w.guild_id", where, items)
}

// readToldTickets reads those selected from there, the newest by that column first.
func readToldTickets(column, from string, where clause, items *[]Ticket) read {
	ids := "SELECT t.id, " + column + " AS at FROM " + from + " WHERE " + where.String() + " ORDER BY " + column + " DESC, t.id DESC" + tellRows
	return read{
		sql: "SELECT " + ticketListColumns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketNames +
			" WHERE t.id = p.id ORDER BY p.at DESC, p.id DESC",
		args:  where.args,
		fresh: true, // as many texts as there are lengths of the list: not worth keeping; as below
		row:   appendTo(items, scanTicket),
	}
}

func readEnded(q TellQuery, items *[]Giveaway) read {
	var where clause
	in(&where, "guild_id", q.Ended)
	where.and("status = 'ENDED'")
	where.and("ended_at > ?", q.Since)
	where.and("ended_at <= ?", q.Until)
	ids := "SELECT id, ended_at AS at FROM giveaways WHERE " + where.String() + " ORDER BY ended_at DESC, id DESC" + tellRows
	return read{
		sql: "SELECT " + giveawayColumns + " FROM (" + ids + ") p CROSS JOIN giveaways g" +
			" WHERE g.id = p.id ORDER BY p.at DESC, p.id DESC",
		args:  where.args,
		fresh: true,
		row:   appendTo(items, scanGiveaway),
	}
}

// outstanding is how long before its answer a command may have been asked for.
const outstanding = 5 * time.Minute

func readFailed(q TellQuery, items *[]Command) read {
	var where clause
	in(&where, "guild_id", q.Failed)
	where.and("issued_at > ?", q.Since.Add(-outstanding)) // for the index: what is answered was asked for shortly before
	where.and("user_id = ?", q.User)
	where.and("status IN ('refused', 'expired')")
	where.and("coalesce(answered_at, expires_at) > ?", q.Since) // what was not answered has come to nothing then
	where.and("coalesce(answered_at, expires_at) <= ?", q.Until)
	ids := "SELECT id, coalesce(answered_at, expires_at) AS at FROM commands WHERE " + where.String() + " ORDER BY coalesce(answered_at, expires_at) DESC, id DESC" + tellRows
	return read{
		sql: "SELECT " + commandColumns + " FROM (" + ids + ") p CROSS JOIN commands c" + commandNames +
			" WHERE c.id = p.id ORDER BY p.at DESC, p.id DESC",
		args:  where.args,
		fresh: true,
		of:    "commands",
		row:   appendTo(items, scanCommand),
	}
}
