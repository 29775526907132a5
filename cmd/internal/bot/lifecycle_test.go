package bot_test

import (
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

func TestGiveawayLifecycle(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		events := env.recordEvents(t)
		env.sendHeartbeat(t)
		e, c := env.startEngine(t), env.startDashboard(t)
		id := store.NewID()
		f := newForm()
		f.Description = "About it"
		env.mustComplete(t, c, contract.VerbGiveawayCreate, id, f)
		g := env.loadGiveaway(t, id)
		wantEqual(t, "status", g.Status, store.GiveawayActive)
		wantEqual(t, "host", g.Host.ID, ann.ID)
		message := env.discord.Message(*g.MessageID)
		wantEqual(t, "button", message.Button.Disabled, false)
		wantEqual(t, "title", message.Embed.Title, "🎉 Poster")
		if !strings.Contains(message.Embed.Footer, g.Draws[0].Commitment) {
			t.Errorf("footer = %q, want the commitment", message.Embed.Footer)
		}

		edited := g.Form()
		edited.Prize, edited.WinnerCount, edited.ChannelID, edited.Description = "Better poster", 2, "100000000000000009", ""
		env.mustComplete(t, c, contract.VerbGiveawayEdit, id, edited)
		wantEqual(t, "prize", env.loadGiveaway(t, id).Prize, "Better poster")
		if description := env.loadGiveaway(t, id).Description; description != nil {
			t.Errorf("description = %q, want none", *description)
		}
		wantEqual(t, "channel", env.loadGiveaway(t, id).ChannelID, channel)
		wantEqual(t, "title", env.discord.Message(*g.MessageID).Embed.Title, "🎉 Better poster")

		for i, userID := range []string{"100", "101", "102", "103", "104"} {
			check(t, e.EnterGiveaway(t.Context(), env.guild, id, newEntrant(userID)))
			wantEqual(t, "entries", env.loadGiveaway(t, id).Entries, i+1)
		}
		env.mustComplete(t, c, contract.VerbGiveawayPause, id, nil)
		wantEqual(t, "button", env.discord.Message(*g.MessageID).Button.Disabled, true)
		wantRefusal(t, e.EnterGiveaway(t.Context(), env.guild, id, newEntrant("105")), "notRunning")
		env.mustComplete(t, c, contract.VerbGiveawayResume, id, nil)
		wantEqual(t, "button", env.discord.Message(*g.MessageID).Button.Disabled, false)

		disqualification := contract.EntrantsPayload{UserIDs: []string{"104"}, Reason: "a second account"}
		env.mustComplete(t, c, contract.VerbEntrantDisqualify, id, disqualification)
		wantEqual(t, "entries after the disqualification", env.loadGiveaway(t, id).Entries, 4)
		wantRefusal(t, e.EnterGiveaway(t.Context(), env.guild, id, newEntrant("104")), "removed")
		active := contract.EntrantsPayload{UserIDs: []string{"100"}}
		answerCode := func(verb contract.Verb, d contract.EntrantsPayload) string {
			return env.awaitAnswer(t, env.enqueueCommand(t, c, verb, id, d).ID).Code
		}
		wantEqual(t, "code of reinstating an active entrant", answerCode(contract.VerbEntrantReinstate, active), contract.RefusalWrongState)
		env.mustComplete(t, c, contract.VerbEntrantReinstate, id, contract.EntrantsPayload{UserIDs: []string{"104"}})
		wantEqual(t, "entries after the reinstatement", env.loadGiveaway(t, id).Entries, 5)
		wantEqual(t, "button", strings.Contains(env.discord.Message(*g.MessageID).Button.Label, "5"), true)
		env.mustComplete(t, c, contract.VerbEntrantDisqualify, id, disqualification)
		wantEqual(t, "code of a second disqualification", answerCode(contract.VerbEntrantDisqualify, disqualification),
			contract.RefusalWrongState)

		env.mustComplete(t, c, contract.VerbGiveawayEnd, id, nil)
		wantEqual(t, "code of a disqualification after the end", answerCode(contract.VerbEntrantDisqualify, active),
			contract.RefusalWrongState)
		wantEqual(t, "code of a reinstatement after the end", answerCode(contract.VerbEntrantReinstate, disqualification),
			contract.RefusalWrongState)
		proof, err := env.DrawProof(t.Context(), env.guild, id)
		check(t, err)
		check(t, proof.Verify())
		wantEqual(t, "entries in the draw proof", len(proof.Entries), 5)
		g = env.loadGiveaway(t, id)
		wantEqual(t, "status", g.Status, store.GiveawayEnded)
		wantEqual(t, "winners", len(g.Winners), 2)
		message = env.discord.Message(*g.MessageID)
		wantEqual(t, "button", message.Button.Disabled, true)
		if !strings.Contains(message.Embed.Footer, g.Draws[0].Seed) || g.Draws[0].Seed == "" {
			t.Errorf("footer = %q, want the seed", message.Embed.Footer)
		}
		for _, winner := range g.Winners {
			wantEqual(t, "direct messages", len(env.discord.DirectMessages(winner.User.ID)), 1)
			wantEqual(t, "winner marked as notified", winner.DMSent, true)
		}
		env.mustComplete(t, c, contract.VerbGiveawayReroll, id, contract.RerollPayload{UserIDs: []string{g.Winners[1].User.ID}})
		rerolled := env.loadGiveaway(t, id)
		wantEqual(t, "rerolls", rerolled.RerollCount, 1)
		wantEqual(t, "first place stays", rerolled.Winners[0].ID, g.Winners[0].ID)
		wantEqual(t, "second place", rerolled.Winners[1].Place, 2)
		wantEqual(t, "replaced winner", rerolled.Winners[2].ID, g.Winners[1].ID)
		wantEqual(t, "rerolled", rerolled.Winners[2].Rerolled, true)

		env.mustComplete(t, c, contract.VerbGiveawayDelete, id, nil)
		if _, err := env.Giveaway(t.Context(), env.guild, id); err == nil {
			t.Error("Giveaway() of a deleted giveaway = nil error, want an error")
		}
		for eventType, n := range map[contract.EventType]int{
			contract.GiveawayCreateEvent: 1, contract.GiveawayEntryEvent: 5, contract.GiveawayUpdateEvent: 7, contract.GiveawayEndEvent: 1,
			contract.GiveawayRerollEvent: 1,
		} {
			eventually(t, string(eventType), func() bool { return len(events(eventType)) == n })
		}
		end := events(contract.GiveawayEndEvent)[0]
		wantEqual(t, "notified winners", strings.Join(end.WinnerIDs(), " "), g.Winners[0].User.ID+" "+g.Winners[1].User.ID)
	})
}

