package store

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestRetryBacksOffAndLogsRecurringFailureOnce simulates a full Redis that evicts a stream repeatedly, so that the loop
// succeeds once between failures.
func TestRetryBacksOffAndLogsRecurringFailureOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			out      bytes.Buffer
			retry    Retry
			attempts int
		)
		log := slog.New(slog.NewTextHandler(&out, nil))
		for began := time.Now(); time.Since(began) < 30*time.Second; attempts++ {
			retry.Wait(t.Context(), log, "cannot read", errors.New("evicted"))
			retry.Wait(t.Context(), log, "cannot read", nil)
		}
		if got := strings.Count(out.String(), "cannot read"); got != 1 {
			t.Errorf("log lines in 30 s = %d, want 1", got)
		}
		if attempts > 60 { // without backoff there would be about 400
			t.Errorf("attempts in 30 s = %d, want at most 60", attempts)
		}

		time.Sleep(2 * time.Minute) // no failures
		began := time.Now()
		retry.Wait(t.Context(), log, "cannot read", errors.New("evicted"))
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("first wait after a success = %v, want at most 100 ms", took)
		}
		if got := strings.Count(out.String(), "cannot read"); got != 2 {
			t.Errorf("log lines = %d, want 2: one per outage", got)
		}
	})
}

// policyReplies holds the replies of a Redis to CONFIG and to INFO; "" is an error.
type policyReplies struct{ config, info string }

func (s policyReplies) DialHook(next redis.DialHook) redis.DialHook { return next }
func (s policyReplies) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
func (s policyReplies) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, cmd redis.Cmder) error {
		err := errors.New("NOPERM this user has no permissions to run the command")
		switch cmd := cmd.(type) {
		case *redis.MapStringStringCmd:
			if s.config == "" {
				cmd.SetErr(err)
				return err
			}
			cmd.SetVal(map[string]string{"maxmemory-policy": s.config})
		case *redis.StringCmd:
			if s.info == "" {
				cmd.SetErr(err)
				return err
			}
			cmd.SetVal("# Memory\r\nused_memory:1\r\nmaxmemory_policy:" + s.info + "\r\nallocator:x\r\n")
		}
		return nil
	}
}

func TestEvictionPolicyFallsBackToInfo(t *testing.T) {
	for s, want := range map[policyReplies]string{
		{"allkeys-lru", ""}:           "allkeys-lru",
		{"noeviction", "allkeys-lru"}: "noeviction",
		{"", "volatile-ttl"}:          "volatile-ttl",
		{"", ""}:                      "",
	} {
		client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
		client.AddHook(s)
		if got := EvictionPolicy(t.Context(), client); got != want {
			t.Errorf("EvictionPolicy() with CONFIG = %q and INFO = %q: got %q, want %q", s.config, s.info, got, want)
		}
		_ = client.Close()
	}
}
