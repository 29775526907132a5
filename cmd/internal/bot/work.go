package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"guildboard/store"
	"guildboard/store/contract"
)

// job is a piece of work that this worker executes, with the rows of its target.
type job struct {
	*Engine
	store.Work
	checkpoint     checkpoint
	giveaway       store.Giveaway
	ticket         store.Ticket
	panel          store.TicketPanel
	panelMessageID string // id of the panel's posted message
	checkStep      step   // first step of the plan; once passed, it only loads the target

	warning *Refusal // first refusal of a best-effort step
}

// checkpoint is the state that must survive a crash between two steps.
type checkpoint struct {
	Checked         bool     `json:"checked,omitempty"` // the check has passed
	Seed            []byte   `json:"seed,omitempty"`    // seed of the draw while the giveaway has no row
	Round           int      `json:"round,omitempty"`   // number of the reroll
	Replaced        []string `json:"gone,omitempty"`    // row ids of the winners whose places are drawn again
	Claimed         []string `json:"claimed,omitempty"` // subset of Replaced that had claimed when the reroll was requested
	TicketNumber    int      `json:"number,omitempty"`  // number of the ticket; written by the store
	OldPanelMessage []string `json:"old,omitempty"`     // channel and id of the panel's previous message
}

// saveCheckpoint stores the checkpoint in the work's row.
func (j *job) saveCheckpoint(ctx context.Context) error {
	text, err := json.Marshal(j.checkpoint)
	if err != nil {
		return fmt.Errorf("encode checkpoint: %w", err)
	}
	j.Checkpoint = text
	return j.store.SaveCheckpoint(ctx, j.Work)
}

// markChecked records that the check has passed. From then on the work is completed without checking again.
func (j *job) markChecked(ctx context.Context) error {
	if !j.ExpiresAt.IsZero() && time.Now().After(j.ExpiresAt) {
		return refusalf(contract.RefusalExpired, "The request reached the bot too late.")
	}
	j.checkpoint.Checked = true
	err := j.saveCheckpoint(ctx)
	j.checkpoint.Checked = err == nil
	return err
}

// Timeouts of one attempt of a step, and of all attempts of a best-effort step.
const (
	stepTimeout       = time.Minute
	bestEffortTimeout = 10 * time.Minute
)

var (
	errCrashed  = errors.New("worker crashed") // in tests
	errDeferred = errors.New("work deferred")
)

// processWork runs the steps of the work, stores its answer and returns it.
func (e *Engine) processWork(ctx context.Context, w store.Work) (contract.CommandResult, error) {
	ctx, stop := e.holdLease(ctx, w)
	defer stop()
	select {
	case e.workSlots <- struct{}{}:
		defer func() { <-e.workSlots }()
	case <-ctx.Done():
		e.releaseLease(ctx, w, 0)
		return contract.CommandResult{}, context.Cause(ctx)
	}
	if e.shouldCrash(w.Verb, "started") {
		return contract.CommandResult{}, errCrashed
	}
	j := &job{Engine: e, Work: w}
	if err := json.Unmarshal(w.Checkpoint, &j.checkpoint); err != nil {
		return contract.CommandResult{}, fmt.Errorf("decode checkpoint: %w", err)
	}
	if !w.IsResumed && !w.ExpiresAt.IsZero() {
		// Best effort: only the final answer must arrive.
		_ = contract.CommandResult{ID: w.ID, Status: contract.CommandAccepted, At: time.Now()}.Send(ctx, e.client, e.ContractKey)
	}
	answer := contract.CommandResult{ID: w.ID, Status: contract.CommandDone}
	err := j.runSteps(ctx)
	if refusal, ok := asRefusal(err); ok {
		if err := e.store.RenewWorkLease(ctx, w, e.Lease); errors.Is(err, store.ErrWorkLeased) {
			return answer, err // the new lease holder continues the work
		}
		answer.Status, answer.Code, answer.Message = contract.CommandRefused, refusal.Code, refusal.Message
		j.revertDiscordChanges(ctx)
		if err := j.skipRepeat(ctx, w, answer); err != nil {
			e.releaseLease(ctx, w, e.Lease/3)
			return answer, preferLeaseLoss(ctx, err)
		}
	} else if err != nil {
		if err = preferLeaseLoss(ctx, err); !errors.Is(err, errCrashed) && !errors.Is(err, store.ErrWorkLeased) {
			e.releaseLease(ctx, w, e.Lease/3)
		}
		return answer, err
	} else if j.warning != nil {
		answer.Code, answer.Message = j.warning.Code, j.warning.Message
	}
	answer.At = time.Now()
	// FinishWork ends the lease, so a failed renewal must not cancel it.
	if err := e.store.FinishWork(context.WithoutCancel(ctx), w, answer); err != nil {
		return answer, preferLeaseLoss(ctx, err)
	}
	if answer.Status == contract.CommandDone {
		_ = e.store.DeleteSyncIssues(ctx, w.GuildID, w.Target) // on failure the next sweep deletes them
	}
	if e.shouldCrash(w.Verb, "answered") {
		return answer, errCrashed
	}
	return answer, nil
}

