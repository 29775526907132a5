package live

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func read(e *Engine, topic string, who Viewer) *browser {
	return open("", func(w http.ResponseWriter, r *http.Request) error { return e.ServeEvents(w, r, topic, who) })
}

// data returns what a reader got, one event to a line.
func (b *browser) data() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines strings.Builder
	for _, e := range b.events {
		lines.WriteString(e.data + "\n")
	}
	return lines.String()
}

func TestAFeedHasEveryEventOfItsTopicInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{})
		a, b, other := read(e, "g1", Viewer{}), read(e, "g1", Viewer{}), read(e, "g2", Viewer{})
		synctest.Wait()
		var want strings.Builder
		for i := range 1000 {
			event := fmt.Sprintf(`{"type":"GIVEAWAY_ENTRY","n":%d}`, i)
			want.WriteString(event + "\n")
			e.Send("g1", []byte(event))
			if i%maxQueue == maxQueue-1 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		for _, reader := range []*browser{a, b} {
			if got := reader.data(); got != want.String() {
				t.Errorf("a reader got %d bytes of %d", len(got), want.Len())
			}
		}
		if got := other.data(); got != "" {
			t.Errorf("the reader of another topic got %q", got)
		}
		if s := e.Stats(); s.Events != 2000 || s.Streams != 3 {
			t.Errorf("stats: %+v", s)
		}
	})
}

func TestAReaderThatIsTooSlowIsCutAndNobodyWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{})
		slow, quick := read(e, "g1", Viewer{}), read(e, "g1", Viewer{})
		synctest.Wait()
		slow.stall(true)
		began := time.Now()
		for range 4 * maxQueue {
			e.Send("g1", []byte("{}"))
			synctest.Wait()
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("sending took %v", took)
		}
		slow.stall(false)
		synctest.Wait()
		if got := strings.Count(slow.data(), "{}"); !slow.ended() || got > maxQueue {
			t.Errorf("ended %v, after %d events", slow.ended(), got)
		}
		if got := strings.Count(quick.data(), "{}"); quick.ended() || got != 4*maxQueue {
			t.Errorf("the other reader got %d events", got)
		}
		if s := e.Stats(); s.Cut != 1 {
			t.Errorf("stats: %+v", s)
		}
	})
}

func TestAFeedIsAStreamLikeAnyOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, Config{})
		began := time.Now()
		a := read(e, "g1", Viewer{})
		b := read(e, "g1", Viewer{Allowed: ok(func() bool { return time.Since(began) < 30*time.Second })})
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if a.status != http.StatusOK || a.header.Get("Content-Type") != "text/event-stream" || a.pinged() < 4 {
			t.Errorf("status %d, %v, %d pings", a.status, a.header, a.pinged())
		}
		if !b.ended() {
			t.Error("who lost the right still reads")
		}
		e.Close()
		synctest.Wait()
		if !a.ended() || !e.isEmpty() {
			t.Error("left over after Close")
		}
	})
}
