package handlers_test

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// createGiveaways creates n giveaways in lantern, "Prize 1" to "Prize n", one hour apart, oldest first.
func (s *site) createGiveaways(n int, status store.GiveawayStatus) (giveaways []store.Giveaway) {
	s.t.Helper()
	for i := range n {
		giveaways = append(giveaways, s.createGiveaway(store.Giveaway{
			Prize: fmt.Sprintf("Prize %d", i+1), Status: status,
			CreatedAt: midnightUTC("2026-03-01").Add(time.Duration(i) * time.Hour),
		}))
	}
	return giveaways
}

func (s *site) createGiveaway(g store.Giveaway) store.Giveaway {
	s.t.Helper()
	return storetest.Giveaway(s.t, s.Store, lantern, g)
}

// addEntries adds n entries, one after the other, within one ten-minute bucket of the entry counts.
func (s *site) addEntries(g store.Giveaway, n int) {
	s.t.Helper()
	at := time.Now().Truncate(10 * time.Minute)
	for i := range n {
		m := storetest.Member(s.t, s.Store, g.GuildID, fmt.Sprintf("3%017d", i), fmt.Sprintf("Member %d", i))
		must(s.t, s.Store.EnterGiveawayAt(s.t.Context(), g.GuildID, g.ID, m.ID, 1, 0, nil, at.Add(time.Duration(i)*time.Millisecond)))
	}
}

func (s *site) createTicket(subject string, opened time.Time) store.Ticket {
	s.t.Helper()
	return storetest.Ticket(s.t, s.Store, storetest.Member(s.t, s.Store, lantern, "300000000000000001", "Ada"),
		store.Ticket{Subject: &subject, CreatedAt: opened})
}

func (s *site) claimTicket(t store.Ticket) {
	s.t.Helper()
	must(s.t, s.Store.ClaimTicket(s.t.Context(), t.GuildID, t.ID, robin, t.CreatedAt.Add(time.Minute)))
}

func (s *site) closeTicket(t store.Ticket, at time.Time) {
	s.t.Helper()
	must(s.t, s.Store.CloseTicket(s.t.Context(), t.GuildID, t.ID, robin, at))
}

// midnightUTC returns midnight of the date in UTC, the site's time zone.
func midnightUTC(date string) time.Time {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return at
}

// seedPages creates one row of each kind and returns the paths of all live pages.
func seedPages(t testing.TB, s *site) (pages []string) {
	t.Helper()
	soon := time.Now().Add(30 * time.Minute) // within the hour
	g := s.createGiveaway(store.Giveaway{Prize: "A lamp & <i>oil</i>", Description: new("Line one\r\nLine two\n\nLine four"), EndsAt: soon})
	s.addEntries(g, 3)
	ended := s.createGiveaway(store.Giveaway{Prize: "Gone with the wind"})
	s.addEntries(ended, 2)
	must(t, s.Store.EndGiveaway(t.Context(), lantern, ended.ID, time.Now()))
	must(t, s.Store.AddWinners(t.Context(), lantern, ended.ID, []store.Winner{{User: contract.User{ID: "300000000000000000"}}}))
	s.createGiveaway(store.Giveaway{Status: store.GiveawayPending, StartsAt: new(time.Now().Add(time.Hour)),
		EndsAt: time.Now().Add(2 * time.Hour)})
	open := s.createTicket("Help, it's \"broken\"", time.Now().Add(-time.Hour))
	claimed := s.createTicket("", time.Now().Add(-2*time.Hour))
	s.claimTicket(claimed)
	closed := s.createTicket("Thanks", time.Now().Add(-3*time.Hour))
	s.claimTicket(closed)
	s.closeTicket(closed, time.Now())
	must(t, s.Store.RateTicket(t.Context(), lantern, closed.ID, store.Rating{Stars: 4, Review: new("Kind.")}))
	base := "/guilds/" + lantern
	return []string{
		"/", "/guilds",
		base, base + "/giveaways", base + "/giveaways/overview", base + "/giveaways/" + g.ID + "/entries",
		base + "/giveaways/" + g.ID + "/entries?q=member", base + "/giveaways?status=ended",
		base + "/giveaways/" + g.ID, base + "/giveaways/" + ended.ID,
		base + "/tickets", base + "/tickets?q=broken&sort=oldest", base + "/tickets/" + open.ID,
		base + "/tickets/" + closed.ID, base + "/ratings",
	}
}
