package bot_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
	"guildboard/store/storetest"
)

// scenario is a verb to execute: how to prepare its target, how to start it, and what to verify at the end.
type scenario struct {
	prepare func(t *testing.T, env *testEnv, channel string) string // returns the target
	start   func(t *testing.T, env *testEnv, e *bot.Engine, target string)
	verify  func(t *testing.T, env *testEnv, channel, target string)
}

var scenarios = map[contract.Verb]scenario{
	contract.VerbGiveawayCreate: {prepare: newTargetID, verify: wantPostedGiveaway},
	contract.VerbGiveawayEdit: {prepare: runningGiveaway, verify: func(t *testing.T, env *testEnv, _, id string) {
		g := env.loadGiveaway(t, id)
		wantEqual(t, "prize", g.Prize, "Edited")
		wantEqual(t, "title", env.discord.Message(*g.MessageID).Embed.Title, "🎉 Edited")
	}},
	contract.VerbGiveawayEnd: {prepare: runningGiveaway, verify: func(t *testing.T, env *testEnv, channel, id string) {
		wantDrawnWinners(t, env, channel, id, 1, 0)
	}},
	contract.VerbGiveawayReroll: {prepare: endedGiveaway, verify: func(t *testing.T, env *testEnv, channel, id string) {
		wantDrawnWinners(t, env, channel, id, 2, 1)
	}},
	contract.VerbGiveawayPause:  {prepare: runningGiveaway, verify: wantStatus(store.GiveawayPaused, true)},
	contract.VerbGiveawayResume: {prepare: pausedGiveaway, verify: wantStatus(store.GiveawayActive, false)},
	contract.VerbGiveawayCancel: {prepare: runningGiveaway, verify: wantStatus(store.GiveawayCancelled, true)},
	contract.VerbGiveawayDelete: {prepare: cancelledGiveaway, verify: func(t *testing.T, env *testEnv, channel, id string) {
		if _, err := env.Giveaway(t.Context(), env.guild, id); err == nil {
			t.Error("Giveaway() succeeds after the deletion, want an error")
		}
		wantEqual(t, "messages", len(env.discord.Messages(channel)), 0)
	}},
	contract.VerbEntrantDisqualify: {prepare: runningGiveaway, verify: func(t *testing.T, env *testEnv, channel, id string) {
		wantStatus(store.GiveawayActive, false)(t, env, channel, id)
		g := env.loadGiveaway(t, id)
		wantEqual(t, "entries", g.Entries, 4)
		if button := env.discord.Message(*g.MessageID).Button; !strings.Contains(button.Label, "4") {
			t.Errorf("button label = %q, want one with 4", button.Label)
		}
	}},
	contract.VerbEntrantReinstate: {prepare: runningGiveaway, verify: func(t *testing.T, env *testEnv, channel, id string) {
		wantStatus(store.GiveawayActive, false)(t, env, channel, id)
		wantEqual(t, "entries", env.loadGiveaway(t, id).Entries, 5)
	}},
	contract.VerbGiveawayRepeat: {prepare: runningGiveaway, verify: func(t *testing.T, env *testEnv, channel, id string) {
		wantStatus(store.GiveawayActive, false)(t, env, channel, id)
		g := env.loadGiveaway(t, id)
		wantEqual(t, "days", g.RepeatDays, 7)
		wantEqual(t, "next", g.RepeatAt.Sub(g.CreatedAt), 7*24*time.Hour)
	}},
	contract.VerbGiveawayRepair: {prepare: cancelledGiveaway, verify: wantStatus(store.GiveawayCancelled, true)},
	bot.VerbStartGiveaway:       {prepare: scheduledGiveaway, start: makeDue, verify: wantPostedGiveaway},
	bot.VerbExpireClaims: {prepare: claimDeadlineGiveaway, start: letClaimsExpire,
		verify: func(t *testing.T, env *testEnv, channel, id string) {
			wantDrawnWinners(t, env, channel, id, 2, 1)
			wantAutomaticReroll(t, env, id)
		}},

	bot.VerbOpenTicket: {prepare: newTargetID, start: requestTicket, verify: func(t *testing.T, env *testEnv, _, id string) {
		opened := env.discord.CreatedChannels(env.guild)
		channels := map[string]bool{}
		tickets, _, err := env.Tickets(t.Context(), env.guild, store.TicketQuery{SearchTerm: id}, time.Now())
		check(t, err)
		if len(tickets.Items) != 1 {
			t.Fatalf("tickets = %d, want 1", len(tickets.Items))
		}
		ticket := tickets.Items[0]
		wantEqual(t, "name", opened[ticket.ChannelID].Name, fmt.Sprintf("ticket-%04d", ticket.Number))
		for _, c := range opened {
			if channels[c.Name] {
				t.Errorf("channel name %s is not unique", c.Name)
			}
			channels[c.Name] = true
		}
		wantEqual(t, "greetings", len(env.discord.Messages(ticket.ChannelID)), 1)
	}},
	contract.VerbPanelPost: {prepare: addPanel, verify: func(t *testing.T, env *testEnv, channel, id string) {
		messages := env.discord.Messages(channel)
		if len(messages) != 1 || len(messages[0].Choice.Options) != 1 {
			t.Fatalf("messages in the channel = %+v, want one with one option", messages)
		}
		setup, err := env.TicketSetup(t.Context(), env.guild)
		check(t, err)
		p, _ := setup.Panel(id)
		if p.MessageChannelID == nil || *p.MessageChannelID != channel || p.MessageID == nil ||
			env.discord.Message(*p.MessageID).Nonce != messages[0].Nonce {
			t.Errorf("panel = %+v, want the channel and id of the message", p)
		}
	}},
	contract.VerbTicketClaim: {prepare: openTicket, verify: wantTicket(store.TicketClaimed, false, 1)},
	contract.VerbTicketAssign: {prepare: func(t *testing.T, env *testEnv, channel string) string {
		addStaffMember(t, env)
		return claimedTicket(t, env, channel)
	}, verify: func(t *testing.T, env *testEnv, channel, id string) {
		wantTicket(store.TicketClaimed, false, 1)(t, env, channel, id)
		wantEqual(t, "author", env.loadTicket(t, id).ClaimedBy.ID, staffMemberID)
	}},
	contract.VerbTicketUnclaim: {prepare: claimedTicket, verify: wantTicket(store.TicketOpen, false, 1)},
	contract.VerbTicketClose:   {prepare: openTicket, verify: wantTicket(store.TicketClosed, true, 1)},
	contract.VerbTicketReopen:  {prepare: closedTicket, verify: wantTicket(store.TicketOpen, false, 1)},
	contract.VerbTicketReply:   {prepare: claimedTicket, verify: wantReply},
	contract.VerbTicketRepair: {prepare: func(t *testing.T, env *testEnv, channel string) string {
		id := closedTicket(t, env, channel)
		env.discord.AddChannel(env.guild, channel, true)
		return id
	}, verify: wantTicket(store.TicketClosed, true, 0)},
}

