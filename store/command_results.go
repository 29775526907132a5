package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store/contract"
)

// Intervals of Run's periodic work.
const (
	sweepInterval = time.Second      // between searches for expired and unsent commands
	claimInterval = 10 * time.Second // between claims of results that another process has read and not recorded
	resendAfter   = 3 * time.Second  // younger rows may still be in the process of being sent by Enqueue
)

// Run records results from the bot, marks unanswered commands as expired, and sends unsent ones, until ctx ends; then
// it returns nil. Every process of the dashboard must call it: each result is recorded by one of them and published
// to all.
func (c *CommandQueue) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { c.receiveResults(ctx) })
	wg.Go(func() {
		var retry Retry
		runEvery(ctx, sweepInterval, func() {
			err := errors.Join(c.expireUnanswered(ctx), c.resendUnsent(ctx))
			retry.Log(ctx, c.log, "sweep commands failed, retrying", err)
			c.BotState(ctx) // stores the time of the last heartbeat even if no page asks for it
		})
	})
	wg.Wait()
	return nil
}

// runEvery calls fn immediately and then every d until ctx ends.
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

// resultBatchSize is the number of results per read. It is small because results are truncated only after reading.
const resultBatchSize = 20

// receiveResults reads and records results until ctx ends.
func (c *CommandQueue) receiveResults(ctx context.Context) {
	group := &ConsumerGroup{
		Client: c.client, Stream: contract.ResultsStream, Name: contract.DashboardGroup, Consumer: NewID(),
		MinIdle: claimInterval, MaxBlock: c.MaxBlock,
	}
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
		retry.Wait(ctx, c.log, "receive command results failed, retrying", err)
	}
}

// recordResults records results in order, and acknowledges each one after it was recorded. While the database is
// unavailable it retries, because the stream has the only copy of the result.
func (c *CommandQueue) recordResults(
	ctx context.Context, group *ConsumerGroup, entries []redis.XMessage, unsigned *UnsignedLog,
) error {
	for _, entry := range entries {
		if !c.Key.VerifyResult(entry.Values) {
			if c.CountUnsigned != nil {
				c.CountUnsigned()
			}
			unsigned.Add(ctx, contract.ResultsStream)
			if err := group.Acknowledge(ctx, entry.ID); err != nil {
				return err
			}
			continue
		}
		result := contract.DecodeResult(entry.Values)
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
				c.log.WarnContext(ctx, "invalid command result ignored", "command", result.ID, "err", err)
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

// expireUnanswered marks unanswered commands as expired. The database returns each command to one process.
func (c *CommandQueue) expireUnanswered(ctx context.Context) error {
	expired, err := c.store.expireCommands(ctx, time.Now())
	for _, command := range expired {
		c.publishResult(ctx, command)
	}
	return err
}

// resendUnsent sends commands that are not in the stream. Two processes may send the same command: the bot carries it
// out once.
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
