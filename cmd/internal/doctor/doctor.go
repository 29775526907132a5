// Package doctor tells the author of a bot, or of a dashboard, whether it keeps the contract between the two: it plays
// the other side over a Redis and says of each rule whether it was kept, and what was seen. The contract itself is in
// the documentation of package store.
//
// Besides, it recomputes a giveaway's winners from what the giveaway's page shows.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/redis/go-redis/v9"
)

// Verdict is what became of a rule.
type Verdict string

const (
	Pass Verdict = "pass"
	Fail Verdict = "fail"
	Skip Verdict = "skip" // it could not be tried; Seen says why
)

// Finding is one rule and what was seen of it.
type Finding struct {
	Verdict Verdict
	Rule    string
	Seen    string
}

// Report is what an examination finds, in its order. It is written to Out as it is found, a line each.
type Report struct {
	Out      io.Writer
	Findings []Finding
}

func (r *Report) add(v Verdict, rule, seen string, args ...any) {
	f := Finding{v, rule, fmt.Sprintf(seen, args...)}
	r.Findings = append(r.Findings, f)
	_, _ = fmt.Fprintf(r.Out, "%s  %-50s  %s\n", f.Verdict, f.Rule, f.Seen) // nobody reads it: the error says enough
}

func (r *Report) pass(rule, seen string, args ...any) { r.add(Pass, rule, seen, args...) }
func (r *Report) fail(rule, seen string, args ...any) { r.add(Fail, rule, seen, args...) }
func (r *Report) skip(rule, seen string, args ...any) { r.add(Skip, rule, seen, args...) }

// judge passes the rule when nothing is wrong with it, and says what was seen; else it says what is wrong.
func (r *Report) judge(rule, wrong, seen string, args ...any) {
	if wrong != "" {
		r.fail(rule, "%s", wrong)
		return
	}
	r.pass(rule, seen, args...)
}

// say writes a line that is no finding.
func (r *Report) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.Out, "      "+format+"\n", args...)
}

// Err says how many rules were broken; nil when none was.
func (r *Report) Err() error {
	count := map[Verdict]int{}
	for _, f := range r.Findings {
		count[f.Verdict]++
	}
	if count[Fail] == 0 {
		return nil
	}
	return fmt.Errorf("%d failed, %d passed, %d skipped", count[Fail], count[Pass], count[Skip])
}

const (
	// lookEvery is how often Redis is looked at while something is waited for.
	lookEvery = 25 * time.Millisecond
	// streamMost is how long a stream may be that is trimmed to about 10,000 entries.
	streamMost = 20_000
	// clockMost is how far apart clocks may be.
	clockMost = 5 * time.Minute
)

// ErrAway is why an examination ended early: Redis does not answer, or not as it should.
var ErrAway = errors.New("asking Redis")

// reach tells whether there is a Redis.
func reach(ctx context.Context, client redis.UniversalClient) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return nil
}

// until looks again and again until done, for at most so long, and returns whether it was done. The error is look's, or
// that of ctx.
func until(ctx context.Context, most time.Duration, look func() error, done func() bool) (bool, error) {
	deadline := time.NewTimer(most)
	defer deadline.Stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := look(); err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return false, err
		}
		if done() {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-deadline.C:
			return false, nil
		case <-tick.C:
		}
	}
}

// trimmed is the rule that a stream does not grow for ever.
func (r *Report) trimmed(ctx context.Context, client redis.UniversalClient, stream string) error {
	length, err := client.XLen(ctx, stream).Result()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	wrong := ""
	if length > streamMost {
		wrong = fmt.Sprintf("%d entries; add with MAXLEN ~ 10000", length)
	}
	r.judge("trims "+stream, wrong, "%d entries", length)
	return nil
}
