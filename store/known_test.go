package store_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildboard/store"
	"guildboard/store/storetest"
)

// Whatever happens to a list, and whoever does it, what is known of it never shows: it reads as if read for the first time,
// and its rows have the same Reading as long as they say the same.
func TestWhatIsKnownOfAListChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		var ids []string
		start := func() {
			g := storetest.Giveaway(t, s, "1", store.Giveaway{
				Host: store.Person{ID: "9"}, Prize: fmt.Sprint("Prize ", len(ids)), CreatedAt: noon.Add(time.Duration(len(ids)) * time.Minute),
			})
			ids = append(ids, g.ID)
		}
		for range 6 {
			start()
		}
		r := rand.New(rand.NewPCG(1, 2))
		anyone := func() string { return ids[r.IntN(len(ids))] }
		happenings := []func(){
			func() {},
			start,
			func() { storetest.Member(t, s, "1", "9", fmt.Sprint("Host ", r.IntN(3))) },
			func() { exec(t, s, "UPDATE giveaways SET entries = entries + 1 WHERE id = $1", anyone()) },
			func() { exec(t, s, "UPDATE giveaways SET notes = '' WHERE id = $1", anyone()) },
			func() { exec(t, s, "UPDATE giveaways SET notes = NULL WHERE id = $1", anyone()) },
			func() { exec(t, s, "UPDATE giveaways SET prize = 'a', description = 'bc' WHERE id = $1", anyone()) },
			func() { exec(t, s, "UPDATE giveaways SET prize = 'ab', description = 'c' WHERE id = $1", anyone()) },
			func() { exec(t, s, "DELETE FROM giveaways WHERE id = $1", anyone()) },
			func() {
				exec(t, s, `INSERT INTO commands (id, guild_id, user_id, type, target, data, status, issued_at, expires_at)
					VALUES ($1, '1', '9', $2, $3, '{}', 'refused', $4, $4)`, store.NewID(),
					[]store.Verb{store.VerbGiveawayEnd, store.VerbGiveawayCreate}[r.IntN(2)], anyone(), noon.Add(time.Hour))
			},
			func() {
				g := anyone()
				exec(t, s, "UPDATE giveaways SET status = 'ENDED', ended_at = ends_at WHERE id = $1", g)
				_ = s.AddWinners(t.Context(), "1", g, []store.Winner{{User: store.Person{ID: "9"}}}) // it may be deleted, or have some
			},
		}
		var known store.KnownGiveaways
		query := store.GiveawayQuery{PerPage: 5}
		before := map[string]store.Giveaway{}
		for range 150 {
			happenings[r.IntN(len(happenings))]()
			want := must(s.AskedGiveaways(t.Context(), "1", query, noon))(t)
			again := query
			again.Known = &known
			got := must(s.AskedGiveaways(t.Context(), "1", again, noon))(t)

			now := map[string]store.Giveaway{}
			for i := range got.Items {
				g := &got.Items[i]
				reading := g.Reading
				g.Reading = 0
				was, listed := before[g.ID]
				row := *g
				row.Winners = nil // are read apart
				if said := was; listed {
					said.Reading = 0
					if (was.Reading == reading) != reflect.DeepEqual(said, row) {
						t.Errorf("reading %d after %d of\n%+v, which was\n%+v", reading, was.Reading, row, said)
					}
				}
				row.Reading = reading
				now[g.ID] = row
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("rows from the cache (-want +got):\n%s", diff)
			}
			before = now
		}
	})
}
