package store

import (
	"context"
	"slices"
	"time"

	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// Kinds of notifications. Users choose which they get.
const (
	NotifyTicketOpened   = "ticket-opened"
	NotifyTicketWaiting  = "ticket-waiting" // unclaimed for UnclaimedNotifyAfter
	NotifyTicketOverdue  = "ticket-overdue"
	NotifyGiveawayEnded  = "giveaway-ended"
	NotifyCommandRefused = "command-refused" // a command of the user was refused or not answered
)

// NotificationKinds lists the kinds in display order.
var NotificationKinds = []string{
	NotifyTicketOpened, NotifyTicketWaiting, NotifyTicketOverdue, NotifyGiveawayEnded, NotifyCommandRefused,
}

// UnclaimedNotifyAfter is the age at which an unclaimed ticket causes a notification. MaxNotificationDelay is the maximum
// delay between the timestamp of a row and its commit.
const (
	UnclaimedNotifyAfter = 30 * time.Minute
	MaxNotificationDelay = 15 * time.Second
)

// NotificationQuery selects a user's notifications. Each kind is selected only for the guilds in its list.
type NotificationQuery struct {
	Since, Until time.Time // events after Since, up to and including Until

	NewTicketGuilds []string // for new tickets
	UnclaimedGuilds []string // for tickets that are unclaimed for UnclaimedNotifyAfter
	OverdueGuilds   []string // for tickets whose response target expired
	EndedGuilds     []string // for ended giveaways
	FailedGuilds    []string // for commands of UserID that the bot refused or did not answer
	UserID          string
}

// AddGuild selects the kinds for the guild, as far as the rights allow the user to see their events.
func (q *NotificationQuery) AddGuild(guild string, rights access.Rights, kinds []string) {
	sees := map[access.Module]bool{}
	for _, module := range access.Modules {
		sees[module] = rights.Can(module, access.LevelSee)
	}
	for _, kind := range kinds {
		switch {
		case kind == NotifyTicketOpened && sees[access.ModuleTickets]:
			q.NewTicketGuilds = append(q.NewTicketGuilds, guild)
		case kind == NotifyTicketWaiting && sees[access.ModuleTickets]:
			q.UnclaimedGuilds = append(q.UnclaimedGuilds, guild)
		case kind == NotifyTicketOverdue && sees[access.ModuleTickets]:
			q.OverdueGuilds = append(q.OverdueGuilds, guild)
		case kind == NotifyGiveawayEnded && sees[access.ModuleGiveaways]:
			q.EndedGuilds = append(q.EndedGuilds, guild)
		case kind == NotifyCommandRefused && rights.HasAny():
			q.FailedGuilds = append(q.FailedGuilds, guild)
		}
	}
}

// Notifications holds the selected events, newest first, a limited number of each kind.
type Notifications struct {
	NewTickets, UnclaimedTickets, OverdueTickets []Ticket
	EndedGiveaways                               []Giveaway // without winners
	FailedCommands                               []contract.Command
}

// GuildIDs returns the guilds of the events, sorted.
func (n Notifications) GuildIDs() (ids []string) {
	for _, t := range slices.Concat(n.NewTickets, n.UnclaimedTickets, n.OverdueTickets) {
		ids = append(ids, t.GuildID)
	}
	for _, g := range n.EndedGiveaways {
		ids = append(ids, g.GuildID)
	}
	for _, c := range n.FailedCommands {
		ids = append(ids, c.GuildID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Notifications reads the notifications of all guilds in the query, with a fixed number of queries.
func (s *Store) Notifications(ctx context.Context, q NotificationQuery) (Notifications, error) {
	var notifications Notifications
	var reads []sqldb.Query
	for _, kind := range []struct {
		guilds []string
		read   func() sqldb.Query
	}{
		{q.NewTicketGuilds, func() sqldb.Query { return newTicketsQuery(q, &notifications.NewTickets) }},
		{q.UnclaimedGuilds, func() sqldb.Query { return unclaimedTicketsQuery(q, &notifications.UnclaimedTickets) }},
		{q.OverdueGuilds, func() sqldb.Query { return s.newlyOverdueTicketsQuery(q, &notifications.OverdueTickets) }},
		{q.EndedGuilds, func() sqldb.Query { return endedGiveawaysQuery(q, &notifications.EndedGiveaways) }},
		{q.FailedGuilds, func() sqldb.Query { return failedCommandsQuery(q, &notifications.FailedCommands) }},
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

func newTicketsQuery(q NotificationQuery, items *[]Ticket) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "t.guild_id", q.NewTicketGuilds)
	where.And("t.created_at > ?", q.Since)
	where.And("t.created_at <= ?", q.Until)
	return notificationTicketsQuery("t.created_at", "tickets t", where, items)
}

func unclaimedTicketsQuery(q NotificationQuery, items *[]Ticket) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "t.guild_id", q.UnclaimedGuilds)
	where.And("t.status = 'OPEN'")
	where.And("t.claimed_by IS NULL")
	where.And("t.created_at > ?", q.Since.Add(-UnclaimedNotifyAfter))
	where.And("t.created_at <= ?", q.Until.Add(-UnclaimedNotifyAfter))
	return notificationTicketsQuery("t.created_at", "tickets t", where, items)
}

// newlyOverdueTicketsQuery reads tickets whose response target expired within the period, by the target of their
// guild.
func (s *Store) newlyOverdueTicketsQuery(q NotificationQuery, items *[]Ticket) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "w.guild_id", q.OverdueGuilds)
	where.And("w.module = 'tickets'")
	where.And("t.waiting_since IS NOT NULL")
	where.And("t.waiting_since > ?"+minusTargetSQL(s.db.IsPostgres()), q.Since)
	where.And("t.waiting_since <= ?"+minusTargetSQL(s.db.IsPostgres()), q.Until)
	return notificationTicketsQuery("t.waiting_since", "guild_settings w JOIN tickets t ON t.guild_id = w.guild_id", where, items)
}

