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
)

// one waits until the browser holds exactly one stream, the one at path, and nothing else has been begun.
func (p *proxy) one(t *testing.T, path string) {
	t.Helper()
	eventually(t, "one stream is open, "+path, func() (bool, string) {
		open := p.requests(func(r *request) bool { return r.Kind == streamRequest && r.Open })
		return len(open) == 1 && open[0].Path == path && open[0].Status == http.StatusOK, p.String()
	})
}

// reconnect cuts the one stream there is, and waits for the next.
func (p *proxy) reconnect(t *testing.T) (again request) {
	t.Helper()
	before := p.count(streams)
	p.cutAll(streams)
	eventually(t, "there is a stream again", func() (bool, string) {
		fresh := p.requests(streams)[before:]
		if len(fresh) != 1 || !fresh[0].Open || fresh[0].Status != http.StatusOK {
			return false, p.String()
		}
		again = fresh[0]
		return true, ""
	})
	return again
}

func streamPath(list string) string {
	path, query, found := strings.Cut(list, "?")
	if found {
		return path + "/live?" + query
	}
	return path + "/live"
}

func TestTwentyQuickFilterChangesLeaveOneStream(t *testing.T) {
	for name, connect := range map[string]time.Duration{"when connects are fast": 0, "when connects are slow": 300 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			g := s.fill(t, 12)[3]
			if connect > 0 {
				s.proxy.fail(streams, delayed(connect))
			}
			b := s.list()
			tabs := []string{"active", "ended", "all", "paused"}
			for i := range 20 {
				b.run(fmt.Sprintf(`document.querySelector('#tab-%s').click()`, tabs[i%len(tabs)]))
				s.entry(t, g) // frames all the while
				if i%3 == 0 {
					b.until("the tab is shown", fmt.Sprintf(`document.querySelector('#tab-%s').hasAttribute('aria-current')`, tabs[i%len(tabs)]))
				}
			}
			b.run(`document.querySelector('#tab-active').click()`)
			want := giveawaysPath(s.guild) + "?status=active"
			b.until("the last tab is shown", `document.querySelector('#tab-active').hasAttribute('aria-current') && location.search === '?status=active'`)
			s.proxy.one(t, streamPath(want))
			s.entry(t, g)
			b.asFresh()
			b.live()
			throughout(t, time.Second, "one stream is open", func() (bool, string) {
				open := s.proxy.requests(func(r *request) bool { return r.Kind == streamRequest && r.Open })
				return len(open) == 1 && open[0].Path == streamPath(want), s.proxy.String()
			})
		})
	}
}

