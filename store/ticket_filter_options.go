package store

import (
	"context"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// TicketFilterOptions holds the choices of the ticket list's filters.
type TicketFilterOptions struct {
	Categories     []TicketCategory // only id, name and emoji
	Claimers       []contract.User  // current and former claimers
	Labels         []TicketLabel
	ResponseTarget time.Duration // within which tickets need a response; 0 without a target
}

// maxClaimers limits the claimers offered as a filter.
const maxClaimers = 100

// TicketFilterOptions returns the filter choices of the guild.
func (s *Store) TicketFilterOptions(ctx context.Context, guild string) (TicketFilterOptions, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var options TicketFilterOptions
	err := s.batch(ctx, ticketFilterOptionsQueries(guild, &options)...)
	return options, s.wrapError("read ticket filter options", err)
}

func ticketFilterOptionsQueries(guild string, options *TicketFilterOptions) []sqldb.Query {
	return []sqldb.Query{{
		SQL: "SELECT id, " + substrSQL("name", maxNameRunes) + ", " + substrSQL("emoji", maxNameRunes) +
			" FROM ticket_categories WHERE guild_id = $1" +
			" ORDER BY sort_order, " + orderByName("name") + ", id" + page{1, maxSetupRows}.limitSQL(),
		Args: []any{guild},
		Row: func(r sqldb.Row) error {
			c := TicketCategory{GuildID: guild}
			err := r.Scan(&c.ID, &c.Name, &c.Emoji)
			options.Categories = append(options.Categories, c)
			return err
		},
	}, {
		// The recursion takes one index lookup for each claimer, regardless of their number of tickets.
		SQL: `WITH RECURSIVE found (id, n) AS (
				SELECT * FROM (SELECT claimed_by, 1 FROM tickets WHERE guild_id = $1 AND claimed_by IS NOT NULL
					ORDER BY claimed_by LIMIT 1) p
				UNION ALL
				SELECT (SELECT t.claimed_by FROM tickets t WHERE t.guild_id = $1 AND t.claimed_by > found.id
					ORDER BY t.claimed_by LIMIT 1), found.n + 1
				FROM found WHERE found.id IS NOT NULL AND found.n < $2
			)
			SELECT found.id, ` + substrSQL("coalesce(m.username, '')", maxNameRunes) + `, coalesce(m.avatar, '') FROM found
			LEFT JOIN members m ON m.guild_id = $1 AND m.discord_id = found.id
			WHERE found.id IS NOT NULL ORDER BY ` + orderByName("coalesce(m.username, found.id)") + `, found.id`,
		Args: []any{guild, maxClaimers},
		Row: func(r sqldb.Row) error {
			var p contract.User
			err := r.Scan(&p.ID, &p.Username, &p.Avatar)
			options.Claimers = append(options.Claimers, p)
			return err
		},
	}, labelsQuery(guild, &options.Labels), responseTargetQuery(guild, &options.ResponseTarget)}
}

// User returns the member of the guild with that Discord id; only the id is set if the member is unknown.
func (s *Store) User(ctx context.Context, guild, discordID string) (contract.User, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	p := contract.User{ID: discordID}
	err := s.batch(ctx, sqldb.Query{
		SQL: "SELECT " + substrSQL("coalesce(username, '')", maxNameRunes) +
			", avatar FROM members WHERE guild_id = $1 AND discord_id = $2",
		Args: []any{guild, discordID},
		Row:  func(r sqldb.Row) error { return r.Scan(&p.Username, &p.Avatar) },
	})
	return p, s.wrapError("read member", err)
}
