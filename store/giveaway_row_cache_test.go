package store_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// TestRowCacheDoesNotChangeResults checks that after any change a list read with the cache equals a list read without
// it, and that on Postgres a row keeps its Version while its content is equal.
func TestRowCacheDoesNotChangeResults(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		var ids []string
		addGiveaway := func() {
			g := storetest.Giveaway(t, s, "1", store.Giveaway{
				Host: contract.User{ID: "9"}, Prize: fmt.Sprint("Prize ", len(ids)),
				CreatedAt: noon.Add(time.Duration(len(ids)) * time.Minute),
			})
			ids = append(ids, g.ID)
		}
		for range 6 {
			addGiveaway()
		}
		r := rand.New(rand.NewPCG(1, 2))
		randomID := func() string { return ids[r.IntN(len(ids))] }
		changes := []func(){
			func() {},
			addGiveaway,
			func() { storetest.Member(t, s, "1", "9", fmt.Sprint("Host ", r.IntN(3))) },
			func() { execSQL(t, s, "UPDATE giveaways SET entries = entries + 1 WHERE id = $1", randomID()) },
			func() { execSQL(t, s, "UPDATE giveaways SET notes = '' WHERE id = $1", randomID()) },
			func() { execSQL(t, s, "UPDATE giveaways SET notes = NULL WHERE id = $1", randomID()) },
			func() {
				execSQL(t, s, "UPDATE giveaways SET prize = 'a', description = 'bc' WHERE id = $1", randomID())
			},
			func() {
				execSQL(t, s, "UPDATE giveaways SET prize = 'ab', description = 'c' WHERE id = $1", randomID())
			},
			func() { execSQL(t, s, "DELETE FROM giveaways WHERE id = $1", randomID()) },
			func() {
				execSQL(t, s, `INSERT INTO commands (id, guild_id, user_id, type, target, data, status, issued_at, expires_at)
					VALUES ($1, '1', '9', $2, $3, '{}', 'refused', $4, $4)`, store.NewID(),
					[]contract.Verb{contract.VerbGiveawayEnd, contract.VerbGiveawayCreate}[r.IntN(2)], randomID(), noon.Add(time.Hour))
			},
			func() {
				g := randomID()
				execSQL(t, s, "UPDATE giveaways SET status = 'ENDED', ended_at = ends_at WHERE id = $1", g)
				// the giveaway may be deleted or have winners
				_ = s.AddWinners(t.Context(), "1", g, []store.Winner{{User: contract.User{ID: "9"}}})
			},
		}
		var cache store.GiveawayRowCache
		query := store.GiveawayQuery{PerPage: 5}
		before := map[string]store.Giveaway{}
		for range 150 {
			changes[r.IntN(len(changes))]()
			want := must(s.RequestedGiveaways(t.Context(), "1", query, noon))(t)
			cachedQuery := query
			cachedQuery.RowCache = &cache
			got := must(s.RequestedGiveaways(t.Context(), "1", cachedQuery, noon))(t)

			now := map[string]store.Giveaway{}
			for i := range got.Items {
				g := &got.Items[i]
				version := g.Version
				g.Version = 0
				previous, listed := before[g.ID]
				row := *g
				row.Winners = nil // winners are read separately
				if unversioned := previous; listed && s.OnPostgres() {
					unversioned.Version = 0
					if (previous.Version == version) != reflect.DeepEqual(unversioned, row) {
						t.Errorf("version %d after version %d:\n%+v, before\n%+v, want a difference only with another version",
							version, previous.Version, row, unversioned)
					}
				}
				row.Version = version
				now[g.ID] = row
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("rows from the cache (-want +got):\n%s", diff)
			}
			before = now
		}
	})
}
