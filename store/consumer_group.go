package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// errStreamLost reports that Redis has lost a stream, for example because it evicts keys.
var errStreamLost = errors.New("the stream was lost with its entries, and has been created again")

// ConsumerGroup reads a stream as one consumer of a group. Each entry is delivered to one consumer and stays assigned
// to it until it is acknowledged, or until another consumer claims it after MinIdle.
type ConsumerGroup struct {
	Client   redis.UniversalClient
	Stream   string
	Name     string
	Consumer string        // unique among all processes
	existed  bool          // the group has existed
	MinIdle  time.Duration // how long an entry may be in progress until its consumer counts as crashed
	MaxBlock time.Duration // how long Read waits for entries; 0 means 1 s
}

// Read waits for new entries and returns up to count of them, or none after MaxBlock. It creates a missing group,
// which starts at the first entry of the stream. If the group has existed before, Read also returns an error.
func (g *ConsumerGroup) Read(ctx context.Context, count int) ([]redis.XMessage, error) {
	block := g.MaxBlock
	if block == 0 {
		block = time.Second
	}
	streams, err := g.Client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: g.Name, Consumer: g.Consumer, Streams: []string{g.Stream, ">"}, Count: int64(count), Block: block,
	}).Result()
	if err := g.ensureExists(ctx, err); err != nil || len(streams) == 0 {
		return nil, err
	}
	return streams[0].Messages, nil
}

// Claim takes over entries that have been assigned to other consumers for longer than MinIdle.
func (g *ConsumerGroup) Claim(ctx context.Context, count int) ([]redis.XMessage, error) {
	entries, _, err := g.Client.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: g.Stream, Group: g.Name, Consumer: g.Consumer, MinIdle: g.MinIdle, Start: "0-0", Count: int64(count),
	}).Result()
	return entries, g.ensureExists(ctx, err)
}

// Acknowledge marks entries as processed.
func (g *ConsumerGroup) Acknowledge(ctx context.Context, ids ...string) error {
	if err := g.Client.XAck(ctx, g.Stream, g.Name, ids...).Err(); err != nil {
		return fmt.Errorf("acknowledge %s: %w: %w", g.Stream, ErrUnavailable, err)
	}
	return nil
}

// ensureExists returns err, except for two cases: it returns nil if there are no new entries, and creates a missing
// group.
func (g *ConsumerGroup) ensureExists(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, redis.Nil) {
		g.existed = true
		return nil
	}
	if strings.HasPrefix(err.Error(), "NOGROUP") {
		err = g.Client.XGroupCreateMkStream(ctx, g.Stream, g.Name, "0").Err()
		if err == nil || strings.HasPrefix(err.Error(), "BUSYGROUP") {
			if err = nil; g.existed {
				// Redis has lost its data or evicts keys, so the caller must pause before the next read.
				err = errStreamLost
			}
			g.existed = true
		}
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("read %s: %w: %w", g.Stream, ErrUnavailable, err)
}
