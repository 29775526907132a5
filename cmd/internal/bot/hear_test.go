package bot_test

import (
	"context"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/storetest"
)

func TestWhatIsSaidInATicketIsKept(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, e := t.Context(), w.engine()
		member := storetest.Member(t, w.Store, w.guild, "20", "Ada")
		ticket := storetest.Ticket(t, w.Store, member, store.Ticket{ChannelID: w.guild + "7"})
		heard := make(chan store.Event, 16)
		listening := make(chan struct{}, 1)
		running(t, func(ctx context.Context) error {
			err := w.bus().Listen(ctx, func(ev store.Event, _ []byte) {
				if ev.GuildID == w.guild { // a Redis has its channels in common
					heard <- ev
				}
			}, func(bool) { listening <- struct{}{} })
			if ctx.Err() != nil {
				err = nil
			}
			return err
		})
		<-listening
		told := func(change string) {
			t.Helper()
			select {
			case ev := <-heard:
				same(t, "event", ev.Type, store.TicketMessageEvent)
				same(t, "data", string(ev.Data), `{"change":"`+change+`","messageId":"m`+w.guild+`","ticketId":"`+ticket.ID+`"}`)
			case <-time.After(patience):
				t.Errorf("%s: nothing was told", change)
			}
		}
		said := bot.Said{ID: "m" + w.guild, GuildID: w.guild, ChannelID: ticket.ChannelID, Author: store.Person{ID: "20", Username: "Ada"}, Content: "Hello", At: time.Now()}
		check(t, e.Hear(ctx, said))
		told("created")
		check(t, e.HearEdit(ctx, w.guild, said.ID, "Hello!", time.Now()))
		told("edited")
		check(t, e.HearDelete(ctx, w.guild, said.ID, time.Now()))
		told("deleted")

		elsewhere := said
		elsewhere.ID, elsewhere.ChannelID = "n"+w.guild, "8"
		check(t, e.Hear(ctx, elsewhere))
		check(t, e.HearEdit(ctx, w.guild, elsewhere.ID, "x", time.Now()))
		check(t, e.HearDelete(ctx, w.guild, elsewhere.ID, time.Now()))
		story, err := w.TicketStory(ctx, w.guild, ticket.ID, store.MessageCursor{})
		check(t, err)
		same(t, "messages", len(story.Messages), 1)
		same(t, "content", story.Messages[0].Content, "Hello!")
		same(t, "is deleted", story.Messages[0].DeletedAt != nil, true)
		if len(heard) > 0 {
			t.Errorf("of what is none of the bot's business is told: %+v", <-heard)
		}
	})
}

func TestTheBotKeepsWhatItSaysItself(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.runs(t)
		c := w.dashboard(t)
		ticket := storetest.Ticket(t, w.Store, storetest.Member(t, w.Store, w.guild, "20", "Ada"), store.Ticket{ChannelID: w.guild + "7"})
		w.alive(t)
		w.answered(t, w.ask(t, c, store.VerbTicketClose, ticket.ID, map[string]string{"reason": "Solved."}).ID)
		story, err := w.TicketStory(t.Context(), w.guild, ticket.ID, store.MessageCursor{})
		check(t, err)
		if len(story.Messages) != 1 || !story.Messages[0].IsBot || story.Messages[0].Content != "<@10> has closed this ticket.\n> Solved." {
			t.Errorf("kept %+v", story.Messages)
		}
		same(t, "reason", *story.CloseReason, "Solved.")
		same(t, "told in the story", story.Events[0].Reason, "Solved.")
	})
}
