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
	sweepEvery  = time.Second      // what has expired, and what was not sent
	claimEvery  = 10 * time.Second // results that another process took and did not record
	unsentAfter = 3 * time.Second  // a row that is younger is still being sent by who asked
)

// Run hears what the bot answers, ends the wait for what it does not, and sends what was not sent, until ctx ends; then
// it returns nil. It belongs in every process of the dashboard: each answer is recorded by one of them, and told to all.
func (c *Commands) Run(ctx context.Context) error {
	var all sync.WaitGroup
	all.Go(func() { c.hear(ctx) })
	all.Go(func() {
		var troubled Retry
		every(ctx, sweepEvery, func() {
			err := errors.Join(c.expire(ctx), c.resend(ctx))
			troubled.Log(ctx, c.log, "commands: cannot sweep, trying again", err)
			c.Bot(ctx) // so that when it was last heard is known even if nobody looks
		})
	})
	all.Wait()
	return nil
}

// every calls do at once and then every d until ctx ends.
func every(ctx context.Context, d time.Duration, do func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for ctx.Err() == nil {
		do()
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// resultsAtOnce is how many answers are read at a time. It is small because answers are cut only after they were read.
const resultsAtOnce = 20

// hear records answers as they come.
func (c *Commands) hear(ctx context.Context) {
	group := &Group{Client: c.client, Stream: ResultsStream, Name: DashboardGroup, Member: NewID(), Idle: claimEvery, MaxBlock: c.MaxBlock}
	var (
		retry    Retry
		claimed  time.Time
		unsigned = UnsignedLog{Log: c.log}
	)
	for ctx.Err() == nil {
		entries, err := group.Read(ctx, resultsAtOnce)
		if err == nil && time.Since(claimed) > claimEvery {
			var left []redis.XMessage
			left, err = group.Claim(ctx, resultsAtOnce)
			entries, claimed = append(left, entries...), time.Now()
		}
		if err == nil {
			err = c.recordAll(ctx, group, entries, &unsigned)
		}
		retry.Wait(ctx, c.log, "commands: cannot hear results, trying again", err)
	}
}

// recordAll records answers in their order, and acknowledges each once it is recorded. What the database does not take
// now it is asked to take again: the answer stands nowhere else.
func (c *Commands) recordAll(ctx context.Context, group *Group, entries []redis.XMessage, unsigned *UnsignedLog) error {
	for _, entry := range entries {
		if !c.Key.VerifyResult(entry.Values) {
			if c.CountUnsigned != nil {
				c.CountUnsigned()
			}
			unsigned.Add(ctx, ResultsStream)
			if err := group.Done(ctx, entry.ID); err != nil {
				return err
			}
			continue
		}
		answer := decodeAnswer(entry.Values)
		var wait backoff
		for {
			command, changed, err := c.store.record(ctx, answer, time.Now())
			if errors.Is(err, ErrUnavailable) && ctx.Err() == nil {
				wait.sleep(ctx)
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				c.log.WarnContext(ctx, "commands: answer not understood", "command", answer.ID, "error", err)
			}
			if changed {
				c.tell(ctx, command)
			}
			break
		}
		if err := group.Done(ctx, entry.ID); err != nil {
			return err
		}
	}
	return nil
}

// expire ends the wait for what was not answered. The database hands each command to one process.
func (c *Commands) expire(ctx context.Context) error {
	expired, err := c.store.expire(ctx, time.Now())
	for _, command := range expired {
		c.tell(ctx, command)
	}
	return err
}

// resend sends what is not in the stream. Two processes may send the same: the bot carries it out once.
func (c *Commands) resend(ctx context.Context) error {
	now := time.Now()
	left, err := c.store.unsent(ctx, now.Add(-unsentAfter), now)
	for _, command := range left {
		if _, err := c.send(ctx, command); err != nil {
			return err
		}
	}
	return err
}
