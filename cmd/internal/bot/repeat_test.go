package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/contract"
)

// addDueWeeklyGiveaway adds a giveaway that repeats every seven days and has just become due.
func (env *testEnv) addDueWeeklyGiveaway(t *testing.T, channel string) store.Giveaway {
	t.Helper()
	start := time.Now().Add(-7*24*time.Hour - time.Second)
	g := env.addGiveaway(t, 0, store.Giveaway{
		ChannelID: channel, Prize: "Prize " + channel, WinnerCount: 2, RequiredLevel: 5,
		RequiredRoleIDs: store.Strings{"7"}, Host: contract.User{ID: "77"},
		CreatedAt: start, EndsAt: start.Add(26 * time.Hour), Status: store.GiveawayPaused, // so that the clock does not end it
	})
	due := start.Add(7 * 24 * time.Hour)
	check(t, env.SetRepeat(t.Context(), env.guild, g.ID, store.RepeatRule{Days: 7, Zone: "UTC", From: start}, due))
	return env.loadGiveaway(t, g.ID)
}

// awaitRepeat waits until g has been repeated, and checks that this happened once.
func (env *testEnv) awaitRepeat(t *testing.T, g store.Giveaway) store.Giveaway {
	t.Helper()
	find := func() []store.Giveaway {
		list, _, err := env.Giveaways(t.Context(), env.guild, store.GiveawayQuery{SearchTerm: g.Prize})
		check(t, err)
		return list.Items
	}
	eventually(t, "the giveaway is repeated", func() bool { return len(find()) > 1 })
	env.awaitIdle(t)
	all := find()
	wantEqual(t, "giveaways", len(all), 2)
	wantEqual(t, "messages", len(env.discord.Messages(g.ChannelID)), 2)
	old, next := env.loadGiveaway(t, g.ID), env.loadGiveaway(t, all[0].ID)
	if next.ID == g.ID {
		next = env.loadGiveaway(t, all[1].ID)
	}
	if old.RepeatDays != 0 || old.RepeatAt != nil {
		t.Errorf("repeat of the old giveaway = %d days, at %v, want none", old.RepeatDays, old.RepeatAt)
	}
	wantEqual(t, "days", next.RepeatDays, 7)
	wantEqual(t, "zone", next.RepeatZone, "UTC")
	wantEqual(t, "counted from", next.RepeatFrom.Equal(*g.RepeatFrom), true)
	wantEqual(t, "next time", next.RepeatAt.Sub(*g.RepeatAt), 7*24*time.Hour)
	wantEqual(t, "status", next.Status, store.GiveawayActive)
	wantEqual(t, "channel", next.ChannelID, g.ChannelID)
	wantEqual(t, "host", next.Host.ID, "77")
	wantEqual(t, "winners", next.WinnerCount, 2)
	wantEqual(t, "level", next.RequiredLevel, 5)
	wantEqual(t, "roles", fmt.Sprint(next.RequiredRoleIDs), "[7]")
	wantEqual(t, "entries", next.Entries, 0)
	wantEqual(t, "commitments", len(next.Draws), 1)
	if duration := next.EndsAt.Sub(next.CreatedAt); duration < 26*time.Hour-time.Minute || duration > 26*time.Hour+time.Minute {
		t.Errorf("duration = %v, want that of the old giveaway", duration)
	}
	commands, err := env.Commands(t.Context(), env.guild, store.CommandQuery{Target: next.ID})
	check(t, err)
	wantEqual(t, "lines in the audit log", len(commands.Items), 1)
	wantEqual(t, "verb", commands.Items[0].Verb, contract.VerbGiveawayCreate)
	wantEqual(t, "status", commands.Items[0].Status, contract.CommandDone)
	wantEqual(t, "author", commands.Items[0].Actor.ID, "")
	return next
}

