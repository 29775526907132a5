package bot_test

import (
	"strings"
	"testing"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/storetest"
)

func TestWhatCannotBeSaidInATicketIsRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		w.runs(t)
		c := w.dashboard(t)
		ticket := openTicket(t, w, channel)
		refused := func(what, target string, data any, code string) {
			t.Helper()
			answer := w.answered(t, w.ask(t, c, store.VerbTicketReply, target, data).ID)
			same(t, what+" is", answer.Status, store.CommandRefused)
			same(t, what+" because", answer.Code, code)
		}
		says := func(text string) map[string]string { return map[string]string{"text": text} }
		refused("nothing", ticket, nil, store.CodeForm)
		refused("blanks", ticket, says(" \n "), store.CodeForm)
		refused("too much", ticket, says(strings.Repeat("ü", store.MaxReply+1)), store.CodeForm)
		refused("in no ticket", store.NewID(), says("Hello"), store.CodeGone)
		refused("in a closed ticket", closedTicket(t, w, "100000000000000002"), says("Hello"), store.CodeState)
		w.discord.RefuseIn(channel, bot.MissingPermission, "Missing Permissions")
		refused("in a channel that the bot cannot write in", ticket, says("Hello"), "discord.50013")
		for _, in := range []string{channel, "100000000000000002"} {
			same(t, "messages in "+in, len(w.discord.Messages(in)), 0)
		}
	})
}

// Who answers is called as the guild calls them, and whoever waited for that does not wait any more.
func TestAnAnswerFromTheDashboardCountsAsOneOfWhoGaveIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		e := w.runs(t)
		c := w.dashboard(t)
		events := w.events(t)
		storetest.Member(t, w.Store, w.guild, ann.ID, "Ann of the guild")
		ticket := claimedTicket(t, w, channel)
		opener := w.read(t, ticket).Opener
		check(t, e.Hear(t.Context(), bot.Said{ID: "901", GuildID: w.guild, ChannelID: channel, Author: opener, Content: "Hello?", At: w.read(t, ticket).CreatedAt}))
		if w.read(t, ticket).WaitingSince == nil {
			t.Fatal("nobody waits")
		}
		long := strings.Repeat("ü", store.MaxReply)
		w.does(t, c, store.VerbTicketReply, ticket, map[string]string{"text": long})
		if since := w.read(t, ticket).WaitingSince; since != nil {
			t.Errorf("somebody waits since %v", since)
		}
		said := w.discord.Messages(channel)
		same(t, "messages", len(said), 1)
		same(t, "who", said[0].Embed.Author, "Ann of the guild")
		same(t, "what", said[0].Embed.Description, long)
		eventually(t, "pages are told", func() bool { return len(events(store.TicketMessageEvent)) == 2 })
	})
}