func TestAFilterChangedWhileConnectingGetsTheStreamOfTheNewView(t *testing.T) {
	s := newScene(t)
	g := s.fill(t, 3)[0]
	hold := newGate(t)
	mend := s.proxy.fail(streams, hold.before)
	b := s.member.window(giveawaysPath(s.guild))
	hold.wait(t, "the page connects")
	b.click("#tab-active")
	b.until("the tab is shown", `document.querySelector('#tab-active').hasAttribute('aria-current')`)
	mend()
	hold.open()
	s.proxy.one(t, giveawaysPath(s.guild)+"/live?status=active")
	b.live()
	s.entry(t, g)
	b.within(soon, "the new view is live", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	b.asFresh()
}

func TestBackAndForwardBringTheViewAndItsStream(t *testing.T) {
	s := newScene(t)
	g := s.fill(t, 3)[0]
	b := s.list()
	list := giveawaysPath(s.guild)
	b.click("#tab-active")
	b.until("the tab is shown", `document.querySelector('#tab-active').hasAttribute('aria-current') && location.search === '?status=active'`)
	s.proxy.one(t, list+"/live?status=active")
	stillSo := untouched(b)

	b.run(`history.back()`)
	b.until("the view before is shown", `location.search === '' && document.querySelector('#tab-all')?.hasAttribute('aria-current')`)
	s.proxy.one(t, list+"/live")
	b.live()
	s.entry(t, g)
	b.within(soon, "it is live", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	b.asFresh()

	b.run(`history.forward()`)
	b.until("the view after is shown", `location.search === '?status=active' && document.querySelector('#tab-active')?.hasAttribute('aria-current')`)
	s.proxy.one(t, list+"/live?status=active")
	b.live()
	s.entry(t, g)
	b.within(soon, "it is live", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '2'`)
	b.asFresh()
	stillSo()
}

func TestScriptsThatComeLateDoNoHarm(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"live.", "hx-sse"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.proxy.fail(file(script), delayed(time.Second))
			b := s.list()
			if s.proxy.count(file(script)) == 0 {
				t.Fatalf("no script %s was asked for", script)
			}
			throughout(t, pollEvery+time.Second, "one stream with the page's version, and no poll", func() (bool, string) {
				all := s.proxy.requests(streams)
				return len(all) == 1 && all[0].Cursor == b.version() && all[0].Open && s.proxy.count(polls) == 0, s.proxy.String()
			})
			s.member.tabBeside("/sessions")
			b.hidden()
			eventually(t, "the hidden tab lets its stream go", func() (bool, string) { return len(s.proxy.open()) == 0, s.proxy.String() })
		})
	}
}

func TestAPageThatIsUpToDateIsSentNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.fill(t, 3)
	b := s.list()
	shown := b.version()
	b.run(`window.changes = 0; new MutationObserver(list => changes += list.filter(m => m.target.localName !== 'time' && m.target.parentNode?.localName !== 'time' &&
		!m.target.hasAttribute?.('hx-sse:connect')).length).observe(document.getElementById('live'), { subtree: true, childList: true, attributes: true, characterData: true })`)
	eventually(t, "the stream shows that it lives", func() (bool, string) {
		open := s.proxy.open()
		return len(open) == 1 && open[0].Pings >= 2, s.proxy.String()
	})
	all := s.proxy.requests(streams)
	if len(all) != 1 || all[0].Cursor != shown || all[0].Frames != 0 || js[int](b, `changes`) != 0 {
		t.Errorf("%d changes:\n%s", js[int](b, `changes`), s.proxy)
	}
}

func TestWhatChangedBetweenPageAndStreamComesInOneFrame(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	hold := newGate(t)
	s.proxy.fail(streams, hold.before)
	b := s.member.window(giveawaysPath(s.guild))
	hold.wait(t, "the page connects")
	g := s.giveaway(t, s.guild, "A lantern")
	hold.open()
	b.within(soon, "the new giveaway is listed", `document.querySelector('#g-`+g.ID+`')`)
	b.live()
	if n := s.proxy.frames(); n != 1 {
		t.Errorf("%d frames; one was needed", n)
	}
	b.asFresh()
}

func TestAReconnectSaysWhatThePageShows(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	g := s.giveaway(t, s.guild, "A lantern")
	b := s.list()
	s.updates(t, b, g, 3)
	before := s.proxy.frames()
	again := s.proxy.reconnect(t)
	b.live()
	if again.Cursor != b.version() || s.proxy.frames() != before {
		t.Errorf("the page shows %s, and got %d needless frames:\n%s", b.version(), s.proxy.frames()-before, s.proxy)
	}

	// What it missed comes at once.
	hold := newGate(t)
	mend := s.proxy.fail(streams, hold.before)
	s.proxy.cutAll(streams)
	hold.wait(t, "the page connects again")
	s.entry(t, g)
	mend()
	hold.open()
	b.within(soon, "the entry is counted", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '4'`)
	b.asFresh()
}

// A stream mixes frames that change a few elements with whole ones; htmx must come to the same page by either.
func TestSmallAndWholeFramesLeadToTheFreshPage(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	rows := s.fill(t, 6)
	b := s.list()
	b.run(`window.small = window.whole = 0; document.addEventListener('htmx:sse:after:message', e => {
		if (!e.detail.message.event) e.detail.message.id.includes(' ') ? small++ : whole++ })`)
	r := rand.New(rand.NewPCG(1, 0))
	for round := range 40 {
		cut := false
		switch g := rows[1+r.IntN(len(rows)-1)]; r.IntN(6) {
		case 0:
			rows = append(rows, s.giveaway(t, s.guild, fmt.Sprintf("Prize <%d>", round)))
		case 1:
			must(t, s.store.SetGiveawayStatus(t.Context(), s.guild, g.ID, store.GiveawayStatuses, store.GiveawayPaused))
			s.publish(t, store.GiveawayUpdateEvent, s.guild, nil)
		case 2:
			must(t, s.store.SetGiveawayStatus(t.Context(), s.guild, g.ID, store.GiveawayStatuses, store.GiveawayActive))
			s.publish(t, store.GiveawayUpdateEvent, s.guild, nil)
		case 3:
			if len(rows) > 3 {
				must(t, s.store.DeleteGiveaway(t.Context(), s.guild, g.ID))
				rows = slices.DeleteFunc(rows, func(row store.Giveaway) bool { return row.ID == g.ID })
				s.publish(t, store.GiveawayUpdateEvent, s.guild, nil)
			}
		case 4:
			s.quietGiveaway(t, s.guild, fmt.Sprintf("Quiet %d", round))
			s.proxy.cutAll(streams) // what it missed comes whole
			cut = true
		default:
			s.entry(t, rows[0])
		}
		if !cut || round%4 == 3 { // several that come at once are one frame
			b.live()
			b.asFresh()
		}
	}
	if small, whole := js[int](b, `small`), js[int](b, `whole`); small < 10 || whole == 0 {
		t.Errorf("%d small frames and %d whole ones", small, whole)
	}
}

func TestASilentStreamIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	mend := s.proxy.fail(streams, silent)
	b := s.member.window(giveawaysPath(s.guild)) // a stream that is open and never says a word
	g := s.giveaway(t, s.guild, "A lantern")
	b.within(pollEvery+soon, "a poll brings the giveaway", listed(g.ID))
	b.says("poll")
	mend()
	s.proxy.one(t, giveawaysPath(s.guild)+"/live")
	b.live()
	b.asFresh()
}

func TestAPollThatWasOvertakenByTheStreamIsDropped(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	mend := s.proxy.fail(streams, refuse(http.StatusServiceUnavailable, 0))
	b := s.member.window(giveawaysPath(s.guild))
	old := s.giveaway(t, s.guild, "An old lantern")
	hold := newGate(t)
	release := s.proxy.fail(polls, hold.behind)
	hold.wait(t, "the page polls") // the answer knows one giveaway
	release()
	newer := s.giveaway(t, s.guild, "A new lantern")
	mend()
	b.live()
	both := `document.querySelector('#g-` + old.ID + `') && document.querySelector('#g-` + newer.ID + `')`
	b.within(soon, "the stream brings both", both)
	hold.open()
	throughout(t, time.Second, "the page does not go back in time", func() (bool, string) { return js[bool](b, "!!("+both+")"), b.state() })
	b.asFresh()
}

func TestAPollOfAViewThatWasLeftIsDropped(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.fill(t, 2)
	s.proxy.fail(streams, refuse(http.StatusServiceUnavailable, 0))
	b := s.member.window(giveawaysPath(s.guild))
	s.quietGiveaway(t, s.guild, "A lantern")
	hold := newGate(t)
	release := s.proxy.fail(polls, hold.behind)
	hold.wait(t, "the page polls")
	release()
	b.click("#tab-ended")
	none := `document.querySelector('#tab-ended').hasAttribute('aria-current') && !document.querySelector('#rows')`
	b.until("the tab is shown", none)
	hold.open()
	throughout(t, time.Second, "the page stays where its reader went", func() (bool, string) { return js[bool](b, "!!("+none+")"), b.state() })
}

func TestAFirstConnectThatIsRefusedPollsAndGoesLive(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	mend := s.proxy.fail(streams, refuse(http.StatusServiceUnavailable, 0))
	b := s.member.window(giveawaysPath(s.guild))
	g := s.giveaway(t, s.guild, "A lantern")
	b.within(pollEvery+soon, "a poll brings the giveaway", `document.querySelector('#g-`+g.ID+`')`)
	b.says("poll")
	if js[bool](b, `!!document.getElementById('foreign')`) {
		t.Error("the error page was shown")
	}
	mend()
	b.live()
	s.proxy.one(t, giveawaysPath(s.guild)+"/live")
	b.asFresh()
}

func TestARefusedStreamComesBackWhenItWasTold(t *testing.T) {
	t.Parallel()
	const after = 4 * time.Second
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			b := s.list()
			mend := s.proxy.fail(streams, refuse(status, after))
			before := s.proxy.count(streams)
			s.proxy.cutAll(streams)
			g := s.giveaway(t, s.guild, "A lantern")
			eventually(t, "the page tries again", func() (bool, string) { return s.proxy.count(streams) >= before+2, s.proxy.String() })
			tries := s.proxy.requests(streams)[before:]
			if pause := tries[1].At.Sub(tries[0].At); pause < after {
				t.Errorf("it came back after %v, and was told %v", pause, after)
			}
			b.within(pollEvery+soon, "it polls meanwhile", `document.querySelector('#g-`+g.ID+`')`)
			b.says("poll")
			mend()
			b.live()
			b.asFresh()
		})
	}
}

