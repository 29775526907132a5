package storetest

import (
	"testing"

	"guildboard/store"
)

// AddEntrants has so many people enter a giveaway at once, each with one, two or three entries, past all that a store does for
// one of them. The store must be one of this package's. The same people come to each giveaway of a guild.
func AddEntrants(t testing.TB, s *store.Store, g store.Giveaway, n int) {
	t.Helper()
	db, _ := openDirect(t, s)
	const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 WHERE $2 > 0 UNION ALL SELECT i + 1 FROM n WHERE i < $2) `
	for _, statement := range []string{
		`INSERT INTO members (id, guild_id, discord_id, created_at, updated_at) ` + numbers + `
			SELECT g.guild_id || '-' || n.i, g.guild_id, CAST(700000000000000000 + n.i AS text), g.created_at, g.created_at
			FROM giveaways g CROSS JOIN n WHERE g.id = $1 ON CONFLICT DO NOTHING`,
		`INSERT INTO giveaway_entries (id, giveaway_id, member_id, entries, created_at) ` + numbers + `
			SELECT g.id || '-' || n.i, g.id, g.guild_id || '-' || n.i, 1 + n.i % 3, g.created_at
			FROM giveaways g CROSS JOIN n WHERE g.id = $1`,
	} {
		must(db.ExecContext(t.Context(), statement, g.ID, n))(t)
	}
}
