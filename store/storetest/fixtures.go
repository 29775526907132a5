package storetest

import (
	"cmp"
	"testing"
	"time"

	"guildboard/store"
)

// Guild saves a guild with the bot in it.
func Guild(t testing.TB, s *store.Store, id, name string) store.Guild {
	t.Helper()
	noError(t, s.SaveGuild(t.Context(), store.Guild{ID: id, Name: name}))
	return must(s.Guild(t.Context(), id))(t)
}

// Member saves a member of the guild with that Discord id and name.
func Member(t testing.TB, s *store.Store, guild, discordID, name string) store.Member {
	t.Helper()
	return must(s.SaveMember(t.Context(), store.Member{GuildID: guild, DiscordID: discordID, Username: &name}))(t)
}

// Giveaway saves g in the guild; an empty prize, channel, host or end (in an hour) is filled in.
func Giveaway(t testing.TB, s *store.Store, guild string, g store.Giveaway) store.Giveaway {
	t.Helper()
	g.GuildID = guild
	g.Prize = cmp.Or(g.Prize, "Nitro")
	g.ChannelID = cmp.Or(g.ChannelID, "100000000000000001")
	g.Host.ID = cmp.Or(g.Host.ID, "100000000000000002")
	if g.EndsAt.IsZero() {
		g.EndsAt = time.Now().Add(time.Hour)
	}
	return must(s.CreateGiveaway(t.Context(), g))(t)
}

// Ticket opens a ticket of the member; an empty channel is filled in.
func Ticket(t testing.TB, s *store.Store, opener store.Member, ticket store.Ticket) store.Ticket {
	t.Helper()
	ticket.GuildID = opener.GuildID
	ticket.ChannelID = cmp.Or(ticket.ChannelID, store.NewID())
	return must(s.OpenTicket(t.Context(), ticket, opener.ID))(t)
}

// Category saves a ticket category on a new panel.
func Category(t testing.TB, s *store.Store, guild, name string) store.TicketCategory {
	t.Helper()
	panel := must(s.SaveTicketPanel(t.Context(), store.TicketPanel{GuildID: guild, Name: name, Enabled: true}))(t)
	return must(s.SaveTicketCategory(t.Context(), store.TicketCategory{
		GuildID: guild, PanelID: panel.ID, Name: name, ClaimEnabled: true, Enabled: true,
	}))(t)
}

// must returns a function that fails the test if err is not nil and otherwise returns v.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		noError(t, err)
		return v
	}
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
