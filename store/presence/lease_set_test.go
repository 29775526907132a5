package presence

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func TestLeaseSetPausesForFourTimesTheTimeout(t *testing.T) {
	for _, timeout := range []time.Duration{leaseTimeout, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p := &leaseSet{log: slog.New(slog.DiscardHandler)}
			p.start()
			p.Timeout = timeout
			isCalled := func(err error) (called bool) {
				p.callRedis(t.Context(), func(context.Context) error {
					called = true
					return err
				})
				return called
			}
			if !isCalled(errors.New("connection refused")) {
				t.Fatalf("timeout %v: the first call does not reach Redis", timeout)
			}
			time.Sleep(4*timeout - time.Nanosecond)
			if isCalled(nil) {
				t.Errorf("timeout %v: call %v after a failure reaches Redis, want a pause of %v",
					timeout, 4*timeout-time.Nanosecond, 4*timeout)
			}
			time.Sleep(time.Nanosecond)
			if !isCalled(nil) {
				t.Errorf("timeout %v: call %v after a failure does not reach Redis, want a pause of %v",
					timeout, 4*timeout, 4*timeout)
			}
		})
	}
}
