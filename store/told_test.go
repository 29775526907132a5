package store_test

import (
	"strconv"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// Each guild has its own target, or none, and one is told when it is missed: not before, and once.
func TestTellOfWhatIsLate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		within := map[string]int{"1": 60, "2": 90, "3": 0, "4": store.MaxAnswerWithin}
		late := map[string]string{}
		for guild, minutes := range within {
			storetest.Guild(t, s, guild, guild)
			if minutes > 0 {
				target(t, s, guild, strconv.Itoa(minutes))
			}
			opener := storetest.Member(t, s, guild, "300", "Ada")
			for _, due := range []int{-1, 0, 5, 10, 11} { // minutes past noon
				at := noon.Add(time.Duration(due-minutes) * time.Minute)
				ticket := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: at})
				claimed := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: at})
				check(t, s.ClaimTicket(t.Context(), guild, claimed.ID, "9", at))
				if minutes > 0 && due > 0 && due <= 10 {
					late[guild] = ticket.ID + " " + late[guild]
				}
			}
		}
		for guild := range within {
			told, err := s.Tell(t.Context(), store.TellQuery{Since: noon, Until: noon.Add(10 * time.Minute), Late: []string{guild}})
			check(t, err)
			ids := ""
			for _, ticket := range told.Late {
				ids += ticket.ID + " "
			}
			same(t, "late in "+guild, ids, late[guild])
		}
		told, err := s.Tell(t.Context(), store.TellQuery{Since: noon, Until: noon.Add(10 * time.Minute), Late: []string{"1", "2", "3"}})
		check(t, err)
		same(t, "late in all", len(told.Late), 4)
	})
}

// One is told of what happened between two moments, of the kinds and in the guilds that one chose.
func TestTell(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
		type made struct{ opened, waits, ended, failed string }
		all := map[string]made{}
		for _, guild := range []string{"1", "2"} {
			storetest.Guild(t, s, guild, guild)
			opener := storetest.Member(t, s, guild, "300", "Ada")
			ticket := func(minutes int) store.Ticket {
				return storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: at(minutes)})
			}
			m := made{opened: ticket(5).ID, waits: ticket(-25).ID}
			ticket(-60)
			ticket(0)
			ticket(11)
			claimed := ticket(-24)
			check(t, s.ClaimTicket(t.Context(), guild, claimed.ID, "9", at(1)))
			for _, minutes := range []int{-1, 6, 20} {
				g := storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayActive, EndsAt: at(0)})
				check(t, s.EndGiveaway(t.Context(), guild, g.ID, at(minutes)))
				if minutes == 6 {
					m.ended = g.ID
				}
			}
			for id, c := range map[string]struct {
				user, status string
				minutes      int
			}{"refused": {"9", "refused", 7}, "done": {"9", "done", 7}, "other": {"8", "refused", 7}, "before": {"9", "refused", -1}} {
				exec(t, s, `INSERT INTO commands (id, guild_id, user_id, type, target, status, issued_at, expires_at, answered_at)
					VALUES ($1, $2, $3, 'GIVEAWAY_END', $4, $5, $6, $6, $7)`,
					id+guild, guild, c.user, "x"+id, c.status, at(c.minutes-1), at(c.minutes))
			}
			m.failed = "refused" + guild
			all[guild] = m
		}
		q := store.TellQuery{Since: at(0), Until: at(10), Patience: 30 * time.Minute, User: "9"}
		for _, guilds := range [][]string{{"1"}, {"2"}} {
			want := all[guilds[0]]
			q.Opened, q.Waiting, q.Ended, q.Failed = guilds, guilds, guilds, guilds
			told, err := s.Tell(t.Context(), q)
			check(t, err)
			if len(told.Opened) != 1 || len(told.Waiting) != 1 || len(told.Ended) != 1 || len(told.Failed) != 1 {
				t.Fatalf("told of %+v", told)
			}
			same(t, "what was told", made{told.Opened[0].ID, told.Waiting[0].ID, told.Ended[0].ID, told.Failed[0].ID}, want)
		}
		q.Opened, q.Waiting, q.Ended, q.Failed = nil, nil, []string{"1", "2"}, nil
		told, err := s.Tell(t.Context(), q)
		check(t, err)
		same(t, "of one kind alone", len(told.Ended)*10+len(told.Opened)+len(told.Waiting)+len(told.Failed), 20)
		none, err := s.Tell(t.Context(), store.TellQuery{})
		check(t, err)
		same(t, "of nothing", len(none.Ended), 0)
	})
}
