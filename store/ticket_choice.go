package store

import (
	"context"
	"time"
)

// TicketChoices are what a list of tickets can be narrowed to.
type TicketChoices struct {
	Categories []TicketCategory // id, name and emoji only
	Claimers   []Person         // who has claimed a ticket, now or before it was closed
	Labels     []TicketLabel
	Answer     time.Duration // within which tickets are to be answered; 0: there is no target, and none is late
}

// mostClaimers bounds the choice of claimers: nobody looks through more.
const mostClaimers = 100

// TicketChoices are the guild's categories and claimers.
func (s *Store) TicketChoices(ctx context.Context, guild string) (TicketChoices, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var choices TicketChoices
	err := s.batch(ctx, readTicketChoices(guild, &choices)...)
	return choices, s.fault("reading what tickets can be narrowed to", err)
}

func readTicketChoices(guild string, choices *TicketChoices) []read {
	return []read{{
		sql: "SELECT id, " + cut("name", nameRunes) + ", " + cut("emoji", nameRunes) + " FROM ticket_categories WHERE guild_id = $1" +
			" ORDER BY sort_order, " + byName("name") + ", id" + page{1, mostSetUp}.limit(),
		args: []any{guild},
		row: func(r row) error {
			c := TicketCategory{GuildID: guild}
			err := r.Scan(&c.ID, &c.Name, &c.Emoji)
			choices.Categories = append(choices.Categories, c)
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
			SELECT found.id, ` + cut("coalesce(m.username, '')", nameRunes) + `, coalesce(m.avatar, '') FROM found
			LEFT JOIN members m ON m.guild_id = $1 AND m.discord_id = found.id
			WHERE found.id IS NOT NULL ORDER BY ` + byName("coalesce(m.username, found.id)") + `, found.id`,
		args: []any{guild, mostClaimers},
		row: func(r row) error {
			var p Person
			err := r.Scan(&p.ID, &p.Username, &p.Avatar)
			choices.Claimers = append(choices.Claimers, p)
			return err
		},
	}, readLabels(guild, &choices.Labels), readAnswerWithin(guild, &choices.Answer)}
}

// Person is what is known of somebody in the guild; the id alone, if nothing is.
func (s *Store) Person(ctx context.Context, guild, discordID string) (Person, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	p := Person{ID: discordID}
	err := s.batch(ctx, read{
		sql:  "SELECT " + cut("coalesce(username, '')", nameRunes) + ", avatar FROM members WHERE guild_id = $1 AND discord_id = $2",
		args: []any{guild, discordID},
		row:  func(r row) error { return r.Scan(&p.Username, &p.Avatar) },
	})
	return p, s.fault("reading person", err)
}
