package store

import (
	"context"
	"log/slog"
	"time"
)

// UnsignedLog logs stream entries that are ignored because their signature is missing or wrong. It must not be used
// concurrently.
type UnsignedLog struct {
	Log *slog.Logger

	count    int       // since it was last logged
	loggedAt time.Time // zero before the first time
}

// Add counts an ignored entry. It logs the first one, and then once a minute at most how many there were.
func (u *UnsignedLog) Add(ctx context.Context, stream string) {
	u.count++
	if !u.loggedAt.IsZero() && time.Since(u.loggedAt) < minLogInterval {
		return
	}
	u.Log.WarnContext(ctx,
		"entries without a valid signature ignored: CONTRACT_KEY must be the same for the bot and all dashboards",
		"stream", stream, "count", u.count)
	u.count, u.loggedAt = 0, time.Now()
}
