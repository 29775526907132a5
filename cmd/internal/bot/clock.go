package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guildboard/store/contract"
)

// clockRetryInterval is the interval at which the clock retries refused work, such as posting in a channel without
// permission.
const clockRetryInterval = 5 * time.Minute

// workRetention is how long answers are kept to answer repeated commands. Commands expire much earlier.
const workRetention = 7 * 24 * time.Hour

// tick starts due work, resumes unfinished work, and redelivers answers.
func (e *Engine) tick(ctx context.Context) {
	err := errors.Join(e.processDueGiveaways(ctx), e.processExpiredClaims(ctx), e.processDueRepeats(ctx),
		e.resumeUnfinishedWork(ctx), e.redeliverAnswers(ctx))
	e.clockRetry.Log(ctx, e.log, "process due work failed, retrying", err)
}

// processDueGiveaways starts and ends the giveaways that are due, including those missed while no engine was running.
func (e *Engine) processDueGiveaways(ctx context.Context) error {
	now := time.Now()
	due, err := e.store.DueGiveaways(ctx, now)
	if err != nil {
		return err
	}
	for _, d := range due {
		verb := contract.VerbGiveawayEnd
		if d.IsStart {
			verb = verbStartGiveaway
		}
		e.startWork(ctx, contract.Command{
			ID: clockCommandID(verb, d.ID, now), GuildID: d.GuildID, Verb: verb, Target: d.ID, Data: []byte("{}"),
		})
	}
	return nil
}

// clockCommandID returns the id of work that the clock starts. It stays the same for clockRetryInterval; after that the
// clock retries refused work.
func clockCommandID(verb contract.Verb, target string, now time.Time) string {
	return fmt.Sprintf("clock-%s-%s-%d", target, verb, now.Unix()/int64(clockRetryInterval.Seconds()))
}

// startWork executes work that has no command in the stream, unless another worker holds its lease.
func (e *Engine) startWork(ctx context.Context, c contract.Command) {
	w, err := e.store.StartWork(ctx, c, e.Lease)
	if err != nil || w.Status != "" {
		return
	}
	e.activeWork.Go(func() {
		a, err := e.processWork(ctx, w)
		switch {
		case err != nil:
			e.logDeferredCommand(ctx, c, err)
		case a.Status == contract.CommandRefused:
			e.log.WarnContext(ctx, "work refused", "type", string(c.Verb), "target", c.Target, "code", a.Code, "message", a.Message)
			fallthrough
		default:
			if !c.ExpiresAt.IsZero() { // a command of a dashboard, not of the clock
				if err := e.deliverAnswer(ctx, a); err != nil {
					e.logDeferredCommand(ctx, c, err)
				}
			}
		}
	})
}

// resumeUnfinishedWork resumes work that another worker started and did not finish.
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
