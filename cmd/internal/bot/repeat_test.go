package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
)

// weekly is a giveaway that is to be made again every seven days, and is due for it since a moment.
func (w *world) weekly(t *testing.T, channel string) store.Giveaway {
	t.Helper()
	began := time.Now().Add(-7*24*time.Hour - time.Second)
	g := w.posted(t, 0, store.Giveaway{
		ChannelID: channel, Prize: "Prize " + channel, WinnerCount: 2, RequiredLevel: 5, RequiredRoleIDs: store.Strings{"7"}, Host: store.Person{ID: "77"},
		CreatedAt: began, EndsAt: began.Add(26 * time.Hour), Status: store.GiveawayPaused, // so that the clock does not end it
	})
	due := began.Add(7 * 24 * time.Hour)
	check(t, w.SetRepeat(t.Context(), w.guild, g.ID, store.RepeatRule{Days: 7, Zone: "UTC", From: began}, due))
	return w.giveaway(t, g.ID)
}

// madeAgain waits until g has been made again, and wants that to have happened once.
func (w *world) madeAgain(t *testing.T, g store.Giveaway) store.Giveaway {
	t.Helper()
	find := func() []store.Giveaway {
		list, _, err := w.Giveaways(t.Context(), w.guild, store.GiveawayQuery{Text: g.Prize})
		check(t, err)
		return list.Items
	}
	eventually(t, "it is made again", func() bool { return len(find()) > 1 })
	w.finished(t)
	all := find()
	same(t, "giveaways", len(all), 2)
	same(t, "messages", len(w.discord.Messages(g.ChannelID)), 2)
	old, next := w.giveaway(t, g.ID), w.giveaway(t, all[0].ID)
	if next.ID == g.ID {
		next = w.giveaway(t, all[1].ID)
	}
	if old.RepeatDays != 0 || old.RepeatAt != nil {
		t.Errorf("the old one is made again in %d days, at %v", old.RepeatDays, old.RepeatAt)
	}
	same(t, "days", next.RepeatDays, 7)
	same(t, "zone", next.RepeatZone, "UTC")
	same(t, "counted from", next.RepeatFrom.Equal(*g.RepeatFrom), true)
	same(t, "next time", next.RepeatAt.Sub(*g.RepeatAt), 7*24*time.Hour)
	same(t, "status", next.Status, store.GiveawayActive)
	same(t, "channel", next.ChannelID, g.ChannelID)
	same(t, "host", next.Host.ID, "77")
	same(t, "winners", next.WinnerCount, 2)
	same(t, "level", next.RequiredLevel, 5)
	same(t, "roles", fmt.Sprint(next.RequiredRoleIDs), "[7]")
	same(t, "entries", next.Entries, 0)
	same(t, "commitments", len(next.Draws), 1)
	if lasts := next.EndsAt.Sub(next.CreatedAt); lasts < 26*time.Hour-time.Minute || lasts > 26*time.Hour+time.Minute {
		t.Errorf("it lasts %v", lasts)
	}
	asked, err := w.Commands(t.Context(), w.guild, store.CommandQuery{Target: next.ID})
	check(t, err)
	same(t, "lines in the audit log", len(asked.Items), 1)
	same(t, "verb", asked.Items[0].Verb, store.VerbGiveawayCreate)
	same(t, "status", asked.Items[0].Status, store.CommandDone)
	same(t, "who", asked.Items[0].Actor.ID, "")
	return next
}

// However many engines see that it is due, and wherever one of them dies, it is made again once.
func TestAGiveawayIsMadeAgainOnceWhoeverDies(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for i, step := range append([]string{"begun", "answered"}, bot.Steps()[store.VerbGiveawayCreate]...) {
			t.Run("after "+step, func(t *testing.T) {
				g := w.weekly(t, fmt.Sprint(300000000000000000+i))
				ctx, kill := context.WithCancel(t.Context())
				defer kill()
				first := w.engine().Brisk(shortly)
				first.Stops(func(v store.Verb, s string) bool {
					if v != store.VerbGiveawayCreate || s != step {
						return false
					}
					kill()
					return true
				})
				check(t, first.Run(ctx))
				w.discord.ForgetNonces()
				for range 3 {
					running(t, w.engine().Brisk(shortly).Run)
				}
				w.madeAgain(t, g)
			})
		}
	})
}

func TestARepeatThatIsRefusedIsLeftOutAndSaid(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const barred = "310000000000000000"
		w.discord.RefuseIn(barred, bot.MissingPermission, "Missing Permissions")
		g := w.weekly(t, barred)
		w.runs(t)
		eventually(t, "the turn is left out", func() bool { return w.giveaway(t, g.ID).RepeatAt.After(time.Now()) })
		same(t, "next time", w.giveaway(t, g.ID).RepeatAt.Sub(*g.RepeatAt), 7*24*time.Hour)
		same(t, "days", w.giveaway(t, g.ID).RepeatDays, 7)
		log, err := w.Commands(t.Context(), w.guild, store.CommandQuery{Verb: store.VerbGiveawayCreate})
		check(t, err)
		if len(log.Items) != 1 || log.Items[0].Status != store.CommandRefused || log.Items[0].Code != "discord.50013" || log.Items[0].TargetName != g.Prize {
			t.Errorf("the audit log has %+v", log.Items)
		}
	})
}

