package store

import (
	"context"
	"log/slog"
	"time"
)

const (
	// recoveryTime is how long a loop must succeed before the next failure counts as a new one.
	recoveryTime = maxBackoff
	// minLogInterval is the shortest time between two log lines about a recurring failure.
	minLogInterval = time.Minute
)

// Retry paces a loop that depends on a service, such as reading a Redis stream. The wait grows with each failure, up
// to maxBackoff, and is reset after recoveryTime without failures. A failure is logged when it begins and then at
// most once a minute. The zero value is ready to use, by one goroutine.
type Retry struct {
	backoff   backoff
	isFailing bool
	failedAt  time.Time // last failure
	loggedAt  time.Time // last log line
}

// Wait logs err and waits before the next attempt, or until ctx ends. Without an error it returns immediately.
func (r *Retry) Wait(ctx context.Context, log *slog.Logger, message string, err error) {
	if err == nil {
		r.isFailing = false
		return
	}
	if time.Since(r.failedAt) > recoveryTime {
		r.backoff = 0
	}
	r.Log(ctx, log, message, err)
	r.backoff.sleep(ctx)
	r.failedAt = time.Now()
}

// Log logs err like Wait but does not wait, for loops with their own timing.
func (r *Retry) Log(ctx context.Context, log *slog.Logger, message string, err error) {
	isNew := err != nil && !r.isFailing
	r.isFailing = err != nil
	if isNew && ctx.Err() == nil && (r.loggedAt.IsZero() || time.Since(r.loggedAt) > minLogInterval) {
		r.loggedAt = time.Now()
		log.WarnContext(ctx, message, "err", err)
	}
}