// addPanel adds a panel with one ticket category in the channel.
func addPanel(t *testing.T, env *testEnv, channel string) string {
	v := store.PanelSchema.Defaults()
	v["name"], v["channelId"] = "Panel "+channel, channel
	p := store.TicketPanel{ID: store.NewID(), GuildID: env.guild}.WithValues(v)
	check(t, env.ChangePanel(t.Context(), ann, nil, p))
	v = store.CategorySchema.Defaults()
	v["name"] = "Billing"
	check(t, env.ChangeCategory(t.Context(), ann, nil, store.TicketCategory{ID: store.NewID(), GuildID: env.guild,
		PanelID: p.ID}.WithValues(v)))
	return p.ID
}

func newTargetID(*testing.T, *testEnv, string) string { return store.NewID() }

func runningGiveaway(t *testing.T, env *testEnv, channel string) string {
	return env.addGiveaway(t, 5, store.Giveaway{ChannelID: channel, WinnerCount: 2, Prize: "Prize " + channel}).ID
}

// endedGiveaway returns a giveaway that has ended and whose two winners are notified.
func endedGiveaway(t *testing.T, env *testEnv, channel string) string {
	id := runningGiveaway(t, env, channel)
	env.endAndDraw(t, id, nil)
	return id
}

// claimDeadlineGiveaway returns an active giveaway whose winners have an hour to claim their prize.
func claimDeadlineGiveaway(t *testing.T, env *testEnv, channel string) string {
	return env.addGiveaway(t, 5, store.Giveaway{ChannelID: channel, WinnerCount: 2, Prize: "Prize " + channel,
		WinnerClaimTimeout: 1, AutoReroll: true}).ID
}