func TestARepeatIsSetAndStopped(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		w.runs(t)
		c := w.dashboard(t)
		g := w.posted(t, 0, store.Giveaway{})
		for _, days := range []int{1, 365} {
			w.does(t, c, store.VerbGiveawayRepeat, g.ID, map[string]int{"days": days})
			same(t, "days", w.giveaway(t, g.ID).RepeatDays, days)
		}
		w.does(t, c, store.VerbGiveawayRepeat, g.ID, map[string]int{"days": 0})
		if g := w.giveaway(t, g.ID); g.RepeatDays != 0 || g.RepeatAt != nil {
			t.Errorf("it is made again in %d days, at %v", g.RepeatDays, g.RepeatAt)
		}
		for data, code := range map[string]string{
			`{"days":366}`: store.CodeForm, `{"days":-1}`: store.CodeForm, `{}`: store.CodeUnknown, `{"days":"7"}`: store.CodeUnknown,
			`{"days":7,"zone":"Europe/Nowhere"}`: store.CodeForm, `{"days":7,"zone":""}`: store.CodeForm,
			`{"days":7,"zone":"Local"}`:            store.CodeForm,
			`{"days":7,"zone":"../../etc/passwd"}`: store.CodeForm, `{"days":7,"zone":1}`: store.CodeUnknown} {
			same(t, data, w.answered(t, w.ask(t, c, store.VerbGiveawayRepeat, g.ID, json.RawMessage(data)).ID).Code, code)
		}
		w.does(t, c, store.VerbGiveawayRepeat, g.ID, map[string]int{"days": 7})
		w.does(t, c, store.VerbGiveawayCancel, g.ID, nil)
		if g := w.giveaway(t, g.ID); g.RepeatDays != 0 || g.RepeatAt != nil {
			t.Errorf("called off, it is made again in %d days, at %v", g.RepeatDays, g.RepeatAt)
		}
		same(t, "after that", w.answered(t, w.ask(t, c, store.VerbGiveawayRepeat, g.ID, map[string]int{"days": 7}).ID).Code, store.CodeState)
	})
}

// Who asks for a giveaway cannot have it take over another's repeat.
func TestACommandMakesNothingAgain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		g := w.posted(t, 0, store.Giveaway{})
		later := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
		check(t, w.SetRepeat(t.Context(), w.guild, g.ID, store.RepeatRule{Days: 7, Zone: "UTC", From: later}, later))
		w.runs(t)
		data := struct {
			store.GiveawayForm
			Repeat     store.Repetition `json:"repeat"`
			RepeatDays int              `json:"repeatDays"`
		}{form(), store.Repetition{Of: g.ID, Due: later}, 7}
		id := store.NewID()
		w.does(t, w.dashboard(t), store.VerbGiveawayCreate, id, data)
		same(t, "days of the new one", w.giveaway(t, id).RepeatDays, 0)
		same(t, "days of the old one", w.giveaway(t, g.ID).RepeatDays, 7)
	})
}

// A giveaway keeps its local time of day however often it repeats and however late the clock runs, and its data says
// so. A command without a zone leaves the one that is set.
func TestARepeatKeepsTheLocalTimeOfItsZone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		w.runs(t)
		c, berlin := w.dashboard(t), store.Zone("Europe/Berlin")
		began := time.Date(2026, 3, 1, 18, 0, 0, 0, berlin) // in winter
		g := w.posted(t, 0, store.Giveaway{CreatedAt: began, EndsAt: time.Now().Add(time.Hour)})
		for _, data := range []string{`{"days":7,"zone":"Europe/Berlin"}`, `{"days":7}`} {
			w.does(t, c, store.VerbGiveawayRepeat, g.ID, json.RawMessage(data))
			set := w.giveaway(t, g.ID)
			same(t, "zone", set.RepeatZone, "Europe/Berlin")
			same(t, "counted from", set.RepeatFrom.Equal(began), true)
			same(t, "time of day", set.RepeatAt.In(berlin).Format("Mon 15:04"), "Sun 18:00")
			same(t, "is to come", set.RepeatAt.After(time.Now()), true)
		}
		w.does(t, c, store.VerbGiveawayRepeat, g.ID, map[string]int{"days": 0})
		if g := w.giveaway(t, g.ID); g.RepeatFrom != nil {
			t.Errorf("RepeatFrom = %v after the repeat was stopped, want none", g.RepeatFrom)
		}
	})
}

func TestARepeatAcrossAChangeOfClocksKeepsTheTimeOfDay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		berlin := store.Zone("Europe/Berlin")
		began := time.Date(2026, 3, 1, 18, 0, 0, 0, berlin)
		due := time.Date(2026, 3, 29, 18, 0, 0, 0, berlin) // the day on which summer time begins; long past
		g := w.posted(t, 0, store.Giveaway{CreatedAt: began, EndsAt: began.Add(time.Hour), Status: store.GiveawayPaused, Prize: "Weekly"})
		check(t, w.SetRepeat(t.Context(), w.guild, g.ID, store.RepeatRule{Days: 7, Zone: "Europe/Berlin", From: began}, due))
		w.runs(t)
		eventually(t, "it is made again", func() bool { return w.giveaway(t, g.ID).RepeatDays == 0 })
		list, _, err := w.Giveaways(t.Context(), w.guild, store.GiveawayQuery{Text: "Weekly", Repeats: true})
		check(t, err)
		if len(list.Items) != 1 {
			t.Fatalf("%d giveaways repeat, want 1", len(list.Items))
		}
		next := list.Items[0]
		same(t, "zone", next.RepeatZone, "Europe/Berlin")
		same(t, "counted from", next.RepeatFrom.Equal(began), true)
		same(t, "time of day", next.RepeatAt.In(berlin).Format("Mon 15:04"), "Sun 18:00")
		same(t, "is to come", next.RepeatAt.After(time.Now()), true)
	})
}
