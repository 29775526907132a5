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
func TestThreeDashboardsBehindARoundRobin(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{dashboards: 3})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	for range inShort(4, 12) {
		lasting(700 * time.Millisecond)
		s.comeAgain(pages)
	}
	b.rest()
	s.right(pages, pollEvery+soon) // which complains of pages that went back, and of frames that were shown already

	// Now that nothing happens, wherever they come they show the newest, and are sent nothing.
	before := make([]counts, len(pages))
	for i, p := range pages {
		before[i] = p.counts()
	}
	for range inShort(2, 3) {
		s.comeAgain(pages)
	}
	streams := 0
	for i, p := range pages {
		now := p.counts()
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
	s.right(pages, soon)
	closeAll()
	s.nothingLeft()
}

// comeAgain cuts all pages off, and waits until each has a stream again.
func (s *site) comeAgain(pages []*page) {
	s.t.Helper()
	before := make([]int, len(pages))
	for i, p := range pages {
		before[i] = p.counts().streams
	}
	s.front.cut()
	within(s.t, 2*pollEvery+soon, "all pages have come again", func() (bool, string) {
		for i, p := range pages {
			if !p.isLive() || p.counts().streams == before[i] {
				return false, fmt.Sprintf("page %d has not: %+v", i, p.counts())
			}
		}
		return true, ""
	})
}

// One of them dies, and the others take its browsers over.
func TestOneOfThreeDashboardsIsKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{dashboards: 3})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	lasting(time.Second)
	s.dashboards[1].Kill()
	lasting(time.Second)
	s.front.mu.Lock()
	s.front.targets = append(s.front.targets[:1], s.front.targets[2:]...) // as a load balancer that looks at /readyz
	s.front.mu.Unlock()
	s.dashboards = append(s.dashboards[:1], s.dashboards[2:]...)
	s.ends(b, pages, closeAll, 0)
}
