package store

import (
	"context"
	"time"
)

// TicketFilterOptions are what a list of tickets can be narrowed to.
type TicketFilterOptions struct {
	Categories     []TicketCategory // id, name and emoji only
	Claimers       []User           // who has claimed a ticket, now or before it was closed
	Labels         []TicketLabel
	ResponseTarget time.Duration // within which tickets are to be answered; 0: there is no target, and none is late
}

// maxClaimers bounds the choice of claimers: nobody looks through more.
const maxClaimers = 100

// TicketFilterOptions are the guild's categories and claimers.
func (s *Store) TicketFilterOptions(ctx context.Context, guild string) (TicketFilterOptions, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var options TicketFilterOptions
	err := s.batch(ctx, readTicketFilterOptions(guild, &options)...)
	return options, s.wrapError("reading what tickets can be narrowed to", err)
}

func readTicketFilterOptions(guild string, options *TicketFilterOptions) []read {
	return []read{{
		sql: "SELECT id, " + substrSQL("name", maxNameRunes) + ", " + substrSQL("emoji", maxNameRunes) + " FROM ticket_categories WHERE guild_id = $1" +
			" ORDER BY sort_order, " + orderByName("name") + ", id" + page{1, maxSetupRows}.limitSQL(),
		args: []any{guild},
		row: func(r row) error {
			c := TicketCategory{GuildID: guild}
			err := r.Scan(&c.ID, &c.Name, &c.Emoji)
			options.Categories = append(options.Categories, c)
			return err
		},
	}, {
		// One step in the index for each claimer, however many tickets they have.
		sql: `WITH RECURSIVE found (id, n) AS (
				SELECT * FROM (SELECT claimed_by, 1 FROM tickets WHERE guild_id = $1 AND claimed_by IS NOT NULL ORDER BY claimed_by LIMIT 1) p
				UNION ALL
				SELECT (SELECT t.claimed_by FROM tickets t WHERE t.guild_id = $1 AND t.claimed_by > found.id
					ORDER BY t.claimed_by LIMIT 1), found.n + 1
				FROM found WHERE found.id IS NOT NULL AND found.n < $2
			)
			SELECT found.id, ` + substrSQL("coalesce(m.username, '')", maxNameRunes) + `, coalesce(m.avatar, '') FROM found
			LEFT JOIN members m ON m.guild_id = $1 AND m.discord_id = found.id
			WHERE found.id IS NOT NULL ORDER BY ` + orderByName("coalesce(m.username, found.id)") + `, found.id`,
		args: []any{guild, maxClaimers},
		row: func(r row) error {
			var p User
			err := r.Scan(&p.ID, &p.Username, &p.Avatar)
			options.Claimers = append(options.Claimers, p)
			return err
		},
	}, readLabels(guild, &options.Labels), readResponseTarget(guild, &options.ResponseTarget)}
}

// User is what is known of somebody in the guild; the id alone, if nothing is.
func (s *Store) User(ctx context.Context, guild, discordID string) (User, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	p := User{ID: discordID}
	err := s.batch(ctx, read{
		sql:  "SELECT " + substrSQL("coalesce(username, '')", maxNameRunes) + ", avatar FROM members WHERE guild_id = $1 AND discord_id = $2",
		args: []any{guild, discordID},
		row:  func(r row) error { return r.Scan(&p.Username, &p.Avatar) },
	})
	return p, s.wrapError("reading person", err)
}
