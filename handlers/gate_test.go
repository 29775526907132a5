package handlers

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"guildboard/handlers/live"
)

// Big renders wait for each other by their weight, small ones for nobody; who waits in vain is refused.
func TestBigRendersWaitForEachOther(t *testing.T) {
	engine := live.New(live.Config{})
	t.Cleanup(engine.Close)
	s := &Server{Live: engine, renders: newRenderGate()}
	began, release := make(chan struct{}, 10), make(chan struct{})
	part := strings.Repeat("x", bigRender)
	big := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, part)
		if err == nil {
			_, err = io.WriteString(w, part)
		}
		began <- struct{}{}
		<-release
		return err
	})
	done := make(chan error, 10)
	const running = bigRenders / maxPageHTML
	for range running {
		go func() { _, err := s.draw(t.Context(), big, maxPageHTML, 0); done <- err }()
		<-began
	}
	waiting, leave := context.WithCancel(t.Context())
	go func() { _, err := s.draw(waiting, big, maxPageHTML, 0); done <- err }()
	for s.renders.waiting.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	if html, err := s.draw(t.Context(), templ.Raw("small"), maxPageHTML, 0); err != nil || string(html) != "small" {
		t.Errorf("a small render gives %q, %v", html, err)
	}
	leave()
	<-began // what it could not write it was told of
	close(release)
	failed := 0
	for range running + 1 {
		if err := <-done; errors.Is(err, context.Canceled) {
			failed++
		} else if err != nil {
			t.Errorf("draw: %v", err)
		}
	}
	if failed != 1 {
		t.Errorf("%d renders were given up, want 1", failed)
	}
	s.renders.waiting.Store(renderQueue)
	if !s.renders.weights.TryAcquire(bigRenders) {
		t.Fatal("renders that have ended still weigh")
	}
	if _, err := s.draw(t.Context(), big, maxPageHTML, 0); !errors.As(err, new(*live.Refusal)) {
		t.Errorf("with a full queue draw returns %v, want a refusal", err)
	}
}

func TestTooLargeAPageIsAnError(t *testing.T) {
	s := &Server{}
	if _, err := s.draw(t.Context(), templ.Raw(strings.Repeat("x", 101)), 100, 0); !errors.Is(err, errTooLarge) {
		t.Errorf("draw of 101 bytes within 100: %v, want %v", err, errTooLarge)
	}
	if html, err := s.draw(t.Context(), templ.Raw(strings.Repeat("x", 100)), 100, 0); err != nil || len(html) != 100 {
		t.Errorf("draw of 100 bytes within 100: %d bytes, %v", len(html), err)
	}
}
