package bot_test

import (
	"strings"
	"testing"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestInvalidReplyIsRefused(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		env.startEngine(t)
		c := env.startDashboard(t)
		ticket := openTicket(t, env, channel)
		wantRefused := func(label, target string, data any, code string) {
			t.Helper()
			answer := env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbTicketReply, target, data).ID)
			wantEqual(t, label+" is", answer.Status, contract.CommandRefused)
			wantEqual(t, label+" because", answer.Code, code)
		}
		replyData := func(text string) contract.ReplyPayload { return contract.ReplyPayload{Text: text} }
		wantRefused("nothing", ticket, nil, contract.RefusalInvalidForm)
		wantRefused("blanks", ticket, replyData(" \n "), contract.RefusalInvalidForm)
		wantRefused("too much", ticket, replyData(strings.Repeat("ü", store.MaxReplyLength+1)), contract.RefusalInvalidForm)
		wantRefused("in no ticket", store.NewID(), replyData("Hello"), contract.RefusalNotFound)
		wantRefused("in a closed ticket", closedTicket(t, env, "100000000000000002"), replyData("Hello"), contract.RefusalWrongState)
		env.discord.RefuseInChannel(channel, bot.ErrCodeMissingPermission, "Missing Permissions")
		wantRefused("in a channel that the bot cannot write in", ticket, replyData("Hello"), "discord.50013")
		for _, channelID := range []string{channel, "100000000000000002"} {
			wantEqual(t, "messages in "+channelID, len(env.discord.Messages(channelID)), 0)
		}
	})
}

// A reply has the author's name in the guild, and ends the waiting time of the ticket.
func TestDashboardReplyIsRecordedAsStaffMessage(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		e := env.startEngine(t)
		c := env.startDashboard(t)
		events := env.recordEvents(t)
		storetest.Member(t, env.Store, env.guild, ann.ID, "Ann of the guild")
		ticket := claimedTicket(t, env, channel)
		opener := env.loadTicket(t, ticket).Opener
		check(t, e.RecordMessage(t.Context(), bot.IncomingMessage{ID: "901", GuildID: env.guild, ChannelID: channel,
			Author: opener, Content: "Hello?", At: env.loadTicket(t, ticket).CreatedAt}))
		if env.loadTicket(t, ticket).WaitingSince == nil {
			t.Fatal("ticket is not waiting for a reply, want it to wait")
		}
		long := strings.Repeat("ü", store.MaxReplyLength)
		env.mustComplete(t, c, contract.VerbTicketReply, ticket, contract.ReplyPayload{Text: long})
		if since := env.loadTicket(t, ticket).WaitingSince; since != nil {
			t.Errorf("waiting since %v after the reply, want not waiting", since)
		}
		messages := env.discord.Messages(channel)
		wantEqual(t, "messages", len(messages), 1)
		wantEqual(t, "author", messages[0].Embed.Author, "Ann of the guild")
		wantEqual(t, "text", messages[0].Embed.Description, long)
		eventually(t, "the event is published", func() bool { return len(events(contract.TicketMessageEvent)) == 2 })
	})
}
