package live

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var seed = flag.Uint64("seed", 0, "run the model with this seed only")

// TestRandomizedModel runs random sequences of changes, invalidations, failures, connects and disconnects, and checks
// that in the end every browser shows the state of the database. The steps depend only on the seed; how goroutines
// interleave does not.
func TestRandomizedModel(t *testing.T) {
	seeds := uint64(150)
	if testing.Short() {
		seeds = 20
	}
	first, last := uint64(1), seeds
	if *seed > 0 {
		first, last = *seed, *seed
	}
	for s := first; s <= last; s++ {
		t.Run(fmt.Sprintf("seed=%d", s), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newModel(t, s).run() })
		})
	}
}

type model struct {
	t        *testing.T
	rand     *rand.Rand
	engine   *Engine
	db       *fakeDatabase
	rows     []string
	browsers []*tab
}

// A tab is a browser tab, which may reconnect several times.
type tab struct {
	*browser
	row          string
	pastVersions []string // versions of earlier connections
	isDenied     *atomic.Bool
}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{t: t, rand: rand.New(rand.NewPCG(seed, 0)), db: newFakeDatabase(), rows: []string{"a", "b", "c"}}
	m.engine = newEngine(t, Config{MaxStreamsPerUser: 30, MaxRenders: 1 + m.rand.IntN(3), AccessGrace: 24 * time.Hour})
	m.db.latency = time.Duration(m.rand.IntN(30)) * time.Millisecond
	return m
}

func (m *model) view(row string) View {
	v := m.db.view(row)
	v.Topics = []string{row, "all"}
	v.RefreshInterval = 20 * time.Second
	return v
}

func (m *model) run() {
	for range 300 {
		m.step()
		if m.rand.IntN(3) == 0 {
			time.Sleep(time.Duration(m.rand.IntN(200)) * time.Millisecond)
		}
		if m.rand.IntN(100) == 0 {
			time.Sleep(time.Duration(m.rand.IntN(60)) * time.Second)
		}
	}
	m.db.failWith(nil)
	for _, tab := range m.browsers {
		tab.setStalled(false)
	}
	time.Sleep(time.Minute)
	for _, tab := range m.browsers {
		if tab.hasEnded() {
			m.connect(tab, tab.version())
		}
	}
	time.Sleep(time.Second)
	m.check()
}

func (m *model) step() {
	row := m.rows[m.rand.IntN(len(m.rows))]
	switch n := m.rand.IntN(100); {
	case n < 35: // most changes cause an invalidation, some of an unrelated topic, some cause none
		m.db.update(row)
		if m.rand.IntN(5) > 0 {
			m.engine.Invalidate([]string{row, row, row, "all", "unrelated"}[m.rand.IntN(5)])
		}
	case n < 40:
		m.engine.Invalidate(row, "all")
	case n < 42:
		m.engine.InvalidateAll()
	case n < 60:
		m.open(row)
	case n < 90 && len(m.browsers) > 0:
		m.injectRandomFault(m.browsers[m.rand.IntN(len(m.browsers))])
	case n < 94:
		m.db.failWith([]func() error{databaseDown, func() error { panic("random failure") }}[m.rand.IntN(2)])
	case n < 98:
		m.db.failWith(nil)
	}
}

// open opens another tab, whose page is rendered from the current state of the database.
func (m *model) open(row string) {
	if len(m.browsers) == 25 {
		return
	}
	tab := &tab{row: row}
	m.browsers = append(m.browsers, tab)
	m.connect(tab, []string{"", m.db.frame(row).Version}[m.rand.IntN(2)])
}

func (m *model) connect(tab *tab, version string) {
	denied := new(atomic.Bool)
	tab.isDenied = denied
	tab.browser = connect(m.engine, m.view(tab.row), version, Viewer{
		UserID:      strconv.Itoa(m.rand.IntN(3)),
		CheckAccess: allowIf(func() bool { return !denied.Load() }),
	})
}

func (m *model) injectRandomFault(tab *tab) {
	switch m.rand.IntN(7) {
	case 0: // reconnect with the shown version
		tab.disconnect()
		m.connect(tab, tab.version())
	case 1: // reconnect with the version of an old page
		tab.disconnect()
		tab.pastVersions = append(tab.pastVersions, tab.versions()...)
		if len(tab.pastVersions) > 0 {
			m.connect(tab, tab.pastVersions[m.rand.IntN(len(tab.pastVersions))])
		}
	case 2:
		tab.disconnect()
	case 3, 4:
		tab.setStalled(m.rand.IntN(2) == 0)
	case 5:
		if tab.hasEnded() {
			m.connect(tab, tab.version())
		}
	case 6:
		tab.isDenied.Store(true)
	}
}

func (m *model) check() {
	m.t.Helper()
	for i, tab := range m.browsers {
		if want := m.db.frame(tab.row).Version; tab.version() != want || tab.hasEnded() {
			m.t.Errorf("tab %d: version = %q, want %q (ended %t, error %v)", i, tab.version(), want, tab.hasEnded(), tab.err)
		}
		before := -1
		for _, version := range tab.versions() {
			row, number, _ := strings.Cut(version, "-")
			n, _ := strconv.Atoi(number)
			if row != tab.row || n <= before {
				m.t.Errorf("tab %d: versions = %v, want ascending versions of %s", i, tab.versions(), tab.row)
				break
			}
			before = n
		}
	}
}