// A due giveaway is repeated once, with any number of engines and after a crash at any step.
func TestRepeatCreatesOneGiveawayDespiteCrashes(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		for i, step := range append([]string{"started", "answered"}, bot.Steps()[contract.VerbGiveawayCreate]...) {
			t.Run("after "+step, func(t *testing.T) {
				g := env.addDueWeeklyGiveaway(t, fmt.Sprint(300000000000000000+i))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				first := env.newEngine().WithShortIntervals(testLease)
				first.CrashAfter(func(v contract.Verb, s string) bool {
					if v != contract.VerbGiveawayCreate || s != step {
						return false
					}
					cancel()
					return true
				})
				check(t, first.Run(ctx))
				env.discord.ForgetNonces()
				for range 3 {
					startBackground(t, env.newEngine().WithShortIntervals(testLease).Run)
				}
				env.awaitRepeat(t, g)
			})
		}
	})
}

func TestRefusedRepeatIsSkippedAndAudited(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		const forbidden = "310000000000000000"
		env.discord.RefuseInChannel(forbidden, bot.ErrCodeMissingPermission, "Missing Permissions")
		g := env.addDueWeeklyGiveaway(t, forbidden)
		env.startEngine(t)
		eventually(t, "the repeat is skipped", func() bool { return env.loadGiveaway(t, g.ID).RepeatAt.After(time.Now()) })
		wantEqual(t, "next time", env.loadGiveaway(t, g.ID).RepeatAt.Sub(*g.RepeatAt), 7*24*time.Hour)
		wantEqual(t, "days", env.loadGiveaway(t, g.ID).RepeatDays, 7)
		log, err := env.Commands(t.Context(), env.guild, store.CommandQuery{Verb: contract.VerbGiveawayCreate})
		check(t, err)
		if len(log.Items) != 1 || log.Items[0].Status != contract.CommandRefused ||
			log.Items[0].Code != "discord.50013" || log.Items[0].TargetName != g.Prize {
			t.Errorf("audit log = %+v, want the refusal of the repeat", log.Items)
		}
	})
}

func TestRepeatIsSetAndStopped(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		env.startEngine(t)
		c := env.startDashboard(t)
		g := env.addGiveaway(t, 0, store.Giveaway{})
		for _, days := range []int{1, 365} {
			env.mustComplete(t, c, contract.VerbGiveawayRepeat, g.ID, contract.RepeatPayload{Days: &days})
			wantEqual(t, "days", env.loadGiveaway(t, g.ID).RepeatDays, days)
		}
		env.mustComplete(t, c, contract.VerbGiveawayRepeat, g.ID, contract.RepeatPayload{Days: new(0)})
		if g := env.loadGiveaway(t, g.ID); g.RepeatDays != 0 || g.RepeatAt != nil {
			t.Errorf("repeat = %d days, at %v, want the requested rule", g.RepeatDays, g.RepeatAt)
		}
		for data, code := range map[string]string{
			`{"days":366}`: contract.RefusalInvalidForm, `{"days":-1}`: contract.RefusalInvalidForm,
			`{}`: contract.RefusalUnknownCommand, `{"days":"7"}`: contract.RefusalUnknownCommand,
			`{"days":7,"zone":"Europe/Nowhere"}`: contract.RefusalInvalidForm, `{"days":7,"zone":""}`: contract.RefusalInvalidForm,
			`{"days":7,"zone":"Local"}`:            contract.RefusalInvalidForm,
			`{"days":7,"zone":"../../etc/passwd"}`: contract.RefusalInvalidForm, `{"days":7,"zone":1}`: contract.RefusalUnknownCommand} {
			wantEqual(t, data, env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbGiveawayRepeat, g.ID,
				json.RawMessage(data)).ID).Code, code)
		}
		env.mustComplete(t, c, contract.VerbGiveawayRepeat, g.ID, contract.RepeatPayload{Days: new(7)})
		env.mustComplete(t, c, contract.VerbGiveawayCancel, g.ID, nil)
		if g := env.loadGiveaway(t, g.ID); g.RepeatDays != 0 || g.RepeatAt != nil {
			t.Errorf("repeat after the cancellation = %d days, at %v, want none", g.RepeatDays, g.RepeatAt)
		}
		late := env.enqueueCommand(t, c, contract.VerbGiveawayRepeat, g.ID, contract.RepeatPayload{Days: new(7)})
		wantEqual(t, "code after the cancellation", env.awaitAnswer(t, late.ID).Code, contract.RefusalWrongState)
	})
}

