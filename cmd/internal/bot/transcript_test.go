package bot_test

import (
	"context"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestTicketMessagesAreRecorded(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		ctx, e := t.Context(), env.newEngine()
		member := storetest.Member(t, env.Store, env.guild, "20", "Ada")
		ticket := storetest.Ticket(t, env.Store, member, store.Ticket{ChannelID: env.guild + "7"})
		received := make(chan contract.Event, 16)
		listening := make(chan struct{}, 1)
		startBackground(t, func(ctx context.Context) error {
			err := env.bus().Listen(ctx, func(ev contract.Event, _ []byte) {
				if ev.GuildID == env.guild { // other tests publish in the same Redis
					received <- ev
				}
			}, func(bool) { listening <- struct{}{} })
			if ctx.Err() != nil {
				err = nil
			}
			return err
		})
		<-listening
		wantEvent := func(change string) {
			t.Helper()
			select {
			case ev := <-received:
				wantEqual(t, "event", ev.Type, contract.TicketMessageEvent)
				wantEqual(t, "data", string(ev.Data), `{"ticketId":"`+ticket.ID+`","messageId":"m`+env.guild+`","change":"`+change+`"}`)
			case <-time.After(testTimeout):
				t.Errorf("no event for %s, want one", change)
			}
		}
		message := bot.IncomingMessage{ID: "m" + env.guild, GuildID: env.guild, ChannelID: ticket.ChannelID,
			Author: contract.User{ID: "20", Username: "Ada"}, Content: "Hello", At: time.Now()}
		check(t, e.RecordMessage(ctx, message))
		wantEvent("created")
		check(t, e.RecordMessageEdit(ctx, env.guild, message.ID, "Hello!", time.Now()))
		wantEvent("edited")
		check(t, e.RecordMessageDeletion(ctx, env.guild, message.ID, time.Now()))
		wantEvent("deleted")

		elsewhere := message
		elsewhere.ID, elsewhere.ChannelID = "n"+env.guild, "8"
		check(t, e.RecordMessage(ctx, elsewhere))
		check(t, e.RecordMessageEdit(ctx, env.guild, elsewhere.ID, "x", time.Now()))
		check(t, e.RecordMessageDeletion(ctx, env.guild, elsewhere.ID, time.Now()))
		timeline, err := env.TicketTimeline(ctx, env.guild, ticket.ID, store.MessageCursor{})
		check(t, err)
		wantEqual(t, "messages", len(timeline.Messages), 1)
		wantEqual(t, "content", timeline.Messages[0].Content, "Hello!")
		wantEqual(t, "deleted", timeline.Messages[0].DeletedAt != nil, true)
		if len(received) > 0 {
			t.Errorf("event for a message outside tickets: %+v, want none", <-received)
		}
	})
}

func TestBotMessagesAreRecorded(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.startEngine(t)
		c := env.startDashboard(t)
		ticket := storetest.Ticket(t, env.Store, storetest.Member(t, env.Store, env.guild, "20", "Ada"),
			store.Ticket{ChannelID: env.guild + "7"})
		env.sendHeartbeat(t)
		env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbTicketClose, ticket.ID, contract.ClosePayload{Reason: "Solved."}).ID)
		timeline, err := env.TicketTimeline(t.Context(), env.guild, ticket.ID, store.MessageCursor{})
		check(t, err)
		if len(timeline.Messages) != 1 || !timeline.Messages[0].IsBot ||
			timeline.Messages[0].Content != "<@10> has closed this ticket.\n> Solved." {
			t.Errorf("messages = %+v, want the bot's closing message", timeline.Messages)
		}
		wantEqual(t, "reason", *timeline.CloseReason, "Solved.")
		wantEqual(t, "events in the timeline", timeline.Events[0].Reason, "Solved.")
	})
}
