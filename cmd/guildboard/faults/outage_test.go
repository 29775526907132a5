//go:build faults

package faults

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"guildboard/store"
)

// pageCount is how many browsers look on.
func pageCount() int { return shortOr(24, 150) }

// eventsPerSecond is how much happens meanwhile.
const eventsPerSecond = 30

// finish is what every test of this package comes to, after so many outages.
func (s *deployment) finish(b *loadBot, pages []*page, closeAll func(), outages int) {
	s.t.Helper()
	b.stopAfterLastEntry()
	s.waitForCorrectPages(pages, pollEvery+shortTimeout)
	waitUntilLive(s.t, pages)
	s.waitForCorrectPages(pages, shortTimeout)
	closeAll()
	s.waitForNoLeaks()
	s.checkLoggedOncePerOutage(outages)
}

// startWarnings are about settings, and logged at every start.
var startWarnings = []string{
	"secret on the command line, where every user of this machine can see it",
	"open files limit is too low for STREAMS and CONNECTIONS, using less",
}

// checkLoggedOncePerOutage asserts that the logs have said nothing more often than there were outages. Requests that failed are each
// their own news, and so are views.
func (s *deployment) checkLoggedOncePerOutage(outages int) {
	s.t.Helper()
	for i, d := range s.dashboards {
		count := map[logLine]int{}
		for _, l := range s.readLog(d) {
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

func TestServerKilled(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	for range shortOr(1, 3) {
		waitFor(time.Second)
		s.dashboards[0].Kill()
		waitFor(time.Second)
		must(t, s.dashboards[0].Start(t.Context()))
	}
	s.finish(b, pages, closeAll, 0)
}

func TestRedisKilled(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	times := shortOr(1, 3)
	for i := range times {
		waitFor(time.Second)
		s.redisProcess.Kill()
		waitFor(2 * time.Second)
		s.waitForLog("redis subscription lost, retrying", i+1)
		must(t, s.redisProcess.Start(t.Context()))
		eventuallyWithin(t, shortTimeout, "the dashboard hears events again", s.isReady)
	}
	s.finish(b, pages, closeAll, times)
	s.checkLogCount("redis subscription lost, retrying", times)
	s.checkLogCount("redis subscription restored", times)
}

func TestRedisPaused(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	waitFor(time.Second)
	must(t, s.redisProcess.Pause())
	waitFor(shortOr(7*time.Second, 10*time.Second))
	s.waitForLog("redis subscription lost, retrying", 1)
	must(t, s.redisProcess.Resume())
	eventuallyWithin(t, shortTimeout, "the dashboard hears events again", s.isReady)
	s.finish(b, pages, closeAll, 1)
	s.checkLogCount("redis subscription lost, retrying", 1)
	s.checkLogCount("redis subscription restored", 1)
}

func TestPostgresKilled(t *testing.T) {
	t.Parallel()
	s := newDeployment(t, deploymentOptions{ownPostgres: true})
	b := s.startBot(eventsPerSecond)
	pages, closeAll := s.openLists(pageCount())
	for range shortOr(1, 3) {
		waitFor(time.Second)
		s.postgres.Kill()
		s.publishUpdates()
		waitFor(2 * time.Second)
		s.waitForRenderFailures()
		must(t, s.postgres.Start(t.Context()))
		eventuallyWithin(t, shortTimeout, "the dashboard finds its database again", s.isReady)
	}
	s.finish(b, pages, closeAll, shortOr(1, 3))
	s.checkRenderFailuresLogged(shortOr(1, 3))
}

// publishUpdates has every page looked at, though nothing has changed.
func (s *deployment) publishUpdates() {
	s.t.Helper()
	for _, guild := range s.guilds {
		must(s.t, s.redis.Publish(s.t.Context(), store.EventsChannel, `{"type":"GIVEAWAY_UPDATE","guildId":"`+guild+`"}`).Err())
	}
}

// waitForLog waits until the log of the first dashboard has had a message so often: a fault lasts until it was noticed.
func (s *deployment) waitForLog(message string, times int) {
	s.t.Helper()
	eventuallyWithin(s.t, 3*shortTimeout, "the log says "+message, func() (bool, string) {
		n := 0
		for _, l := range s.readLog(s.dashboards[0]) {
			if l.Msg == message {
				n++
			}
		}
		return n >= times, fmt.Sprint(n, " times")
	})
}

// waitForRenderFailures waits until the log has said of every view that it cannot be rendered.
func (s *deployment) waitForRenderFailures() {
	s.t.Helper()
	eventuallyWithin(s.t, 3*shortTimeout, "no view can be rendered", func() (bool, string) {
		views := map[string]bool{}
		for _, l := range s.readLog(s.dashboards[0]) {
			if l.Msg == "live view render failed, keeping last frame" {
				views[l.View] = true
			}
		}
		return len(views) == guildCount, fmt.Sprint(views)
	})
}

// checkRenderFailuresLogged asserts that the log has said of no view more often than there were outages that it could not be
// rendered, and each time that it could again.
func (s *deployment) checkRenderFailuresLogged(outages int) {
	s.t.Helper()
	failed, recovered := map[string]int{}, map[string]int{}
	for _, l := range s.readLog(s.dashboards[0]) {
		switch l.Msg {
		case "live view render failed, keeping last frame":
			failed[l.View]++
		case "live view render recovered":
			recovered[l.View]++
		}
	}
	if len(failed) != guildCount {
		s.t.Errorf("the log says of %d views that they cannot be rendered, of %d", len(failed), guildCount)
	}
	for view, n := range failed {
		if n > outages || recovered[view] != n {
			s.t.Errorf("in %d outages the log says %d times that %s cannot be rendered, and %d times that it is again", outages, n, view, recovered[view])
		}
	}
}
