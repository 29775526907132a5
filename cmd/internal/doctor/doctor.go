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
	Verdict  Verdict
	Rule     string
	Observed string
}

// Report is what an examination finds, in its order. It is written to Out as it is found, a line each.
type Report struct {
	Out      io.Writer
	Findings []Finding
}

func (r *Report) add(v Verdict, rule, observed string, args ...any) {
	f := Finding{v, rule, fmt.Sprintf(observed, args...)}
	r.Findings = append(r.Findings, f)
	_, _ = fmt.Fprintf(r.Out, "%s  %-50s  %s\n", f.Verdict, f.Rule, f.Observed) // nobody reads it: the error says enough
}

func (r *Report) pass(rule, observed string, args ...any) { r.add(Pass, rule, observed, args...) }
func (r *Report) fail(rule, observed string, args ...any) { r.add(Fail, rule, observed, args...) }
func (r *Report) skip(rule, observed string, args ...any) { r.add(Skip, rule, observed, args...) }

// judge passes the rule when nothing is wrong with it, and says what was seen; else it says what is wrong.
func (r *Report) judge(rule, problem, observed string, args ...any) {
	if problem != "" {
		r.fail(rule, "%s", problem)
		return
	}
	r.pass(rule, observed, args...)
}

// note writes a line that is no finding.
func (r *Report) note(format string, args ...any) {
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
	// pollInterval is how often Redis is looked at while something is waited for.
	pollInterval = 25 * time.Millisecond
	// maxStreamLength is how long a stream may be that is trimmed to about 10,000 entries.
	maxStreamLength = 20_000
	// maxClockSkew is how far apart clocks may be.
	maxClockSkew = 5 * time.Minute
)

// ErrRedisUnavailable is why an examination ended early: Redis does not answer, or not as it should.
var ErrRedisUnavailable = errors.New("asking Redis")

// pingRedis tells whether there is a Redis.
func pingRedis(ctx context.Context, client redis.UniversalClient) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrRedisUnavailable, err)
	}
	return nil
}

// pollUntil looks again and again until done, for at most so long, and returns whether it was done. The error is look's, or
// that of ctx.
func pollUntil(ctx context.Context, timeout time.Duration, refresh func() error, done func() bool) (bool, error) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		if err := refresh(); err != nil {
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

// checkTrimmed is the rule that a stream does not grow for ever.
func (r *Report) checkTrimmed(ctx context.Context, client redis.UniversalClient, stream string) error {
	length, err := client.XLen(ctx, stream).Result()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRedisUnavailable, err)
	}
	problem := ""
	if length > maxStreamLength {
		problem = fmt.Sprintf("%d entries; add with MAXLEN ~ 10000", length)
	}
	r.judge("trims "+stream, problem, "%d entries", length)
	return nil
}
