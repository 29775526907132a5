package handlers_test

import (
	"os"
	"strings"
	"testing"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/storetest"
)

// One look at the list of giveaways after somebody entered one of them: from the touch until a browser has the frame, which
// is asking the database, drawing, comparing and writing. Entering is not measured.
func BenchmarkLook(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkLook(b, inhabited(b)) })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv("DATABASE_URL") == "" {
			b.Skip("not run on Postgres: DATABASE_URL is not set")
		}
		s := storetest.At(b, storetest.Schema(b))
		storetest.Guild(b, s, lantern, "Lantern Hollow")
		benchmarkLook(b, s)
	})
}

func benchmarkLook(b *testing.B, rows *store.Store) {
	s := open(b, func(s *site, c *live.Config) {
		s.Store = rows
		c.Share, c.TopicShare, c.Rest = 1, 1, 1 // looks follow each other here, and are no storm
	})
	made := s.giveaways(25, store.GiveawayActive)
	robins := s.signIn(robin)
	shown := strings.Trim(robins.get(giveawaysPath).Header.Get("ETag"), `"`)
	stream := robins.watch(streamOf(giveawaysPath), "Last-Event-ID", shown)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		m := storetest.Member(b, s.Store, lantern, store.NewID(), "Somebody")
		must(b, s.Store.EnterGiveaway(b.Context(), lantern, made[3].ID, m.ID, 1, 0, nil))
		b.StartTimer()
		s.Live.Touch(store.GiveawaysTopic(lantern))
		stream.next()
	}
}