// letClaimsExpire ends the giveaway with winners whose claim deadline has passed; the clock does the rest.
func letClaimsExpire(t *testing.T, env *testEnv, _ *bot.Engine, id string) {
	env.endAndDraw(t, id, ptr(time.Now()))
}

// wantAutomaticReroll checks that the audit log has one reroll, without an actor.
func wantAutomaticReroll(t *testing.T, env *testEnv, id string) {
	t.Helper()
	log, err := env.Commands(t.Context(), env.guild, store.CommandQuery{Target: id})
	check(t, err)
	if len(log.Items) != 1 || log.Items[0].Verb != contract.VerbGiveawayReroll ||
		log.Items[0].Actor.ID != "" || log.Items[0].Status != contract.CommandDone {
		t.Errorf("audit log = %+v, want one reroll without an actor", log.Items)
	}
}

// endAndDraw ends the giveaway and notifies its two winners, who may claim until the deadline.
func (env *testEnv) endAndDraw(t *testing.T, id string, until *time.Time) {
	t.Helper()
	check(t, env.EndGiveaway(t.Context(), env.guild, id, time.Now()))
	seed, err := env.DrawSeed(t.Context(), env.guild, id, 0)
	check(t, err)
	entries, err := env.DrawEntries(t.Context(), env.guild, id)
	check(t, err)
	d := store.DrawOutcome{Places: 2, Entries: entries, At: time.Now(), NextSeed: draw.NewSeed()}
	for i, userID := range draw.Winners(seed, entries, 2, nil) {
		d.Winners = append(d.Winners, store.Winner{User: contract.User{ID: userID}, Place: i + 1, DMSent: true, ClaimDeadline: until})
	}
	check(t, env.FinalizeDraw(t.Context(), env.guild, id, d))
}

func giveawayWithStatus(t *testing.T, env *testEnv, channel string, status store.GiveawayStatus) string {
	id := runningGiveaway(t, env, channel)
	check(t, env.SetGiveawayStatus(t.Context(), env.guild, id, []store.GiveawayStatus{store.GiveawayActive}, status))
	return id
}

func pausedGiveaway(t *testing.T, env *testEnv, channel string) string {
	return giveawayWithStatus(t, env, channel, store.GiveawayPaused)
}

func cancelledGiveaway(t *testing.T, env *testEnv, channel string) string {
	return giveawayWithStatus(t, env, channel, store.GiveawayCancelled)
}

// scheduledGiveaway returns a giveaway that starts in an hour. One that is due while it is being created would start
// before it is complete.
func scheduledGiveaway(t *testing.T, env *testEnv, channel string) string {
	later := time.Now().Add(time.Hour)
	g := storetest.Giveaway(t, env.Store, env.guild, store.Giveaway{
		Prize: "Poster", ChannelID: channel, Status: store.GiveawayPending, StartsAt: &later, EndsAt: later.Add(time.Hour),
	})
	check(t, env.CommitDraw(t.Context(), env.guild, g.ID, 0, draw.NewSeed()))
	return g.ID
}

