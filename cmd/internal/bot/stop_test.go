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
	"guildboard/store/storetest"
)

// act is a verb to be carried out: on what, by whom, and what must be so in the end.
type act struct {
	target func(t *testing.T, w *world, channel string) string // makes it
	begin  func(t *testing.T, w *world, e *bot.Engine, target string)
	after  func(t *testing.T, w *world, channel, target string)
}

var acts = map[store.Verb]act{
	store.VerbGiveawayCreate: {target: newID, after: wantPosted},
	store.VerbGiveawayEdit: {target: running5, after: func(t *testing.T, w *world, _, id string) {
		g := w.giveaway(t, id)
		same(t, "prize", g.Prize, "Edited")
		same(t, "title", w.discord.Message(*g.MessageID).Embed.Title, "🎉 Edited")
	}},
	store.VerbGiveawayEnd: {target: running5, after: func(t *testing.T, w *world, channel, id string) {
		wantDrawn(t, w, channel, id, 1, 0)
	}},
	store.VerbGiveawayReroll: {target: ended5, after: func(t *testing.T, w *world, channel, id string) {
		wantDrawn(t, w, channel, id, 2, 1)
	}},
	store.VerbGiveawayPause:  {target: running5, after: wantState(store.GiveawayPaused, true)},
	store.VerbGiveawayResume: {target: paused, after: wantState(store.GiveawayActive, false)},
	store.VerbGiveawayCancel: {target: running5, after: wantState(store.GiveawayCancelled, true)},
	store.VerbGiveawayDelete: {target: cancelled, after: func(t *testing.T, w *world, channel, id string) {
		if _, err := w.Giveaway(t.Context(), w.guild, id); err == nil {
			t.Error("the row is still there")
		}
		same(t, "messages", len(w.discord.Messages(channel)), 0)
	}},
	store.VerbGiveawayRemove: {target: running5, after: func(t *testing.T, w *world, channel, id string) {
		wantState(store.GiveawayActive, false)(t, w, channel, id)
		g := w.giveaway(t, id)
		same(t, "entries", g.Entries, 4)
		if button := w.discord.Message(*g.MessageID).Button; !strings.Contains(button.Label, "4") {
			t.Errorf("the button says %q", button.Label)
		}
	}},
	store.VerbGiveawayReadmit: {target: running5, after: func(t *testing.T, w *world, channel, id string) {
		wantState(store.GiveawayActive, false)(t, w, channel, id)
		same(t, "entries", w.giveaway(t, id).Entries, 5)
	}},
	store.VerbGiveawayRepeat: {target: running5, after: func(t *testing.T, w *world, channel, id string) {
		wantState(store.GiveawayActive, false)(t, w, channel, id)
		g := w.giveaway(t, id)
		same(t, "days", g.RepeatDays, 7)
		same(t, "next", g.RepeatAt.Sub(g.CreatedAt), 7*24*time.Hour)
	}},
	store.VerbGiveawayRepair: {target: cancelled, after: wantState(store.GiveawayCancelled, true)},
	bot.VerbStart:            {target: scheduled, begin: comes, after: wantPosted},
	bot.VerbLapse: {target: windowed5, begin: lapses, after: func(t *testing.T, w *world, channel, id string) {
		wantDrawn(t, w, channel, id, 2, 1)
		wantClocked(t, w, id)
	}},

	bot.VerbOpen: {target: newID, begin: open, after: func(t *testing.T, w *world, _, id string) {
		opened := w.discord.Opened(w.guild)
		channels := map[string]bool{}
		tickets, _, err := w.Tickets(t.Context(), w.guild, store.TicketQuery{Text: id}, time.Now())
		check(t, err)
		if len(tickets.Items) != 1 {
			t.Fatalf("%d tickets", len(tickets.Items))
		}
		ticket := tickets.Items[0]
		same(t, "name", opened[ticket.ChannelID].Name, fmt.Sprintf("ticket-%04d", ticket.Number))
		for _, c := range opened {
			if channels[c.Name] {
				t.Errorf("two channels are called %s", c.Name)
			}
			channels[c.Name] = true
		}
		same(t, "greetings", len(w.discord.Messages(ticket.ChannelID)), 1)
	}},
	store.VerbPanelPost: {target: panel, after: func(t *testing.T, w *world, channel, id string) {
		messages := w.discord.Messages(channel)
		if len(messages) != 1 || len(messages[0].Choice.Options) != 1 {
			t.Fatalf("the channel has %+v", messages)
		}
		setup, err := w.TicketSetup(t.Context(), w.guild)
		check(t, err)
		p, _ := setup.Panel(id)
		if p.PostedIn == nil || *p.PostedIn != channel || p.MessageID == nil || w.discord.Message(*p.MessageID).Nonce != messages[0].Nonce {
			t.Errorf("the panel is %+v", p)
		}
	}},
	store.VerbTicketClaim: {target: openTicket, after: wantTicket(store.TicketClaimed, false, 1)},
	store.VerbTicketAssign: {target: func(t *testing.T, w *world, channel string) string {
		staffed(t, w)
		return claimedTicket(t, w, channel)
	}, after: func(t *testing.T, w *world, channel, id string) {
		wantTicket(store.TicketClaimed, false, 1)(t, w, channel, id)
		same(t, "whose it is", w.read(t, id).ClaimedBy.ID, helper)
	}},
	store.VerbTicketUnclaim: {target: claimedTicket, after: wantTicket(store.TicketOpen, false, 1)},
	store.VerbTicketClose:   {target: openTicket, after: wantTicket(store.TicketClosed, true, 1)},
	store.VerbTicketReopen:  {target: closedTicket, after: wantTicket(store.TicketOpen, false, 1)},
	store.VerbTicketReply:   {target: claimedTicket, after: wantReply},
	store.VerbTicketRepair: {target: func(t *testing.T, w *world, channel string) string {
		id := closedTicket(t, w, channel)
		w.discord.AddChannel(w.guild, channel, true)
		return id
	}, after: wantTicket(store.TicketClosed, true, 0)},
}

