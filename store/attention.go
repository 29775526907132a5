package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guildboard/store/internal/sqldb"
)

// Attention is how much of a guild needs the attention of its team.
type Attention struct {
	OverdueTickets   int // past their response target
	UrgentTickets    int // not closed, with the priority urgent
	UnclaimedTickets int
	OverdueGiveaways int // active, but past their end
	UnclaimedPrizes  int // giveaways with a prize that was not claimed in time
	PermissionIssues int // places where the bot does not have the permissions that it needs
	SyncIssues       int // other differences between Discord and the database
}

// IsZero reports whether nothing needs attention.
func (a Attention) IsZero() bool { return a == Attention{} }

// IsUrgent reports whether something is late or broken, rather than only waiting for someone.
func (a Attention) IsUrgent() bool {
	a.UnclaimedTickets, a.UnclaimedPrizes = 0, 0
	return !a.IsZero()
}

// overdueGiveawayAfter is how long after its end an active giveaway counts as overdue.
const overdueGiveawayAfter = time.Minute

// IsOverdue reports whether the giveaway should have ended by now but is still active.
func (g Giveaway) IsOverdue(now time.Time) bool {
	return g.Status == GiveawayActive && !g.EndsAt.IsZero() && now.Sub(g.EndsAt) > overdueGiveawayAfter
}

// Attention returns what needs attention by guild, of giveaways in some guilds and of tickets in others. Guilds without
// any are missing.
func (s *Store) Attention(ctx context.Context, giveaways, tickets []string, now time.Time) (map[string]Attention, error) {
	found := map[string]Attention{}
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	q := attentionQuery{found: found}
	if len(tickets) > 0 {
		q.countTickets(s.db.IsPostgres(), tickets, now)
	}
	if len(giveaways) > 0 {
		q.countGiveaways(giveaways, now)
	}
	if len(q.parts) == 0 {
		return found, nil
	}
	return found, s.wrapError("read attention", s.batch(ctx, sqldb.Query{
		SQL: strings.Join(q.parts, " UNION ALL "), Args: q.args, Unprepared: true, Row: q.scan,
	}))
}

// An attentionQuery counts by guild. Each of its parts counts one thing; all are one statement.
type attentionQuery struct {
	parts []string
	args  []any
	add   []func(a *Attention, n int) // by index of the part
	found map[string]Attention
}

// in returns a condition on the guild, with arguments that follow those of the parts before.
func (q *attentionQuery) in(column string, guilds []string) sqldb.Where {
	where := sqldb.Where{Args: q.args}
	sqldb.AndIn(&where, column, guilds)
	return where
}

// count adds a part: the SQL of the guild and of the number, and what they are read from. where is based on in.
func (q *attentionQuery) count(guild, n, from string, where sqldb.Where, add func(a *Attention, n int)) {
	q.parts = append(q.parts, fmt.Sprintf("SELECT %s, %d, %s FROM %s WHERE %s GROUP BY %[1]s", guild, len(q.parts), n, from, where.String()))
	q.args, q.add = where.Args, append(q.add, add)
}

func (q *attentionQuery) scan(r sqldb.Row) error {
	var (
		guild   string
		part, n int
	)
	if err := r.Scan(&guild, &part, &n); err != nil {
		return err
	}
	a := q.found[guild]
	q.add[part](&a, n)
	q.found[guild] = a
	return nil
}

func (q *attentionQuery) countTickets(postgres bool, guilds []string, now time.Time) {
	overdue := q.in("w.guild_id", guilds)
	overdue.And("w.module = 'tickets'")
	overdue.And("t.waiting_since IS NOT NULL")
	overdue.And("t.waiting_since <= ?"+minusTargetSQL(postgres), now)
	q.count("t.guild_id", "count(*)", "guild_settings w JOIN tickets t ON t.guild_id = w.guild_id", overdue,
		func(a *Attention, n int) { a.OverdueTickets = n })
	urgent := q.in("guild_id", guilds)
	urgent.And("priority = 'URGENT'")
	urgent.And("status <> 'CLOSED'")
	q.count("guild_id", "count(*)", "tickets", urgent, func(a *Attention, n int) { a.UrgentTickets = n })
	unclaimed := q.in("guild_id", guilds)
	unclaimed.And("kind = 'ticket'")
	unclaimed.And("status = 'OPEN'")
	q.count("guild_id", "CAST(sum(n) AS bigint)", "guild_tiles", unclaimed, func(a *Attention, n int) { a.UnclaimedTickets = n })
	q.countSyncIssues(guilds, "ticket.%", SyncIssueTicketPermissions)
}

func (q *attentionQuery) countGiveaways(guilds []string, now time.Time) {
	overdue := q.in("guild_id", guilds)
	overdue.And("status = 'ACTIVE'")
	overdue.And("ends_at < ?", now.Add(-overdueGiveawayAfter))
	q.count("guild_id", "count(*)", "giveaways", overdue, func(a *Attention, n int) { a.OverdueGiveaways = n })
	prizes := q.in("g.guild_id", guilds)
	prizes.And("w.lapsed_at IS NOT NULL AND NOT w.claimed AND NOT w.rerolled")
	q.count("g.guild_id", "count(DISTINCT g.id)", "giveaway_winners w JOIN giveaways g ON g.id = w.giveaway_id", prizes,
		func(a *Attention, n int) { a.UnclaimedPrizes = n })
	q.countSyncIssues(guilds, "giveaway.%", SyncIssueGiveawayPermissions)
}

// countSyncIssues counts the sync issues of the kinds that a pattern matches: those of the kind permissions, and the
// others.
func (q *attentionQuery) countSyncIssues(guilds []string, kinds string, permissions SyncIssueKind) {
	missing := q.in("guild_id", guilds)
	missing.And("kind = ?", string(permissions))
	q.count("guild_id", "count(*)", "drifts", missing, func(a *Attention, n int) { a.PermissionIssues += n })
	issues := q.in("guild_id", guilds)
	issues.And("kind LIKE ?", kinds)
	issues.And("kind <> ?", string(permissions))
	q.count("guild_id", "count(*)", "drifts", issues, func(a *Attention, n int) { a.SyncIssues += n })
}
