package bot

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
)

// read takes commands from their stream, and those that another engine took and did not begin.
func (e *Engine) read(ctx context.Context) {
	group := &store.Group{
		Client: e.client, Stream: store.CommandsStream, Name: store.BotGroup, Member: store.NewID(), Idle: e.Idle,
		MaxBlock: e.block,
	}
	var (
		claimed  time.Time
		retry    store.Retry
		unsigned = store.UnsignedLog{Log: e.log}
	)
	for ctx.Err() == nil {
		entries, err := group.Read(ctx, 50)
		if err == nil && time.Since(claimed) > e.Idle/2 {
			var left []redis.XMessage
			left, err = group.Claim(ctx, 50)
			entries, claimed = append(left, entries...), time.Now()
		}
		for _, entry := range entries {
			if !e.Key.VerifyCommand(entry.Values) {
				// An answer would end the wait for the real command if a forged one took its id.
				unsigned.Add(ctx, store.CommandsStream)
				_ = group.Done(ctx, entry.ID) // otherwise it is claimed and ignored again
				continue
			}
			if !e.handling.add(entry.ID) { // it waits for its turn here, and was claimed again
				continue
			}
			e.working.Go(func() {
				defer e.handling.remove(entry.ID)
				e.answer(ctx, group, entry)
			})
		}
		retry.Wait(ctx, e.log, "bot: cannot read commands, trying again", err)
	}
}

// answer carries out one command and acknowledges it once the answer is in the stream of results. Without an answer it
// stays in the stream: somebody has begun it and will be back, or nobody has and another engine takes it.
func (e *Engine) answer(ctx context.Context, group *store.Group, entry redis.XMessage) {
	c, err := store.DecodeCommand(entry.Values)
	switch {
	case err == nil:
		a, err := e.carryOut(ctx, c)
		if err != nil {
			e.left(ctx, c, err)
			return
		}
		if err := e.deliver(ctx, a); err != nil {
			e.left(ctx, c, err)
			return
		}
	case c.ID != "":
		a := store.Answer{ID: c.ID, Status: store.CommandRefused, Code: store.CodeUnknown, Message: err.Error(), At: time.Now()}
		if err := e.deliver(ctx, a); err != nil {
			return
		}
	default:
		e.log.WarnContext(ctx, "bot: not a command", "error", err)
	}
	if e.dies(c.Verb, "delivered") {
		return
	}
	if err := group.Done(ctx, entry.ID); err != nil {
		e.log.WarnContext(ctx, "bot: command not acknowledged", "command", c.ID, "error", err)
	}
}

// left says why a command has no answer yet, unless that is in the nature of things.
func (e *Engine) left(ctx context.Context, c store.Command, err error) {
	if ctx.Err() == nil && !errors.Is(err, errDead) {
		e.log.WarnContext(ctx, "bot: command left for later", "command", c.ID, "type", string(c.Verb), "error", err)
	}
}

// deliver puts an answer into the stream of results, and remembers that it is there.
func (e *Engine) deliver(ctx context.Context, a store.Answer) error {
	if err := a.Send(ctx, e.client, e.Key); err != nil {
		return err
	}
	return e.store.Delivered(ctx, a.ID)
}

// redeliver sends the answers that did not get into the stream, because Redis was away or the worker died.
func (e *Engine) redeliver(ctx context.Context) error {
	answered, err := e.store.Undelivered(ctx, time.Now().Add(-e.Lease/3))
	if err != nil {
		return err
	}
	for _, c := range answered {
		if err := e.deliver(ctx, answerOf(c)); err != nil {
			return err
		}
	}
	return nil
}

func answerOf(c store.Command) store.Answer {
	return store.Answer{ID: c.ID, Status: c.Status, Code: c.Code, Message: c.Message, At: time.Now()}
}

// Do carries out what somebody asks for in Discord. The command needs no row and no times; the same ID again gets the
// first answer.
func (e *Engine) Do(ctx context.Context, c store.Command) (store.Answer, error) {
	if len(c.Data) == 0 {
		c.Data = []byte("{}")
	}
	return e.carryOut(ctx, c)
}

// carryOut does what the command asks for, once nothing else is being done with its target, and returns the answer; the
// first one, if it has been carried out before.
func (e *Engine) carryOut(ctx context.Context, c store.Command) (store.Answer, error) {
	leave, waited, err := e.targets.enter(ctx, c.GuildID+" "+c.Target)
	if err != nil {
		return store.Answer{}, err
	}
	defer leave()
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		w, err := e.store.BeginWork(ctx, c, e.Lease)
		if err == nil && w.Status == "" {
			var a store.Answer
			if a, err = e.work(ctx, w); err == nil {
				return a, nil
			}
		}
		switch {
		case errors.Is(err, store.ErrTaken) && ctx.Err() == nil:
			waited = true
			pause(ctx, wait)
			continue
		case err != nil:
			return store.Answer{}, err
		case w.Code == store.CodeExpired && waited:
			w.Code, w.Message = store.CodeBusy, "Something else was being done with it all the time."
		}
		return answerOf(w.Command), nil
	}
}