// makeDue sets the start of a scheduled giveaway to the past; the clock does the rest.
func makeDue(t *testing.T, env *testEnv, _ *bot.Engine, id string) {
	g := env.loadGiveaway(t, id)
	g.StartsAt = ptr(time.Now())
	check(t, env.EditGiveaway(t.Context(), g))
}

func requestTicket(t *testing.T, env *testEnv, e *bot.Engine, id string) {
	_, _ = e.OpenTicket(t.Context(), bot.TicketRequest{
		ID: id, GuildID: env.guild, Opener: contract.User{ID: "50", Username: "Bob"}, Subject: ptr("about " + id),
	})
}

func openTicket(t *testing.T, env *testEnv, channel string) string {
	bob := storetest.Member(t, env.Store, env.guild, "50", "Bob")
	env.discord.AddChannel(env.guild, channel, true)
	return storetest.Ticket(t, env.Store, bob, store.Ticket{ChannelID: channel}).ID
}

func claimedTicket(t *testing.T, env *testEnv, channel string) string {
	id := openTicket(t, env, channel)
	check(t, env.ClaimTicket(t.Context(), env.guild, id, "11", time.Now()))
	return id
}

func closedTicket(t *testing.T, env *testEnv, channel string) string {
	id := openTicket(t, env, channel)
	check(t, env.CloseTicket(t.Context(), env.guild, id, "11", time.Now()))
	env.discord.AddChannel(env.guild, channel, false)
	return id
}

// wantPostedGiveaway checks that the giveaway is active, with one message that shows its commitment.
func wantPostedGiveaway(t *testing.T, env *testEnv, channel, id string) {
	g := env.loadGiveaway(t, id)
	wantEqual(t, "status", g.Status, store.GiveawayActive)
	messages := env.discord.Messages(channel)
	if len(messages) != 1 || g.MessageID == nil || len(g.Draws) != 1 {
		t.Fatalf("messages = %+v, draws = %+v, want one of each", messages, g.Draws)
	}
	wantEqual(t, "button", messages[0].Button.Disabled, false)
	wantEqual(t, "own message", env.discord.Message(*g.MessageID).Nonce, messages[0].Nonce)
	if !strings.Contains(messages[0].Embed.Footer, g.Draws[0].Commitment) {
		t.Errorf("footer = %q, want the commitment %q", messages[0].Embed.Footer, g.Draws[0].Commitment)
	}
}

func wantStatus(status store.GiveawayStatus, disabled bool) func(*testing.T, *testEnv, string, string) {
	return func(t *testing.T, env *testEnv, channel, id string) {
		g := env.loadGiveaway(t, id)
		wantEqual(t, "status", g.Status, status)
		wantEqual(t, "button disabled", env.discord.Message(*g.MessageID).Button.Disabled, disabled)
		wantEqual(t, "messages", len(env.discord.Messages(channel)), 1)
	}
}

// wantDrawnWinners checks that two winners were drawn in the given number of rounds and notified once, and that the
// draws are verifiable.
func wantDrawnWinners(t *testing.T, env *testEnv, channel, id string, draws, rerolls int) {
	g := env.loadGiveaway(t, id)
	wantEqual(t, "status", g.Status, store.GiveawayEnded)
	wantEqual(t, "rerolls", g.RerollCount, rerolls)
	wantEqual(t, "winners", len(g.Winners), 2*draws)
	message := env.discord.Message(*g.MessageID)
	wantEqual(t, "button disabled", message.Button.Disabled, true)
	announcements := env.discord.Messages(channel)[1:]
	wantEqual(t, "announcements", len(announcements), 1)
	for i, winner := range g.Winners {
		wantEqual(t, "rerolled winner", winner.Rerolled, i >= 2)
		if i >= 2 {
			continue
		}
		wantEqual(t, "place", winner.Place, i+1)
		wantEqual(t, "winner marked as notified", winner.DMSent, true)
		notified := 0
		for _, m := range env.discord.DirectMessages(winner.User.ID) {
			if strings.Contains(m.Content, g.Prize) {
				notified++
			}
		}
		wantEqual(t, "events", notified, 1)
		if !slices.Contains(announcements[0].MentionUserIDs,
			winner.User.ID) || !strings.Contains(message.Embed.Description, winner.User.ID) {
			t.Errorf("announcement or message does not mention winner %s", winner.User.ID)
		}
	}
	proof, err := env.DrawProof(t.Context(), env.guild, id)
	check(t, err)
	check(t, proof.Verify())
}

