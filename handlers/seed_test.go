package handlers_test

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// giveaways makes n in lantern, called "Prize 1" to n, an hour apart, the last the newest.
func (s *site) giveaways(n int, status store.GiveawayStatus) (made []store.Giveaway) {
	s.t.Helper()
	for i := range n {
		made = append(made, s.giveaway(store.Giveaway{
			Prize: fmt.Sprintf("Prize %d", i+1), Status: status,
			CreatedAt: day("2026-03-01").Add(time.Duration(i) * time.Hour),
		}))
	}
	return made
}

func (s *site) giveaway(g store.Giveaway) store.Giveaway {
	s.t.Helper()
	return storetest.Giveaway(s.t, s.Store, lantern, g)
}

// enter has n members enter, one after the other, and all in the ten minutes that are counted together.
func (s *site) enter(g store.Giveaway, n int) {
	s.t.Helper()
	at := time.Now().Truncate(10 * time.Minute)
	for i := range n {
		m := storetest.Member(s.t, s.Store, g.GuildID, fmt.Sprintf("3%017d", i), fmt.Sprintf("Member %d", i))
		must(s.t, s.Store.EnterGiveawayAt(s.t.Context(), g.GuildID, g.ID, m.ID, 1, 0, nil, at.Add(time.Duration(i)*time.Millisecond)))
	}
}

func (s *site) ticket(subject string, opened time.Time) store.Ticket {
	s.t.Helper()
	return storetest.Ticket(s.t, s.Store, storetest.Member(s.t, s.Store, lantern, "300000000000000001", "Ada"),
		store.Ticket{Subject: &subject, CreatedAt: opened})
}

func (s *site) claim(t store.Ticket) {
	s.t.Helper()
	must(s.t, s.Store.ClaimTicket(s.t.Context(), t.GuildID, t.ID, robin, t.CreatedAt.Add(time.Minute)))
}

func (s *site) close(t store.Ticket, at time.Time) {
	s.t.Helper()
	must(s.t, s.Store.CloseTicket(s.t.Context(), t.GuildID, t.ID, robin, at))
}

// day is midnight in UTC, the time zone of the site.
func day(date string) time.Time {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return at
}

// furnish makes one of each kind, and returns the addresses of all live pages.
func furnish(t testing.TB, s *site) (pages []string) {
	t.Helper()
	soon := time.Now().Add(30 * time.Minute) // within the hour, whatever the minute
	g := s.giveaway(store.Giveaway{Prize: "A lamp & <i>oil</i>", Description: new("Line one\r\nLine two\n\nLine four"), EndsAt: soon})
	s.enter(g, 3)
	ended := s.giveaway(store.Giveaway{Prize: "Gone with the wind"})
	s.enter(ended, 2)
	must(t, s.Store.EndGiveaway(t.Context(), lantern, ended.ID, time.Now()))
	must(t, s.Store.AddWinners(t.Context(), lantern, ended.ID, []store.Winner{{User: store.Person{ID: "300000000000000000"}}}))
	s.giveaway(store.Giveaway{Status: store.GiveawayPending, StartsAt: new(time.Now().Add(time.Hour)), EndsAt: time.Now().Add(2 * time.Hour)})
	open := s.ticket("Help, it's \"broken\"", time.Now().Add(-time.Hour))
	claimed := s.ticket("", time.Now().Add(-2*time.Hour))
	s.claim(claimed)
	closed := s.ticket("Thanks", time.Now().Add(-3*time.Hour))
	s.claim(closed)
	s.close(closed, time.Now())
	must(t, s.Store.RateTicket(t.Context(), lantern, closed.ID, store.Rating{Stars: 4, Review: new("Kind.")}))
	base := "/guilds/" + lantern
	return []string{
		"/", "/guilds",
		base, base + "/giveaways", base + "/giveaways/overview", base + "/giveaways/" + g.ID + "/entries", base + "/giveaways/" + g.ID + "/entries?q=member", base + "/giveaways?status=ended", base + "/giveaways/" + g.ID, base + "/giveaways/" + ended.ID,
		base + "/tickets", base + "/tickets?q=broken&sort=oldest", base + "/tickets/" + open.ID, base + "/tickets/" + closed.ID, base + "/ratings",
	}
}
