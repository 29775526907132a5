package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// Seats limits how many of something each person holds in all processes together, such as streams. The seats of a process
// that was killed are free again after 20 seconds. While Redis does not answer everybody gets a seat: a limit is no reason
// to be down.
type Seats struct{ places }

// NewSeats gives each person so many seats.
func NewSeats(client redis.UniversalClient, most int, log *slog.Logger) *Seats {
	s := &Seats{places{
		client: client, log: log, prefix: "seats:", holds: 20 * time.Second, most: most,
		away: "streams of a person are counted in this process alone: Redis does not answer",
		back: "streams of a person are counted over all processes again",
	}}
	s.begin()
	return s
}

// Take gives a seat, or says that the person has all of theirs. A seat is left once, and leaving does not wait.
func (s *Seats) Take(ctx context.Context, person string) (leave func(), ok bool) {
	return s.take(ctx, person, s.next())
}
