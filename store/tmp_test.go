package store_test
import ("testing";"time";"fmt";"guildboard/store";"guildboard/store/storetest")
func TestTmp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 0, 20000)
		for _, g := range []string{"2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"} { crowd(t, s, g, 0, 500) }
		analyze(t, s)
		for _, text := range []string{"", "question","refund please 19995","re"} {
			for name, r := range store.Reads("1", nil, []store.TicketQuery{{Text: text}}) {
				if len(name) < 8 || name[:8] != "tickets " { continue }
				_, plan, err := s.Plan(t.Context(), r); check(t, err)
				var best time.Duration = time.Hour
				for range 20 { t0 := time.Now(); check(t, s.Run(t.Context(), r)); best = min(best, time.Since(t0)) }
				if s.OnPostgres() { plan = "" }
				fmt.Println(best, name, "\n", plan, store.SQL(r))
			}
		}
	})
}
