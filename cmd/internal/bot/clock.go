package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guildboard/store"
)

// clockRetryInterval is how often the clock tries what was refused, such as posting where the bot may not.
const clockRetryInterval = 5 * time.Minute

// workRetention is how long answers are remembered. Commands lapse long before.
const workRetention = 7 * 24 * time.Hour

// tick begins what is due, takes up what was left, and delivers what was not delivered.
func (e *Engine) tick(ctx context.Context) {
	err := errors.Join(e.processDueGiveaways(ctx), e.processExpiredClaims(ctx), e.processDueRepeats(ctx), e.resumeUnfinishedWork(ctx), e.redeliverAnswers(ctx))
	e.clockRetry.Log(ctx, e.log, "bot: the clock failed, trying again", err)
}

// processDueGiveaways starts and ends the giveaways whose time has come; after a stop, all that were missed.
func (e *Engine) processDueGiveaways(ctx context.Context) error {
	now := time.Now()
	due, err := e.store.DueGiveaways(ctx, now)
	if err != nil {
		return err
	}
	for _, d := range due {
		verb := store.VerbGiveawayEnd
		if d.IsStart {
			verb = verbStartGiveaway
		}
		e.startWork(ctx, store.Command{
			ID: clockCommandID(verb, d.ID, now), GuildID: d.GuildID, Verb: verb, Target: d.ID, Data: []byte("{}"),
		})
	}
	return nil
}

// clockCommandID names what the clock begins of itself: the same for a while, after which it tries again what was refused.
func clockCommandID(verb store.Verb, target string, now time.Time) string {
	return fmt.Sprintf("clock-%s-%s-%d", target, verb, now.Unix()/int64(clockRetryInterval.Seconds()))
}

// startWork does work that no command of the stream stands for, unless somebody is at it.
func (e *Engine) startWork(ctx context.Context, c store.Command) {
	w, err := e.store.StartWork(ctx, c, e.Lease)
	if err != nil || w.Status != "" {
		return
	}
	e.activeWork.Go(func() {
		a, err := e.processWork(ctx, w)
		switch {
		case err != nil:
			e.logDeferredCommand(ctx, c, err)
		case a.Status == store.CommandRefused:
			e.log.WarnContext(ctx, "bot: refused", "type", string(c.Verb), "target", c.Target, "code", a.Code, "message", a.Message)
			fallthrough
		default:
			if !c.ExpiresAt.IsZero() { // somebody asked for it
				if err := e.deliverAnswer(ctx, a); err != nil {
					e.logDeferredCommand(ctx, c, err)
				}
			}
		}
	})
}

// resumeUnfinishedWork goes on with what another worker has begun and left.
func (e *Engine) resumeUnfinishedWork(ctx context.Context) error {
	unfinished, err := e.store.UnfinishedWork(ctx, time.Now())
	if err != nil {
		return err
	}
	for _, c := range unfinished {
		e.startWork(ctx, c)
	}
	return nil
}
