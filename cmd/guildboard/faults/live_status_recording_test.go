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
	"guildboard/store/contract"
)

// The tests in this file watch the live status of pages in real browsers while a service that the dashboard needs is
// unavailable. They use the default intervals. "make marks" prints the table.

// liveStatusTimeout bounds the time until a live status changes. The table shows the measured times.
const liveStatusTimeout = 90 * time.Second

// recorderScript reads the live status and the listed rows every 200 ms, and records each change.
const recorderScript = `(() => {
	window.samples = [];
	const sample = () => {
		const live = document.documentElement.dataset.live ?? '', text = document.getElementById('live-status').textContent;
		const rows = [...document.querySelectorAll('#rows > tr')].map(row => row.id.slice(2));
		const last = samples.at(-1);
		if (last?.live !== live || last.text !== text || last.rows.join() !== rows.join())
			samples.push({ at: Date.now(), live, text, rows });
	};
	sample();
	setInterval(sample, 200);
})()`

// A markSample is the content of a page from a point in time until the next sample.
type liveStatusSample struct {
	At         int64 // milliseconds since 1970
	Live, Text string
	Rows       []string // ids of giveaways
}

func (s liveStatusSample) time() time.Time { return time.UnixMilli(s.At) }

// isLiveWith reports whether the page shows live and lists all changes.
func (s liveStatusSample) isLiveWith(changes []change) bool {
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
	samples []liveStatusSample
}

// fetch reads the samples that the page has recorded. If the browser does not respond, it keeps the earlier ones.
func (w *pageRecording) fetch() {
	ctx, cancel := context.WithTimeout(context.Background(), shortTimeout)
	defer cancel()
	var samples []liveStatusSample
	if w.page.Evaluate(ctx, "window.samples", &samples) == nil {
		w.samples = samples
	}
}

// noticedAt returns the time of the first sample after faultStart whose live status is not live.
func (w *pageRecording) noticedAt(faultStart time.Time) (at time.Time, ok bool) {
	for _, s := range w.samples {
		if s.Live != "live" && !s.time().Before(faultStart) {
			return s.time(), true
		}
	}
	return time.Time{}, false
}

// correctSince returns the time since which the page shows live and lists all changes.
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

// longestStale returns the longest time during which the page showed live while a committed change was missing.
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

// A serviceFault makes a service unavailable between begin and end. end returns after the service has recovered.
type serviceFault struct {
	name        string
	begin, end  func(s *deployment)
	mayStayLive bool // the page may remain live if it shows all changes
	allBrowsers bool // recorded in all browsers even with -short
}

// sharedBrowsers holds the browsers of the run.
var sharedBrowsers struct {
	sync.Mutex
	browsers map[browsers.Kind]browsers.Browser
}

// newPageRecording opens a page in a browser of this kind. It returns nil if the browser is not installed.
func newPageRecording(t *testing.T, kind browsers.Kind) *pageRecording {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), liveStatusTimeout)
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

// open opens a list and starts the recording.
func (w *pageRecording) open(t *testing.T, origin, path, cookie string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), liveStatusTimeout)
	defer cancel()
	name, value, _ := strings.Cut(cookie, "=")
	must(t, w.page.SetCookie(ctx, origin, name, value))
	must(t, w.page.Navigate(ctx, origin+path))
	must(t, w.page.Evaluate(ctx, recorderScript, nil))
}

// A faultRun is the run of one fault: a new guild and the pages that show its list.
type faultRun struct {
	*deployment
	guild      string
	changes    []change
	recordings []*pageRecording
}

// tryCreateAndPublish creates a giveaway and publishes the event, if Postgres and Redis are available.
func (s *faultRun) tryCreateAndPublish() {
	s.createGiveaway()
	_, _ = s.publish() // Redis may be unavailable
}

// createGiveaway creates a giveaway if Postgres is available.
func (s *faultRun) createGiveaway() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	g, err := s.store.CreateGiveaway(ctx, store.Giveaway{
		GuildID: s.guild, ChannelID: "400000000000000001", Host: contract.User{ID: "200000000000000001"},
		Prize: fmt.Sprint("Change ", len(s.changes)+1), EndsAt: time.Now().Add(24 * time.Hour),
	})
	if err == nil {
		s.changes = append(s.changes, change{g.ID, time.Now()})
	}
}

// publish publishes an event about the guild and returns the number of receivers.
func (s *faultRun) publish() (receivers int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	event := fmt.Sprintf(`{"type":"GIVEAWAY_UPDATE","guildId":"%s","timestamp":%d}`, s.guild, time.Now().UnixMilli())
	return s.redis.Publish(ctx, contract.EventsChannel, event).Result()
}

// createAndPublish commits a change and publishes it until Redis accepts the event.
func (s *faultRun) createAndPublish() {
	s.t.Helper()
	s.createGiveaway()
	eventuallyWithin(s.t, liveStatusTimeout, "Redis accepts an event", func() (bool, string) {
		receivers, err := s.publish()
		return err == nil, fmt.Sprint(receivers, err)
	})
}