// panel offers one kind of ticket in the channel.
func panel(t *testing.T, w *world, channel string) string {
	v := store.PanelSheet.Blank()
	v["name"], v["channelId"] = "Panel "+channel, channel
	p := store.TicketPanel{ID: store.NewID(), GuildID: w.guild}.Fill(v)
	check(t, w.ChangePanel(t.Context(), ann, nil, p))
	v = store.CategorySheet.Blank()
	v["name"] = "Billing"
	check(t, w.ChangeCategory(t.Context(), ann, nil, store.TicketCategory{ID: store.NewID(), GuildID: w.guild, PanelID: p.ID}.Fill(v)))
	return p.ID
}

func newID(*testing.T, *world, string) string { return store.NewID() }

func running5(t *testing.T, w *world, channel string) string {
	return w.posted(t, 5, store.Giveaway{ChannelID: channel, WinnerCount: 2, Prize: "Prize " + channel}).ID
}

// ended5 has ended, and its two winners have been told.
func ended5(t *testing.T, w *world, channel string) string {
	id := running5(t, w, channel)
	w.draws(t, id, nil)
	return id
}

// windowed5 runs, and its winners will have an hour to claim their prize.
func windowed5(t *testing.T, w *world, channel string) string {
	return w.posted(t, 5, store.Giveaway{ChannelID: channel, WinnerCount: 2, Prize: "Prize " + channel, WinnerClaimTimeout: 1, AutoReroll: true}).ID
}

// lapses has it end with winners whose hour is over; the clock does the rest.
func lapses(t *testing.T, w *world, _ *bot.Engine, id string) { w.draws(t, id, ptr(time.Now())) }

// wantClocked wants the audit log to say once that a giveaway was rerolled, and by nobody.
func wantClocked(t *testing.T, w *world, id string) {
	t.Helper()
	log, err := w.Commands(t.Context(), w.guild, store.CommandQuery{Target: id})
	check(t, err)
	if len(log.Items) != 1 || log.Items[0].Verb != store.VerbGiveawayReroll || log.Items[0].Actor.ID != "" || log.Items[0].Status != store.CommandDone {
		t.Errorf("the audit log has %+v", log.Items)
	}
}

