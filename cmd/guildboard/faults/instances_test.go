//go:build faults

package faults

import (
	"fmt"
	"testing"
	"time"
)

// TestThreeDashboardsBehindRoundRobin runs three dashboards on one Redis and one database behind a round-robin proxy. A
// version identifies the content of a page, so dashboards agree on it: a page that reconnects to another dashboard is
// only sent changes.
func TestThreeDashboardsBehindRoundRobin(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{dashboards: 3})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	for range shortOr(4, 12) {
		waitFor(700 * time.Millisecond)
		s.reconnectAll(pages)
	}
	b.stopAfterLastEntry()
	s.waitForCorrectPages(pages, pollEvery+shortTimeout) // fails for older content and for repeated frames

	// Without further changes, pages are sent no frame after a reconnect.
	before := make([]pageStats, len(pages))
	for i, p := range pages {
		before[i] = p.snapshot()
	}
	for range shortOr(2, 3) {
		s.reconnectAll(pages)
	}
	streams := 0
	for i, p := range pages {
		now := p.snapshot()
		streams += now.streams - before[i].streams
		if now.frames != before[i].frames {
			t.Errorf("page %d was sent %d frames, want none", i, now.frames-before[i].frames)
		}
	}
	if streams < len(pages) {
		t.Errorf("%d pages opened %d streams, want at least one for each page", len(pages), streams)
	}
	for i, d := range s.dashboards {
		if n := s.metric(d, `guildboard_frames_total{outcome="sent"}`); n == 0 {
			t.Errorf("dashboard %d has sent no frame", i)
		}
	}
	s.waitForCorrectPages(pages, shortTimeout)
	closeAll()
	s.waitForNoLeaks()
}

// reconnectAll resets the connections of all pages and waits until each page has a new stream.
func (s *deployment) reconnectAll(pages []*page) {
	s.t.Helper()
	before := make([]int, len(pages))
	for i, p := range pages {
		before[i] = p.snapshot().streams
	}
	s.frontProxy.resetConns()
	eventuallyWithin(s.t, 2*pollEvery+shortTimeout, "all pages have reconnected", func() (bool, string) {
		for i, p := range pages {
			if !p.isLive() || p.snapshot().streams == before[i] {
				return false, fmt.Sprintf("page %d has no new stream: %+v", i, p.snapshot())
			}
		}
		return true, ""
	})
}

// TestOneOfThreeDashboardsKilled kills one dashboard. Its pages reconnect to the others.
func TestOneOfThreeDashboardsKilled(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{dashboards: 3})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	waitFor(time.Second)
	s.dashboards[1].Kill()
	waitFor(time.Second)
	s.frontProxy.mu.Lock()
	// A load balancer that checks /readyz would remove the dashboard.
	s.frontProxy.targets = append(s.frontProxy.targets[:1], s.frontProxy.targets[2:]...)
	s.frontProxy.mu.Unlock()
	s.dashboards = append(s.dashboards[:1], s.dashboards[2:]...)
	s.finish(b, pages, closeAll, 0)
}
