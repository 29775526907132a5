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

// limit is how long a mark may take to change. It only bounds the test; the table has the measured times.
const limit = 90 * time.Second

// recorder reads the mark and the listed rows every 200 ms, and records each change.
const recorder = `(() => {
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

// A sighting is what a page shows from a point in time on.
type sighting struct {
	At         int64 // milliseconds since 1970
	Live, Text string
	Rows       []string // ids of giveaways
}

func (s sighting) time() time.Time { return time.UnixMilli(s.At) }

// shows reports whether the page says that it is live and lists all changes.
func (s sighting) shows(changes []change) bool {
	return s.Live == "live" && !slices.ContainsFunc(changes, func(c change) bool { return !slices.Contains(s.Rows, c.id) })
}

// A change is a committed giveaway.
type change struct {
	id string
	at time.Time
}

// A watch records a page in a browser.
type watch struct {
	kind      browsers.Kind
	page      browsers.Page
	sightings []sighting
}

// read fetches the sightings that the page has recorded. If the browser does not answer, it keeps the earlier ones.
func (w *watch) read() {
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	var sightings []sighting
	if w.page.Evaluate(ctx, "window.sightings", &sightings) == nil {
		w.sightings = sightings
	}
}

// noticed returns when the mark first said something other than live after a fault began.
func (w *watch) noticed(began time.Time) (at time.Time, ok bool) {
	for _, s := range w.sightings {
		if s.Live != "live" && !s.time().Before(began) {
			return s.time(), true
		}
	}
	return time.Time{}, false
}

// right returns the time from which on the page says that it is live and lists all changes.
func (w *watch) right(changes []change) (since time.Time, ok bool) {
	for _, s := range w.sightings {
		switch shows := s.shows(changes); {
		case shows && !ok:
			since, ok = s.time(), true
		case !shows:
			ok = false
		}
	}
	return since, ok
}

// untrue returns the longest time that the page said it was live while a committed change was missing.
func (w *watch) untrue(changes []change, now time.Time) (longest time.Duration) {
	for _, c := range changes {
		var since time.Time
		for i, s := range w.sightings {
			until := now
			if i+1 < len(w.sightings) {
				until = w.sightings[i+1].time()
			}
			if s.Live != "live" || slices.Contains(s.Rows, c.id) || !until.After(c.at) {
				since = time.Time{}
				continue
			}
			if since.IsZero() {
				since = maxTime(s.time(), c.at)
			}
			longest = max(longest, until.Sub(since))
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

func (w *watch) String() string {
	var b strings.Builder
	for _, s := range w.sightings {
		fmt.Fprintf(&b, "%s %-8s %q %d rows\n", s.time().Format("05.000"), s.Live, s.Text, len(s.Rows))
	}
	return b.String()
}

// A fault makes a service that the dashboard needs unavailable for a while. end returns once the service is back.
type fault struct {
	name       string
	begin, end func(s *site)
	mayBeLive  bool // the page may remain live if it shows all changes
	everywhere bool // watched in all browsers even with -short
}

// watching holds the browsers of the run.
var watching struct {
	sync.Mutex
	browsers map[browsers.Kind]browsers.Browser
}

// newWatch opens a page in a browser of this kind. It returns nil if the browser is not installed.
func newWatch(t *testing.T, kind browsers.Kind) *watch {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	watching.Lock()
	defer watching.Unlock()
	b := watching.browsers[kind]
	if b == nil {
		var err error
		if b, err = browsers.Start(ctx, kind); errors.Is(err, browsers.ErrMissing) {
			notInstalled(t, err)
			return nil
		}
		must(t, err)
		if watching.browsers == nil {
			watching.browsers = map[browsers.Kind]browsers.Browser{}
		}
		watching.browsers[kind] = b
		finally(b.Close)
	}
	page, err := b.NewPage(ctx)
	must(t, err)
	t.Cleanup(func() { _ = page.Close() }) // the browser ends with the run
	return &watch{kind: kind, page: page}
}

// show opens a list in the page and begins to record.
func (w *watch) show(t *testing.T, origin, path, cookie string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	name, value, _ := strings.Cut(cookie, "=")
	must(t, w.page.SetCookie(ctx, origin, name, value))
	must(t, w.page.Navigate(ctx, origin+path))
	must(t, w.page.Evaluate(ctx, recorder, nil))
}

// A stage is a guild of the test's own, and the pages that show its list.
type stage struct {
	*site
	guild   string
	changes []change
	watches []*watch
}

// commit starts a giveaway and publishes it, if Postgres and Redis answer.
func (s *stage) commit() {
	s.create()
	_, _ = s.publish() // Redis may be away
}

// create starts a giveaway, if Postgres answers.
func (s *stage) create() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	g, err := s.store.CreateGiveaway(ctx, store.Giveaway{
		GuildID: s.guild, ChannelID: "400000000000000001", Host: store.Person{ID: "200000000000000001"},
		Prize: fmt.Sprint("Change ", len(s.changes)+1), EndsAt: time.Now().Add(24 * time.Hour),
	})
	if err == nil {
		s.changes = append(s.changes, change{g.ID, time.Now()})
	}
}

// publish sends an event about the guild, as a bot does all the time, and returns the number of receivers.
func (s *stage) publish() (receivers int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	event := fmt.Sprintf(`{"type":"GIVEAWAY_UPDATE","guildId":"%s","timestamp":%d}`, s.guild, time.Now().UnixMilli())
	return s.redis.Publish(ctx, store.EventsChannel, event).Result()
}

// published commits a change and publishes it until Redis has taken the event.
func (s *stage) published() {
	s.t.Helper()
	s.create()
	within(s.t, limit, "Redis takes an event", func() (bool, string) {
		receivers, err := s.publish()
		return err == nil, fmt.Sprint(receivers, err)
	})
}

// await reads the pages until all are as wanted, at most for limit, and returns the others.
func (s *stage) await(is func(*watch) bool) (not []*watch) {
	for until := time.Now().Add(limit); ; <-time.After(300 * time.Millisecond) {
		not = nil
		for _, w := range s.watches {
			if w.read(); !is(w) {
				not = append(not, w)
			}
		}
		if len(not) == 0 || time.Now().After(until) {
			return not
		}
	}
}

// watch runs a fault and adds a row to the table.
func (s *site) watch(t *testing.T, f fault, origin string, watches []*watch, table *markTable) {
	t.Helper()
	st := &stage{site: s, guild: snowflake(), watches: watches}
	must(t, s.store.SaveGuild(t.Context(), store.Guild{ID: st.guild, Name: f.name}))
	st.commit()
	for _, w := range watches {
		w.show(t, origin, "/guilds/"+st.guild+"/giveaways", s.signIn(st.guild))
	}
	for _, w := range st.await(func(w *watch) bool { _, ok := w.right(st.changes); return ok }) {
		t.Fatalf("%s: the page is not live before the fault\n%s", w.kind, w)
	}

	began := time.Now()
	f.begin(s)
	st.commit()
	noticed := func(w *watch) bool { _, ok := w.noticed(began); return ok }
	if !f.mayBeLive {
		for _, w := range st.await(noticed) {
			t.Errorf("%s: the mark does not change within %v of the fault\n%s", w.kind, limit, w)
		}
	}
	lasting(inShort(4*time.Second, 12*time.Second))
	st.commit()
	ending := time.Now()
	f.end(s)
	ended := time.Now()
	st.published()
	for _, w := range st.await(func(w *watch) bool { _, ok := w.right(st.changes); return ok }) {
		t.Errorf("%s: the page is not live and right within %v of the fault's end\n%s", w.kind, limit, w)
	}
	for _, w := range watches {
		v := verdict{fault: f.name, kind: w.kind, untrue: w.untrue(st.changes, time.Now())}
		v.judge(t, w, f, began, ending, ended, st.changes)
		table.add(v)
	}
}

// A verdict is what a page said during a fault.
type verdict struct {
	fault    string
	kind     browsers.Kind
	said     time.Duration // from the fault's beginning until the mark said so; negative if it did not
	right    time.Duration // from the fault's end until the page was live and right; negative if it was not
	untrue   time.Duration // the longest time that it said Live while a change was missing
	tooEarly bool          // it said Live between noticing the fault and its end
}

// judge fills in a verdict and fails the test when the page was not truthful.
func (v *verdict) judge(t *testing.T, w *watch, f fault, began, ending, ended time.Time, changes []change) {
	t.Helper()
	v.said, v.right = -1, -1
	if at, ok := w.noticed(began); ok && at.Before(ended) {
		v.said = at.Sub(began)
		if v.tooEarly = !f.mayBeLive && w.liveBetween(at, ending); v.tooEarly {
			t.Errorf("%s: the mark says Live before the fault has ended\n%s", w.kind, w)
		}
	}
	if since, ok := w.right(changes); ok {
		v.right = max(0, since.Sub(ended))
	}
	if v.untrue > limit/3 {
		t.Errorf("%s: the mark said Live for %v while a change was missing\n%s", w.kind, v.untrue, w)
	}
}

// liveBetween reports whether the mark turned to live after one moment and before another.
func (w *watch) liveBetween(from, to time.Time) bool {
	return slices.ContainsFunc(w.sightings, func(s sighting) bool {
		return s.Live == "live" && s.time().After(from) && s.time().Before(to)
	})
}

// A markTable collects verdicts.
type markTable struct {
	mu   sync.Mutex
	rows []verdict
}

func (m *markTable) add(v verdict) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = append(m.rows, v)
}

// String is the table in Markdown: for each browser the seconds until the mark said so, until the page was live and right
// again, and the longest time that it said Live while a change was missing.
func (m *markTable) String() string {
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

func (v verdict) cell() string {
	seconds := func(d time.Duration, none string) string {
		if d < 0 {
			return none
		}
		return fmt.Sprintf("%.1f", d.Seconds())
	}
	cell := seconds(v.said, "live") + " / " + seconds(v.right, "never") + " / " + seconds(v.untrue, "")
	if v.tooEarly {
		cell += " (Live too early)"
	}
	return cell
}
