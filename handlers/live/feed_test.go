package live

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func connectFeed(e *Engine, topic string, viewer Viewer) *browser {
	return openStream("", func(w http.ResponseWriter, r *http.Request) error {
		return e.ServeEvents(w, r, topic, viewer)
	})
}

// eventData returns the data of the received events, one event per line.
func (b *browser) eventData() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines strings.Builder
	for _, e := range b.events {
		lines.WriteString(e.data + "\n")
	}
	return lines.String()
}

func TestFeedDeliversEveryEventInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{})
		a, b, other := connectFeed(e, "g1", Viewer{}), connectFeed(e, "g1", Viewer{}), connectFeed(e, "g2", Viewer{})
		synctest.Wait()
		var want strings.Builder
		for i := range 1000 {
			event := fmt.Sprintf(`{"type":"GIVEAWAY_ENTRY","n":%d}`, i)
			want.WriteString(event + "\n")
			e.Publish("g1", []byte(event))
			if i%maxQueuedEvents == maxQueuedEvents-1 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		for _, subscriber := range []*browser{a, b} {
			if got := subscriber.eventData(); got != want.String() {
				t.Errorf("got %d bytes of events, want %d", len(got), want.Len())
			}
		}
		if got := other.eventData(); got != "" {
			t.Errorf("events of another topic = %q, want none", got)
		}
		if s := e.Stats(); s.Events != 2000 || s.Streams != 3 {
			t.Errorf("stats = %+v, want 2000 events and 3 streams", s)
		}
	})
}

func TestSlowFeedSubscriberIsDroppedWithoutBlocking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{})
		slow, quick := connectFeed(e, "g1", Viewer{}), connectFeed(e, "g1", Viewer{})
		synctest.Wait()
		slow.setStalled(true)
		start := time.Now()
		for range 4 * maxQueuedEvents {
			e.Publish("g1", []byte("{}"))
			synctest.Wait()
		}
		if took := time.Since(start); took > 0 {
			t.Errorf("publishing took %v, want 0s", took)
		}
		slow.setStalled(false)
		synctest.Wait()
		if got := strings.Count(slow.eventData(), "{}"); !slow.hasEnded() || got > maxQueuedEvents {
			t.Errorf("slow reader: ended = %t after %d events, want true after at most %d", slow.hasEnded(), got, maxQueuedEvents)
		}
		if got := strings.Count(quick.eventData(), "{}"); quick.hasEnded() || got != 4*maxQueuedEvents {
			t.Errorf("other reader: ended = %t after %d events, want false, %d", quick.hasEnded(), got, 4*maxQueuedEvents)
		}
		if s := e.Stats(); s.Stalled != 1 {
			t.Errorf("Stalled = %d, want 1", s.Stalled)
		}
	})
}

func TestFeedHasPingsAccessChecksAndShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{})
		start := time.Now()
		a := connectFeed(e, "g1", Viewer{})
		b := connectFeed(e, "g1", Viewer{CheckAccess: allowIf(func() bool { return time.Since(start) < 30*time.Second })})
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if a.status != http.StatusOK || a.header.Get("Content-Type") != "text/event-stream" || a.pingCount() < 4 {
			t.Errorf("got status %d, header %v, %d pings; want 200, an event stream, at least 4", a.status, a.header, a.pingCount())
		}
		if !b.hasEnded() {
			t.Error("feed of a reader without access is open, want it ended")
		}
		e.Close()
		synctest.Wait()
		if !a.hasEnded() || !e.isEmpty() {
			t.Errorf("after Close: stream ended = %t, engine empty = %t; want true, true", a.hasEnded(), e.isEmpty())
		}
	})
}
