package store

import (
	"context"
	"fmt"
	"time"

	"guildboard/store/internal/sqldb"
)

const guildColumns = "id, name, icon, joined_at, left_at"

func scanGuild(r sqldb.Row) (g Guild, err error) {
	err = r.Scan(&g.ID, &g.Name, &g.Icon, &g.JoinedAt, &g.LeftAt)
	return g, err
}

// Guild returns the guild with the given id, or ErrNotFound. The bot may have left the guild.
func (s *Store) Guild(ctx context.Context, id string) (Guild, error) {
	guilds, err := s.queryGuilds(ctx, "read guild", sqldb.Query{
		SQL:  "SELECT " + guildColumns + " FROM guilds WHERE id = $1",
		Args: []any{id},
	})
	if err != nil {
		return Guild{}, err
	}
	if g, ok := guilds[id]; ok {
		return g, nil
	}
	return Guild{}, s.wrapError("read guild", ErrNotFound)
}

// GuildsWithBot returns, by id, those of the given guilds of which the bot is a member.
func (s *Store) GuildsWithBot(ctx context.Context, ids []string) (map[string]Guild, error) {
	if len(ids) == 0 {
		return map[string]Guild{}, nil
	}
	var where sqldb.Where
	where.And("left_at IS NULL")
	sqldb.AndIn(&where, "id", ids)
	return s.queryGuilds(ctx, "read guilds", sqldb.Query{
		SQL:        "SELECT " + guildColumns + " FROM guilds WHERE " + where.String(),
		Args:       where.Args,
		Unprepared: true, // each length of the list is a different statement
	})
}

func (s *Store) queryGuilds(ctx context.Context, op string, r sqldb.Query) (map[string]Guild, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	guilds := make(map[string]Guild)
	r.Row = func(r sqldb.Row) error {
		g, err := scanGuild(r)
		guilds[g.ID] = g
		return err
	}
	if err := s.batch(ctx, r); err != nil {
		return nil, s.wrapError(op, err)
	}
	return guilds, nil
}

// SaveGuild inserts or updates the guild. If JoinedAt is zero, a new guild gets the current time, and an existing one
// keeps its own.
func (s *Store) SaveGuild(ctx context.Context, g Guild) error {
	hasJoinedAt := !g.JoinedAt.IsZero()
	if !hasJoinedAt {
		g.JoinedAt = time.Now()
	}
	_, err := s.exec(ctx, "save guild", `INSERT INTO guilds (id, name, icon, joined_at, left_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, icon = excluded.icon, left_at = excluded.left_at,
			joined_at = CASE WHEN $6 THEN excluded.joined_at ELSE guilds.joined_at END`,
		g.ID, g.Name, g.Icon, g.JoinedAt, g.LeftAt, hasJoinedAt)
	return err
}

// SaveMember inserts the member or updates their name and avatar, and returns the row; an existing row keeps its ID.
// A nil Username leaves name and avatar unchanged. Ticket searches find the new name.
func (s *Store) SaveMember(ctx context.Context, m Member) (Member, error) {
	if m.ID == "" {
		m.ID = NewID()
	}
	now := time.Now()
	err := s.withTx(ctx, "save member", func(ctx context.Context, t tx) error {
		return t.QueryRow(ctx, `INSERT INTO members (id, guild_id, discord_id, username, avatar, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6)
			ON CONFLICT (guild_id, discord_id) DO UPDATE SET
				username = coalesce(excluded.username, members.username),
				avatar = CASE WHEN excluded.username IS NULL THEN members.avatar ELSE excluded.avatar END,
				updated_at = excluded.updated_at, left_at = NULL
			RETURNING id, username, avatar`,
			m.ID, m.GuildID, m.DiscordID, m.Username, m.Avatar, now).Scan(&m.ID, &m.Username, &m.Avatar)
	})
	return m, err
}

// SetMemberLeft records that a member, given by Discord id, left the guild at the given time or, if it is nil, is in
// the guild. changed is false if that was already recorded, and for users who have never been members.
func (s *Store) SetMemberLeft(ctx context.Context, guild, user string, at *time.Time) (changed bool, err error) {
	n, err := s.exec(ctx, "set member left", `UPDATE members SET left_at = $3, updated_at = $4
		WHERE guild_id = $1 AND discord_id = $2 AND (left_at IS NULL) = $5`, guild, user, at, time.Now(), at != nil)
	return n > 0, err
}

// memberColumns returns SQL for the name and the avatar of the guild's member with a Discord id; both are empty if
// they are not recorded. It uses subqueries instead of a join: if the same users are in many guilds, Postgres
// overestimates the rows of the join and then reads all members.
func memberColumns(guild, discordID string) string {
	const column = "coalesce((SELECT %s FROM members u WHERE u.guild_id = %s AND u.discord_id = %s), '')"
	return fmt.Sprintf(column+", "+column,
		substrSQL("u.username", maxNameRunes), guild, discordID, "u.avatar", guild, discordID)
}