func wantTicket(status store.TicketStatus, locked bool, messages int) func(*testing.T, *testEnv, string, string) {
	return func(t *testing.T, env *testEnv, channel, id string) {
		wantEqual(t, "status", env.loadTicket(t, id).Status, status)
		wantEqual(t, "locked", env.discord.IsLocked(channel), locked)
		wantEqual(t, "messages", len(env.discord.Messages(channel)), messages)
	}
}

// wantReply checks that Ann's reply is posted once without pings, and is in the transcript under her name.
func wantReply(t *testing.T, env *testEnv, channel, id string) {
	wantTicket(store.TicketClaimed, false, 1)(t, env, channel, id)
	for _, m := range env.discord.Messages(channel) {
		wantEqual(t, "author", m.Embed.Author, "Ann")
		wantEqual(t, "text", m.Embed.Description, "Have a look, @everyone")
		wantEqual(t, "pinged users and roles", len(m.MentionUserIDs)+len(m.MentionRoleIDs), 0)
	}
	timeline, err := env.TicketTimeline(t.Context(), env.guild, id, store.MessageCursor{})
	check(t, err)
	if len(timeline.Messages) != 1 {
		t.Fatalf("transcript = %+v, want Ann's reply", timeline.Messages)
	}
	wantEqual(t, "author in the transcript", timeline.Messages[0].Author.Username, "Ann")
	wantEqual(t, "content in the transcript", timeline.Messages[0].Content, "Have a look, @everyone")
}

// commandData returns the data of the command.
func commandData(verb contract.Verb, channel string, env *testEnv, t *testing.T, target string) contract.CommandPayload {
	switch verb {
	case contract.VerbGiveawayCreate:
		f := newForm()
		f.ChannelID = channel
		return f
	case contract.VerbGiveawayEdit:
		f := env.loadGiveaway(t, target).Form()
		f.Prize = "Edited"
		return f
	case contract.VerbTicketAssign:
		return contract.AssignPayload{UserID: staffMemberID}
	case contract.VerbTicketReply:
		return contract.ReplyPayload{Text: "Have a look, @everyone"}
	case contract.VerbGiveawayRepeat:
		return contract.RepeatPayload{Days: new(7)}
	case contract.VerbEntrantDisqualify:
		entries, err := env.Entries(t.Context(), env.guild, target, store.EntryQuery{})
		check(t, err)
		return contract.EntrantsPayload{UserIDs: []string{entries.Items[0].Member.ID}, Reason: "a second account"}
	case contract.VerbEntrantReinstate:
		entries, err := env.Entries(t.Context(), env.guild, target, store.EntryQuery{})
		check(t, err)
		disqualification := contract.EntrantsPayload{UserIDs: []string{entries.Items[0].Member.ID}}
		check(t, env.DisqualifyEntrants(t.Context(), env.guild, target, disqualification, "1", time.Now()))
		return disqualification
	}
	return nil
}

func TestCrashAfterAnyStepIsResumedWithoutDuplicates(t *testing.T) {
	for verb, steps := range bot.Steps() {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel() // they mostly wait for leases to expire
			forEachDatabase(t, func(t *testing.T, env *testEnv) { crashAfterEachStep(t, env, verb, steps) })
		})
	}
}

