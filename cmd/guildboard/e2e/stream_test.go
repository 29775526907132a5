//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

// waitForOneStream waits until exactly one stream request is open, to path, and has its response.
func (p *proxy) waitForOneStream(t *testing.T, path string) {
	t.Helper()
	eventually(t, "one stream is open, "+path, func() (bool, string) {
		open := p.requests(func(r *request) bool { return r.Kind == streamRequest && r.Open })
		return len(open) == 1 && open[0].Path == path && open[0].Status == http.StatusOK, p.String()
	})
}

// reconnect aborts the open stream and waits for the next one.
func (p *proxy) reconnect(t *testing.T) (stream request) {
	t.Helper()
	before := p.count(isStream)
	p.cancelAll(isStream)
	eventually(t, "a new stream is open", func() (bool, string) {
		newStreams := p.requests(isStream)[before:]
		if len(newStreams) != 1 || !newStreams[0].Open || newStreams[0].Status != http.StatusOK {
			return false, p.String()
		}
		stream = newStreams[0]
		return true, ""
	})
	return stream
}

func streamPath(list string) string {
	path, query, found := strings.Cut(list, "?")
	if found {
		return path + "/live?" + query
	}
	return path + "/live"
}

func TestRapidFilterChangesLeaveOneStream(t *testing.T) {
	for name, connectDelay := range map[string]time.Duration{"fast connects": 0, "slow connects": 300 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			s := newGuildFixture(t)
			g := s.createGiveaways(t, 12)[3]
			if connectDelay > 0 {
				s.proxy.injectFault(isStream, delayRequest(connectDelay))
			}
			b := s.openGiveawayList()
			tabs := []string{"active", "ended", "all", "paused"}
			for i := range 20 {
				b.runScript(fmt.Sprintf(`document.querySelector('#tab-%s').click()`, tabs[i%len(tabs)]))
				s.enterGiveaway(t, g) // sends frames during the changes
				if i%3 == 0 {
					b.waitFor("the tab is shown",
						fmt.Sprintf(`document.querySelector('#tab-%s').hasAttribute('aria-current')`, tabs[i%len(tabs)]))
				}
			}
			b.runScript(`document.querySelector('#tab-active').click()`)
			want := giveawaysPath(s.guild) + "?status=active"
			b.waitFor("the last tab is shown",
				`document.querySelector('#tab-active').hasAttribute('aria-current') && location.search === '?status=active'`)
			s.proxy.waitForOneStream(t, streamPath(want))
			s.enterGiveaway(t, g)
			b.waitMatchesFreshPage()
			b.waitLive()
			consistently(t, time.Second, "one stream is open", func() (bool, string) {
				open := s.proxy.requests(func(r *request) bool { return r.Kind == streamRequest && r.Open })
				return len(open) == 1 && open[0].Path == streamPath(want), s.proxy.String()
			})
		})
	}
}

func TestFilterChangeWhileConnectingSwitchesStream(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 3)[0]
	hold := newGate(t)
	removeFault := s.proxy.injectFault(isStream, hold.holdRequest)
	b := s.member.openWindow(giveawaysPath(s.guild))
	hold.waitReached(t, "the page connects")
	b.click("#tab-active")
	b.waitFor("the tab is shown", `document.querySelector('#tab-active').hasAttribute('aria-current')`)
	removeFault()
	hold.release()
	s.proxy.waitForOneStream(t, giveawaysPath(s.guild)+"/live?status=active")
	b.waitLive()
	s.enterGiveaway(t, g)
	b.waitForWithin(changeTimeout, "the new view is live",
		`document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	b.waitMatchesFreshPage()
}

func TestBackAndForwardRestoreViewAndStream(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 3)[0]
	b := s.openGiveawayList()
	list := giveawaysPath(s.guild)
	b.click("#tab-active")
	b.waitFor("the tab is shown",
		`document.querySelector('#tab-active').hasAttribute('aria-current') && location.search === '?status=active'`)
	s.proxy.waitForOneStream(t, list+"/live?status=active")
	requireNotReloaded := markLoaded(b)

	b.runScript(`history.back()`)
	b.waitFor("the previous view is shown",
		`location.search === '' && document.querySelector('#tab-all')?.hasAttribute('aria-current')`)
	s.proxy.waitForOneStream(t, list+"/live")
	b.waitLive()
	s.enterGiveaway(t, g)
	b.waitForWithin(changeTimeout, "the page is live",
		`document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	b.waitMatchesFreshPage()

	b.runScript(`history.forward()`)
	b.waitFor("the next view is shown",
		`location.search === '?status=active' && document.querySelector('#tab-active')?.hasAttribute('aria-current')`)
	s.proxy.waitForOneStream(t, list+"/live?status=active")
	b.waitLive()
	s.enterGiveaway(t, g)
	b.waitForWithin(changeTimeout, "the page is live",
		`document.querySelector('#entries-`+g.ID+`').dataset.entries === '2'`)
	b.waitMatchesFreshPage()
	requireNotReloaded()
}