func TestTicketLifecycle(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		events := env.recordEvents(t)
		env.sendHeartbeat(t)
		e, c := env.startEngine(t), env.startDashboard(t)
		opened := env.openTicketWith(t, e)
		wantEqual(t, "number", opened.Number, 1)
		wantEqual(t, "channel", env.discord.CreatedChannels(env.guild)[opened.ChannelID].Name, "ticket-0001")

		env.mustComplete(t, c, contract.VerbTicketClaim, opened.ID, nil)
		wantEqual(t, "claimed by", env.loadTicket(t, opened.ID).ClaimedBy.ID, ann.ID)
		second := env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbTicketClaim, opened.ID, nil).ID)
		wantEqual(t, "second claim", second.Status, contract.CommandRefused)
		wantEqual(t, "code", second.Code, contract.RefusalWrongState)
		// Only the dashboard knows the claimer's name.
		wantEqual(t, "message of the second claim", second.Message, "Ann has already claimed it.")
		eventually(t, "the claim is published", func() bool { return len(events(contract.TicketClaimEvent)) == 1 })
		if data := string(events(contract.TicketClaimEvent)[0].Data); !strings.Contains(data, `"claimerName":"Ann"`) {
			t.Errorf("event data = %s, want the claimer", data)
		}
		timeline, err := env.TicketTimeline(t.Context(), env.guild, opened.ID, store.MessageCursor{})
		check(t, err)
		wantEqual(t, "names in the transcript", timeline.Messages[len(timeline.Messages)-1].MentionNames[ann.ID], ann.Username)
		env.mustComplete(t, c, contract.VerbTicketUnclaim, opened.ID, nil)
		wantEqual(t, "status", env.loadTicket(t, opened.ID).Status, store.TicketOpen)
		env.mustComplete(t, c, contract.VerbTicketClose, opened.ID, contract.ClosePayload{Reason: "solved"})
		wantEqual(t, "status", env.loadTicket(t, opened.ID).Status, store.TicketClosed)
		wantEqual(t, "locked", env.discord.IsLocked(opened.ChannelID), true)
		messages := env.discord.Messages(opened.ChannelID)
		wantEqual(t, "last message", messages[len(messages)-1].Content, "<@10> has closed this ticket.\n> solved")
		env.mustComplete(t, c, contract.VerbTicketReopen, opened.ID, nil)
		wantEqual(t, "locked", env.discord.IsLocked(opened.ChannelID), false)
		for _, eventType := range []contract.EventType{
			contract.TicketCreateEvent, contract.TicketClaimEvent, contract.TicketUpdateEvent,
			contract.TicketCloseEvent, contract.TicketReopenEvent,
		} {
			eventually(t, string(eventType), func() bool { return len(events(eventType)) == 1 })
		}
	})
}

func TestScheduledGiveawayStartsAndEndsOnTime(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		c := env.startDashboard(t)
		stop := startBackground(t, env.newEngine().Run)
		f := newForm()
		f.StartsAt, f.EndsAt = ptr(time.Now().Add(time.Hour)), time.Now().Add(2*time.Hour)
		id := store.NewID()
		env.mustComplete(t, c, contract.VerbGiveawayCreate, id, f)
		wantEqual(t, "status", env.loadGiveaway(t, id).Status, store.GiveawayPending)
		wantEqual(t, "messages", len(env.discord.Messages(channel)), 0)
		stop()
		makeDue(t, env, nil, id)
		overdue := env.addGiveaway(t, 5, store.Giveaway{EndsAt: time.Now().Add(-time.Hour), WinnerCount: 2})
		for range 3 {
			env.startEngine(t) // processes the missed giveaways
		}
		eventually(t, "the giveaway starts", func() bool { return env.loadGiveaway(t, id).Status == store.GiveawayActive })
		wantEqual(t, "posted", len(env.discord.Messages(channel)) >= 1, true)
		started := env.loadGiveaway(t, id)
		started.EndsAt = time.Now()
		check(t, env.EditGiveaway(t.Context(), started))
		eventually(t, "the giveaway ends", func() bool { return env.loadGiveaway(t, id).Status == store.GiveawayEnded })
		eventually(t, "the overdue giveaway has winners", func() bool { return len(env.loadGiveaway(t, overdue.ID).Winners) == 2 })
		eventually(t, "the second giveaway is drawn", func() bool {
			d := env.loadGiveaway(t,
				id).Draws
			return len(d) == 2 && d[0].DrawnAt != nil
		})
	})
}
