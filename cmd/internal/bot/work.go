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
	memo   memo
	g      store.Giveaway
	t      store.Ticket
	p      store.TicketPanel
	stands string // the message that the panel has got
	check  step   // the first of the plan: once it is passed it only reads what the work is about

	remark *Refusal // the first thing that Discord refused to be told
}

// memo is what must not be lost between two steps.
type memo struct {
	Checked bool     `json:"checked,omitempty"` // the change was possible when this work began
	Seed    []byte   `json:"seed,omitempty"`    // of the draw of a giveaway that has no row yet
	Round   int      `json:"round,omitempty"`   // which reroll it is
	Gone    []string `json:"gone,omitempty"`    // rows of the winners whose places are drawn again
	Claimed []string `json:"claimed,omitempty"` // of those, who had claimed their prize when it was asked for
	Number  int      `json:"number,omitempty"`  // of the ticket; written by the store
	Old     []string `json:"old,omitempty"`     // channel and id of the message that the panel had
}

// keep writes the memo down.
func (j *job) keep(ctx context.Context) error {
	text, err := json.Marshal(j.memo)
	if err != nil {
		return fmt.Errorf("writing memo: %w", err)
	}
	j.Memo = text
	return j.store.SaveMemo(ctx, j.Work)
}

// checked passes the check for good: from now on the work is finished, not asked again whether it is possible.
func (j *job) checked(ctx context.Context) error {
	if !j.ExpiresAt.IsZero() && time.Now().After(j.ExpiresAt) {
		return refuse(store.CodeExpired, "It came to the bot too late.")
	}
	j.memo.Checked = true
	err := j.keep(ctx)
	j.memo.Checked = err == nil
	return err
}

// How long a step may take, and how long Discord is waited for with what is only told.
const (
	stepTimeout  = time.Minute
	toldPatience = 10 * time.Minute
)

var (
	errDead  = errors.New("the worker is dead") // in tests
	errLater = errors.New("left for later")
)

// work takes the work through its steps and ends it with an answer.
func (e *Engine) work(ctx context.Context, w store.Work) (store.Answer, error) {
	ctx, stop := e.hold(ctx, w)
	defer stop()
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		e.release(ctx, w, 0)
		return store.Answer{}, context.Cause(ctx)
	}
	if e.dies(w.Verb, "begun") {
		return store.Answer{}, errDead
	}
	j := &job{Engine: e, Work: w}
	if err := json.Unmarshal(w.Memo, &j.memo); err != nil {
		return store.Answer{}, fmt.Errorf("reading memo: %w", err)
	}
	if !w.Resumed && !w.ExpiresAt.IsZero() {
		// A courtesy: the final answer is what counts.
		_ = store.Answer{ID: w.ID, Status: store.CommandAccepted, At: time.Now()}.Send(ctx, e.client, e.Key)
	}
	answer := store.Answer{ID: w.ID, Status: store.CommandDone}
	err := j.run(ctx)
	if no, is := refused(err); is {
		if err := e.store.RenewWork(ctx, w, e.Lease); errors.Is(err, store.ErrTaken) {
			return answer, err // what was done is theirs
		}
		answer.Status, answer.Code, answer.Message = store.CommandRefused, no.Code, no.Message
		j.undo(ctx)
		if err := j.skipRepeat(ctx, w, answer); err != nil {
			e.release(ctx, w, e.Lease/3)
			return answer, lost(ctx, err)
		}
	} else if err != nil {
		if err = lost(ctx, err); !errors.Is(err, errDead) && !errors.Is(err, store.ErrTaken) {
			e.release(ctx, w, e.Lease/3)
		}
		return answer, err
	} else if j.remark != nil {
		answer.Code, answer.Message = j.remark.Code, j.remark.Message
	}
	answer.At = time.Now()
	// From here on the lease cannot be renewed, which is no reason not to hear that the answer is written.
	if err := e.store.AnswerWork(context.WithoutCancel(ctx), w, answer); err != nil {
		return answer, lost(ctx, err)
	}
	if answer.Status == store.CommandDone {
		_ = e.store.ClearDrift(ctx, w.GuildID, w.Target) // else the next sweep does
	}
	if e.dies(w.Verb, "answered") {
		return answer, errDead
	}
	return answer, nil
}

