package bot_test

import (
	"strings"
	"testing"
	"time"

	"guildboard/store"
)

func TestAGiveawayLivesThroughItsVerbs(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		events := w.events(t)
		w.alive(t)
		e, c := w.runs(t), w.dashboard(t)
		id := store.NewID()
		f := form()
		f.Description = "About it"
		w.does(t, c, store.VerbGiveawayCreate, id, f)
		g := w.giveaway(t, id)
		same(t, "status", g.Status, store.GiveawayActive)
		same(t, "host", g.Host.ID, ann.ID)
		message := w.discord.Message(*g.MessageID)
		same(t, "button", message.Button.Disabled, false)
		same(t, "title", message.Embed.Title, "🎉 Poster")
		if !strings.Contains(message.Embed.Footer, g.Draws[0].Commitment) {
			t.Errorf("the commitment is not shown: %q", message.Embed.Footer)
		}

		edited := store.FormOf(g)
		edited.Prize, edited.WinnerCount, edited.ChannelID, edited.Description = "Better poster", 2, "100000000000000009", ""
		w.does(t, c, store.VerbGiveawayEdit, id, edited)
		same(t, "prize", w.giveaway(t, id).Prize, "Better poster")
		if about := w.giveaway(t, id).Description; about != nil {
			t.Errorf("about it: %q", *about)
		}
		same(t, "channel stays", w.giveaway(t, id).ChannelID, channel)
		same(t, "title", w.discord.Message(*g.MessageID).Embed.Title, "🎉 Better poster")

		for i, who := range []string{"100", "101", "102", "103", "104"} {
			check(t, e.Enter(t.Context(), w.guild, id, entrant(who)))
			same(t, "entries", w.giveaway(t, id).Entries, i+1)
		}
		w.does(t, c, store.VerbGiveawayPause, id, nil)
		same(t, "button", w.discord.Message(*g.MessageID).Button.Disabled, true)
		wantRefusal(t, e.Enter(t.Context(), w.guild, id, entrant("105")), "notRunning")
		w.does(t, c, store.VerbGiveawayResume, id, nil)
		same(t, "button", w.discord.Message(*g.MessageID).Button.Disabled, false)

		out := store.Removal{UserIDs: []string{"104"}, Reason: "a second account"}
		w.does(t, c, store.VerbGiveawayRemove, id, out)
		same(t, "entries without them", w.giveaway(t, id).Entries, 4)
		wantRefusal(t, e.Enter(t.Context(), w.guild, id, entrant("104")), "removed")
		same(t, "let in who takes part", w.answered(t, w.ask(t, c, store.VerbGiveawayReadmit, id, store.Removal{UserIDs: []string{"100"}}).ID).Code, store.CodeState)
		w.does(t, c, store.VerbGiveawayReadmit, id, store.Removal{UserIDs: []string{"104"}})
		same(t, "entries with them again", w.giveaway(t, id).Entries, 5)
		same(t, "button", strings.Contains(w.discord.Message(*g.MessageID).Button.Label, "5"), true)
		w.does(t, c, store.VerbGiveawayRemove, id, out)
		same(t, "taken out twice", w.answered(t, w.ask(t, c, store.VerbGiveawayRemove, id, out).ID).Code, store.CodeState)

		w.does(t, c, store.VerbGiveawayEnd, id, nil)
		same(t, "taken out after the end", w.answered(t, w.ask(t, c, store.VerbGiveawayRemove, id, store.Removal{UserIDs: []string{"100"}}).ID).Code, store.CodeState)
		same(t, "let in after the end", w.answered(t, w.ask(t, c, store.VerbGiveawayReadmit, id, out).ID).Code, store.CodeState)
		proof, err := w.DrawProof(t.Context(), w.guild, id)
		check(t, err)
		check(t, proof.Verify())
		same(t, "in the proof", len(proof.Entries), 5)
		g = w.giveaway(t, id)
		same(t, "status", g.Status, store.GiveawayEnded)
		same(t, "winners", len(g.Winners), 2)
		message = w.discord.Message(*g.MessageID)
		same(t, "button", message.Button.Disabled, true)
		if !strings.Contains(message.Embed.Footer, g.Draws[0].Seed) || g.Draws[0].Seed == "" {
			t.Errorf("the seed is not shown: %q", message.Embed.Footer)
		}
		for _, winner := range g.Winners {
			same(t, "direct messages", len(w.discord.DMs(winner.User.ID)), 1)
			same(t, "marked", winner.DMSent, true)
		}
		w.does(t, c, store.VerbGiveawayReroll, id, map[string]any{"userIds": []string{g.Winners[1].User.ID}})
		again := w.giveaway(t, id)
		same(t, "rerolls", again.RerollCount, 1)
		same(t, "first place stays", again.Winners[0].ID, g.Winners[0].ID)
		same(t, "second place", again.Winners[1].Place, 2)
		same(t, "who is gone", again.Winners[2].ID, g.Winners[1].ID)
		same(t, "rerolled", again.Winners[2].Rerolled, true)

		w.does(t, c, store.VerbGiveawayDelete, id, nil)
		if _, err := w.Giveaway(t.Context(), w.guild, id); err == nil {
			t.Error("the row is still there")
		}
		for kind, n := range map[store.EventType]int{
			store.GiveawayCreateEvent: 1, store.GiveawayEntryEvent: 5, store.GiveawayUpdateEvent: 7, store.GiveawayEndEvent: 1,
			store.GiveawayRerollEvent: 1,
		} {
			eventually(t, string(kind), func() bool { return len(events(kind)) == n })
		}
		end := events(store.GiveawayEndEvent)[0]
		same(t, "winners told", strings.Join(end.WinnerIDs(), " "), g.Winners[0].User.ID+" "+g.Winners[1].User.ID)
	})
}

