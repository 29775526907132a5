package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// How often Run looks after what the bot does not do.
const (
	sweepInterval = time.Second      // what has expired, and what was not sent
	claimInterval = 10 * time.Second // results that another process took and did not record
	resendAfter   = 3 * time.Second  // a row that is younger is still being sent by who asked
)

// Run hears what the bot answers, ends the wait for what it does not, and sends what was not sent, until ctx ends; then
// it returns nil. It belongs in every process of the dashboard: each answer is recorded by one of them, and told to all.
func (c *CommandQueue) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { c.receiveResults(ctx) })
	wg.Go(func() {
		var retry Retry
		runEvery(ctx, sweepInterval, func() {
			err := errors.Join(c.expireUnanswered(ctx), c.resendUnsent(ctx))
			retry.Log(ctx, c.log, "commands: cannot sweep, trying again", err)
			c.BotState(ctx) // so that when it was last heard is known even if nobody looks
		})
	})
	wg.Wait()
	return nil
}

// runEvery calls do at once and then every d until ctx ends.
func runEvery(ctx context.Context, d time.Duration, fn func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for ctx.Err() == nil {
		fn()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// resultBatchSize is how many answers are read at a time. It is small because answers are cut only after they were read.
const resultBatchSize = 20

// receiveResults records answers as they come.
func (c *CommandQueue) receiveResults(ctx context.Context) {
	group := &ConsumerGroup{Client: c.client, Stream: ResultsStream, Name: DashboardGroup, Consumer: NewID(), MinIdle: claimInterval, MaxBlock: c.MaxBlock}
	var (
		retry     Retry
		claimedAt time.Time
		unsigned  = UnsignedLog{Log: c.log}
	)
	for ctx.Err() == nil {
		entries, err := group.Read(ctx, resultBatchSize)
		if err == nil && time.Since(claimedAt) > claimInterval {
			var reclaimed []redis.XMessage
			reclaimed, err = group.Claim(ctx, resultBatchSize)
			entries, claimedAt = append(reclaimed, entries...), time.Now()
		}
		if err == nil {
			err = c.recordResults(ctx, group, entries, &unsigned)
		}
		retry.Wait(ctx, c.log, "commands: cannot hear results, trying again", err)
	}
}

// recordResults records answers in their order, and acknowledges each once it is recorded. What the database does not take
// now it is asked to take again: the answer stands nowhere else.
func (c *CommandQueue) recordResults(ctx context.Context, group *ConsumerGroup, entries []redis.XMessage, unsigned *UnsignedLog) error {
	for _, entry := range entries {
		if !c.Key.VerifyResult(entry.Values) {
			if c.CountUnsigned != nil {
				c.CountUnsigned()
			}
			unsigned.Add(ctx, ResultsStream)
			if err := group.Acknowledge(ctx, entry.ID); err != nil {
				return err
			}
			continue
		}
		result := decodeResult(entry.Values)
		var wait backoff
		for {
			command, changed, err := c.store.recordResult(ctx, result, time.Now())
			if errors.Is(err, ErrUnavailable) && ctx.Err() == nil {
				wait.sleep(ctx)
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				c.log.WarnContext(ctx, "commands: answer not understood", "command", result.ID, "error", err)
			}
			if changed {
				c.publishResult(ctx, command)
			}
			break
		}
		if err := group.Acknowledge(ctx, entry.ID); err != nil {
			return err
		}
	}
	return nil
}

// expireUnanswered ends the wait for what was not answered. The database hands each command to one process.
func (c *CommandQueue) expireUnanswered(ctx context.Context) error {
	expired, err := c.store.expireCommands(ctx, time.Now())
	for _, command := range expired {
		c.publishResult(ctx, command)
	}
	return err
}

// resendUnsent sends what is not in the stream. Two processes may send the same: the bot carries it out once.
func (c *CommandQueue) resendUnsent(ctx context.Context) error {
	now := time.Now()
	unsent, err := c.store.unsentCommands(ctx, now.Add(-resendAfter), now)
	for _, command := range unsent {
		if _, err := c.send(ctx, command); err != nil {
			return err
		}
	}
	return err
}