func TestLateScriptsOpenOneStream(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"live.", "hx-sse"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			s := newGuildFixture(t)
			s.proxy.injectFault(isFileNamed(script), delayRequest(time.Second))
			b := s.openGiveawayList()
			if s.proxy.count(isFileNamed(script)) == 0 {
				t.Fatalf("script %s was not requested", script)
			}
			consistently(t, pollEvery+time.Second, "one stream with the page's version and no poll", func() (bool, string) {
				all := s.proxy.requests(isStream)
				return len(all) == 1 && all[0].Cursor == b.liveVersion() && all[0].Open && s.proxy.count(isPoll) == 0, s.proxy.String()
			})
			s.member.openTab("/sessions")
			b.waitHidden()
			eventually(t, "the hidden tab closes its stream", func() (bool, string) {
				return len(s.proxy.openStreams()) == 0, s.proxy.String()
			})
		})
	}
}

func TestUpToDatePageReceivesNoFrame(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	s.createGiveaways(t, 3)
	b := s.openGiveawayList()
	version := b.liveVersion()
	b.runScript(`window.changes = 0; new MutationObserver(list => changes += list.filter(m =>
			m.target.localName !== 'time' && m.target.parentNode?.localName !== 'time' &&
			!m.target.hasAttribute?.('hx-sse:connect')).length)
		.observe(document.getElementById('live'), { subtree: true, childList: true, attributes: true, characterData: true })`)
	eventually(t, "the stream has sent two pings", func() (bool, string) {
		open := s.proxy.openStreams()
		return len(open) == 1 && open[0].Pings >= 2, s.proxy.String()
	})
	all := s.proxy.requests(isStream)
	if len(all) != 1 || all[0].Cursor != version || all[0].Frames != 0 || evaluate[int](b, `changes`) != 0 {
		t.Errorf("%d changes, want none, and one stream without frames:\n%s", evaluate[int](b, `changes`), s.proxy)
	}
}

func TestChangesBeforeConnectArriveInOneFrame(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	hold := newGate(t)
	s.proxy.injectFault(isStream, hold.holdRequest)
	b := s.member.openWindow(giveawaysPath(s.guild))
	hold.waitReached(t, "the page connects")
	g := s.createGiveaway(t, s.guild, "A lantern")
	hold.release()
	b.waitForWithin(changeTimeout, "the new giveaway is listed", `document.querySelector('#g-`+g.ID+`')`)
	b.waitLive()
	if n := s.proxy.frameCount(); n != 1 {
		t.Errorf("got %d frames, want 1", n)
	}
	b.waitMatchesFreshPage()
}