// draws has the giveaway end, and its two winners told. They may claim until then.
func (w *world) draws(t *testing.T, id string, until *time.Time) {
	t.Helper()
	check(t, w.EndGiveaway(t.Context(), w.guild, id, time.Now()))
	seed, err := w.DrawSeed(t.Context(), w.guild, id, 0)
	check(t, err)
	entries, err := w.DrawEntries(t.Context(), w.guild, id)
	check(t, err)
	d := store.Settlement{Places: 2, Entries: entries, At: time.Now(), Next: store.NewSeed()}
	for i, who := range store.Draw(seed, entries, 2, nil) {
		d.Winners = append(d.Winners, store.Winner{User: store.Person{ID: who}, Place: i + 1, DMSent: true, ClaimUntil: until})
	}
	check(t, w.SettleDraw(t.Context(), w.guild, id, d))
}

func moved(t *testing.T, w *world, channel string, to store.GiveawayStatus) string {
	id := running5(t, w, channel)
	check(t, w.SetGiveawayStatus(t.Context(), w.guild, id, []store.GiveawayStatus{store.GiveawayActive}, to))
	return id
}

func paused(t *testing.T, w *world, channel string) string {
	return moved(t, w, channel, store.GiveawayPaused)
}

func cancelled(t *testing.T, w *world, channel string) string {
	return moved(t, w, channel, store.GiveawayCancelled)
}

// scheduled starts in an hour: one that is due while it is being made is begun before it is whole.
func scheduled(t *testing.T, w *world, channel string) string {
	later := time.Now().Add(time.Hour)
	g := storetest.Giveaway(t, w.Store, w.guild, store.Giveaway{
		Prize: "Poster", ChannelID: channel, Status: store.GiveawayPending, StartsAt: &later, EndsAt: later.Add(time.Hour),
	})
	check(t, w.CommitDraw(t.Context(), w.guild, g.ID, 0, store.NewSeed()))
	return g.ID
}

// comes has the time of a scheduled giveaway come; the clock does the rest.
func comes(t *testing.T, w *world, _ *bot.Engine, id string) {
	g := w.giveaway(t, id)
	g.StartsAt = ptr(time.Now())
	check(t, w.EditGiveaway(t.Context(), g))
}

func open(t *testing.T, w *world, e *bot.Engine, id string) {
	_, _ = e.OpenTicket(t.Context(), bot.Opening{
		ID: id, GuildID: w.guild, Opener: store.Person{ID: "50", Username: "Bob"}, Subject: ptr("about " + id),
	})
}

func openTicket(t *testing.T, w *world, channel string) string {
	bob := storetest.Member(t, w.Store, w.guild, "50", "Bob")
	w.discord.AddChannel(w.guild, channel, true)
	return storetest.Ticket(t, w.Store, bob, store.Ticket{ChannelID: channel}).ID
}

func claimedTicket(t *testing.T, w *world, channel string) string {
	id := openTicket(t, w, channel)
	check(t, w.ClaimTicket(t.Context(), w.guild, id, "11", time.Now()))
	return id
}

func closedTicket(t *testing.T, w *world, channel string) string {
	id := openTicket(t, w, channel)
	check(t, w.CloseTicket(t.Context(), w.guild, id, "11", time.Now()))
	w.discord.AddChannel(w.guild, channel, false)
	return id
}

// wantPosted wants the giveaway to run, with one message that shows its commitment.
func wantPosted(t *testing.T, w *world, channel, id string) {
	g := w.giveaway(t, id)
	same(t, "status", g.Status, store.GiveawayActive)
	messages := w.discord.Messages(channel)
	if len(messages) != 1 || g.MessageID == nil || len(g.Draws) != 1 {
		t.Fatalf("messages %+v, draws %+v", messages, g.Draws)
	}
	same(t, "button", messages[0].Button.Disabled, false)
	same(t, "its own message", w.discord.Message(*g.MessageID).Nonce, messages[0].Nonce)
	if !strings.Contains(messages[0].Embed.Footer, g.Draws[0].Commitment) {
		t.Errorf("%q does not show %q", messages[0].Embed.Footer, g.Draws[0].Commitment)
	}
}

