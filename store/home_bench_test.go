package store_test

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
)

// BenchmarkHome measures the reads over all servers of a user: the large one of BenchmarkLists and fourteen of two
// hundred small ones in the same tables.
func BenchmarkHome(b *testing.B) {
	benchEachDatabase(b, func(b *testing.B, s *store.Store) {
		fillGuild(b, s, "1", 5000, 20_000)
		ownGuilds := []string{"1"}
		for i := range 200 {
			guild := fmt.Sprint(100 + i)
			fillGuild(b, s, guild, 20, 50)
			if i < 14 {
				ownGuilds = append(ownGuilds, guild)
			}
		}
		analyze(b, s)
		until := noon.Add(time.Hour)
		notifications := store.NotificationQuery{Since: until.Add(-time.Hour), Until: until, NewTicketGuilds: ownGuilds,
			UnclaimedGuilds: ownGuilds, EndedGuilds: ownGuilds, FailedGuilds: ownGuilds, UserID: "9"}
		for name, query := range map[string]func() error{
			"home":          func() error { _, err := s.HomeSummary(b.Context(), ownGuilds, ownGuilds, until); return err },
			"counts":        func() error { _, err := s.GuildCounts(b.Context(), ownGuilds, ownGuilds); return err },
			"search-common": func() error { _, err := s.QuickSearch(b.Context(), "nitro", ownGuilds, ownGuilds); return err },
			"search-none":   func() error { _, err := s.QuickSearch(b.Context(), "nothing such", ownGuilds, ownGuilds); return err },
			"search-number": func() error { _, err := s.QuickSearch(b.Context(), "#12", ownGuilds, ownGuilds); return err },
			"notifications": func() error { _, err := s.Notifications(b.Context(), notifications); return err },
		} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					if err := query(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}