func TestPagesWhoseClocksAgreeDoNotPollTogether(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.list()
	s.proxy.fail(streams, refuse(http.StatusServiceUnavailable, time.Minute))
	s.proxy.cutAll(streams)
	eventually(t, "its stream is refused", func() (bool, string) { return !strings.Contains(b.state(), "mark=live"), b.state() })
	const ticks, tries = 12, 3 // a browser that was held up sends together what it had spread
	for try := range tries {
		before := s.proxy.count(polls)
		js[bool](b, fmt.Sprintf(`Array.from({ length: %d }, () => document.getElementById('live').dispatchEvent(new CustomEvent('every')))[0]`, ticks))
		eventually(t, "it has polled", func() (bool, string) { return s.proxy.count(polls) >= before+ticks/2, s.proxy.String() })
		asked := s.proxy.requests(polls)[before:]
		spread := asked[len(asked)-1].At.Sub(asked[0].At)
		if spread >= pollEvery/50 {
			return
		}
		t.Logf("try %d: %d polls came within %v", try, len(asked), spread)
	}
	t.Error("the polls of pages whose clocks agree come together")
}

func TestWhatIsNoStreamIsNeverShown(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request, http.Handler){
		"an empty answer": refuse(http.StatusNoContent, 0), "somebody's sign-in page": foreignPage, "a broken gateway": refuse(http.StatusBadGateway, 0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.fill(t, 2)
			b := s.list()
			mend := s.proxy.fail(either(streams, polls), answer)
			s.proxy.cutAll(streams)
			began := time.Now()
			throughout(t, pollEvery+2*time.Second, "the page shows its rows and nothing foreign", func() (bool, string) {
				return js[bool](b, `document.querySelectorAll('#rows tr').length === 2 && !document.getElementById('foreign')`), b.state()
			})
			tries := s.proxy.count(func(r *request) bool { return r.Kind == streamRequest && r.At.After(began) })
			if tries > 12 {
				t.Errorf("it tried %d times in %v", tries, time.Since(began))
			}
			if js[bool](b, `document.documentElement.dataset.live === 'live'`) {
				t.Error("the mark says live")
			}
			mend()
			b.live()
			b.asFresh()
		})
	}
}