// preferLeaseLoss returns store.ErrWorkLeased if the loss of the lease ended the context, else err.
func preferLeaseLoss(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, store.ErrWorkLeased) {
		return cause
	}
	return err
}

// holdLease renews the lease until stop is called. If another worker has taken the work, the returned context ends.
func (e *Engine) holdLease(ctx context.Context, w store.Work) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			sleep(ctx, e.Lease/3)
			if ctx.Err() != nil {
				return
			}
			if err := e.store.RenewWorkLease(ctx, w, e.Lease); errors.Is(err, store.ErrWorkLeased) {
				cancel(err)
				return
			}
		}
	}()
	return ctx, func() {
		cancel(context.Canceled)
		<-done
	}
}

// releaseLease lets any worker resume the work after d.
func (e *Engine) releaseLease(ctx context.Context, w store.Work, d time.Duration) {
	if ctx.Err() != nil {
		d = 0
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = e.store.RenewWorkLease(ctx, w, d) // on failure the lease expires
}

// shouldCrash reports whether a test simulates a crash after this step.
func (e *Engine) shouldCrash(v contract.Verb, step string) bool {
	return e.crashAfter != nil && e.crashAfter(v, step)
}

func (j *job) runSteps(ctx context.Context) error {
	plan, known := stepPlans[j.Verb]
	if !known {
		return refusalf(contract.RefusalUnknownCommand, "The bot doesn’t support %q.", j.Verb)
	}
	j.checkStep = plan[0]
	for _, s := range plan {
		err := j.runStep(ctx, s)
		if refusal, ok := asRefusal(err); ok && s.bestEffort {
			j.log.InfoContext(ctx, "best-effort step refused", "command", j.ID, "type", string(j.Verb), "step", s.name, "err", err)
			if j.warning == nil {
				j.warning = refusal
			}
		} else if err != nil {
			return err
		}
		if j.shouldCrash(j.Verb, s.name) {
			return errCrashed
		}
	}
	return nil
}

// runStep runs a step, and retries it while Discord or the database is unavailable and time is left.
func (j *job) runStep(ctx context.Context, s step) error {
	wait := 50 * time.Millisecond
	reload := false
	for n := 0; ; n++ {
		err := j.tryStep(ctx, s, reload)
		if n == 0 && j.IsResumed && errors.Is(err, store.ErrConflict) {
			reload = true // the previous worker may still run and have done this step: reload to see
			continue
		}
		if _, final := asRefusal(err); err == nil || final || errors.Is(err, store.ErrWorkLeased) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if n == 0 {
			j.log.WarnContext(ctx, "step failed, retrying", "command", j.ID, "type", string(j.Verb), "step", s.name, "err", err)
		}
		if final := j.giveUpError(s, err); final != nil {
			return final
		}
		sleep(ctx, wait)
		wait = min(2*wait, 5*time.Second)
	}
}

// tryStep runs a step once. With reload it first reads the target again.
func (j *job) tryStep(ctx context.Context, s step, reload bool) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	if reload {
		if err := j.checkStep.run(j, ctx); err != nil {
			return err
		}
	}
	return s.run(j, ctx)
}

// giveUpError returns nil while a failed step is to be retried, else the error that ends the work.
func (j *job) giveUpError(s step, err error) error {
	now := time.Now()
	switch {
	case errors.Is(err, store.ErrUnavailable):
		if now.Sub(j.StartedAt) < j.Lease {
			return nil
		}
		return fmt.Errorf("%w: %w", errDeferred, err)
	case s.bestEffort:
		if now.Sub(j.StartedAt) < bestEffortTimeout {
			return nil
		}
		return refusalf(contract.RefusalDiscordDown, "Discord didn’t respond.")
	case j.ExpiresAt.IsZero():
		return fmt.Errorf("%w: %w", errDeferred, err)
	case now.Before(j.ExpiresAt), j.IsResumed && now.Sub(j.StartedAt) < bestEffortTimeout: // earlier steps may have taken effect
		return nil
	}
	return refusalf(contract.RefusalDiscordDown, "Discord didn’t respond.")
}

// publishChange publishes an event about a committed change. The event's id is derived from the work, so it is the same
// when published again. Events are hints: if Redis is unavailable, pages notice the change at their next refresh.
func (j *job) publishChange(ctx context.Context, eventType contract.EventType, user string, data contract.EventData) {
	e := contract.Event{Type: eventType, GuildID: j.GuildID, UserID: user}.WithData(data)
	e.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte("guildboard "+j.ID+" "+string(eventType))).String()
	j.publishEvent(ctx, e)
}