func TestReconnectSendsShownVersion(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	g := s.createGiveaway(t, s.guild, "A lantern")
	b := s.openGiveawayList()
	s.addEntries(t, b, g, 3)
	before := s.proxy.frameCount()
	stream := s.proxy.reconnect(t)
	b.waitLive()
	if stream.Cursor != b.liveVersion() || s.proxy.frameCount() != before {
		t.Errorf("page shows %s and got %d frames, want none, from a stream with that cursor:\n%s",
			b.liveVersion(), s.proxy.frameCount()-before, s.proxy)
	}

	// Changes during the disconnection arrive right after the connect.
	hold := newGate(t)
	removeFault := s.proxy.injectFault(isStream, hold.holdRequest)
	s.proxy.cancelAll(isStream)
	hold.waitReached(t, "the page connects again")
	s.enterGiveaway(t, g)
	removeFault()
	hold.release()
	b.waitForWithin(changeTimeout, "the entry count has grown",
		`document.querySelector('#entries-`+g.ID+`').dataset.entries === '4'`)
	b.waitMatchesFreshPage()
}

// TestPartialAndWholeFramesMatchFreshPage checks that htmx renders the same page from partial and from whole frames.
func TestPartialAndWholeFramesMatchFreshPage(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	rows := s.createGiveaways(t, 6)
	b := s.openGiveawayList()
	b.runScript(`window.small = window.whole = 0; document.addEventListener('htmx:sse:after:message', e => {
		if (!e.detail.message.event) e.detail.message.id.includes(' ') ? small++ : whole++ })`)
	r := rand.New(rand.NewPCG(1, 0))
	for round := range 40 {
		isDisconnected := false
		switch g := rows[1+r.IntN(len(rows)-1)]; r.IntN(6) {
		case 0:
			rows = append(rows, s.createGiveaway(t, s.guild, fmt.Sprintf("Prize <%d>", round)))
		case 1:
			must(t, s.store.SetGiveawayStatus(t.Context(), s.guild, g.ID, store.GiveawayStatuses, store.GiveawayPaused))
			s.publish(t, contract.GiveawayUpdateEvent, s.guild, nil)
		case 2:
			must(t, s.store.SetGiveawayStatus(t.Context(), s.guild, g.ID, store.GiveawayStatuses, store.GiveawayActive))
			s.publish(t, contract.GiveawayUpdateEvent, s.guild, nil)
		case 3:
			if len(rows) > 3 {
				must(t, s.store.DeleteGiveaway(t.Context(), s.guild, g.ID))
				rows = slices.DeleteFunc(rows, func(row store.Giveaway) bool { return row.ID == g.ID })
				s.publish(t, contract.GiveawayUpdateEvent, s.guild, nil)
			}
		case 4:
			s.createGiveawaySilently(t, s.guild, fmt.Sprintf("Quiet %d", round))
			s.proxy.cancelAll(isStream) // the next stream begins with a whole frame
			isDisconnected = true
		default:
			s.enterGiveaway(t, rows[0])
		}
		if !isDisconnected || round%4 == 3 { // let changes accumulate in one frame
			b.waitLive()
			b.waitMatchesFreshPage()
		}
	}
	if partialFrames, wholeFrames := evaluate[int](b, `small`), evaluate[int](b, `whole`); partialFrames < 10 || wholeFrames == 0 {
		t.Errorf("got %d partial and %d whole frames, want at least 10 and 1", partialFrames, wholeFrames)
	}
}

func TestSilentStreamIsAbandoned(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	removeFault := s.proxy.injectFault(isStream, serveSilentStream)
	b := s.member.openWindow(giveawaysPath(s.guild)) // its stream is open but sends nothing
	g := s.createGiveaway(t, s.guild, "A lantern")
	b.waitForWithin(pollEvery+changeTimeout, "a poll shows the giveaway", isListedExpression(g.ID))
	b.waitForLiveStatus("poll")
	removeFault()
	s.proxy.waitForOneStream(t, giveawaysPath(s.guild)+"/live")
	b.waitLive()
	b.waitMatchesFreshPage()
}

func TestPollOlderThanStreamIsDropped(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	removeFault := s.proxy.injectFault(isStream, respondWithStatus(http.StatusServiceUnavailable, 0))
	b := s.member.openWindow(giveawaysPath(s.guild))
	older := s.createGiveaway(t, s.guild, "An old lantern")
	hold := newGate(t)
	release := s.proxy.injectFault(isPoll, hold.holdResponse)
	hold.waitReached(t, "the page polls") // the held response lists one giveaway
	release()
	newer := s.createGiveaway(t, s.guild, "A new lantern")
	removeFault()
	b.waitLive()
	listsBoth := `document.querySelector('#g-` + older.ID + `') && document.querySelector('#g-` + newer.ID + `')`
	b.waitForWithin(changeTimeout, "the stream shows both giveaways", listsBoth)
	hold.release()
	consistently(t, time.Second, "the older response does not replace the page", func() (bool, string) {
		return evaluate[bool](b, "!!("+listsBoth+")"), b.describe()
	})
	b.waitMatchesFreshPage()
}

