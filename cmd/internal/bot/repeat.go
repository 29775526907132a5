package bot

import (
	"context"
	"errors"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

func (j *job) checkRepeat(ctx context.Context) error {
	if err := j.loadGiveaway(ctx); err != nil {
		return err
	}
	if _, err := j.requestedRepeat(); err != nil {
		return err
	}
	return j.requireStatus(ctx, store.GiveawayPending, store.GiveawayActive, store.GiveawayPaused, store.GiveawayEnded)
}

// requestedRepeat returns the repeat rule that the command sets for the loaded giveaway. 0 days stop the repeat.
// Without a zone in the command, the row's zone is kept.
func (j *job) requestedRepeat() (store.RepeatRule, error) {
	var data contract.RepeatPayload
	switch err := j.DecodePayload(&data); {
	case err != nil || data.Days == nil:
		return store.RepeatRule{}, refusalf(contract.RefusalUnknownCommand, "The interval of the repetition cannot be decoded.")
	case *data.Days < 0 || *data.Days > store.MaxRepeatDays:
		return store.RepeatRule{}, invalidFormRefusal("days")
	case data.Zone != nil && store.Zone(*data.Zone) == nil:
		return store.RepeatRule{}, invalidFormRefusal("zone")
	}
	zone := j.giveaway.RepeatRule().Location().String()
	if data.Zone != nil {
		zone = *data.Zone
	}
	return j.giveaway.NewRepeatRule(*data.Days, zone), nil
}

func (j *job) saveRepeat(ctx context.Context) error {
	rule, err := j.requestedRepeat()
	if err != nil {
		return err
	}
	if rule.Days == 0 {
		return j.store.StopRepeat(ctx, j.GuildID, j.Target)
	}
	return j.store.SetRepeat(ctx, j.GuildID, j.Target, rule, rule.Next(j.StartedAt))
}

// repeatData is the data of a GIVEAWAY_CREATE with which the clock repeats a giveaway.
type repeatData struct {
	contract.GiveawayForm
	Repeat     store.ScheduledRepeat `json:"repeat"`
	RepeatDays int                   `json:"repeatDays"` // the only field set by versions without time zones
	Rule       store.RepeatRule      `json:"repeatRule"`
}

// processDueRepeats starts work for the giveaways whose repeat is due.
func (e *Engine) processDueRepeats(ctx context.Context) error {
	now := time.Now()
	due, err := e.store.DueRepeats(ctx, now)
	if err != nil {
		return err
	}
	for _, g := range due {
		c, err := repeatCommand(g, now)
		if err != nil {
			return err
		}
		e.startWork(ctx, c)
	}
	return nil
}

// repeatCommand returns the command that repeats g. Apart from the end time it does not depend on the engine or the
// time of the call.
func repeatCommand(g store.Giveaway, now time.Time) (contract.Command, error) {
	id := "c" + deriveNonce("repeat", g.ID, g.RepeatAt.UnixMilli())[:24]
	form := g.Form()
	form.StartsAt, form.EndsAt = nil, now.Add(g.EndsAt.Sub(g.BeginsAt()))
	data, err := contract.EncodePayload(repeatData{form, store.ScheduledRepeat{GiveawayID: g.ID, Due: *g.RepeatAt},
		g.RepeatDays, g.RepeatRule()})
	if err != nil {
		return contract.Command{}, err
	}
	return contract.Command{ID: "repeat-" + id, GuildID: g.GuildID, Actor: g.Host, Verb: contract.VerbGiveawayCreate,
		Target: id, Data: data}, nil
}

// repetition returns the repeat that this work executes. Only work that the clock started can repeat a giveaway; in a
// dashboard's command the data is ignored.
func (j *job) repetition() (store.ScheduledRepeat, bool) {
	var data repeatData
	if j.Verb != contract.VerbGiveawayCreate || !j.ExpiresAt.IsZero() || j.DecodePayload(&data) != nil {
		return data.Repeat, false
	}
	return data.Repeat, data.Repeat.GiveawayID != ""
}

// withRepeat returns g with the rule and the next time of the repeat, if this work executes one.
func (j *job) withRepeat(g store.Giveaway) store.Giveaway {
	r, ok := j.repetition()
	if !ok {
		return g
	}
	var data repeatData
	_ = j.DecodePayload(&data) // repetition has decoded it
	rule := data.Rule
	if rule.Days == 0 {
		rule = store.RepeatRule{Days: data.RepeatDays, Zone: "UTC", From: r.Due}
	}
	next := rule.Next(j.StartedAt)
	g.RepeatDays, g.RepeatZone, g.RepeatFrom, g.RepeatAt = rule.Days, rule.Zone, &rule.From, &next
	return g
}

// skipRepeat skips a repeat that was refused, and schedules the next one.
func (j *job) skipRepeat(ctx context.Context, w store.Work, answer contract.CommandResult) error {
	r, ok := j.repetition()
	if !ok {
		return nil
	}
	g, err := j.store.Giveaway(ctx, w.GuildID, r.GiveawayID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil || g.RepeatDays == 0:
		return err
	}
	if err := j.store.SkipRepeat(ctx, r, g.RepeatRule().Next(time.Now()), w, answer); err != nil {
		return err
	}
	data := contract.GiveawayUpdateData{GiveawayID: r.GiveawayID, Prize: g.Prize}
	j.publishChange(ctx, contract.GiveawayUpdateEvent, "", data)
	return nil
}
