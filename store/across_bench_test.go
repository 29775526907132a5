package store_test

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
)

// What is asked over all of one's servers: the large one of BenchmarkLists and fourteen small ones, of two hundred more
// guilds in the same tables.
func BenchmarkAcross(b *testing.B) {
	eachBench(b, func(b *testing.B, s *store.Store) {
		crowd(b, s, "1", 5000, 20_000)
		own := []string{"1"}
		for i := range 200 {
			guild := fmt.Sprint(100 + i)
			crowd(b, s, guild, 20, 50)
			if i < 14 {
				own = append(own, guild)
			}
		}
		analyze(b, s)
		until := noon.Add(time.Hour)
		tell := store.TellQuery{Since: until.Add(-time.Hour), Until: until, Opened: own, Waiting: own, Ended: own, Failed: own, User: "9", Patience: time.Hour}
		for name, ask := range map[string]func() error{
			"across":      func() error { _, err := s.Across(b.Context(), own, own, until); return err },
			"counts":      func() error { _, err := s.GuildCounts(b.Context(), own, own); return err },
			"jump-common": func() error { _, err := s.Jump(b.Context(), "nitro", own, own); return err },
			"jump-none":   func() error { _, err := s.Jump(b.Context(), "nothing such", own, own); return err },
			"jump-number": func() error { _, err := s.Jump(b.Context(), "#12", own, own); return err },
			"tell":        func() error { _, err := s.Tell(b.Context(), tell); return err },
		} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					if err := ask(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}
