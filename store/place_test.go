package store

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func TestPlacesBackOffForFourTimesTheTimeout(t *testing.T) {
	for _, timeout := range []time.Duration{leaseTimeout, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p := &leaseSet{log: slog.New(slog.DiscardHandler)}
			p.start()
			p.Timeout = timeout
			isAsked := func(err error) (called bool) {
				p.callRedis(t.Context(), func(context.Context) error {
					called = true
					return err
				})
				return called
			}
			if !isAsked(errors.New("connection refused")) {
				t.Fatalf("timeout %v: the first request does not use Redis", timeout)
			}
			time.Sleep(4*timeout - time.Nanosecond)
			if isAsked(nil) {
				t.Errorf("timeout %v: request %v after a failure uses Redis, want a pause of %v",
					timeout, 4*timeout-time.Nanosecond, 4*timeout)
			}
			time.Sleep(time.Nanosecond)
			if !isAsked(nil) {
				t.Errorf("timeout %v: request %v after a failure does not use Redis, want a pause of %v",
					timeout, 4*timeout, 4*timeout)
			}
		})
	}
}
