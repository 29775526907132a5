package store_test

import (
	"strconv"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// TestNotificationsOfOverdueTickets checks that each guild has its own target or none, and that a ticket is notified
// exactly once, when it becomes overdue.
func TestNotificationsOfOverdueTickets(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		targets := map[string]int{"1": 60, "2": 90, "3": 0, "4": store.MaxResponseTargetMinutes}
		overdue := map[string]string{}
		for guild, minutes := range targets {
			storetest.Guild(t, s, guild, guild)
			if minutes > 0 {
				setResponseTarget(t, s, guild, strconv.Itoa(minutes))
			}
			opener := storetest.Member(t, s, guild, "300", "Ada")
			for _, due := range []int{-1, 0, 5, 10, 11} { // minutes after noon
				at := noon.Add(time.Duration(due-minutes) * time.Minute)
				ticket := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: at})
				claimed := storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: at})
				noError(t, s.ClaimTicket(t.Context(), guild, claimed.ID, "9", at))
				if minutes > 0 && due > 0 && due <= 10 {
					overdue[guild] = ticket.ID + " " + overdue[guild]
				}
			}
		}
		for guild := range targets {
			notifications, err := s.Notifications(t.Context(),
				store.NotificationQuery{Since: noon, Until: noon.Add(10 * time.Minute), OverdueGuilds: []string{guild}})
			noError(t, err)
			ids := ""
			for _, ticket := range notifications.OverdueTickets {
				ids += ticket.ID + " "
			}
			wantEqual(t, "overdue in "+guild, ids, overdue[guild])
		}
		notifications, err := s.Notifications(t.Context(),
			store.NotificationQuery{Since: noon, Until: noon.Add(10 * time.Minute),
				OverdueGuilds: []string{"1", "2", "3"}})
		noError(t, err)
		wantEqual(t, "overdue in all guilds", len(notifications.OverdueTickets), 4)
	})
}

// TestNotifications checks that a user is notified of what happened between two times, for the selected types and
// guilds.
func TestNotifications(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
		type created struct{ opened, waits, ended, failed string }
		all := map[string]created{}
		for _, guild := range []string{"1", "2"} {
			storetest.Guild(t, s, guild, guild)
			opener := storetest.Member(t, s, guild, "300", "Ada")
			ticket := func(minutes int) store.Ticket {
				return storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: at(minutes)})
			}
			m := created{opened: ticket(5).ID, waits: ticket(-25).ID}
			ticket(-60)
			ticket(0)
			ticket(11)
			claimed := ticket(-24)
			noError(t, s.ClaimTicket(t.Context(), guild, claimed.ID, "9", at(1)))
			for _, minutes := range []int{-1, 6, 20} {
				g := storetest.Giveaway(t, s, guild, store.Giveaway{Status: store.GiveawayActive, EndsAt: at(0)})
				noError(t, s.EndGiveaway(t.Context(), guild, g.ID, at(minutes)))
				if minutes == 6 {
					m.ended = g.ID
				}
			}
			for id, c := range map[string]struct {
				user, status string
				minutes      int
			}{"refused": {"9", "refused", 7}, "done": {"9", "done", 7}, "other": {"8", "refused", 7}, "before": {"9", "refused", -1}} {
				execSQL(t, s, `INSERT INTO commands (id, guild_id, user_id, type, target, status, issued_at, expires_at, answered_at)
					VALUES ($1, $2, $3, 'GIVEAWAY_END', $4, $5, $6, $6, $7)`,
					id+guild, guild, c.user, "x"+id, c.status, at(c.minutes-1), at(c.minutes))
			}
			m.failed = "refused" + guild
			all[guild] = m
		}
		q := store.NotificationQuery{Since: at(0), Until: at(10), UserID: "9"}
		for _, guilds := range [][]string{{"1"}, {"2"}} {
			want := all[guilds[0]]
			q.NewTicketGuilds, q.UnclaimedGuilds, q.EndedGuilds, q.FailedGuilds = guilds, guilds, guilds, guilds
			notifications, err := s.Notifications(t.Context(), q)
			noError(t, err)
			if len(notifications.NewTickets) != 1 || len(notifications.UnclaimedTickets) != 1 ||
				len(notifications.EndedGiveaways) != 1 || len(notifications.FailedCommands) != 1 {
				t.Fatalf("notifications = %+v, want one of each kind", notifications)
			}
			wantEqual(t, "notifications", created{notifications.NewTickets[0].ID, notifications.UnclaimedTickets[0].ID,
				notifications.EndedGiveaways[0].ID, notifications.FailedCommands[0].ID}, want)
		}
		q.NewTicketGuilds, q.UnclaimedGuilds, q.EndedGuilds, q.FailedGuilds = nil, nil, []string{"1", "2"}, nil
		notifications, err := s.Notifications(t.Context(), q)
		noError(t, err)
		wantEqual(t, "notifications of one kind",
			len(notifications.EndedGiveaways)*10+len(notifications.NewTickets)+len(notifications.UnclaimedTickets)+len(notifications.FailedCommands), 20)
		none, err := s.Notifications(t.Context(), store.NotificationQuery{})
		noError(t, err)
		wantEqual(t, "notifications of no kind", len(none.EndedGiveaways), 0)
	})
}
