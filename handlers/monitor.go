package handlers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"guildboard/handlers/live"
)

// How often the database is checked, and how long a check may take. With both, pages say within five seconds that it does
// not answer.
const (
	monitorEvery   = time.Second
	monitorTimeout = 2 * time.Second
)

// A Monitor watches what all live pages depend on, the subscription to events and the database, and sets the condition of
// the live engine: stale until both are there, read-only while the database accepts no changes.
type Monitor struct {
	// Check asks the database, through the path that pages take, and reports whether it accepts changes.
	Check func(context.Context) (writable bool, err error)
	Live  *live.Engine
	Log   *slog.Logger

	mu         sync.Mutex
	database   live.Condition // as of the last check; zero before it
	subscribed bool
	paused     time.Time // since when live updates are paused; zero while they are not
}

// Run checks the database every second until ctx ends, and then returns nil.
func (m *Monitor) Run(ctx context.Context) error {
	tick := time.NewTicker(monitorEvery)
	defer tick.Stop()
	for {
		condition := m.checkDatabase(ctx)
		if ctx.Err() != nil {
			return nil
		}
		m.mu.Lock()
		m.database = condition
		m.assess()
		m.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// setSubscribed records whether events are received. It does nothing on a nil Monitor.
func (m *Monitor) setSubscribed(is bool) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.subscribed = is
	m.assess()
}

// checkDatabase asks the database, and once more if it refuses at once: a connection that was closed meanwhile is not an
// outage.
func (m *Monitor) checkDatabase(ctx context.Context) live.Condition {
	for range 2 {
		check, cancel := context.WithTimeout(ctx, monitorTimeout)
		writable, err := m.Check(check)
		timedOut := errors.Is(check.Err(), context.DeadlineExceeded)
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

// assess sets the condition of the live engine. The caller holds mu.
func (m *Monitor) assess() {
	condition := m.database
	if !m.subscribed || m.database == 0 {
		condition = live.Stale
	}
	switch {
	case condition == live.Stale && m.paused.IsZero() && m.Live.Condition() != live.Stale: // expected at the start
		m.paused = time.Now()
		m.Log.Warn("live updates paused", "subscribed", m.subscribed, "database", m.database.String())
	case condition != live.Stale && !m.paused.IsZero():
		m.Log.Info("live updates resumed", "after", time.Since(m.paused).Round(time.Millisecond).String())
		m.paused = time.Time{}
	}
	m.Live.SetCondition(condition)
}
