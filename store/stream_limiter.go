package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// StreamLimiter limits how many of something each person holds in all processes together, such as streams. The seats of a process
// that was killed are free again after 20 seconds. While Redis does not answer everybody gets a seat: a limit is no reason
// to be down.
type StreamLimiter struct{ leaseSet }

// NewStreamLimiter gives each person so many seats.
func NewStreamLimiter(client redis.UniversalClient, maxPerUser int, log *slog.Logger) *StreamLimiter {
	s := &StreamLimiter{leaseSet{
		client: client, log: log, prefix: "seats:", ttl: 20 * time.Second, maxPerSet: maxPerUser,
		unavailableMessage: "streams of a person are counted in this process alone: Redis does not answer",
		recoveredMessage:   "streams of a person are counted over all processes again",
	}}
	s.start()
	return s
}

// Acquire gives a seat, or says that the person has all of theirs. A seat is left once, and leaving does not wait.
func (s *StreamLimiter) Acquire(ctx context.Context, userID string) (release func(), ok bool) {
	return s.acquire(ctx, userID, s.newID())
}
