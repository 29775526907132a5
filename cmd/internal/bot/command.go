package bot

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/contract"
)

// readCommands reads commands from their stream, and reclaims those that another engine read and did not start.
func (e *Engine) readCommands(ctx context.Context) {
	group := &store.ConsumerGroup{
		Client: e.client, Stream: contract.CommandsStream, Name: contract.BotGroup, Consumer: store.NewID(), MinIdle: e.MinIdleTime,
		MaxBlock: e.maxBlock,
	}
	var (
		lastClaim time.Time
		retry     store.Retry
		unsigned  = store.UnsignedLog{Log: e.log}
	)
	for ctx.Err() == nil {
		entries, err := group.Read(ctx, 50)
		if err == nil && time.Since(lastClaim) > e.MinIdleTime/2 {
			var reclaimed []redis.XMessage
			reclaimed, err = group.Claim(ctx, 50)
			entries, lastClaim = append(reclaimed, entries...), time.Now()
		}
		for _, entry := range entries {
			if !e.ContractKey.VerifyCommand(entry.Values) {
				// A forged command may have the id of a real one, so an answer could end the wait for the real one.
				unsigned.Add(ctx, contract.CommandsStream)
				_ = group.Acknowledge(ctx, entry.ID) // else it is reclaimed and ignored again
				continue
			}
			if !e.inProgress.add(entry.ID) { // reclaimed while it is still queued in this process
				continue
			}
			e.activeWork.Go(func() {
				defer e.inProgress.remove(entry.ID)
				e.handleCommand(ctx, group, entry)
			})
		}
		retry.Wait(ctx, e.log, "read commands failed, retrying", err)
	}
}

// handleCommand executes a command and acknowledges it once its answer is in the stream of results. Without an answer
// the command stays in the stream: either its work has started and will be resumed, or another engine reclaims it.
func (e *Engine) handleCommand(ctx context.Context, group *store.ConsumerGroup, entry redis.XMessage) {
	c, err := contract.DecodeCommand(entry.Values)
	switch {
	case err == nil:
		a, err := e.execute(ctx, c)
		if err != nil {
			e.logDeferredCommand(ctx, c, err)
			return
		}
		if err := e.deliverAnswer(ctx, a); err != nil {
			e.logDeferredCommand(ctx, c, err)
			return
		}
	case c.ID != "":
		a := contract.CommandResult{
			ID: c.ID, Status: contract.CommandRefused, Code: contract.RefusalUnknownCommand, Message: err.Error(), At: time.Now(),
		}
		if err := e.deliverAnswer(ctx, a); err != nil {
			return
		}
	default:
		e.log.WarnContext(ctx, "invalid entry in command stream", "err", err)
	}
	if e.shouldCrash(c.Verb, "delivered") {
		return
	}
	if err := group.Acknowledge(ctx, entry.ID); err != nil {
		e.log.WarnContext(ctx, "acknowledge command", "command", c.ID, "err", err)
	}
}

// logDeferredCommand logs why a command has no answer yet, except at shutdown.
func (e *Engine) logDeferredCommand(ctx context.Context, c contract.Command, err error) {
	if ctx.Err() == nil && !errors.Is(err, errCrashed) {
		e.log.WarnContext(ctx, "command deferred", "command", c.ID, "type", string(c.Verb), "err", err)
	}
}

// deliverAnswer adds an answer to the stream of results and records the delivery.
func (e *Engine) deliverAnswer(ctx context.Context, a contract.CommandResult) error {
	if err := a.Send(ctx, e.client, e.ContractKey); err != nil {
		return err
	}
	return e.store.MarkDelivered(ctx, a.ID)
}

// redeliverAnswers sends the answers that were not delivered because Redis was unavailable or the worker died.
func (e *Engine) redeliverAnswers(ctx context.Context) error {
	answered, err := e.store.UndeliveredResults(ctx, time.Now().Add(-e.Lease/3))
	if err != nil {
		return err
	}
	for _, c := range answered {
		if err := e.deliverAnswer(ctx, recordedAnswer(c)); err != nil {
			return err
		}
	}
	return nil
}

func recordedAnswer(c contract.Command) contract.CommandResult {
	return contract.CommandResult{ID: c.ID, Status: c.Status, Code: c.Code, Message: c.Message, At: time.Now()}
}

// Execute executes a command that a user gave in Discord. The command needs neither a row nor times. A repeated ID
// returns the first answer.
func (e *Engine) Execute(ctx context.Context, c contract.Command) (contract.CommandResult, error) {
	if len(c.Data) == 0 {
		c.Data = []byte("{}")
	}
	return e.execute(ctx, c)
}

// execute executes the command once no other work on its target is in progress, and returns the answer. If the command
// has been executed before, it returns the first answer.
func (e *Engine) execute(ctx context.Context, c contract.Command) (contract.CommandResult, error) {
	release, waited, err := e.targetLocks.acquire(ctx, c.GuildID+" "+c.Target)
	if err != nil {
		return contract.CommandResult{}, err
	}
	defer release()
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		w, err := e.store.StartWork(ctx, c, e.Lease)
		if err == nil && w.Status == "" {
			var a contract.CommandResult
			if a, err = e.processWork(ctx, w); err == nil {
				return a, nil
			}
		}
		switch {
		case errors.Is(err, store.ErrWorkLeased) && ctx.Err() == nil:
			waited = true
			sleep(ctx, wait)
			continue
		case err != nil:
			return contract.CommandResult{}, err
		case w.Code == contract.RefusalExpired && waited:
			w.Code, w.Message = contract.RefusalBusy, "Other requests for it took too long. Try again."
		}
		return recordedAnswer(w.Command), nil
	}
}
