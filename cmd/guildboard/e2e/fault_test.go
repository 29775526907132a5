//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// broken starts a dashboard of the test's own, whose parts may be killed, and opens a list of three that is live.
// Its reader comes without a proxy: a server that is gone refuses connections.
func broken(t *testing.T) (s *scene, b *tab) {
	t.Helper()
	browser(t)
	redis, addr := startRedis(t)
	d := newDashboard(t, addr)
	d.broker = redis
	s = d.scene(t, d.public)
	s.member.comeBy(d.url)
	s.fill(t, 3)
	return s, s.list()
}

// listed is the expression that a giveaway is in the list.
func listed(id string) string { return `!!document.querySelector('#g-` + id + `')` }

func TestAServerThatIsKilledIsMissedAndFoundAgain(t *testing.T) {
	t.Parallel()
	s, b := broken(t)
	b.atStart(`window.ticked = 0; addEventListener('every', () => ticked = Date.now(), true)`)
	b.visitLive(giveawaysPath(s.guild))
	stillSo := untouched(b)
	b.until("its last poll was a moment ago", `ticked && Date.now() - ticked > 1000 && Date.now() - ticked < 2000`) // so that there is time to wait before the next
	s.server.kill()
	missed := s.giveaway(t, s.guild, "Nobody heard of this")
	b.says("wait")
	b.says("off") // a poll found nobody
	s.end(t, missed)
	if n := js[int](b, `document.querySelectorAll('#rows tr').length`); n != 3 {
		t.Errorf("%d rows are left of 3", n)
	}
	b.run(`document.getElementById('q').focus(); document.getElementById('q').value = 'half a wo'`)

	s.server.start(t)
	ready(t, s.url, s.server)
	b.live()
	b.within(soon, "what happened meanwhile is shown", `document.querySelector('#g-`+missed.ID+`')?.dataset.state === 'ended'`)
	b.asFresh()
	g := s.giveaway(t, s.guild, "A lantern")
	b.within(soon, "and what happens now", listed(g.ID))
	stillSo()
	if !js[bool](b, `document.activeElement.id === 'q' && document.getElementById('q').value === 'half a wo'`) {
		t.Error("what was being typed is gone")
	}
	if said := js[string](b, `document.getElementById('toasts').textContent`); said != "" {
		t.Errorf("the reader was bothered with %q", said)
	}
}

func TestAServerThatIsToldToStopSaysGoodbyeAtOnce(t *testing.T) {
	t.Parallel()
	s, b := broken(t)
	began := time.Now()
	must(t, s.server.cmd.Process.Signal(syscall.SIGTERM))
	b.within(soon, "its streams end", `document.documentElement.dataset.live !== 'live'`)
	// Browsers open connections in advance; net/http gives such five seconds to ask for something.
	within(t, 5*time.Second+soon, "the server ends", func() (bool, string) { return s.server.dead(), s.server.log.tail(3) })
	t.Logf("ended after %v", time.Since(began).Round(time.Millisecond))
	s.server.start(t)
	ready(t, s.url, s.server)
	b.live()
	b.asFresh()
}

func TestWithoutRedisPagesLoadAndStayRight(t *testing.T) {
	t.Parallel()
	s, b := broken(t)
	stillSo := untouched(b)
	s.broker.kill()
	eventually(t, "readyz says that Redis is away", func() (bool, string) {
		got := status(s.url + "/readyz")
		return got == http.StatusServiceUnavailable, fmt.Sprint("status ", got)
	})
	if got := status(s.url + "/healthz"); got != http.StatusOK {
		t.Errorf("healthz answers %d", got)
	}
	missed := s.quietGiveaway(t, s.guild, "Nobody said this")
	b.within(pollEvery+soon, "the page is right all the same", listed(missed.ID))
	second := s.member.window(ticketsPath(s.guild))
	second.has("#live")
	second.says("poll") // without events no page is live
	b.says("poll")

	s.broker.start(t)
	ready(t, s.url, s.server)
	g := s.giveaway(t, s.guild, "A lantern")
	b.within(soon, "events are heard again", listed(g.ID))
	b.live()
	b.asFresh()
	stillSo()
}

func TestARedisThatDoesNotAnswerHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s, b := broken(t)
	must(t, s.broker.cmd.Process.Signal(syscall.SIGSTOP))
	missed := s.quietGiveaway(t, s.guild, "Nobody said this")
	eventually(t, "readyz says that Redis is away", func() (bool, string) {
		got := status(s.url + "/readyz")
		return got == http.StatusServiceUnavailable, fmt.Sprint("status ", got)
	})
	b.within(pollEvery+soon, "the page is right all the same", listed(missed.ID))
	began := time.Now()
	second := s.member.window(giveawaysPath(s.guild))
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("a page took %v to load", took)
	}
	second.until("a new page is right", listed(missed.ID))

	must(t, s.broker.cmd.Process.Signal(syscall.SIGCONT))
	ready(t, s.url, s.server)
	g := s.giveaway(t, s.guild, "A lantern")
	b.within(soon, "events are heard again", listed(g.ID))
	second.within(soon, "by the new page too", listed(g.ID))
	b.asFresh()
}
