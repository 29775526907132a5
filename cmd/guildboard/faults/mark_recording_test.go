//go:build faults

package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/cmd/internal/browsers"
	"guildboard/store"
)

// The tests in this file watch the live mark of pages in real browsers while a service that the dashboard needs is
// unavailable. They use the default intervals. "make marks" prints the table.

// markTimeout is how long a mark may take to change. It only bounds the test; the table has the measured times.
const markTimeout = 90 * time.Second

// recorderScript reads the mark and the listed rows every 200 ms, and records each change.
const recorderScript = `(() => {
	window.sightings = [];
	const look = () => {
		const live = document.documentElement.dataset.live ?? '', text = document.getElementById('live-status').textContent;
		const rows = [...document.querySelectorAll('#rows > tr')].map(row => row.id.slice(2));
		const last = sightings.at(-1);
		if (last?.live !== live || last.text !== text || last.rows.join() !== rows.join()) sightings.push({ at: Date.now(), live, text, rows });
	};
	look();
	setInterval(look, 200);
})()`

// A markSample is what a page shows from a point in time on.
type markSample struct {
	At         int64 // milliseconds since 1970
	Live, Text string
	Rows       []string // ids of giveaways
}

func (s markSample) time() time.Time { return time.UnixMilli(s.At) }

// isLiveWith reports whether the page says that it is live and lists all changes.
func (s markSample) isLiveWith(changes []change) bool {
	return s.Live == "live" && !slices.ContainsFunc(changes, func(c change) bool { return !slices.Contains(s.Rows, c.id) })
}

// A change is a committed giveaway.
type change struct {
	id string
	at time.Time
}

// A pageRecording records a page in a browser.
type pageRecording struct {
	kind    browsers.Kind
	page    browsers.Page
	samples []markSample
}

// fetch fetches the sightings that the page has recorded. If the browser does not answer, it keeps the earlier ones.
func (w *pageRecording) fetch() {
	ctx, cancel := context.WithTimeout(context.Background(), shortTimeout)
	defer cancel()
	var samples []markSample
	if w.page.Evaluate(ctx, "window.sightings", &samples) == nil {
		w.samples = samples
	}
}

// noticedAt returns when the mark first said something other than live after a fault began.
func (w *pageRecording) noticedAt(faultStart time.Time) (at time.Time, ok bool) {
	for _, s := range w.samples {
		if s.Live != "live" && !s.time().Before(faultStart) {
			return s.time(), true
		}
	}
	return time.Time{}, false
}

// correctSince returns the time from which on the page says that it is live and lists all changes.
func (w *pageRecording) correctSince(changes []change) (since time.Time, ok bool) {
	for _, s := range w.samples {
		switch isLive := s.isLiveWith(changes); {
		case isLive && !ok:
			since, ok = s.time(), true
		case !isLive:
			ok = false
		}
	}
	return since, ok
}

// longestStale returns the longest time that the page said it was live while a committed change was missing.
func (w *pageRecording) longestStale(changes []change, now time.Time) (longest time.Duration) {
	for _, c := range changes {
		var since time.Time
		for i, s := range w.samples {
			end := now
			if i+1 < len(w.samples) {
				end = w.samples[i+1].time()
			}
			if s.Live != "live" || slices.Contains(s.Rows, c.id) || !end.After(c.at) {
				since = time.Time{}
				continue
			}
			if since.IsZero() {
				since = maxTime(s.time(), c.at)
			}
			longest = max(longest, end.Sub(since))
		}
	}
	return longest
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (w *pageRecording) String() string {
	var b strings.Builder
	for _, s := range w.samples {
		fmt.Fprintf(&b, "%s %-8s %q %d rows\n", s.time().Format("05.000"), s.Live, s.Text, len(s.Rows))
	}
	return b.String()
}

// A serviceFault makes a service that the dashboard needs unavailable for a while. end returns once the service is back.
type serviceFault struct {
	name        string
	begin, end  func(s *deployment)
	mayStayLive bool // the page may remain live if it shows all changes
	allBrowsers bool // watched in all browsers even with -short
}

// sharedBrowsers holds the browsers of the run.
var sharedBrowsers struct {
	sync.Mutex
	browsers map[browsers.Kind]browsers.Browser
}

// newPageRecording opens a page in a browser of this kind. It returns nil if the browser is not installed.
func newPageRecording(t *testing.T, kind browsers.Kind) *pageRecording {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), markTimeout)
	defer cancel()
	sharedBrowsers.Lock()
	defer sharedBrowsers.Unlock()
	b := sharedBrowsers.browsers[kind]
	if b == nil {
		var err error
		if b, err = browsers.Start(ctx, kind); errors.Is(err, browsers.ErrMissing) {
			notInstalled(t, err)
			return nil
		}
		must(t, err)
		if sharedBrowsers.browsers == nil {
			sharedBrowsers.browsers = map[browsers.Kind]browsers.Browser{}
		}
		sharedBrowsers.browsers[kind] = b
		addRunCleanup(b.Close)
	}
	page, err := b.NewPage(ctx)
	must(t, err)
	t.Cleanup(func() { _ = page.Close() }) // the browser ends with the run
	return &pageRecording{kind: kind, page: page}
}

