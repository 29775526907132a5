package store

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"guildboard/store/contract"
)

// resultWaiters holds the callers of AwaitResult by command id. The zero value is ready to use.
type resultWaiters struct {
	mu      sync.Mutex
	waiters map[string][]chan struct{}
}

// add returns a channel that wake closes, and a function that removes the channel.
func (w *resultWaiters) add(id string) (woken <-chan struct{}, remove func()) {
	c := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiters == nil {
		w.waiters = map[string][]chan struct{}{}
	}
	w.waiters[id] = append(w.waiters[id], c)
	return c, func() { w.remove(id, c) }
}

func (w *resultWaiters) remove(id string, c chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var others []chan struct{}
	for _, other := range w.waiters[id] {
		if other != c {
			others = append(others, other)
		}
	}
	if w.waiters[id] = others; len(others) == 0 {
		delete(w.waiters, id)
	}
}

func (w *resultWaiters) wake(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.waiters[id] {
		close(c)
	}
	delete(w.waiters, id)
}

// HandleEvent wakes the callers of AwaitResult. Call it for each event that the process receives. It does not block.
func (c *CommandQueue) HandleEvent(e contract.Event) {
	if e.Type != contract.CommandResultEvent {
		return
	}
	var data contract.CommandResultData
	if json.Unmarshal(e.Data, &data) == nil && !(contract.Command{Status: data.Status}).IsInProgress() {
		c.waiters.wake(data.CommandID)
	}
}

// AwaitResult returns the command with its result, or as it is after the timeout. Events wake it, so a lost event costs
// the rest of the timeout. It returns at once if no bot is connected.
func (c *CommandQueue) AwaitResult(ctx context.Context, command contract.Command, timeout time.Duration) (contract.Command, error) {
	if !command.IsInProgress() || timeout <= 0 || !c.BotState(ctx).Alive {
		return command, nil
	}
	woken, remove := c.waiters.add(command.ID)
	defer remove()
	current, err := c.store.Command(ctx, command.GuildID, command.ID) // a result may have arrived before
	if err != nil || !current.IsInProgress() {
		return current, err
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-woken:
	case <-timer.C:
	case <-ctx.Done():
		return current, ctx.Err()
	}
	return c.store.Command(ctx, command.GuildID, command.ID)
}
