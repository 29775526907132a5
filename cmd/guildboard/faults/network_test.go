//go:build faults

package faults

import (
	"testing"
	"time"
)

var weathers = []struct {
	name string
	is   weather
}{{"cut off", refusing}, {"delayed", delaying}, {"truncated", cutting}, {"half closed", halfway}, {"stuck", stuck}}

func TestANetworkThatFailsBetweenBrowserAndServer(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	for _, w := range weathers {
		s.front.turns(w.is)
		lasting(inShort(1500*time.Millisecond, 5*time.Second))
		s.front.turns(fair)
		lasting(500 * time.Millisecond)
	}
	s.ends(b, pages, closeAll, 0)
}

func TestANetworkThatFailsBetweenServerAndRedis(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	for _, w := range weathers {
		s.brokerWire.turns(w.is)
		lasting(inShort(1500*time.Millisecond, 5*time.Second))
		s.brokerWire.turns(fair)
		within(t, 2*soon, "the dashboard hears events again", s.ready)
	}
	s.ends(b, pages, closeAll, len(weathers))
}

func TestANetworkThatFailsBetweenServerAndPostgres(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{wiredPostgres: true})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	for _, w := range weathers {
		s.databaseWire.turns(w.is)
		s.touch()
		lasting(inShort(1500*time.Millisecond, 5*time.Second))
		s.databaseWire.turns(fair)
		within(t, 2*soon, "the dashboard finds its database again", s.ready)
	}
	s.ends(b, pages, closeAll, len(weathers))
}
