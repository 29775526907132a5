package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guildboard/store"
)

// againEvery is how often the clock tries what was refused, such as posting where the bot may not.
const againEvery = 5 * time.Minute

// memory is how long answers are remembered. Commands lapse long before.
const memory = 7 * 24 * time.Hour

// tick begins what is due, takes up what was left, and delivers what was not delivered.
func (e *Engine) tick(ctx context.Context) {
	err := errors.Join(e.beginDue(ctx), e.beginLapses(ctx), e.beginRepeats(ctx), e.takeUp(ctx), e.redeliver(ctx))
	e.heldUp.Log(ctx, e.log, "bot: the clock failed, trying again", err)
}

// beginDue starts and ends the giveaways whose time has come; after a stop, all that were missed.
func (e *Engine) beginDue(ctx context.Context) error {
	now := time.Now()
	due, err := e.store.DueGiveaways(ctx, now)
	if err != nil {
		return err
	}
	for _, d := range due {
		verb := store.VerbGiveawayEnd
		if d.Start {
			verb = verbStart
		}
		e.begin(ctx, store.Command{
			ID: clockID(verb, d.ID, now), GuildID: d.GuildID, Verb: verb, Target: d.ID, Data: []byte("{}"),
		})
	}
	return nil
}

// clockID names what the clock begins of itself: the same for a while, after which it tries again what was refused.
func clockID(verb store.Verb, due string, now time.Time) string {
	return fmt.Sprintf("clock-%s-%s-%d", due, verb, now.Unix()/int64(againEvery.Seconds()))
}

// begin does work that no command of the stream stands for, unless somebody is at it.
func (e *Engine) begin(ctx context.Context, c store.Command) {
	w, err := e.store.BeginWork(ctx, c, e.Lease)
	if err != nil || w.Status != "" {
		return
	}
	e.working.Go(func() {
		a, err := e.work(ctx, w)
		switch {
		case err != nil:
			e.left(ctx, c, err)
		case a.Status == store.CommandRefused:
			e.log.WarnContext(ctx, "bot: refused", "type", string(c.Verb), "target", c.Target, "code", a.Code, "message", a.Message)
			fallthrough
		default:
			if !c.ExpiresAt.IsZero() { // somebody asked for it
				if err := e.deliver(ctx, a); err != nil {
					e.left(ctx, c, err)
				}
			}
		}
	})
}

// takeUp goes on with what another worker has begun and left.
func (e *Engine) takeUp(ctx context.Context) error {
	left, err := e.store.LeftWork(ctx, time.Now())
	if err != nil {
		return err
	}
	for _, c := range left {
		e.begin(ctx, c)
	}
	return nil
}
