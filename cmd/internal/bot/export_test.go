package bot

import (
	"context"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

const (
	VerbStartGiveaway = verbStartGiveaway
	VerbExpireClaims  = verbExpireClaims
	VerbOpenTicket    = verbOpenTicket
)

// CrashAfter makes the worker crash after the steps for which the function returns true.
func (e *Engine) CrashAfter(shouldCrash func(v contract.Verb, step string) bool) {
	e.crashAfter = shouldCrash
}

// Steps are the steps of each verb, between which a worker can crash.
func Steps() map[contract.Verb][]string {
	steps := map[contract.Verb][]string{}
	for verb, plan := range stepPlans {
		for _, s := range plan {
			name := s.name
			if s.bestEffort {
				name = "~" + name
			}
			steps[verb] = append(steps[verb], name)
		}
	}
	return steps
}

// RunStep runs one step of work.
func (e *Engine) RunStep(ctx context.Context, resumed bool, run func(context.Context) error) error {
	j := &job{Engine: e, Work: store.Work{IsResumed: resumed}}
	j.checkStep.run = func(*job, context.Context) error { return nil }
	return j.runStep(ctx, step{"row", func(_ *job, ctx context.Context) error { return run(ctx) }, required})
}

// SweepGuild compares a guild with Discord.
func (e *Engine) SweepGuild(ctx context.Context, guild string) error { return e.sweepGuild(ctx, guild) }

// NotifyUsers notifies all recipients as at the given time.
func (e *Engine) NotifyUsers(ctx context.Context, now time.Time) error {
	return e.notifyAllUsers(ctx, now)
}

// WithShortIntervals makes the engine stop quickly, and sets the lease after which another worker counts as dead.
func (e *Engine) WithShortIntervals(lease time.Duration) *Engine {
	e.Lease, e.MinIdleTime, e.ClockInterval, e.SweepInterval = lease, lease, 20*time.Millisecond, time.Hour
	e.DirectorySyncInterval, e.NotifyInterval = time.Hour, time.Hour
	e.maxBlock = 20 * time.Millisecond
	return e
}
