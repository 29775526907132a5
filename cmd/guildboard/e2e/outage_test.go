//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// newBreakableList starts a dashboard of the test's own, whose parts may be killed, and opens a list of three that is live.
// Its reader comes without a proxy: a server that is gone refuses connections.
func newBreakableList(t *testing.T) (s *guildFixture, b *tab) {
	t.Helper()
	chromium(t)
	redis, addr := startRedis(t)
	d := newDashboardServer(t, addr)
	d.redisProcess = redis
	s = d.newGuildFixture(t, d.publicProxy)
	s.member.useOrigin(d.url)
	s.createGiveaways(t, 3)
	return s, s.openGiveawayList()
}

// isListedExpression is the expression that a giveaway is in the list.
func isListedExpression(id string) string { return `!!document.querySelector('#g-` + id + `')` }

func TestPageRecoversAfterServerIsKilled(t *testing.T) {
	t.Parallel()
	s, b := newBreakableList(t)
	b.addInitScript(`window.ticked = 0; addEventListener('every', () => ticked = Date.now(), true)`)
	b.visitLive(giveawaysPath(s.guild))
	requireNotReloaded := markLoaded(b)
	b.waitFor("its last poll was a moment ago", `ticked && Date.now() - ticked > 1000 && Date.now() - ticked < 2000`) // so that there is time to wait before the next
	s.server.killAndWait()
	duringOutage := s.createGiveaway(t, s.guild, "Nobody heard of this")
	b.waitForMark("wait")
	b.waitForMark("off") // a poll found nobody
	s.endGiveaway(t, duringOutage)
	if n := evaluate[int](b, `document.querySelectorAll('#rows tr').length`); n != 3 {
		t.Errorf("%d rows are left of 3", n)
	}
	b.runScript(`document.getElementById('q').focus(); document.getElementById('q').value = 'half a wo'`)

	s.server.start(t)
	waitReady(t, s.url, s.server)
	b.waitLive()
	b.waitForWithin(changeTimeout, "what happened meanwhile is shown", `document.querySelector('#g-`+duringOutage.ID+`')?.dataset.state === 'ended'`)
	b.waitMatchesFreshPage()
	g := s.createGiveaway(t, s.guild, "A lantern")
	b.waitForWithin(changeTimeout, "and what happens now", isListedExpression(g.ID))
	requireNotReloaded()
	if !evaluate[bool](b, `document.activeElement.id === 'q' && document.getElementById('q').value === 'half a wo'`) {
		t.Error("what was being typed is gone")
	}
	if toasts := evaluate[string](b, `document.getElementById('toasts').textContent`); toasts != "" {
		t.Errorf("the reader was bothered with %q", toasts)
	}
}

func TestGracefulShutdownEndsStreams(t *testing.T) {
	t.Parallel()
	s, b := newBreakableList(t)
	began := time.Now()
	must(t, s.server.cmd.Process.Signal(syscall.SIGTERM))
	b.waitForWithin(changeTimeout, "its streams end", `document.documentElement.dataset.live !== 'live'`)
	// Browsers open connections in advance; net/http gives such five seconds to ask for something.
	eventuallyWithin(t, 5*time.Second+changeTimeout, "the server ends", func() (bool, string) { return s.server.hasExited(), s.server.log.tail(3) })
	t.Logf("ended after %v", time.Since(began).Round(time.Millisecond))
	s.server.start(t)
	waitReady(t, s.url, s.server)
	b.waitLive()
	b.waitMatchesFreshPage()
}

func TestPagesPollWithoutRedis(t *testing.T) {
	t.Parallel()
	s, b := newBreakableList(t)
	requireNotReloaded := markLoaded(b)
	s.redisProcess.killAndWait()
	eventually(t, "readyz says that Redis is away", func() (bool, string) {
		got := httpStatus(s.url + "/readyz")
		return got == http.StatusServiceUnavailable, fmt.Sprint("status ", got)
	})
	if got := httpStatus(s.url + "/healthz"); got != http.StatusOK {
		t.Errorf("healthz answers %d", got)
	}
	duringOutage := s.createGiveawaySilently(t, s.guild, "Nobody said this")
	b.waitForWithin(pollEvery+changeTimeout, "the page is right all the same", isListedExpression(duringOutage.ID))
	second := s.member.openWindow(ticketsPath(s.guild))
	second.waitForElement("#live")
	second.waitForMark("poll") // without events no page is live
	b.waitForMark("poll")

	s.redisProcess.start(t)
	waitReady(t, s.url, s.server)
	g := s.createGiveaway(t, s.guild, "A lantern")
	b.waitForWithin(changeTimeout, "events are heard again", isListedExpression(g.ID))
	b.waitLive()
	b.waitMatchesFreshPage()
	requireNotReloaded()
}

func TestUnresponsiveRedisDoesNotBlockPages(t *testing.T) {
	t.Parallel()
	s, b := newBreakableList(t)
	must(t, s.redisProcess.cmd.Process.Signal(syscall.SIGSTOP))
	duringOutage := s.createGiveawaySilently(t, s.guild, "Nobody said this")
	eventually(t, "readyz says that Redis is away", func() (bool, string) {
		got := httpStatus(s.url + "/readyz")
		return got == http.StatusServiceUnavailable, fmt.Sprint("status ", got)
	})
	b.waitForWithin(pollEvery+changeTimeout, "the page is right all the same", isListedExpression(duringOutage.ID))
	began := time.Now()
	second := s.member.openWindow(giveawaysPath(s.guild))
	if elapsed := time.Since(began); elapsed > 20*time.Second {
		t.Errorf("a page took %v to load", elapsed)
	}
	second.waitFor("a new page is right", isListedExpression(duringOutage.ID))

	must(t, s.redisProcess.cmd.Process.Signal(syscall.SIGCONT))
	waitReady(t, s.url, s.server)
	g := s.createGiveaway(t, s.guild, "A lantern")
	b.waitForWithin(changeTimeout, "events are heard again", isListedExpression(g.ID))
	second.waitForWithin(changeTimeout, "by the new page too", isListedExpression(g.ID))
	b.waitMatchesFreshPage()
}