func TestPollOfPreviousViewIsDropped(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	s.createGiveaways(t, 2)
	s.proxy.injectFault(isStream, respondWithStatus(http.StatusServiceUnavailable, 0))
	b := s.member.openWindow(giveawaysPath(s.guild))
	s.createGiveawaySilently(t, s.guild, "A lantern")
	hold := newGate(t)
	release := s.proxy.injectFault(isPoll, hold.holdResponse)
	hold.waitReached(t, "the page polls")
	release()
	b.click("#tab-ended")
	isEmpty := `document.querySelector('#tab-ended').hasAttribute('aria-current') && !document.querySelector('#rows')`
	b.waitFor("the tab is shown", isEmpty)
	hold.release()
	consistently(t, time.Second, "the page keeps the new view", func() (bool, string) {
		return evaluate[bool](b, "!!("+isEmpty+")"), b.describe()
	})
}

func TestRefusedFirstConnectFallsBackToPolling(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	removeFault := s.proxy.injectFault(isStream, respondWithStatus(http.StatusServiceUnavailable, 0))
	b := s.member.openWindow(giveawaysPath(s.guild))
	g := s.createGiveaway(t, s.guild, "A lantern")
	b.waitForWithin(pollEvery+changeTimeout, "a poll shows the giveaway", `document.querySelector('#g-`+g.ID+`')`)
	b.waitForLiveStatus("poll")
	if evaluate[bool](b, `!!document.getElementById('foreign')`) {
		t.Error("error page of the proxy is shown")
	}
	removeFault()
	b.waitLive()
	s.proxy.waitForOneStream(t, giveawaysPath(s.guild)+"/live")
	b.waitMatchesFreshPage()
}

func TestRefusedStreamHonorsRetryAfter(t *testing.T) {
	t.Parallel()
	const retryAfter = 4 * time.Second
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			s := newGuildFixture(t)
			b := s.openGiveawayList()
			removeFault := s.proxy.injectFault(isStream, respondWithStatus(status, retryAfter))
			before := s.proxy.count(isStream)
			s.proxy.cancelAll(isStream)
			g := s.createGiveaway(t, s.guild, "A lantern")
			eventually(t, "the page reconnects", func() (bool, string) { return s.proxy.count(isStream) >= before+2, s.proxy.String() })
			attempts := s.proxy.requests(isStream)[before:]
			if pause := attempts[1].At.Sub(attempts[0].At); pause < retryAfter {
				t.Errorf("page reconnected after %v, want at least %v", pause, retryAfter)
			}
			b.waitForWithin(pollEvery+changeTimeout, "a poll shows the giveaway",
				`document.querySelector('#g-`+g.ID+`')`)
			b.waitForLiveStatus("poll")
			removeFault()
			b.waitLive()
			b.waitMatchesFreshPage()
		})
	}
}

func TestPollsAreJittered(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	b := s.openGiveawayList()
	s.proxy.injectFault(isStream, respondWithStatus(http.StatusServiceUnavailable, time.Minute))
	s.proxy.cancelAll(isStream)
	eventually(t, "the stream is refused", func() (bool, string) { return !strings.Contains(b.describe(), "mark=live"), b.describe() })
	const ticks, attempts = 12, 3 // a delayed browser may send spread polls at once
	for attempt := range attempts {
		before := s.proxy.count(isPoll)
		evaluate[bool](b, fmt.Sprintf(`Array.from({ length: %d }, () =>
			document.getElementById('live').dispatchEvent(new CustomEvent('every')))[0]`, ticks))
		eventually(t, "the page has polled", func() (bool, string) { return s.proxy.count(isPoll) >= before+ticks/2, s.proxy.String() })
		received := s.proxy.requests(isPoll)[before:]
		spread := received[len(received)-1].At.Sub(received[0].At)
		if spread >= pollEvery/50 {
			return
		}
		t.Logf("attempt %d: %d polls within %v", attempt, len(received), spread)
	}
	t.Error("polls of pages with simultaneous timers are not spread over time")
}

