package storetest

import (
	"testing"

	"guildboard/store"
)

// AddEntrants inserts n entrants of a giveaway in bulk, each with one to three entries, bypassing the store, which
// must be opened by this package. All giveaways of a guild get the same entrants.
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
