package handlers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"guildboard/handlers/live"
)

// Interval and timeout of database checks. With them, pages show within five seconds that the database does not
// respond.
const (
	monitorInterval = time.Second
	monitorTimeout  = 2 * time.Second
)

// monitor watches the event subscription and the database, which all live pages depend on, and sets the condition of
// the live engine: stale until both are available, read-only while the database rejects writes.
type monitor struct {
	check healthCheck
	live  *live.Engine
	log   *slog.Logger

	mu                sync.Mutex
	databaseCondition live.Condition // from the last check; zero before the first
	isSubscribed      bool
	pausedSince       time.Time // start of the pause of live updates; zero if they are not paused
}

// run checks the database every monitorInterval until ctx ends, and then returns nil.
func (m *monitor) run(ctx context.Context) error {
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

// setSubscribed records whether events are received.
func (m *monitor) setSubscribed(subscribed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.isSubscribed = subscribed
	m.updateCondition()
}

// checkDatabase checks the database. It retries once after an error other than a timeout, because a closed connection
// is not an outage.
func (m *monitor) checkDatabase(ctx context.Context) live.Condition {
	for range 2 {
		checkCtx, cancel := context.WithTimeout(ctx, monitorTimeout)
		writable, err := m.check(checkCtx)
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

// updateCondition sets the condition of the live engine. Before the first check the condition of a new Server remains.
// The caller holds mu.
func (m *monitor) updateCondition() {
	if m.databaseCondition == 0 {
		return
	}
	condition := m.databaseCondition
	if !m.isSubscribed {
		condition = live.Stale
	}
	switch {
	case condition == live.Stale && m.pausedSince.IsZero() && m.live.Condition() != live.Stale: // expected at the start
		m.pausedSince = time.Now()
		m.log.Warn("live updates paused", "subscribed", m.isSubscribed, "database", m.databaseCondition.String())
	case condition != live.Stale && !m.pausedSince.IsZero():
		m.log.Info("live updates resumed", "after", time.Since(m.pausedSince).Round(time.Millisecond).String())
		m.pausedSince = time.Time{}
	}
	m.live.SetCondition(condition)
}
