//go:build faults

package faults

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"guildboard/store"
)

// pagesOfSite is how many browsers look on.
func pagesOfSite() int { return inShort(24, 150) }

// perSecond is how much happens meanwhile.
const perSecond = 30

// ends is what every test of this package comes to, after so many outages.
func (s *site) ends(b *bot, pages []*page, closeAll func(), outages int) {
	s.t.Helper()
	b.rest()
	s.right(pages, pollEvery+soon)
	liveAgain(s.t, pages)
	s.right(pages, soon)
	closeAll()
	s.nothingLeft()
	s.saidOnce(outages)
}

// startWarnings are about settings, and logged at every start.
var startWarnings = []string{
	"secret on the command line, where every user of this machine can see it",
	"open files limit is too low for STREAMS and CONNECTIONS, using less",
}

// saidOnce asserts that the logs have said nothing more often than there were outages. Requests that failed are each
// their own news, and so are views.
func (s *site) saidOnce(outages int) {
	s.t.Helper()
	for i, d := range s.dashboards {
		count := map[line]int{}
		for _, l := range s.log(d) {
			l.Error = ""
			if l.Level != "INFO" && l.Msg != "request failed" && !slices.Contains(startWarnings, l.Msg) {
				count[l]++
			}
		}
		for l, n := range count {
			if n > outages {
				s.t.Errorf("dashboard %d says %d times, in %d outages, %q %s", i, n, outages, l.Msg, l.View)
			}
		}
	}
}

func TestAServerThatIsKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	for range inShort(1, 3) {
		lasting(time.Second)
		s.dashboards[0].Kill()
		lasting(time.Second)
		must(t, s.dashboards[0].Start(t.Context()))
	}
	s.ends(b, pages, closeAll, 0)
}

func TestARedisThatIsKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	times := inShort(1, 3)
	for i := range times {
		lasting(time.Second)
		s.broker.Kill()
		lasting(2 * time.Second)
		s.said("events: subscription lost, trying again", i+1)
		must(t, s.broker.Start(t.Context()))
		within(t, soon, "the dashboard hears events again", s.ready)
	}
	s.ends(b, pages, closeAll, times)
	s.says("events: subscription lost, trying again", times)
	s.says("events: subscribed again", times)
}

func TestARedisThatStandsStill(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	lasting(time.Second)
	must(t, s.broker.Pause())
	lasting(inShort(7*time.Second, 10*time.Second))
	s.said("events: subscription lost, trying again", 1)
	must(t, s.broker.Resume())
	within(t, soon, "the dashboard hears events again", s.ready)
	s.ends(b, pages, closeAll, 1)
	s.says("events: subscription lost, trying again", 1)
	s.says("events: subscribed again", 1)
}

func TestAPostgresThatIsKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{ownPostgres: true})
	b := s.bot(perSecond)
	pages, closeAll := s.lists(pagesOfSite())
	for range inShort(1, 3) {
		lasting(time.Second)
		s.postgres.Kill()
		s.touch()
		lasting(2 * time.Second)
		s.missed()
		must(t, s.postgres.Start(t.Context()))
		within(t, soon, "the dashboard finds its database again", s.ready)
	}
	s.ends(b, pages, closeAll, inShort(1, 3))
	s.saysOncePerOutage(inShort(1, 3))
}

// touch has every page looked at, though nothing has changed.
func (s *site) touch() {
	s.t.Helper()
	for _, guild := range s.guilds {
		must(s.t, s.redis.Publish(s.t.Context(), store.EventsChannel, `{"type":"GIVEAWAY_UPDATE","guildId":"`+guild+`"}`).Err())
	}
}

// said waits until the log of the first dashboard has had a message so often: a fault lasts until it was noticed.
func (s *site) said(message string, times int) {
	s.t.Helper()
	within(s.t, 3*soon, "the log says "+message, func() (bool, string) {
		n := 0
		for _, l := range s.log(s.dashboards[0]) {
			if l.Msg == message {
				n++
			}
		}
		return n >= times, fmt.Sprint(n, " times")
	})
}

// missed waits until the log has said of every view that it cannot be rendered.
func (s *site) missed() {
	s.t.Helper()
	within(s.t, 3*soon, "no view can be rendered", func() (bool, string) {
		views := map[string]bool{}
		for _, l := range s.log(s.dashboards[0]) {
			if l.Msg == "a live view cannot be rendered; its last frame stays" {
				views[l.View] = true
			}
		}
		return len(views) == guildsOfSite, fmt.Sprint(views)
	})
}

// saysOncePerOutage asserts that the log has said of no view more often than there were outages that it could not be
// rendered, and each time that it could again.
func (s *site) saysOncePerOutage(outages int) {
	s.t.Helper()
	failed, mended := map[string]int{}, map[string]int{}
	for _, l := range s.log(s.dashboards[0]) {
		switch l.Msg {
		case "a live view cannot be rendered; its last frame stays":
			failed[l.View]++
		case "a live view is rendered again":
			mended[l.View]++
		}
	}
	if len(failed) != guildsOfSite {
		s.t.Errorf("the log says of %d views that they cannot be rendered, of %d", len(failed), guildsOfSite)
	}
	for view, n := range failed {
		if n > outages || mended[view] != n {
			s.t.Errorf("in %d outages the log says %d times that %s cannot be rendered, and %d times that it is again", outages, n, view, mended[view])
		}
	}
}