func TestNonStreamResponseIsNotShown(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request, http.Handler){
		"empty response": respondWithStatus(http.StatusNoContent, 0), "foreign sign-in page": serveForeignPage,
		"bad gateway": respondWithStatus(http.StatusBadGateway, 0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newGuildFixture(t)
			s.createGiveaways(t, 2)
			b := s.openGiveawayList()
			removeFault := s.proxy.injectFault(anyOf(isStream, isPoll), answer)
			s.proxy.cancelAll(isStream)
			began := time.Now()
			consistently(t, pollEvery+2*time.Second, "the page shows its rows and no foreign content", func() (bool, string) {
				return evaluate[bool](b, `document.querySelectorAll('#rows tr').length === 2 && !document.getElementById('foreign')`),
					b.describe()
			})
			attempts := s.proxy.count(func(r *request) bool { return r.Kind == streamRequest && r.At.After(began) })
			if attempts > 12 {
				t.Errorf("page tried to connect %d times in %v, want at most 12", attempts, time.Since(began))
			}
			if evaluate[bool](b, `document.documentElement.dataset.live === 'live'`) {
				t.Error("live status = live, want another one")
			}
			removeFault()
			b.waitLive()
			b.waitMatchesFreshPage()
		})
	}
}

func TestEndedSessionStopsRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, state string
		status      int
		fails       func(*request) bool
	}{
		{"stream gets 401", "out", http.StatusUnauthorized, anyOf(isStream, isPoll)},
		{"stream gets 404", "denied", http.StatusNotFound, anyOf(isStream, isPoll)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newGuildFixture(t)
			s.createGiveaways(t, 2)
			b := s.openGiveawayList()
			s.proxy.injectFault(c.fails, respondWithStatus(c.status, 0))
			s.proxy.cancelAll(isStream)
			b.waitForLiveStatus(c.state)
			requestCount := s.proxy.count(anyOf(isStream, isPoll))
			consistently(t, pollEvery+2*time.Second, "no further request is sent and the rows are gone", func() (bool, string) {
				return s.proxy.count(anyOf(isStream, isPoll)) == requestCount && evaluate[bool](b, `!document.querySelector('#live *')`),
					s.proxy.String()
			})
		})
	}
}

// TestPollDetectsEndedSession ends the session while streams are refused for another reason, so only a poll can detect
// it.
func TestPollDetectsEndedSession(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	s.createGiveaways(t, 2)
	b := s.openGiveawayList()
	requireNotReloaded := markLoaded(b)
	s.proxy.injectFault(isStream, respondWithStatus(http.StatusServiceUnavailable, 0))
	s.proxy.cancelAll(isStream)
	s.endSessions(t, s.userID)
	b.waitForLiveStatus("out")
	requestCount := s.proxy.count(anyOf(isStream, isPoll))
	consistently(t, pollEvery+2*time.Second, "no further request is sent and the rows are gone", func() (bool, string) {
		return s.proxy.count(anyOf(isStream, isPoll)) == requestCount && evaluate[bool](b, `!document.querySelector('#live *')`),
			s.proxy.String()
	})
	requireNotReloaded()
	b.click("#live-status-sign-in")
	b.waitFor("the link opens the sign-in page",
		`location.pathname === '/login' && location.search.includes(encodeURIComponent('`+giveawaysPath(s.guild)+`'))`)
}