// lost is err, or store.ErrTaken when that is what ended the context.
func lost(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, store.ErrTaken) {
		return cause
	}
	return err
}

// hold renews the lease until stop is called. When the work has got into other hands the context ends.
func (e *Engine) hold(ctx context.Context, w store.Work) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			pause(ctx, e.Lease/3)
			if ctx.Err() != nil {
				return
			}
			if err := e.store.RenewWork(ctx, w, e.Lease); errors.Is(err, store.ErrTaken) {
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

// release lets another worker, or this one, take the work up again after d.
func (e *Engine) release(ctx context.Context, w store.Work, d time.Duration) {
	if ctx.Err() != nil {
		d = 0
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = e.store.RenewWork(ctx, w, d) // else the lease ends by itself
}

// dies tells whether a test has the worker die here.
func (e *Engine) dies(v store.Verb, step string) bool { return e.stops != nil && e.stops(v, step) }

func (j *job) run(ctx context.Context) error {
	plan, known := plans[j.Verb]
	if !known {
		return refuse(store.CodeUnknown, "The bot does not know %q.", j.Verb)
	}
	j.check = plan[0]
	for _, s := range plan {
		err := j.do(ctx, s)
		if no, is := refused(err); is && s.told {
			j.log.InfoContext(ctx, "bot: Discord refused to be told", "command", j.ID, "type", string(j.Verb), "step", s.name, "error", err)
			if j.remark == nil {
				j.remark = no
			}
		} else if err != nil {
			return err
		}
		if j.dies(j.Verb, s.name) {
			return errDead
		}
	}
	return nil
}

// do does a step, again and again while Discord or the database does not answer, as long as there is time.
func (j *job) do(ctx context.Context, s step) error {
	wait := 50 * time.Millisecond
	stale := false
	for n := 0; ; n++ {
		err := j.try(ctx, s, stale)
		if n == 0 && j.Resumed && errors.Is(err, store.ErrConflict) {
			stale = true // who had this work before may not be dead, and was first with this step: then it is done
			continue
		}
		if _, final := refused(err); err == nil || final || errors.Is(err, store.ErrTaken) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if n == 0 {
			j.log.WarnContext(ctx, "bot: step failed, trying again", "command", j.ID, "type", string(j.Verb), "step", s.name, "error", err)
		}
		if final := j.patience(s, err); final != nil {
			return final
		}
		pause(ctx, wait)
		wait = min(2*wait, 5*time.Second)
	}
}

// try does a step once, and reads anew before what it is about if that is stale.
func (j *job) try(ctx context.Context, s step, stale bool) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	if stale {
		if err := j.check.do(j, ctx); err != nil {
			return err
		}
	}
	return s.do(j, ctx)
}

// patience is nil while a step that failed is worth trying again, and then what comes of it.
func (j *job) patience(s step, err error) error {
	now := time.Now()
	switch {
	case errors.Is(err, store.ErrUnavailable):
		if now.Sub(j.BegunAt) < j.Lease {
			return nil
		}
		return fmt.Errorf("%w: %w", errLater, err)
	case s.told:
		if now.Sub(j.BegunAt) < toldPatience {
			return nil
		}
		return refuse(store.CodeDown, "Discord did not answer.")
	case j.ExpiresAt.IsZero():
		return fmt.Errorf("%w: %w", errLater, err)
	case now.Before(j.ExpiresAt), j.Resumed && now.Sub(j.BegunAt) < toldPatience: // a part may be done
		return nil
	}
	return refuse(store.CodeDown, "Discord did not answer.")
}

// publish tells of a change that is committed. Telling again has the same id. It is a hint: when Redis is away pages find
// out by themselves.
func (j *job) publish(ctx context.Context, kind store.EventType, user string, data map[string]any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("writing event: %w", err)
	}
	e := store.Event{Type: kind, GuildID: j.GuildID, UserID: user, Data: raw}
	e.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte("guildboard "+j.ID+" "+string(kind))).String()
	j.tell(ctx, e)
	return nil
}
