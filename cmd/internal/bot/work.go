package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"guildboard/store"
)

// job is a piece of work in a worker's hands, and what it knows of its target.
type job struct {
	*Engine
	store.Work
	checkpoint     checkpoint
	giveaway       store.Giveaway
	ticket         store.Ticket
	panel          store.TicketPanel
	panelMessageID string // the message that the panel has got
	checkStep      step   // the first of the plan: once it is passed it only reads what the work is about

	warning *Refusal // the first thing that Discord refused to be told
}

// checkpoint is what must not be lost between two steps.
type checkpoint struct {
	Checked         bool     `json:"checked,omitempty"` // the change was possible when this work began
	Seed            []byte   `json:"seed,omitempty"`    // of the draw of a giveaway that has no row yet
	Round           int      `json:"round,omitempty"`   // which reroll it is
	Replaced        []string `json:"gone,omitempty"`    // rows of the winners whose places are drawn again
	Claimed         []string `json:"claimed,omitempty"` // of those, who had claimed their prize when it was asked for
	TicketNumber    int      `json:"number,omitempty"`  // of the ticket; written by the store
	OldPanelMessage []string `json:"old,omitempty"`     // channel and id of the message that the panel had
}

// saveCheckpoint writes the memo down.
func (j *job) saveCheckpoint(ctx context.Context) error {
	text, err := json.Marshal(j.checkpoint)
	if err != nil {
		return fmt.Errorf("writing memo: %w", err)
	}
	j.Checkpoint = text
	return j.store.SaveCheckpoint(ctx, j.Work)
}

// markChecked passes the check for good: from now on the work is finished, not asked again whether it is possible.
func (j *job) markChecked(ctx context.Context) error {
	if !j.ExpiresAt.IsZero() && time.Now().After(j.ExpiresAt) {
		return refusalf(store.RefusalExpired, "It came to the bot too late.")
	}
	j.checkpoint.Checked = true
	err := j.saveCheckpoint(ctx)
	j.checkpoint.Checked = err == nil
	return err
}

// How long a step may take, and how long Discord is waited for with what is only told.
const (
	stepTimeout       = time.Minute
	bestEffortTimeout = 10 * time.Minute
)

var (
	errCrashed  = errors.New("the worker is dead") // in tests
	errDeferred = errors.New("left for later")
)

// processWork takes the work through its steps and ends it with an answer.
func (e *Engine) processWork(ctx context.Context, w store.Work) (store.CommandResult, error) {
	ctx, stop := e.holdLease(ctx, w)
	defer stop()
	select {
	case e.workSlots <- struct{}{}:
		defer func() { <-e.workSlots }()
	case <-ctx.Done():
		e.releaseLease(ctx, w, 0)
		return store.CommandResult{}, context.Cause(ctx)
	}
	if e.shouldCrash(w.Verb, "begun") {
		return store.CommandResult{}, errCrashed
	}
	j := &job{Engine: e, Work: w}
	if err := json.Unmarshal(w.Checkpoint, &j.checkpoint); err != nil {
		return store.CommandResult{}, fmt.Errorf("reading memo: %w", err)
	}
	if !w.IsResumed && !w.ExpiresAt.IsZero() {
		// A courtesy: the final answer is what counts.
		_ = store.CommandResult{ID: w.ID, Status: store.CommandAccepted, At: time.Now()}.Send(ctx, e.client, e.ContractKey)
	}
	answer := store.CommandResult{ID: w.ID, Status: store.CommandDone}
	err := j.runSteps(ctx)
	if refusal, ok := asRefusal(err); ok {
		if err := e.store.RenewWorkLease(ctx, w, e.Lease); errors.Is(err, store.ErrWorkLeased) {
			return answer, err // what was done is theirs
		}
		answer.Status, answer.Code, answer.Message = store.CommandRefused, refusal.Code, refusal.Message
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
	// From here on the lease cannot be renewed, which is no reason not to hear that the answer is written.
	if err := e.store.FinishWork(context.WithoutCancel(ctx), w, answer); err != nil {
		return answer, preferLeaseLoss(ctx, err)
	}
	if answer.Status == store.CommandDone {
		_ = e.store.DeleteSyncIssues(ctx, w.GuildID, w.Target) // else the next sweep does
	}
	if e.shouldCrash(w.Verb, "answered") {
		return answer, errCrashed
	}
	return answer, nil
}

// preferLeaseLoss is err, or store.ErrWorkLeased when that is what ended the context.
func preferLeaseLoss(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, store.ErrWorkLeased) {
		return cause
	}
	return err
}

// holdLease renews the lease until stop is called. When the work has got into other hands the context ends.
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

// releaseLease lets another worker, or this one, take the work up again after d.
func (e *Engine) releaseLease(ctx context.Context, w store.Work, d time.Duration) {
	if ctx.Err() != nil {
		d = 0
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = e.store.RenewWorkLease(ctx, w, d) // else the lease ends by itself
}

// shouldCrash tells whether a test has the worker die here.
func (e *Engine) shouldCrash(v store.Verb, step string) bool {
	return e.crashAfter != nil && e.crashAfter(v, step)
}

func (j *job) runSteps(ctx context.Context) error {
	plan, known := stepPlans[j.Verb]
	if !known {
		return refusalf(store.RefusalUnknownCommand, "The bot does not know %q.", j.Verb)
	}
	j.checkStep = plan[0]
	for _, s := range plan {
		err := j.runStep(ctx, s)
		if refusal, ok := asRefusal(err); ok && s.bestEffort {
			j.log.InfoContext(ctx, "bot: Discord refused to be told", "command", j.ID, "type", string(j.Verb), "step", s.name, "error", err)
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

// runStep does a step, again and again while Discord or the database does not answer, as long as there is time.
func (j *job) runStep(ctx context.Context, s step) error {
	wait := 50 * time.Millisecond
	reload := false
	for n := 0; ; n++ {
		err := j.tryStep(ctx, s, reload)
		if n == 0 && j.IsResumed && errors.Is(err, store.ErrConflict) {
			reload = true // who had this work before may not be dead, and was first with this step: then it is done
			continue
		}
		if _, final := asRefusal(err); err == nil || final || errors.Is(err, store.ErrWorkLeased) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if n == 0 {
			j.log.WarnContext(ctx, "bot: step failed, trying again", "command", j.ID, "type", string(j.Verb), "step", s.name, "error", err)
		}
		if final := j.giveUpError(s, err); final != nil {
			return final
		}
		sleep(ctx, wait)
		wait = min(2*wait, 5*time.Second)
	}
}

// tryStep does a step once, and reads anew before what it is about if that is stale.
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

// giveUpError is nil while a step that failed is worth trying again, and then what comes of it.
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
		return refusalf(store.RefusalDiscordDown, "Discord did not answer.")
	case j.ExpiresAt.IsZero():
		return fmt.Errorf("%w: %w", errDeferred, err)
	case now.Before(j.ExpiresAt), j.IsResumed && now.Sub(j.StartedAt) < bestEffortTimeout: // a part may be done
		return nil
	}
	return refusalf(store.RefusalDiscordDown, "Discord did not answer.")
}

// publishChange tells of a change that is committed. Telling again has the same id. It is a hint: when Redis is away pages find
// out by themselves.
func (j *job) publishChange(ctx context.Context, eventType store.EventType, user string, data map[string]any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("writing event: %w", err)
	}
	e := store.Event{Type: eventType, GuildID: j.GuildID, UserID: user, Data: raw}
	e.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte("guildboard "+j.ID+" "+string(eventType))).String()
	j.publishEvent(ctx, e)
	return nil
}