func TestASessionThatEndedIsSaidAndThenAllIsSilent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, state string
		status      int
		fails       func(*request) bool
	}{
		{"the stream is told 401", "out", http.StatusUnauthorized, either(streams, polls)},
		{"the stream is told 404", "denied", http.StatusNotFound, either(streams, polls)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.fill(t, 2)
			b := s.list()
			s.proxy.fail(c.fails, refuse(c.status, 0))
			s.proxy.cutAll(streams)
			b.says(c.state)
			asked := s.proxy.count(either(streams, polls))
			throughout(t, pollEvery+2*time.Second, "nothing more is asked, and the rows are gone", func() (bool, string) {
				return s.proxy.count(either(streams, polls)) == asked && js[bool](b, `!document.querySelector('#live *')`),
					s.proxy.String()
			})
		})
	}
}

// While the stream is down for another reason, it is a poll that hears of it first.
func TestAPollHearsThatTheSessionEnded(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.fill(t, 2)
	b := s.list()
	stillSo := untouched(b)
	s.proxy.fail(streams, refuse(http.StatusServiceUnavailable, 0))
	s.proxy.cutAll(streams)
	s.endSessions(t, s.user)
	b.says("out")
	asked := s.proxy.count(either(streams, polls))
	throughout(t, pollEvery+2*time.Second, "nothing more is asked, and the rows are gone", func() (bool, string) {
		return s.proxy.count(either(streams, polls)) == asked && js[bool](b, `!document.querySelector('#live *')`),
			s.proxy.String()
	})
	stillSo()
	b.click("#live-status-sign-in")
	b.until("the link leads to the sign-in page", `location.pathname === '/login' && location.search.includes(encodeURIComponent('`+giveawaysPath(s.guild)+`'))`)
}