func TestHiddenTabClosesStreamAndRefreshesWhenShown(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 2)[0]
	b := s.openGiveawayList()
	other := s.member.openTab("/sessions")
	b.waitHidden()
	eventually(t, "the hidden tab closes its stream", func() (bool, string) { return len(s.proxy.openStreams()) == 0, s.proxy.String() })
	requestCount := s.proxy.count(anyOf(isStream, isPoll))
	for range 3 {
		s.enterGiveaway(t, g)
	}
	consistently(t, pollEvery+2*time.Second, "the hidden tab sends no request", func() (bool, string) {
		return s.proxy.count(anyOf(isStream, isPoll)) == requestCount && evaluate[bool](b, `document.hidden`), s.proxy.String()
	})
	b.bringToFront()
	other.waitHidden()
	b.waitForWithin(changeTimeout, "the shown tab is up to date",
		`document.querySelector('#entries-`+g.ID+`').dataset.entries === '3'`)
	b.waitLive()
	b.waitMatchesFreshPage()
	for range 6 { // quick switches
		other.bringToFront()
		b.bringToFront()
	}
	s.proxy.waitForOneStream(t, giveawaysPath(s.guild)+"/live")
	s.enterGiveaway(t, g)
	b.waitForWithin(changeTimeout, "the page is live",
		`document.querySelector('#entries-`+g.ID+`').dataset.entries === '4'`)
}

func TestTenTabsHoldOneStream(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 2)[0]
	tabs := []*tab{s.openGiveawayList()}
	for range 4 {
		b := s.member.openTab(giveawaysPath(s.guild))
		b.waitLive()
		tabs = append(tabs, b)
	}
	for range 5 { // as opened by Ctrl and click: never visible
		tabs = append(tabs, s.member.openBackgroundTab(giveawaysPath(s.guild)))
	}
	s.proxy.waitForOneStream(t, giveawaysPath(s.guild)+"/live")
	s.enterGiveaway(t, g)
	for i, b := range tabs {
		b.bringToFront()
		b.waitForWithin(changeTimeout, fmt.Sprintf("tab %d is up to date", i),
			`document.querySelector('#entries-`+g.ID+`')?.dataset.entries === '1'`)
		b.waitLive()
	}
	s.proxy.waitForOneStream(t, giveawaysPath(s.guild)+"/live")
}

// TestSevenWindowsHoldFourStreams opens more visible pages than a browser has connections to an HTTP/1.1 server.
func TestSevenWindowsHoldFourStreams(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 2)[0]
	first := s.openGiveawayList()
	windows := []*tab{first}
	for range 6 {
		windows = append(windows, s.member.openWindow(giveawaysPath(s.guild)))
	}
	for i, b := range windows {
		if i < 4 {
			b.waitLive()
		} else {
			b.waitForLiveStatus("busy")
		}
	}
	if n := len(s.proxy.openStreams()); n != 4 {
		t.Errorf("streams of seven windows = %d, want 4: %s", n, s.proxy)
	}
	s.enterGiveaway(t, g)
	for i, b := range windows {
		b.waitFor(fmt.Sprintf("window %d is up to date", i), `document.querySelector('#entries-`+g.ID+`')?.dataset.entries === '1'`)
	}
	first.visit("/preferences") // which has no stream
	windows[4].waitFor("another window gets the free slot",
		`navigator.locks.query().then(({ held }) => held.filter(lock => lock.name.startsWith('stream-')).length === 4)`)
	eventually(t, "four windows are live again", func() (bool, string) {
		live := 0
		for _, b := range windows[1:] {
			if evaluate[bool](b, `document.documentElement.dataset.live === 'live'`) {
				live++
			}
		}
		return live == 4, fmt.Sprint(live, " windows are live")
	})
}

func TestRegionPollsWithoutLiveScript(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	s.proxy.injectFault(isFileNamed("live."), dropConnection)
	s.proxy.injectFault(isStream, respondWithStatus(http.StatusServiceUnavailable, 0))
	b := s.member.openWindow(giveawaysPath(s.guild))
	g := s.createGiveaway(t, s.guild, "A lantern")
	b.waitForWithin(2*pollEvery+changeTimeout, "a poll shows the giveaway", `document.querySelector('#g-`+g.ID+`')`)
	if evaluate[bool](b, `!!document.getElementById('foreign')`) {
		t.Error("error page of the proxy is shown")
	}
}
