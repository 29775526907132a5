package presence

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// StreamLimiter limits the concurrent streams of each user across all processes. Slots of a killed process are freed
// after 20 seconds. While Redis does not answer, all streams are allowed, so that the limit never causes an outage.
type StreamLimiter struct{ leaseSet }

// NewStreamLimiter returns a limiter for maxPerUser streams per user.
func NewStreamLimiter(client redis.UniversalClient, maxPerUser int, log *slog.Logger) *StreamLimiter {
	s := &StreamLimiter{leaseSet{
		client: client, log: log, prefix: "stream-slots:", ttl: 20 * time.Second, maxPerSet: maxPerUser,
		unavailableMessage: "redis unavailable, stream limit per user is not enforced across processes",
		recoveredMessage:   "redis available again, stream limit per user is enforced across processes",
	}}
	s.start()
	return s
}

// Acquire acquires a stream slot; ok is false if the user has none left. release does not wait and may be called
// once.
func (s *StreamLimiter) Acquire(ctx context.Context, userID string) (release func(), ok bool) {
	return s.acquire(ctx, userID, s.newID())
}