func wantState(status store.GiveawayStatus, disabled bool) func(*testing.T, *world, string, string) {
	return func(t *testing.T, w *world, channel, id string) {
		g := w.giveaway(t, id)
		same(t, "status", g.Status, status)
		same(t, "button is off", w.discord.Message(*g.MessageID).Button.Disabled, disabled)
		same(t, "messages", len(w.discord.Messages(channel)), 1)
	}
}

// wantDrawn wants two winners drawn so many times, announced and told once, and the draws to be provable.
func wantDrawn(t *testing.T, w *world, channel, id string, draws, rerolls int) {
	g := w.giveaway(t, id)
	same(t, "status", g.Status, store.GiveawayEnded)
	same(t, "rerolls", g.RerollCount, rerolls)
	same(t, "winners", len(g.Winners), 2*draws)
	message := w.discord.Message(*g.MessageID)
	same(t, "button is off", message.Button.Disabled, true)
	announced := w.discord.Messages(channel)[1:]
	same(t, "announcements", len(announced), 1)
	for i, winner := range g.Winners {
		same(t, "who is rerolled", winner.Rerolled, i >= 2)
		if i >= 2 {
			continue
		}
		same(t, "place", winner.Place, i+1)
		same(t, "marked", winner.DMSent, true)
		told := 0
		for _, m := range w.discord.DMs(winner.User.ID) {
			if strings.Contains(m.Content, g.Prize) {
				told++
			}
		}
		same(t, "times told", told, 1)
		if !slices.Contains(announced[0].Mention, winner.User.ID) || !strings.Contains(message.Embed.Description, winner.User.ID) {
			t.Errorf("winner %s is not shown", winner.User.ID)
		}
	}
	proof, err := w.DrawProof(t.Context(), w.guild, id)
	check(t, err)
	check(t, proof.Verify())
}

func wantTicket(status store.TicketStatus, locked bool, said int) func(*testing.T, *world, string, string) {
	return func(t *testing.T, w *world, channel, id string) {
		same(t, "status", w.read(t, id).Status, status)
		same(t, "locked", w.discord.Locked(channel), locked)
		same(t, "messages", len(w.discord.Messages(channel)), said)
	}
}

// wantReply wants what Ann says to be in the channel once, without notifying anybody, and in the transcript as hers.
func wantReply(t *testing.T, w *world, channel, id string) {
	wantTicket(store.TicketClaimed, false, 1)(t, w, channel, id)
	for _, m := range w.discord.Messages(channel) {
		same(t, "who", m.Embed.Author, "Ann")
		same(t, "what", m.Embed.Description, "Have a look, @everyone")
		same(t, "notified", len(m.Mention)+len(m.Pings), 0)
	}
	story, err := w.TicketStory(t.Context(), w.guild, id, store.MessageCursor{})
	check(t, err)
	if len(story.Messages) != 1 {
		t.Fatalf("kept is %+v", story.Messages)
	}
	same(t, "kept as whose", story.Messages[0].Author.Username, "Ann")
	same(t, "kept as what", story.Messages[0].Content, "Have a look, @everyone")
}

// dataOf is what the command says besides its target.
func dataOf(verb store.Verb, channel string, w *world, t *testing.T, target string) any {
	switch verb {
	case store.VerbGiveawayCreate:
		f := form()
		f.ChannelID = channel
		return f
	case store.VerbGiveawayEdit:
		f := store.FormOf(w.giveaway(t, target))
		f.Prize = "Edited"
		return f
	case store.VerbTicketAssign:
		return store.Assignment{UserID: helper}
	case store.VerbTicketReply:
		return map[string]string{"text": "Have a look, @everyone"}
	case store.VerbGiveawayRepeat:
		return map[string]int{"days": 7}
	case store.VerbGiveawayRemove:
		entries, err := w.Entries(t.Context(), w.guild, target, store.EntryQuery{})
		check(t, err)
		return store.Removal{UserIDs: []string{entries.Items[0].Member.ID}, Reason: "a second account"}
	case store.VerbGiveawayReadmit:
		entries, err := w.Entries(t.Context(), w.guild, target, store.EntryQuery{})
		check(t, err)
		out := store.Removal{UserIDs: []string{entries.Items[0].Member.ID}}
		check(t, w.RemoveEntrants(t.Context(), w.guild, target, out, "1", time.Now()))
		return out
	}
	return nil
}

