//go:build faults

package faults

import (
	"fmt"
	"testing"
	"time"
)

// Three dashboards on one Redis and one database, behind what leads every connection to the next of them. Versions are
// what a page shows, so all agree on them: a browser that comes to another dashboard is sent what it does not show, and
// nothing that it shows.
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
	s.waitForCorrectPages(pages, pollEvery+shortTimeout) // which complains of pages that went back, and of frames that were shown already

	// Now that nothing happens, wherever they come they show the newest, and are sent nothing.
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
			t.Errorf("page %d was sent %d frames that it did not need", i, now.frames-before[i].frames)
		}
	}
	if streams < len(pages) {
		t.Errorf("%d pages have come again %d times", len(pages), streams)
	}
	for i, d := range s.dashboards {
		if n := s.metric(d, `guildboard_frames_total{outcome="sent"}`); n == 0 {
			t.Errorf("dashboard %d has sent nothing", i)
		}
	}
	s.waitForCorrectPages(pages, shortTimeout)
	closeAll()
	s.waitForNoLeaks()
}

// reconnectAll cuts all pages off, and waits until each has a stream again.
func (s *deployment) reconnectAll(pages []*page) {
	s.t.Helper()
	before := make([]int, len(pages))
	for i, p := range pages {
		before[i] = p.snapshot().streams
	}
	s.frontProxy.resetConns()
	eventuallyWithin(s.t, 2*pollEvery+shortTimeout, "all pages have come again", func() (bool, string) {
		for i, p := range pages {
			if !p.isLive() || p.snapshot().streams == before[i] {
				return false, fmt.Sprintf("page %d has not: %+v", i, p.snapshot())
			}
		}
		return true, ""
	})
}

// One of them dies, and the others take its browsers over.
func TestOneOfThreeDashboardsKilled(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{dashboards: 3})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	waitFor(time.Second)
	s.dashboards[1].Kill()
	waitFor(time.Second)
	s.frontProxy.mu.Lock()
	s.frontProxy.targets = append(s.frontProxy.targets[:1], s.frontProxy.targets[2:]...) // as a load balancer that looks at /readyz
	s.frontProxy.mu.Unlock()
	s.dashboards = append(s.dashboards[:1], s.dashboards[2:]...)
	s.finish(b, pages, closeAll, 0)
}
