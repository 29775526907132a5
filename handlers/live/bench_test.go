package live

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A frameCounter is a browser that reads immediately, and counts frames instead of storing them.
type frameCounter struct {
	header http.Header
	frames *sync.WaitGroup
}

func (s *frameCounter) Header() http.Header { return s.header }
func (s *frameCounter) WriteHeader(int)     {}
func (s *frameCounter) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("id: ")) {
		s.frames.Done()
	}
	return len(p), nil
}
func (s *frameCounter) FlushError() error                { return nil }
func (s *frameCounter) SetWriteDeadline(time.Time) error { return nil }

// newChangingView returns a 2 KB view that changes with every render, and an engine without a cooldown.
func newChangingView(b *testing.B) (*Engine, View) {
	rows := strings.Repeat("<tr><td>giveaway</td><td>12 entries</td></tr>\n", 43)
	n := 0
	e := newEngine(b, Config{ViewShare: 1, MinFrameInterval: 1, MaxStreamsPerUser: 2000})
	return e, View{Key: "a", Topics: []string{"a"}, Render: func(context.Context) (Frame, error) {
		n++
		return Frame{Version: strconv.Itoa(n), Body: []byte(rows)}, nil
	}}
}

// skipCooldown ends the cooldown of all views.
func (e *Engine) skipCooldown() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.views {
		v.notBefore = time.Time{}
	}
}

// BenchmarkInvalidateToFrame measures from Invalidate until the frame is written to every browser, without a network.
func BenchmarkInvalidateToFrame(b *testing.B) {
	for _, browsers := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("browsers=%d", browsers), func(b *testing.B) {
			e, v := newChangingView(b)
			var frames sync.WaitGroup
			frames.Add(browsers)
			var streams sync.WaitGroup
			ctx, disconnect := context.WithCancel(b.Context())
			for range browsers {
				streams.Go(func() {
					r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
					_ = e.Serve(&frameCounter{http.Header{}, &frames}, r, v, Viewer{})
				})
			}
			frames.Wait()
			b.ReportAllocs()
			for b.Loop() {
				frames.Add(browsers)
				e.skipCooldown()
				e.Invalidate("a")
				frames.Wait()
			}
			b.ReportMetric(float64(browsers)*float64(b.N)/b.Elapsed().Seconds(), "frames/s")
			disconnect()
			streams.Wait()
		})
	}
}

// BenchmarkInvalidateToBrowser is BenchmarkInvalidateToFrame over real sockets and net/http, until every browser has
// read the frame.
func BenchmarkInvalidateToBrowser(b *testing.B) {
	for _, browsers := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("browsers=%d", browsers), func(b *testing.B) {
			e, v := newChangingView(b)
			s := httptest.NewServer(newHandler(e, v))
			b.Cleanup(s.Close)
			b.Cleanup(e.Close)
			var frames sync.WaitGroup
			frames.Add(browsers)
			for range browsers {
				resp, err := s.Client().Get(s.URL)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { _ = resp.Body.Close() })
				go func() {
					events := bufio.NewScanner(resp.Body)
					for events.Scan() {
						if bytes.HasPrefix(events.Bytes(), []byte("id: ")) {
							frames.Done()
						}
					}
				}()
			}
			frames.Wait()
			b.ReportAllocs()
			for b.Loop() {
				frames.Add(browsers)
				e.skipCooldown()
				e.Invalidate("a")
				frames.Wait()
			}
			b.ReportMetric(float64(browsers)*float64(b.N)/b.Elapsed().Seconds(), "frames/s")
		})
	}
}

func BenchmarkInvalidateUnwatched(b *testing.B) {
	e := newEngine(b, Config{})
	b.ReportAllocs()
	for b.Loop() {
		e.Invalidate("giveaways:1", "guild:1")
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	html := []byte(strings.Repeat("<tr><td>giveaway</td><td>12 entries</td></tr>\n", 500))
	b.SetBytes(int64(len(html)))
	b.ReportAllocs()
	for b.Loop() {
		appendEvent(nil, "V", html)
	}
}
