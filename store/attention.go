package store

import (
	"context"
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
	SyncIssues       int
}

// IsZero reports whether nothing needs attention.
func (a Attention) IsZero() bool { return a == Attention{} }

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
	return found, s.wrapError("read attention", s.batch(ctx, s.attentionQueries(giveaways, tickets, now, found)...))
}

func (s *Store) attentionQueries(giveaways, tickets []string, now time.Time, found map[string]Attention) (reads []sqldb.Query) {
	count := func(sql string, where sqldb.Where, set func(a *Attention, n int)) {
		reads = append(reads, sqldb.Query{
			SQL: sql + " WHERE " + where.String() + " GROUP BY 1", Args: where.Args, Unprepared: true,
			Row: func(r sqldb.Row) error {
				var guild string
				var n int
				err := r.Scan(&guild, &n)
				a := found[guild]
				set(&a, n)
				found[guild] = a
				return err
			},
		})
	}
	in := func(column string, guilds []string) (where sqldb.Where) {
		sqldb.AndIn(&where, column, guilds)
		return where
	}
	if len(tickets) > 0 {
		overdue := in("w.guild_id", tickets)
		overdue.And("w.module = 'tickets'")
		overdue.And("t.waiting_since IS NOT NULL")
		overdue.And("t.waiting_since <= ?"+minusTargetSQL(s.db.IsPostgres()), now)
		count("SELECT t.guild_id, count(*) FROM guild_settings w JOIN tickets t ON t.guild_id = w.guild_id", overdue,
			func(a *Attention, n int) { a.OverdueTickets = n })
		urgent := in("guild_id", tickets)
		urgent.And("priority = 'URGENT'")
		urgent.And("status <> 'CLOSED'")
		count("SELECT guild_id, count(*) FROM tickets", urgent, func(a *Attention, n int) { a.UrgentTickets = n })
		unclaimed := in("guild_id", tickets)
		unclaimed.And("kind = 'ticket'")
		unclaimed.And("status = 'OPEN'")
		count("SELECT guild_id, CAST(sum(n) AS bigint) FROM guild_tiles", unclaimed, func(a *Attention, n int) { a.UnclaimedTickets = n })
	}
	if len(giveaways) > 0 {
		overdue := in("guild_id", giveaways)
		overdue.And("status = 'ACTIVE'")
		overdue.And("ends_at < ?", now.Add(-overdueGiveawayAfter))
		count("SELECT guild_id, count(*) FROM giveaways", overdue, func(a *Attention, n int) { a.OverdueGiveaways = n })
		prizes := in("g.guild_id", giveaways)
		prizes.And("w.lapsed_at IS NOT NULL AND NOT w.claimed AND NOT w.rerolled")
		count("SELECT g.guild_id, count(DISTINCT g.id) FROM giveaway_winners w JOIN giveaways g ON g.id = w.giveaway_id", prizes,
			func(a *Attention, n int) { a.UnclaimedPrizes = n })
	}
	for kind, guilds := range map[string][]string{"giveaway.%": giveaways, "ticket.%": tickets} {
		if len(guilds) > 0 {
			issues := in("guild_id", guilds)
			issues.And("kind LIKE ?", kind)
			count("SELECT guild_id, count(*) FROM drifts", issues, func(a *Attention, n int) { a.SyncIssues += n })
		}
	}
	return reads
}
