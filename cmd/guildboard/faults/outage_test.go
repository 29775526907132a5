//go:build faults

package faults

import (
	"fmt"
	"guildboard/store/contract"
	"slices"
	"testing"
	"time"
)

// pageCount returns the number of open pages.
func pageCount() int { return shortOr(24, 150) }

// eventsPerSecond is the rate of the bot's changes.
const eventsPerSecond = 30

// finish ends a test: it stops the bot, waits until pages are correct and live, closes them, and checks for leaks and
// for at most one log message per outage.
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

// startWarnings are warnings about settings, logged at every start.
var startWarnings = []string{
	"secret on the command line, where every user of this machine can see it",
	"open files limit is too low for STREAMS and CONNECTIONS, using less",
}

// checkLoggedOncePerOutage checks that no message was logged more often than there were outages. Failed requests are
// not counted. Messages about views are counted for each view.
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
				s.t.Errorf("dashboard %d logged %d messages in %d outages: %q %s", i, n, outages, l.Msg, l.View)
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
		eventuallyWithin(t, shortTimeout, "the dashboard is ready again", s.isReady)
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
	eventuallyWithin(t, shortTimeout, "the dashboard is ready again", s.isReady)
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
		eventuallyWithin(t, shortTimeout, "the dashboard is ready again", s.isReady)
	}
	s.finish(b, pages, closeAll, shortOr(1, 3))
	s.checkRenderFailuresLogged(shortOr(1, 3))
}

// publishUpdates publishes an event for every guild, so that every view is rendered without a change.
func (s *deployment) publishUpdates() {
	s.t.Helper()
	for _, guild := range s.guilds {
		must(s.t, s.redis.Publish(s.t.Context(), contract.EventsChannel, `{"type":"GIVEAWAY_UPDATE","guildId":"`+guild+`"}`).Err())
	}
}

// waitForLog waits until the log of the first dashboard has a message at least times times, so that a fault lasts until
// it was noticed.
func (s *deployment) waitForLog(message string, times int) {
	s.t.Helper()
	eventuallyWithin(s.t, 3*shortTimeout, "the log has "+message, func() (bool, string) {
		n := 0
		for _, l := range s.readLog(s.dashboards[0]) {
			if l.Msg == message {
				n++
			}
		}
		return n >= times, fmt.Sprint(n, " times")
	})
}

// waitForRenderFailures waits until the log has a render failure of every view.
func (s *deployment) waitForRenderFailures() {
	s.t.Helper()
	eventuallyWithin(s.t, 3*shortTimeout, "all views have failed to render", func() (bool, string) {
		views := map[string]bool{}
		for _, l := range s.readLog(s.dashboards[0]) {
			if l.Msg == "live view render failed, keeping last frame" {
				views[l.View] = true
			}
		}
		return len(views) == guildCount, fmt.Sprint(views)
	})
}

// checkRenderFailuresLogged checks that each view has at most one render failure per outage in the log, and a recovery
// for each failure.
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
		s.t.Errorf("log has render failures of %d views, want %d", len(failed), guildCount)
	}
	for view, n := range failed {
		if n > outages || recovered[view] != n {
			s.t.Errorf("log has %d failures and %d recoveries of view %s in %d outages", n, recovered[view], view, outages)
		}
	}
}
