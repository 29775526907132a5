//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// newBreakableList starts a dashboard whose services the test may kill, and opens a live list of three giveaways. The
// browser uses no proxy, so a killed server refuses connections.
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

// isListedExpression returns an expression that is true when a giveaway is listed.
func isListedExpression(id string) string { return `!!document.querySelector('#g-` + id + `')` }

func TestPageRecoversAfterServerIsKilled(t *testing.T) {
	t.Parallel()
	s, b := newBreakableList(t)
	b.addInitScript(`window.ticked = 0; addEventListener('every', () => ticked = Date.now(), true)`)
	b.visitLive(giveawaysPath(s.guild))
	requireNotReloaded := markLoaded(b)
	b.waitFor("the last poll was one to two seconds ago",
		`ticked && Date.now() - ticked > 1000 && Date.now() - ticked < 2000`) // leaves time before the next poll
	s.server.killAndWait()
	duringOutage := s.createGiveaway(t, s.guild, "A change during the outage")
	b.waitForLiveStatus("wait")
	b.waitForLiveStatus("off") // a poll failed
	s.endGiveaway(t, duringOutage)
	if n := evaluate[int](b, `document.querySelectorAll('#rows tr').length`); n != 3 {
		t.Errorf("got %d rows, want 3", n)
	}
	b.runScript(`document.getElementById('q').focus(); document.getElementById('q').value = 'half a wo'`)

	s.server.start(t)
	waitReady(t, s.url, s.server)
	b.waitLive()
	b.waitForWithin(changeTimeout, "the change during the outage is shown",
		`document.querySelector('#g-`+duringOutage.ID+`')?.dataset.state === 'ended'`)
	b.waitMatchesFreshPage()
	g := s.createGiveaway(t, s.guild, "A lantern")
	b.waitForWithin(changeTimeout, "the next change is listed", isListedExpression(g.ID))
	requireNotReloaded()
	if !evaluate[bool](b, `document.activeElement.id === 'q' && document.getElementById('q').value === 'half a wo'`) {
		t.Error("typed text is gone")
	}
	if toasts := evaluate[string](b, `document.getElementById('toasts').textContent`); toasts != "" {
		t.Errorf("toasts = %q, want none", toasts)
	}
}

func TestGracefulShutdownEndsStreams(t *testing.T) {
	t.Parallel()
	s, b := newBreakableList(t)
	began := time.Now()
	must(t, s.server.cmd.Process.Signal(syscall.SIGTERM))
	b.waitForWithin(changeTimeout, "the page is not live any more", `document.documentElement.dataset.live !== 'live'`)
	// Browsers open connections in advance. net/http waits five seconds for a first request on them.
	eventuallyWithin(t, 5*time.Second+changeTimeout, "the server exits", func() (bool, string) {
		return s.server.hasExited(), s.server.log.tail(3)
	})
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
	eventually(t, "/readyz reports that Redis is unavailable", func() (bool, string) {
		got := httpStatus(s.url + "/readyz")
		return got == http.StatusServiceUnavailable, fmt.Sprint("status ", got)
	})
	if got := httpStatus(s.url + "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz status = %d, want 200", got)
	}
	duringOutage := s.createGiveawaySilently(t, s.guild, "A change during the outage")
	b.waitForWithin(pollEvery+changeTimeout, "the page lists the giveaway without Redis",
		isListedExpression(duringOutage.ID))
	second := s.member.openWindow(ticketsPath(s.guild))
	second.waitForElement("#live")
	second.waitForLiveStatus("poll") // pages are not live without events
	b.waitForLiveStatus("poll")

	s.redisProcess.start(t)
	waitReady(t, s.url, s.server)
	g := s.createGiveaway(t, s.guild, "A lantern")
	b.waitForWithin(changeTimeout, "events arrive again", isListedExpression(g.ID))
	b.waitLive()
	b.waitMatchesFreshPage()
	requireNotReloaded()
}

func TestUnresponsiveRedisDoesNotBlockPages(t *testing.T) {
	t.Parallel()
	s, b := newBreakableList(t)
	must(t, s.redisProcess.cmd.Process.Signal(syscall.SIGSTOP))
	duringOutage := s.createGiveawaySilently(t, s.guild, "A change during the outage")
	eventually(t, "/readyz reports that Redis is unavailable", func() (bool, string) {
		got := httpStatus(s.url + "/readyz")
		return got == http.StatusServiceUnavailable, fmt.Sprint("status ", got)
	})
	b.waitForWithin(pollEvery+changeTimeout, "the page lists the giveaway without Redis",
		isListedExpression(duringOutage.ID))
	second := s.member.openWindow(giveawaysPath(s.guild)) // Redis stays unresponsive until the page is loaded
	second.waitFor("a new page lists the giveaway", isListedExpression(duringOutage.ID))

	must(t, s.redisProcess.cmd.Process.Signal(syscall.SIGCONT))
	waitReady(t, s.url, s.server)
	g := s.createGiveaway(t, s.guild, "A lantern")
	b.waitForWithin(changeTimeout, "events arrive again", isListedExpression(g.ID))
	second.waitForWithin(changeTimeout, "events arrive at the new page, too", isListedExpression(g.ID))
	b.waitMatchesFreshPage()
}