func TestAStopAfterAnyStepIsFinishedByAnotherEngineAndNothingHappensTwice(t *testing.T) {
	for verb, steps := range bot.Steps() {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel() // they mostly wait until somebody is believed dead
			eachWorld(t, func(t *testing.T, w *world) { stopAnywhere(t, w, verb, steps) })
		})
	}
}

// stopAnywhere has the verb stopped after each of its steps.
func stopAnywhere(t *testing.T, w *world, verb store.Verb, steps []string) {
	events := w.events(t)
	w.alive(t)
	c, a := w.dashboard(t), acts[verb]
	for n, step := range append([]string{"begun"}, append(steps, "answered", "delivered")...) {
		step = strings.TrimPrefix(step, "~")
		if step == "delivered" && a.begin != nil { // nobody waits for an answer
			continue
		}
		t.Run(step, func(t *testing.T) { stopAfter(t, w, c, verb, step, a, fmt.Sprint(7000+n)) })
	}
	wantToldOnce(t, events)
}

// wantToldOnce wants whatever was told several times to have been told under one id.
func wantToldOnce(t *testing.T, events func(store.EventType) []store.Event) {
	t.Helper()
	seen := map[string]map[string]int{}
	for _, kind := range store.EventTypes {
		for _, e := range events(kind) {
			key := string(kind) + string(e.Data)
			if seen[key] == nil {
				seen[key] = map[string]int{}
			}
			seen[key][e.ID]++
		}
	}
	for what, ids := range seen {
		if len(ids) > 1 && !strings.HasPrefix(what, "COMMAND_RESULT") && !strings.HasPrefix(what, "GUILD_UPDATE") { // whenever a name is new
			t.Errorf("told under %d ids: %s", len(ids), what)
		}
	}
}

// shortly is how long a dead worker is waited for.
const shortly = 500 * time.Millisecond

// stopAfter has an engine die after the step, and another take over long after.
func stopAfter(t *testing.T, w *world, c *store.Commands, verb store.Verb, step string, a act, channel string) {
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	dead := make(chan struct{})
	die := sync.OnceFunc(func() { close(dead); kill() })
	first := w.engine().Brisk(shortly)
	first.Stops(func(v store.Verb, s string) bool {
		if v != verb || s != step {
			return false
		}
		die()
		return true
	})
	var (
		id     string
		target = a.target(t, w, channel)
		ran    sync.WaitGroup
	)
	ran.Go(func() { _ = first.Run(ctx) })
	if a.begin != nil {
		a.begin(t, w, first, target)
	} else {
		id = w.ask(t, c, verb, target, dataOf(verb, channel, w, t, target)).ID
	}
	select {
	case <-dead:
	case <-time.After(patience):
		t.Fatal("it does not get that far")
	}
	ran.Wait()
	w.discord.ForgetNonces()

	stop := running(t, w.engine().Brisk(shortly).Run)
	defer stop()
	if id != "" {
		answer := w.answered(t, id)
		same(t, "answer", answer.Status, store.CommandDone)
		same(t, "code", answer.Code, "")
	}
	w.finished(t)
	eventually(t, "all is acknowledged", func() bool {
		pending, err := w.client.XPending(t.Context(), store.CommandsStream, store.BotGroup).Result()
		return err == nil && pending.Count == 0
	})
	a.after(t, w, channel, target)
}

func TestThePackageCommentListsTheSteps(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	check(t, err)
	for verb, steps := range bot.Steps() {
		_, rest, found := strings.Cut(string(text), "//\t"+string(verb)+" ")
		if !found {
			t.Errorf("%s is missing", verb)
			continue
		}
		for _, step := range steps {
			i := strings.Index(rest, step)
			if i < 0 {
				t.Fatalf("%s: no %s, or not in its place", verb, step)
			}
			rest = rest[i+len(step):]
		}
	}
}