// open opens a list in the page and begins to record.
func (w *pageRecording) open(t *testing.T, origin, path, cookie string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), markTimeout)
	defer cancel()
	name, value, _ := strings.Cut(cookie, "=")
	must(t, w.page.SetCookie(ctx, origin, name, value))
	must(t, w.page.Navigate(ctx, origin+path))
	must(t, w.page.Evaluate(ctx, recorderScript, nil))
}

// A faultRun is a guild of the test's own, and the pages that show its list.
type faultRun struct {
	*deployment
	guild      string
	changes    []change
	recordings []*pageRecording
}

// tryCreateAndPublish starts a giveaway and publishes it, if Postgres and Redis answer.
func (s *faultRun) tryCreateAndPublish() {
	s.createGiveaway()
	_, _ = s.publish() // Redis may be away
}

// createGiveaway starts a giveaway, if Postgres answers.
func (s *faultRun) createGiveaway() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	g, err := s.store.CreateGiveaway(ctx, store.Giveaway{
		GuildID: s.guild, ChannelID: "400000000000000001", Host: store.User{ID: "200000000000000001"},
		Prize: fmt.Sprint("Change ", len(s.changes)+1), EndsAt: time.Now().Add(24 * time.Hour),
	})
	if err == nil {
		s.changes = append(s.changes, change{g.ID, time.Now()})
	}
}

// publish sends an event about the guild, as a bot does all the time, and returns the number of receivers.
func (s *faultRun) publish() (receivers int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	event := fmt.Sprintf(`{"type":"GIVEAWAY_UPDATE","guildId":"%s","timestamp":%d}`, s.guild, time.Now().UnixMilli())
	return s.redis.Publish(ctx, store.EventsChannel, event).Result()
}

// createAndPublish commits a change and publishes it until Redis has taken the event.
func (s *faultRun) createAndPublish() {
	s.t.Helper()
	s.createGiveaway()
	eventuallyWithin(s.t, markTimeout, "Redis takes an event", func() (bool, string) {
		receivers, err := s.publish()
		return err == nil, fmt.Sprint(receivers, err)
	})
}

// waitForAll reads the pages until all are as wanted, at most for limit, and returns the others.
func (s *faultRun) waitForAll(condition func(*pageRecording) bool) (remaining []*pageRecording) {
	for deadline := time.Now().Add(markTimeout); ; <-time.After(300 * time.Millisecond) {
		remaining = nil
		for _, w := range s.recordings {
			if w.fetch(); !condition(w) {
				remaining = append(remaining, w)
			}
		}
		if len(remaining) == 0 || time.Now().After(deadline) {
			return remaining
		}
	}
}