func TestATicketLivesThroughItsVerbs(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		events := w.events(t)
		w.alive(t)
		e, c := w.runs(t), w.dashboard(t)
		opened := w.ticket(t, e)
		same(t, "number", opened.Number, 1)
		same(t, "channel", w.discord.Opened(w.guild)[opened.ChannelID].Name, "ticket-0001")

		w.does(t, c, store.VerbTicketClaim, opened.ID, nil)
		same(t, "claimed by", w.read(t, opened.ID).ClaimedBy.ID, ann.ID)
		second := w.answered(t, w.ask(t, c, store.VerbTicketClaim, opened.ID, nil).ID)
		same(t, "second claim", second.Status, store.CommandRefused)
		same(t, "code", second.Code, store.CodeState)
		same(t, "is told who was first", second.Message, "Ann has claimed it already.") // whom the guild has never heard of, and the dashboard has
		eventually(t, "the claim is told", func() bool { return len(events(store.TicketClaimEvent)) == 1 })
		if told := string(events(store.TicketClaimEvent)[0].Data); !strings.Contains(told, `"claimerName":"Ann"`) {
			t.Errorf("told is %s", told)
		}
		story, err := w.TicketStory(t.Context(), w.guild, opened.ID, store.MessageCursor{})
		check(t, err)
		same(t, "names in the transcript", story.Messages[len(story.Messages)-1].Names[ann.ID], ann.Username)
		w.does(t, c, store.VerbTicketUnclaim, opened.ID, nil)
		same(t, "status", w.read(t, opened.ID).Status, store.TicketOpen)
		w.does(t, c, store.VerbTicketClose, opened.ID, map[string]string{"reason": "solved"})
		same(t, "status", w.read(t, opened.ID).Status, store.TicketClosed)
		same(t, "locked", w.discord.Locked(opened.ChannelID), true)
		said := w.discord.Messages(opened.ChannelID)
		same(t, "said last", said[len(said)-1].Content, "<@10> has closed this ticket.\n> solved")
		w.does(t, c, store.VerbTicketReopen, opened.ID, nil)
		same(t, "locked", w.discord.Locked(opened.ChannelID), false)
		for _, kind := range []store.EventType{
			store.TicketCreateEvent, store.TicketClaimEvent, store.TicketUpdateEvent, store.TicketCloseEvent, store.TicketReopenEvent,
		} {
			eventually(t, string(kind), func() bool { return len(events(kind)) == 1 })
		}
	})
}

func TestAScheduledGiveawayStartsAndEndsByTheClock(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		c := w.dashboard(t)
		stop := running(t, w.engine().Run)
		f := form()
		f.StartsAt, f.EndsAt = ptr(time.Now().Add(time.Hour)), time.Now().Add(2*time.Hour)
		id := store.NewID()
		w.does(t, c, store.VerbGiveawayCreate, id, f)
		same(t, "status", w.giveaway(t, id).Status, store.GiveawayPending)
		same(t, "messages", len(w.discord.Messages(channel)), 0)
		stop()
		comes(t, w, nil, id)
		overdue := w.posted(t, 5, store.Giveaway{EndsAt: time.Now().Add(-time.Hour), WinnerCount: 2})
		for range 3 {
			w.runs(t) // catching up
		}
		eventually(t, "it starts", func() bool { return w.giveaway(t, id).Status == store.GiveawayActive })
		same(t, "posted", len(w.discord.Messages(channel)) >= 1, true)
		started := w.giveaway(t, id)
		started.EndsAt = time.Now()
		check(t, w.EditGiveaway(t.Context(), started))
		eventually(t, "it ends", func() bool { return w.giveaway(t, id).Status == store.GiveawayEnded })
		eventually(t, "the overdue one has winners", func() bool { return len(w.giveaway(t, overdue.ID).Winners) == 2 })
		eventually(t, "the other one is drawn", func() bool { d := w.giveaway(t, id).Draws; return len(d) == 2 && d[0].DrawnAt != nil })
	})
}
