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
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found Guild
	err := s.batch(ctx, sqldb.Query{
		SQL:  "SELECT " + guildColumns + " FROM guilds WHERE id = $1",
		Args: []any{id},
		Row: func(r sqldb.Row) (err error) {
			found, err = scanGuild(r)
			return err
		},
	})
	if err == nil && found.ID == "" {
		err = ErrNotFound
	}
	return found, s.wrapError("read guild", err)
}

// memberColumns returns SQL for the name and the avatar of the guild's member with a Discord id; both are empty if
// they are not recorded. It uses subqueries instead of a join: if the same users are in many guilds, Postgres
// overestimates the rows of the join and then reads all members.
func memberColumns(guild, discordID string) string {
	const column = "coalesce((SELECT %s FROM members u WHERE u.guild_id = %s AND u.discord_id = %s), '')"
	return fmt.Sprintf(column+", "+column,
		substrSQL("u.username", maxNameRunes), guild, discordID, "u.avatar", guild, discordID)
}
