package handlers

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/a-h/templ"

	"guildboard/handlers/live"
)

// TestRenderLimiter checks that large renders wait for each other by their weight, that small ones never wait, and that
// a render is refused when the queue is full.
func TestRenderLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := live.New(live.Config{})
		t.Cleanup(engine.Close)
		s := &Server{Live: engine, renderLimiter: newRenderLimiter()}
		start, release := make(chan struct{}, 10), make(chan struct{})
		part := strings.Repeat("x", largeRenderBytes)
		big := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, part)
			if err == nil {
				_, err = io.WriteString(w, part)
			}
			start <- struct{}{}
			<-release
			return err
		})
		done := make(chan error, 10)
		const running = renderCapacity / maxPageHTML
		for range running {
			go func() { _, err := s.renderHTML(t.Context(), big, maxPageHTML, 0); done <- err }()
			<-start
		}
		waiting, leave := context.WithCancel(t.Context())
		go func() { _, err := s.renderHTML(waiting, big, maxPageHTML, 0); done <- err }()
		synctest.Wait()
		if got := s.renderLimiter.waiting.Load(); got != 1 {
			t.Errorf("waiting renders = %d, want 1", got)
		}
		if html, err := s.renderHTML(t.Context(), templ.Raw("small"), maxPageHTML, 0); err != nil || string(html) != "small" {
			t.Errorf("renderHTML() of a small page = %q, %v, want its HTML", html, err)
		}
		leave()
		<-start // the component has received the error
		close(release)
		failed := 0
		for range running + 1 {
			if err := <-done; errors.Is(err, context.Canceled) {
				failed++
			} else if err != nil {
				t.Errorf("renderHTML() error = %v, want nil", err)
			}
		}
		if failed != 1 {
			t.Errorf("canceled renders = %d, want 1", failed)
		}
		s.renderLimiter.waiting.Store(maxQueuedRenders)
		if !s.renderLimiter.capacity.TryAcquire(renderCapacity) {
			t.Fatal("finished renders have not released their capacity")
		}
		if _, err := s.renderHTML(t.Context(), big, maxPageHTML, 0); !errors.As(err, new(*live.Refusal)) {
			t.Errorf("renderHTML() error with a full queue = %v, want a live.Refusal", err)
		}
	})
}

func TestOversizedPageIsError(t *testing.T) {
	s := &Server{}
	if _, err := s.renderHTML(t.Context(), templ.Raw(strings.Repeat("x", 101)), 100, 0); !errors.Is(err, errTooLarge) {
		t.Errorf("renderHTML() of 101 bytes with limit 100: error = %v, want %v", err, errTooLarge)
	}
	if html, err := s.renderHTML(t.Context(), templ.Raw(strings.Repeat("x", 100)), 100, 0); err != nil || len(html) != 100 {
		t.Errorf("renderHTML() of 100 bytes with limit 100 = %d bytes, %v, want all", len(html), err)
	}
}