// notificationTicketsQuery reads the selected tickets, newest first by column.
func notificationTicketsQuery(column, from string, where sqldb.Where, items *[]Ticket) sqldb.Query {
	ids := "SELECT t.id, " + column + " AS at FROM " + from + " WHERE " + where.String() + " ORDER BY " + column +
		" DESC, t.id DESC" + notificationLimitSQL
	return sqldb.Query{
		SQL: "SELECT " + ticketListColumns + " FROM (" + ids + ") p CROSS JOIN tickets t" + ticketJoins +
			" WHERE t.id = p.id ORDER BY p.at DESC, p.id DESC",
		Args:       where.Args,
		Unprepared: true, // one SQL text for each length of the list: not worth caching; as below
		Row:        appendTo(items, scanTicket),
	}
}

func endedGiveawaysQuery(q NotificationQuery, items *[]Giveaway) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "guild_id", q.EndedGuilds)
	where.And("status = 'ENDED'")
	where.And("ended_at > ?", q.Since)
	where.And("ended_at <= ?", q.Until)
	ids := "SELECT id, ended_at AS at FROM giveaways WHERE " + where.String() + " ORDER BY ended_at DESC, id DESC" + notificationLimitSQL
	return sqldb.Query{
		SQL: "SELECT " + giveawayColumns + " FROM (" + ids + ") p CROSS JOIN giveaways g" +
			" WHERE g.id = p.id ORDER BY p.at DESC, p.id DESC",
		Args:       where.Args,
		Unprepared: true,
		Row:        appendTo(items, scanGiveaway),
	}
}

// maxCommandWait is more than the time between issuing a command and its answer.
const maxCommandWait = 5 * time.Minute

func failedCommandsQuery(q NotificationQuery, items *[]contract.Command) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "guild_id", q.FailedGuilds)
	where.And("issued_at > ?", q.Since.Add(-maxCommandWait)) // lets the index limit the rows
	where.And("user_id = ?", q.UserID)
	where.And("status IN ('refused', 'expired')")
	where.And("coalesce(answered_at, expires_at) > ?", q.Since) // unanswered commands fail at expires_at
	where.And("coalesce(answered_at, expires_at) <= ?", q.Until)
	ids := "SELECT id, coalesce(answered_at, expires_at) AS at FROM commands WHERE " + where.String() +
		" ORDER BY coalesce(answered_at, expires_at) DESC, id DESC" + notificationLimitSQL
	return sqldb.Query{
		SQL: "SELECT " + commandColumns + " FROM (" + ids + ") p CROSS JOIN commands c" + commandJoins +
			" WHERE c.id = p.id ORDER BY p.at DESC, p.id DESC",
		Args:       where.Args,
		Unprepared: true,
		Table:      "commands",
		Row:        appendTo(items, scanCommand),
	}
}