// A dashboard's command cannot repeat another giveaway.
func TestCreateCommandCannotTakeOverRepeat(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		g := env.addGiveaway(t, 0, store.Giveaway{})
		later := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
		check(t, env.SetRepeat(t.Context(), env.guild, g.ID, store.RepeatRule{Days: 7, Zone: "UTC", From: later}, later))
		env.startEngine(t)
		data := struct {
			contract.GiveawayForm
			Repeat     store.ScheduledRepeat `json:"repeat"`
			RepeatDays int                   `json:"repeatDays"`
		}{newForm(), store.ScheduledRepeat{GiveawayID: g.ID, Due: later}, 7}
		id := store.NewID()
		env.mustComplete(t, env.startDashboard(t), contract.VerbGiveawayCreate, id, data)
		wantEqual(t, "days of the new one", env.loadGiveaway(t, id).RepeatDays, 0)
		wantEqual(t, "days of the old one", env.loadGiveaway(t, g.ID).RepeatDays, 7)
	})
}

// A repeated giveaway keeps its local time of day, for any number of repeats and any delay of the clock. A command
// without a zone keeps the zone.
func TestRepeatKeepsLocalTimeOfZone(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		env.startEngine(t)
		c, berlin := env.startDashboard(t), store.Zone("Europe/Berlin")
		start := time.Date(2026, 3, 1, 18, 0, 0, 0, berlin) // in winter
		g := env.addGiveaway(t, 0, store.Giveaway{CreatedAt: start, EndsAt: time.Now().Add(time.Hour)})
		for _, data := range []string{`{"days":7,"zone":"Europe/Berlin"}`, `{"days":7}`} {
			env.mustComplete(t, c, contract.VerbGiveawayRepeat, g.ID, json.RawMessage(data))
			set := env.loadGiveaway(t, g.ID)
			wantEqual(t, "zone", set.RepeatZone, "Europe/Berlin")
			wantEqual(t, "counted from", set.RepeatFrom.Equal(start), true)
			wantEqual(t, "time of day", set.RepeatAt.In(berlin).Format("Mon 15:04"), "Sun 18:00")
			wantEqual(t, "next repeat in the future", set.RepeatAt.After(time.Now()), true)
		}
		env.mustComplete(t, c, contract.VerbGiveawayRepeat, g.ID, contract.RepeatPayload{Days: new(0)})
		if g := env.loadGiveaway(t, g.ID); g.RepeatFrom != nil {
			t.Errorf("RepeatFrom = %v after the repeat was stopped, want none", g.RepeatFrom)
		}
	})
}

func TestRepeatAcrossDSTChangeKeepsTimeOfDay(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		berlin := store.Zone("Europe/Berlin")
		start := time.Date(2026, 3, 1, 18, 0, 0, 0, berlin)
		due := time.Date(2026, 3, 29, 18, 0, 0, 0, berlin) // the day on which summer time begins; long past
		g := env.addGiveaway(t, 0, store.Giveaway{CreatedAt: start, EndsAt: start.Add(time.Hour),
			Status: store.GiveawayPaused, Prize: "Weekly"})
		check(t, env.SetRepeat(t.Context(), env.guild, g.ID, store.RepeatRule{Days: 7, Zone: "Europe/Berlin", From: start}, due))
		env.startEngine(t)
		eventually(t, "the giveaway is repeated", func() bool { return env.loadGiveaway(t, g.ID).RepeatDays == 0 })
		list, _, err := env.Giveaways(t.Context(), env.guild, store.GiveawayQuery{SearchTerm: "Weekly", RepeatingOnly: true})
		check(t, err)
		if len(list.Items) != 1 {
			t.Fatalf("%d giveaways repeat, want 1", len(list.Items))
		}
		next := list.Items[0]
		wantEqual(t, "zone", next.RepeatZone, "Europe/Berlin")
		wantEqual(t, "counted from", next.RepeatFrom.Equal(start), true)
		wantEqual(t, "time of day", next.RepeatAt.In(berlin).Format("Mon 15:04"), "Sun 18:00")
		wantEqual(t, "next repeat in the future", next.RepeatAt.After(time.Now()), true)
	})
}
