// Package doctor checks whether a bot or a dashboard keeps the contract between the two. It plays the other side over
// Redis and reports for each rule whether it was kept, and what was observed. The documentation of package store
// defines the contract.
//
// The package also recomputes a giveaway's winners from the draw proof on the giveaway's page.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/redis/go-redis/v9"
)

// Verdict is the result of checking a rule.
type Verdict string

const (
	Pass Verdict = "pass"
	Fail Verdict = "fail"
	Skip Verdict = "skip" // not checked; Observed says why
)

// Finding is the result of a rule and what was observed.
type Finding struct {
	Verdict  Verdict
	Rule     string
	Observed string
}

// Report collects findings in order, and writes each to Out as one line.
type Report struct {
	Out      io.Writer
	Findings []Finding
}

func (r *Report) add(v Verdict, rule, observed string, args ...any) {
	f := Finding{v, rule, fmt.Sprintf(observed, args...)}
	r.Findings = append(r.Findings, f)
	_, _ = fmt.Fprintf(r.Out, "%s  %-50s  %s\n", f.Verdict, f.Rule, f.Observed) // Err reports failures even if Out cannot be written
}

func (r *Report) pass(rule, observed string, args ...any) { r.add(Pass, rule, observed, args...) }
func (r *Report) fail(rule, observed string, args ...any) { r.add(Fail, rule, observed, args...) }
func (r *Report) skip(rule, observed string, args ...any) { r.add(Skip, rule, observed, args...) }

// judge adds a failed finding if there is a problem, else a passed one with what was observed.
func (r *Report) judge(rule, problem, observed string, args ...any) {
	if problem != "" {
		r.fail(rule, "%s", problem)
		return
	}
	r.pass(rule, observed, args...)
}

// note writes a line that is not a finding.
func (r *Report) note(format string, args ...any) {
	_, _ = fmt.Fprintf(r.Out, "      "+format+"\n", args...)
}

// Err returns an error with the number of failed rules; nil if none failed.
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
	// pollInterval is the interval of polling Redis.
	pollInterval = 25 * time.Millisecond
	// maxStreamLength is the maximum length of a stream that is trimmed to about 10,000 entries.
	maxStreamLength = 20_000
	// maxClockSkew is the maximum difference between clocks.
	maxClockSkew = 5 * time.Minute
)

// ErrRedisUnavailable is returned when a check ends early because a call to Redis failed.
var ErrRedisUnavailable = errors.New("redis unavailable")

// pingRedis returns ErrRedisUnavailable if Redis does not respond.
func pingRedis(ctx context.Context, client redis.UniversalClient) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrRedisUnavailable, err)
	}
	return nil
}

// pollUntil calls refresh repeatedly until done returns true, and returns whether it did within timeout. The error is
// that of refresh or ctx.
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

// checkTrimmed checks that a stream is trimmed.
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
