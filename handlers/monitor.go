package handlers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"guildboard/handlers/live"
)

// How often the database is checked, and how long a check may take. With both, pages say within five seconds that it
// does not answer.
const (
	monitorInterval = time.Second
	monitorTimeout  = 2 * time.Second
)

// A Monitor watches what all live pages depend on, the subscription to events and the database, and sets the condition
// of the live engine: stale until both are there, read-only while the database accepts no changes.
type Monitor struct {
	// Check asks the database, through the path that pages take, and reports whether it accepts changes.
	Check func(context.Context) (writable bool, err error)
	Live  *live.Engine
	Log   *slog.Logger

	mu                sync.Mutex
	databaseCondition live.Condition // as of the last check; zero before it
	isSubscribed      bool
	pausedSince       time.Time // since when live updates are paused; zero while they are not
}

// Run checks the database every second until ctx ends, and then returns nil.
func (m *Monitor) Run(ctx context.Context) error {
	ticker := time.NewTicker(monitorInterval)
	defer ticker.Stop()
	for {
		condition := m.checkDatabase(ctx)
		if ctx.Err() != nil {
			return nil
		}
		m.mu.Lock()
		m.databaseCondition = condition
		m.updateCondition()
		m.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// setSubscribed records whether events are received. It does nothing on a nil Monitor.
func (m *Monitor) setSubscribed(subscribed bool) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.isSubscribed = subscribed
	m.updateCondition()
}

// checkDatabase asks the database, and once more if it refuses at once: a connection that was closed meanwhile is not
// an outage.
func (m *Monitor) checkDatabase(ctx context.Context) live.Condition {
	for range 2 {
		checkCtx, cancel := context.WithTimeout(ctx, monitorTimeout)
		writable, err := m.Check(checkCtx)
		timedOut := errors.Is(checkCtx.Err(), context.DeadlineExceeded)
		cancel()
		if err == nil && !writable {
			return live.ReadOnly
		}
		if err == nil {
			return live.Live
		}
		if timedOut {
			break
		}
	}
	return live.Stale
}

// updateCondition sets the condition of the live engine. The caller holds mu.
func (m *Monitor) updateCondition() {
	condition := m.databaseCondition
	if !m.isSubscribed || m.databaseCondition == 0 {
		condition = live.Stale
	}
	switch {
	case condition == live.Stale && m.pausedSince.IsZero() && m.Live.Condition() != live.Stale: // expected at the start
		m.pausedSince = time.Now()
		m.Log.Warn("live updates paused", "subscribed", m.isSubscribed, "database", m.databaseCondition.String())
	case condition != live.Stale && !m.pausedSince.IsZero():
		m.Log.Info("live updates resumed", "after", time.Since(m.pausedSince).Round(time.Millisecond).String())
		m.pausedSince = time.Time{}
	}
	m.Live.SetCondition(condition)
}