// crashAfterEachStep runs the verb with a crash after each of its steps.
func crashAfterEachStep(t *testing.T, env *testEnv, verb contract.Verb, steps []string) {
	events := env.recordEvents(t)
	env.sendHeartbeat(t)
	c, a := env.startDashboard(t), scenarios[verb]
	for n, step := range append([]string{"started"}, append(steps, "answered", "delivered")...) {
		step = strings.TrimPrefix(step, "~")
		if step == "delivered" && a.start != nil { // not a command, so there is no answer to deliver
			continue
		}
		t.Run(step, func(t *testing.T) { crashAfterStep(t, env, c, verb, step, a, fmt.Sprint(7000+n)) })
	}
	wantEventsPublishedOnce(t, events)
}

// wantEventsPublishedOnce checks that repeated events have the same id.
func wantEventsPublishedOnce(t *testing.T, events func(contract.EventType) []contract.Event) {
	t.Helper()
	seen := map[string]map[string]int{}
	for _, eventType := range contract.EventTypes {
		for _, e := range events(eventType) {
			key := string(eventType) + string(e.Data)
			if seen[key] == nil {
				seen[key] = map[string]int{}
			}
			seen[key][e.ID]++
		}
	}
	for label, ids := range seen {
		// GUILD_UPDATE is published for every new channel name.
		if len(ids) > 1 && !strings.HasPrefix(label, "COMMAND_RESULT") && !strings.HasPrefix(label, "GUILD_UPDATE") {
			t.Errorf("event %s has %d ids, want 1", label, len(ids))
		}
	}
}

// testLease is the lease of workers: after this time without a renewal a worker counts as dead.
const testLease = 500 * time.Millisecond

// crashAfterStep crashes an engine after the step, and lets another engine resume the work.
func crashAfterStep(t *testing.T, env *testEnv, c *store.CommandQueue, verb contract.Verb, step string, a scenario, channel string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	crashed := make(chan struct{})
	crash := sync.OnceFunc(func() { close(crashed); cancel() })
	first := env.newEngine().WithShortIntervals(testLease)
	first.CrashAfter(func(v contract.Verb, s string) bool {
		if v != verb || s != step {
			return false
		}
		crash()
		return true
	})
	var (
		id     string
		target = a.prepare(t, env, channel)
		wg     sync.WaitGroup
	)
	wg.Go(func() { _ = first.Run(ctx) })
	if a.start != nil {
		a.start(t, env, first, target)
	} else {
		id = env.enqueueCommand(t, c, verb, target, commandData(verb, channel, env, t, target)).ID
	}
	select {
	case <-crashed:
	case <-time.After(testTimeout):
		t.Fatalf("step %s not reached", step)
	}
	wg.Wait()
	env.discord.ForgetNonces()

	stop := startBackground(t, env.newEngine().WithShortIntervals(testLease).Run)
	defer stop()
	if id != "" {
		answer := env.awaitAnswer(t, id)
		wantEqual(t, "answer", answer.Status, contract.CommandDone)
		wantEqual(t, "code", answer.Code, "")
	}
	env.awaitIdle(t)
	eventually(t, "all commands are acknowledged", func() bool {
		pending, err := env.client.XPending(t.Context(), contract.CommandsStream, contract.BotGroup).Result()
		return err == nil && pending.Count == 0
	})
	a.verify(t, env, channel, target)
}

func TestPackageCommentListsSteps(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	check(t, err)
	for verb, steps := range bot.Steps() {
		_, rest, found := strings.Cut(string(text), "//\t"+string(verb)+" ")
		if !found {
			t.Errorf("package documentation has no steps of %s", verb)
			continue
		}
		for _, step := range steps {
			i := strings.Index(rest, step)
			if i < 0 {
				t.Fatalf("package documentation of %s: step %s missing or in the wrong order", verb, step)
			}
			rest = rest[i+len(step):]
		}
	}
}
