package store

import (
	"context"
	"fmt"

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

// memberColumns returns SQL for the name and the avatar of the guild's member with a Discord id; both are empty if
// they are not recorded. It uses subqueries instead of a join: if the same users are in many guilds, Postgres
// overestimates the rows of the join and then reads all members.
func memberColumns(guild, discordID string) string {
	const column = "coalesce((SELECT %s FROM members u WHERE u.guild_id = %s AND u.discord_id = %s), '')"
	return fmt.Sprintf(column+", "+column,
		substrSQL("u.username", maxNameRunes), guild, discordID, "u.avatar", guild, discordID)
}