func TestAHiddenTabHoldsNothingAndIsFreshWhenShown(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	g := s.fill(t, 2)[0]
	b := s.list()
	other := s.member.tabBeside("/sessions")
	b.hidden()
	eventually(t, "the stream is let go", func() (bool, string) { return len(s.proxy.open()) == 0, s.proxy.String() })
	asked := s.proxy.count(either(streams, polls))
	for range 3 {
		s.entry(t, g)
	}
	throughout(t, pollEvery+2*time.Second, "nothing is asked for a tab that nobody sees", func() (bool, string) {
		return s.proxy.count(either(streams, polls)) == asked && js[bool](b, `document.hidden`), s.proxy.String()
	})
	b.front()
	other.hidden()
	b.within(soon, "shown again it is fresh", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '3'`)
	b.live()
	b.asFresh()
	for range 6 { // quick switches
		other.front()
		b.front()
	}
	s.proxy.one(t, giveawaysPath(s.guild)+"/live")
	s.entry(t, g)
	b.within(soon, "it is live", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '4'`)
}

func TestTenTabsStarveNobody(t *testing.T) {
	s := newScene(t)
	g := s.fill(t, 2)[0]
	tabs := []*tab{s.list()}
	for range 4 {
		b := s.member.tabBeside(giveawaysPath(s.guild))
		b.live()
		tabs = append(tabs, b)
	}
	for range 5 { // as a click with Ctrl opens them: never seen
		tabs = append(tabs, s.member.behind(giveawaysPath(s.guild)))
	}
	s.proxy.one(t, giveawaysPath(s.guild)+"/live")
	s.entry(t, g)
	for i, b := range tabs {
		b.front()
		b.within(soon, fmt.Sprintf("tab %d is fresh", i), `document.querySelector('#entries-`+g.ID+`')?.dataset.entries === '1'`)
		b.live()
	}
	s.proxy.one(t, giveawaysPath(s.guild)+"/live")
}

func TestWithoutItsScriptTheRegionStillPolls(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.proxy.fail(file("live."), hangUp)
	s.proxy.fail(streams, refuse(http.StatusServiceUnavailable, 0))
	b := s.member.window(giveawaysPath(s.guild))
	g := s.giveaway(t, s.guild, "A lantern")
	b.within(2*pollEvery+soon, "a poll brings the giveaway", `document.querySelector('#g-`+g.ID+`')`)
	if js[bool](b, `!!document.getElementById('foreign')`) {
		t.Error("the error page was shown")
	}
}
