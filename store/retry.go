package store

import (
	"context"
	"log/slog"
	"time"
)

const (
	// calm is how long a loop has to go well until what failed before is over.
	calm = maxBackoff
	// logAgainAfter is how long a trouble that comes and goes is logged once.
	logAgainAfter = time.Minute
)

// Retry is for a loop against something that may be away, such as one that reads a stream of Redis. After each failure
// the loop waits longer, up to maxBackoff, until it has gone well for as long. A trouble is logged when it begins,
// and once a minute at most however often it comes and goes. The zero value is ready; one goroutine uses it.
type Retry struct {
	wait    backoff
	failing bool
	failed  time.Time // last
	logged  time.Time // last
}

// Wait logs err and waits before the next attempt, or until ctx ends. Without an error it returns at once.
func (r *Retry) Wait(ctx context.Context, log *slog.Logger, message string, err error) {
	if err == nil {
		r.failing = false
		return
	}
	if time.Since(r.failed) > calm {
		r.wait = 0
	}
	r.Log(ctx, log, message, err)
	r.wait.sleep(ctx)
	r.failed = time.Now()
}

// Log logs err, unless it is the trouble that was logged before, and does not wait: for loops that have a pace of their
// own.
func (r *Retry) Log(ctx context.Context, log *slog.Logger, message string, err error) {
	begins := err != nil && !r.failing
	r.failing = err != nil
	if begins && ctx.Err() == nil && (r.logged.IsZero() || time.Since(r.logged) > logAgainAfter) {
		r.logged = time.Now()
		log.WarnContext(ctx, message, "error", err)
	}
}