// runFault runs a fault and adds a row to the table.
func (s *deployment) runFault(t *testing.T, f serviceFault, origin string, recordings []*pageRecording, collected *markResults) {
	t.Helper()
	run := &faultRun{deployment: s, guild: snowflake(), recordings: recordings}
	must(t, s.store.SaveGuild(t.Context(), store.Guild{ID: run.guild, Name: f.name}))
	run.tryCreateAndPublish()
	for _, w := range recordings {
		w.open(t, origin, "/guilds/"+run.guild+"/giveaways", s.signIn(run.guild))
	}
	for _, w := range run.waitForAll(func(w *pageRecording) bool { _, ok := w.correctSince(run.changes); return ok }) {
		t.Fatalf("%s: the page is not live before the fault\n%s", w.kind, w)
	}

	started := time.Now()
	f.begin(s)
	run.tryCreateAndPublish()
	isNoticed := func(w *pageRecording) bool { _, ok := w.noticedAt(started); return ok }
	if !f.mayStayLive {
		for _, w := range run.waitForAll(isNoticed) {
			t.Errorf("%s: the mark does not change within %v of the fault\n%s", w.kind, markTimeout, w)
		}
	}
	waitFor(shortOr(4*time.Second, 12*time.Second))
	run.tryCreateAndPublish()
	restoredFrom := time.Now()
	f.end(s)
	restoredAt := time.Now()
	run.createAndPublish()
	for _, w := range run.waitForAll(func(w *pageRecording) bool { _, ok := w.correctSince(run.changes); return ok }) {
		t.Errorf("%s: the page is not live and right within %v of the fault's end\n%s", w.kind, markTimeout, w)
	}
	for _, w := range recordings {
		v := markResult{fault: f.name, kind: w.kind, longestStale: w.longestStale(run.changes, time.Now())}
		v.judge(t, w, f, started, restoredFrom, restoredAt, run.changes)
		collected.add(v)
	}
}

// A markResult is what a page said during a fault.
type markResult struct {
	fault           string
	kind            browsers.Kind
	noticedAfter    time.Duration // from the fault's beginning until the mark said so; negative if it did not
	recoveredAfter  time.Duration // from the fault's end until the page was live and right; negative if it was not
	longestStale    time.Duration // the longest time that it said Live while a change was missing
	wasLiveTooEarly bool          // it said Live between noticing the fault and its end
}

// judge fills in a verdict and fails the test when the page was not truthful.
func (v *markResult) judge(t *testing.T, w *pageRecording, f serviceFault, started, restoredFrom, restoredAt time.Time, changes []change) {
	t.Helper()
	v.noticedAfter, v.recoveredAfter = -1, -1
	if at, ok := w.noticedAt(started); ok && at.Before(restoredAt) {
		v.noticedAfter = at.Sub(started)
		if v.wasLiveTooEarly = !f.mayStayLive && w.hasLiveBetween(at, restoredFrom); v.wasLiveTooEarly {
			t.Errorf("%s: the mark says Live before the fault has ended\n%s", w.kind, w)
		}
	}
	if since, ok := w.correctSince(changes); ok {
		v.recoveredAfter = max(0, since.Sub(restoredAt))
	}
	if v.longestStale > markTimeout/3 {
		t.Errorf("%s: the mark said Live for %v while a change was missing\n%s", w.kind, v.longestStale, w)
	}
}

// hasLiveBetween reports whether the mark turned to live after one moment and before another.
func (w *pageRecording) hasLiveBetween(from, to time.Time) bool {
	return slices.ContainsFunc(w.samples, func(s markSample) bool {
		return s.Live == "live" && s.time().After(from) && s.time().Before(to)
	})
}

// A markResults collects verdicts.
type markResults struct {
	mu   sync.Mutex
	rows []markResult
}

func (m *markResults) add(v markResult) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = append(m.rows, v)
}

// String is the table in Markdown: for each browser the seconds until the mark said so, until the page was live and right
// again, and the longest time that it said Live while a change was missing.
func (m *markResults) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "| fault |")
	for _, kind := range browsers.Kinds {
		fmt.Fprintf(&b, " %s: says so / right again / untrue (s) |", kind)
	}
	fmt.Fprintf(&b, "\n|---|%s\n", strings.Repeat("---|", len(browsers.Kinds)))
	var names []string
	for _, v := range m.rows {
		if !slices.Contains(names, v.fault) {
			names = append(names, v.fault)
		}
	}
	for _, name := range names {
		fmt.Fprintf(&b, "| %s |", name)
		for _, kind := range browsers.Kinds {
			cell := ""
			for _, v := range m.rows {
				if v.fault == name && v.kind == kind {
					cell = v.cell()
				}
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

func (v markResult) cell() string {
	seconds := func(d time.Duration, none string) string {
		if d < 0 {
			return none
		}
		return fmt.Sprintf("%.1f", d.Seconds())
	}
	cell := seconds(v.noticedAfter, "live") + " / " + seconds(v.recoveredAfter, "never") + " / " + seconds(v.longestStale, "")
	if v.wasLiveTooEarly {
		cell += " (Live too early)"
	}
	return cell
}
