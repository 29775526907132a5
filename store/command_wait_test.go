package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

func TestAwaitResult(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		c := env.startDashboard(t, nil)
		await := func(command contract.Command, timeout time.Duration) contract.CommandStatus {
			t.Helper()
			current, err := c.AwaitResult(t.Context(), command, timeout)
			noError(t, err)
			return current.Status
		}
		enqueue := func(target string) contract.Command {
			t.Helper()
			command, _, err := c.Enqueue(t.Context(), contract.Command{
				GuildID: env.guild, Actor: contract.User{ID: "1"}, Verb: contract.VerbTicketClose, Target: target,
			})
			noError(t, err)
			return command
		}
		env.sendHeartbeat(t)
		answered, waiting, silent := enqueue("answered"), enqueue("waiting"), enqueue("silent")

		answer := func(id string, status contract.CommandStatus) {
			t.Helper()
			noError(t, contract.CommandResult{ID: id, Status: status}.Send(t.Context(), env.client, contract.Key{}))
		}
		answer(answered.ID, contract.CommandDone)
		for await(answered, time.Nanosecond) != contract.CommandDone {
			continue // until Run has recorded the result
		}
		if got := await(answered, waitTimeout); got != contract.CommandDone {
			t.Errorf("status of an answered command = %s, want done", got)
		}

		event := contract.Event{Type: contract.CommandResultEvent, GuildID: env.guild}
		results := make(chan contract.CommandStatus, 2)
		for range cap(results) {
			go func() { results <- await(waiting, waitTimeout) }()
		}
		c.HandleEvent(event.WithData(contract.CommandResultData{CommandID: waiting.ID, Status: contract.CommandAccepted}))
		answer(waiting.ID, contract.CommandRefused)
		for await(waiting, time.Nanosecond) != contract.CommandRefused {
			continue // until Run has recorded the result
		}
		c.HandleEvent(event.WithData(contract.CommandResultData{CommandID: waiting.ID, Status: contract.CommandRefused}))
		for range cap(results) {
			if got := <-results; got != contract.CommandRefused {
				t.Errorf("status after the event = %s, want refused", got)
			}
		}

		if got := await(silent, time.Millisecond); got != contract.CommandRequested {
			t.Errorf("status after the timeout = %s, want requested", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.AwaitResult(ctx, silent, waitTimeout); !errors.Is(err, context.Canceled) && !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("AwaitResult() of a canceled context: error = %v, want canceled", err)
		}
		noError(t, env.client.Del(t.Context(), contract.BotAliveKey).Err())
		other := env.newDashboard(nil) // whose state of the bot is not cached
		if current, err := other.AwaitResult(t.Context(), silent, waitTimeout); err != nil || current.Status != contract.CommandRequested {
			t.Errorf("AwaitResult() without a bot = %s, %v, want requested at once", current.Status, err)
		}
	})
}
