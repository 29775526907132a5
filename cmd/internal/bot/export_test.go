package bot

import (
	"context"
	"time"

	"guildboard/store"
)

const (
	VerbStart = verbStart
	VerbLapse = verbLapse
	VerbOpen  = verbOpen
)

// Stops has the worker die after a step, without another word, when the function says so.
func (e *Engine) Stops(after func(v store.Verb, step string) bool) { e.stops = after }

// Steps are the steps of each verb, between which a worker can die.
func Steps() map[store.Verb][]string {
	steps := map[store.Verb][]string{}
	for verb, plan := range plans {
		for _, s := range plan {
			name := s.name
			if s.told {
				name = "~" + name
			}
			steps[verb] = append(steps[verb], name)
		}
	}
	return steps
}

// Step does a step of work that another worker has begun, or nobody.
func (e *Engine) Step(ctx context.Context, resumed bool, do func(context.Context) error) error {
	j := &job{Engine: e, Work: store.Work{Resumed: resumed}}
	j.check.do = func(*job, context.Context) error { return nil }
	return j.do(ctx, step{"row", func(_ *job, ctx context.Context) error { return do(ctx) }, decides})
}

// Sweep compares a guild with Discord now.
func (e *Engine) Sweep(ctx context.Context, guild string) error { return e.sweep(ctx, guild) }

// Brisk has the engine notice quickly that it is to stop, and after so long that another is dead.
func (e *Engine) Brisk(dead time.Duration) *Engine {
	e.Lease, e.Idle, e.ClockEvery, e.DriftEvery = dead, dead, 20*time.Millisecond, time.Hour
	e.StaffEvery = time.Hour
	e.block = 20 * time.Millisecond
	return e
}
