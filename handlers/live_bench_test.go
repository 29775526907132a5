package handlers_test

import (
	"os"
	"strings"
	"testing"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// BenchmarkRender measures one render pass of the list of giveaways after a new entry, from the invalidation until the
// client has the frame: queries, rendering, comparison and writing. The entry itself is not measured.
func BenchmarkRender(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkRender(b, newStoreWithGuilds(b)) })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv("DATABASE_URL") == "" {
			b.Skip("not run on Postgres: DATABASE_URL is not set")
		}
		s := storetest.OpenAt(b, storetest.CreateSchema(b))
		storetest.Guild(b, s, lantern, "Lantern Hollow")
		benchmarkRender(b, s)
	})
}

func benchmarkRender(b *testing.B, rows *store.Store) {
	s := openSite(b, func(_ *site, c *handlers.Config) {
		c.Store = rows
		// render passes follow each other without a pause here, so the load limits are disabled
		c.Streams.ViewShare, c.Streams.TopicShare, c.Streams.MinFrameInterval = 1, 1, 1
	})
	giveaways := s.createGiveaways(25, store.GiveawayActive)
	robinBrowser := s.signIn(robin)
	shown := strings.Trim(robinBrowser.get(giveawaysPath).Header.Get("ETag"), `"`)
	stream := robinBrowser.openStream(streamPath(giveawaysPath), "Last-Event-ID", shown)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		m := storetest.Member(b, s.Store, lantern, store.NewID(), "Somebody")
		must(b, s.Store.EnterGiveaway(b.Context(), lantern, giveaways[3].ID, m.ID, 1, 0, nil))
		b.StartTimer()
		s.Live.Invalidate(contract.GiveawaysTopic(lantern))
		stream.next()
	}
}
