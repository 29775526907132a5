package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"guildboard/store"
)

func (j *job) checkRepeat(ctx context.Context) error {
	if err := j.load(ctx); err != nil {
		return err
	}
	if _, err := j.repeatDays(); err != nil {
		return err
	}
	return j.allowed(ctx, store.GiveawayPending, store.GiveawayActive, store.GiveawayPaused, store.GiveawayEnded)
}

// repeatDays is after how many days the command has the giveaway made again; 0: no more.
func (j *job) repeatDays() (int, error) {
	var data struct {
		Days *int `json:"days"`
	}
	switch err := json.Unmarshal(j.Data, &data); {
	case err != nil || data.Days == nil:
		return 0, refuse(store.CodeUnknown, "After how many days it is to be made again cannot be read.")
	case *data.Days < 0 || *data.Days > store.MaxRepeatDays:
		return 0, refuse(store.CodeForm, "Not in order: days.")
	}
	return *data.Days, nil
}

func (j *job) setRepeat(ctx context.Context) error {
	days, err := j.repeatDays()
	if err != nil {
		return err
	}
	if days == 0 {
		return j.store.SetRepeat(ctx, j.GuildID, j.Target, 0, nil)
	}
	next := store.NextRepeat(j.g.BeginsAt(), days, j.BegunAt)
	return j.store.SetRepeat(ctx, j.GuildID, j.Target, days, &next)
}

// again is the data of a GIVEAWAY_CREATE by which the clock makes a giveaway again.
type again struct {
	store.GiveawayForm
	Repeat     store.Repetition `json:"repeat"`
	RepeatDays int              `json:"repeatDays"`
}

// beginRepeats makes the giveaways again that are due for it.
func (e *Engine) beginRepeats(ctx context.Context) error {
	now := time.Now()
	due, err := e.store.DueRepeats(ctx, now)
	if err != nil {
		return err
	}
	for _, g := range due {
		c, err := makeAgain(g, now)
		if err != nil {
			return err
		}
		e.begin(ctx, c)
	}
	return nil
}

// makeAgain is the command that makes g, which is due, again: the same for whoever sees that it is due, but for its end.
func makeAgain(g store.Giveaway, now time.Time) (store.Command, error) {
	id := "c" + nonce("repeat", g.ID, g.RepeatAt.UnixMilli())[:24]
	form := store.FormOf(g)
	form.StartsAt, form.EndsAt = nil, now.Add(g.EndsAt.Sub(g.BeginsAt()))
	data, err := json.Marshal(again{form, store.Repetition{Of: g.ID, Due: *g.RepeatAt}, g.RepeatDays})
	if err != nil {
		return store.Command{}, fmt.Errorf("writing form: %w", err)
	}
	return store.Command{ID: "repeat-" + id, GuildID: g.GuildID, Actor: g.Host, Verb: store.VerbGiveawayCreate, Target: id, Data: data}, nil
}

// repetition is what this work makes again, if the clock has begun it. What comes as a command makes nothing again,
// whatever its data says.
func (j *job) repetition() (store.Repetition, bool) {
	var data again
	if j.Verb != store.VerbGiveawayCreate || !j.ExpiresAt.IsZero() || json.Unmarshal(j.Data, &data) != nil {
		return data.Repeat, false
	}
	return data.Repeat, data.Repeat.Of != ""
}

// repeating is g with the repeat that moves on to it, if it is made again.
func (j *job) repeating(g store.Giveaway) store.Giveaway {
	r, is := j.repetition()
	if !is {
		return g
	}
	var data again
	_ = json.Unmarshal(j.Data, &data) // repetition has read it
	next := store.NextRepeat(r.Due, data.RepeatDays, j.BegunAt)
	g.RepeatDays, g.RepeatAt = data.RepeatDays, &next
	return g
}

// skipRepeat leaves out the turn of a giveaway that cannot be made again now.
func (j *job) skipRepeat(ctx context.Context, w store.Work, why store.Answer) error {
	r, is := j.repetition()
	if !is {
		return nil
	}
	g, err := j.store.Giveaway(ctx, w.GuildID, r.Of)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil || g.RepeatDays == 0:
		return err
	}
	if err := j.store.SkipRepeat(ctx, r, store.NextRepeat(r.Due, g.RepeatDays, time.Now()), w, why); err != nil {
		return err
	}
	return j.publish(ctx, store.GiveawayUpdateEvent, "", map[string]any{"giveawayId": r.Of, "prize": g.Prize})
}