// waitForAll reads the recordings until all meet the condition, at most for markTimeout. It returns those that do not.
func (s *faultRun) waitForAll(condition func(*pageRecording) bool) (remaining []*pageRecording) {
	for deadline := time.Now().Add(liveStatusTimeout); ; <-time.After(300 * time.Millisecond) {
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
func (s *deployment) runFault(t *testing.T, f serviceFault, origin string, recordings []*pageRecording, collected *liveStatusResults) {
	t.Helper()
	run := &faultRun{deployment: s, guild: snowflake(), recordings: recordings}
	must(t, s.store.SaveGuild(t.Context(), store.Guild{ID: run.guild, Name: f.name}))
	run.tryCreateAndPublish()
	for _, w := range recordings {
		w.open(t, origin, "/guilds/"+run.guild+"/giveaways", s.signIn(run.guild))
	}
	for _, w := range run.waitForAll(func(w *pageRecording) bool { _, ok := w.correctSince(run.changes); return ok }) {
		t.Fatalf("%s: page is not live before the fault\n%s", w.kind, w)
	}

	started := time.Now()
	f.begin(s)
	run.tryCreateAndPublish()
	isNoticed := func(w *pageRecording) bool { _, ok := w.noticedAt(started); return ok }
	if !f.mayStayLive {
		for _, w := range run.waitForAll(isNoticed) {
			t.Errorf("%s: live status is still live %v after the fault began\n%s", w.kind, liveStatusTimeout, w)
		}
	}
	waitFor(shortOr(4*time.Second, 12*time.Second))
	run.tryCreateAndPublish()
	restoredFrom := time.Now()
	f.end(s)
	restoredAt := time.Now()
	run.createAndPublish()
	for _, w := range run.waitForAll(func(w *pageRecording) bool { _, ok := w.correctSince(run.changes); return ok }) {
		t.Errorf("%s: page is not live and correct %v after the fault ended\n%s", w.kind, liveStatusTimeout, w)
	}
	for _, w := range recordings {
		v := liveStatusResult{fault: f.name, kind: w.kind, longestStale: w.longestStale(run.changes, time.Now())}
		v.judge(t, w, f, started, restoredFrom, restoredAt, run.changes)
		collected.add(v)
	}
}

// A markResult is the result of a fault in a browser.
type liveStatusResult struct {
	fault           string
	kind            browsers.Kind
	noticedAfter    time.Duration // from the fault's start until the live status changed; negative if it did not
	recoveredAfter  time.Duration // from the fault's end until the page was live and correct; negative if it was not
	longestStale    time.Duration // longest time of live while a change was missing
	wasLiveTooEarly bool          // live between noticing the fault and its end
}

// judge computes the result and fails the test if the live status was wrong.
func (v *liveStatusResult) judge(t *testing.T, w *pageRecording, f serviceFault, started, restoredFrom,
	restoredAt time.Time, changes []change) {
	t.Helper()
	v.noticedAfter, v.recoveredAfter = -1, -1
	if at, ok := w.noticedAt(started); ok && at.Before(restoredAt) {
		v.noticedAfter = at.Sub(started)
		if v.wasLiveTooEarly = !f.mayStayLive && w.hasLiveBetween(at, restoredFrom); v.wasLiveTooEarly {
			t.Errorf("%s: live status is live before the fault has ended\n%s", w.kind, w)
		}
	}
	if since, ok := w.correctSince(changes); ok {
		v.recoveredAfter = max(0, since.Sub(restoredAt))
	}
	if v.longestStale > liveStatusTimeout/3 {
		t.Errorf("%s: live status was live for %v while a change was missing\n%s", w.kind, v.longestStale, w)
	}
}

// hasLiveBetween reports whether the live status became live between two points in time.
func (w *pageRecording) hasLiveBetween(from, to time.Time) bool {
	return slices.ContainsFunc(w.samples, func(s liveStatusSample) bool {
		return s.Live == "live" && s.time().After(from) && s.time().Before(to)
	})
}

// liveStatusResults collects results of concurrent tests.
type liveStatusResults struct {
	mu   sync.Mutex
	rows []liveStatusResult
}

func (m *liveStatusResults) add(v liveStatusResult) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = append(m.rows, v)
}

// String returns a Markdown table. For each browser it has the seconds from the fault's start until the live status changed,
// from its end until the page was live and correct, and the longest time of live while a change was missing.
func (m *liveStatusResults) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "| fault |")
	for _, kind := range browsers.Kinds {
		fmt.Fprintf(&b, " %s: noticed / recovered / stale (s) |", kind)
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

func (v liveStatusResult) cell() string {
	seconds := func(d time.Duration, none string) string {
		if d < 0 {
			return none
		}
		return fmt.Sprintf("%.1f", d.Seconds())
	}
	cell := seconds(v.noticedAfter, "live") + " / " + seconds(v.recoveredAfter, "never") + " / " + seconds(v.longestStale, "")
	if v.wasLiveTooEarly {
		cell += " (live too early)"
	}
	return cell
}
