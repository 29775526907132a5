package live

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what should come at once.
const patience = 5 * time.Minute

// newEngine returns an engine that is closed when the test ends. In a bubble of synctest it must be made there.
func newEngine(t testing.TB, c Config) *Engine {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	e := New(c)
	t.Cleanup(e.Close)
	return e
}

// A database is the truth that the views of a test show: a number for each row.
type database struct {
	mu      sync.Mutex
	rows    map[string]int
	looks   map[string]int // how often each row was asked for
	cost    time.Duration  // of a look
	padding int            // bytes, beside what a page says
	down    func() error   // not nil: what happens instead of an answer
}

func newDatabase() *database {
	return &database{rows: map[string]int{}, looks: map[string]int{}}
}

func (d *database) change(row string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows[row]++
}

func (d *database) fail(with func() error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = with
}

// page is what the row looks like now.
func (d *database) page(row string) Frame {
	d.mu.Lock()
	defer d.mu.Unlock()
	version := fmt.Sprintf("%s-%d", row, d.rows[row])
	return Frame{Version: version, Body: []byte("<p>\n" + version + "\n</p>" + strings.Repeat(" ", d.padding))}
}

func (d *database) looked(row string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.looks[row]
}

// view shows one row, and has it for its topic.
func (d *database) view(row string) View {
	return View{Key: row, Topics: []string{row}, Render: func(ctx context.Context) (Frame, error) {
		d.mu.Lock()
		d.looks[row]++
		cost, down := d.cost, d.down
		d.mu.Unlock()
		f := d.page(row)
		if err := pass(ctx, cost); err != nil { // after asking: what happens meanwhile is not in the answer
			return Frame{}, err
		}
		if down != nil {
			return Frame{}, down()
		}
		return f, nil
	}}
}

// pass lets d pass. It makes no timer for nothing: one that is due at once is run by whoever asks for it, and two at a time
// crash the race detector in a bubble (golang/go#78156).
func pass(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errDown = errors.New("the database is down")

func down() error { return errDown }

// A browser is the far end of a stream, without a network between.
type browser struct {
	hangUp context.CancelFunc
	done   chan struct{} // closed when Serve has returned
	err    error         // what it returned

	mu       sync.Mutex
	moved    *sync.Cond // it reads again, or the deadline has passed
	header   http.Header
	status   int
	wire     bytes.Buffer // written, not flushed
	events   []event      // without pings
	pings    int
	said     []string // conditions, without repetitions
	shown    string
	stalled  bool // does not read
	deadline time.Time
	alarm    *time.Timer
}

// ok makes a question for a Viewer that never fails.
func ok(allowed func() bool) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return allowed(), nil }
}

// connect opens v with a browser that shows version.
func connect(e *Engine, v View, version string, who Viewer) *browser {
	return open(version, func(w http.ResponseWriter, r *http.Request) error { return e.Serve(w, r, v, who) })
}

func open(version string, serve func(http.ResponseWriter, *http.Request) error) *browser {
	ctx, hangUp := context.WithCancel(context.Background())
	b := &browser{hangUp: hangUp, done: make(chan struct{}), header: http.Header{}, shown: version}
	b.moved = sync.NewCond(&b.mu)
	r := httptest.NewRequestWithContext(ctx, "GET", "/live", nil)
	if version != "" {
		r.Header.Set("Last-Event-ID", version)
	}
	go func() {
		defer close(b.done)
		b.err = serve(b, r)
	}()
	return b
}

func (b *browser) Header() http.Header { return b.header }

func (b *browser) WriteHeader(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status = status
}

func (b *browser) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.stalled && len(p) > 0 && !b.late() {
		b.moved.Wait()
	}
	if b.late() {
		return 0, os.ErrDeadlineExceeded
	}
	return b.wire.Write(p)
}

func (b *browser) late() bool { return !b.deadline.IsZero() && !time.Now().Before(b.deadline) }

func (b *browser) SetWriteDeadline(deadline time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deadline = deadline
	if b.alarm != nil {
		b.alarm.Stop()
	}
	if !deadline.IsZero() {
		b.alarm = time.AfterFunc(time.Until(deadline), b.moved.Broadcast)
	}
	return nil
}

func (b *browser) FlushError() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bytes.HasPrefix(b.wire.Bytes(), []byte(opening)) {
		b.wire.Next(len(opening))
	}
	r := bufio.NewReader(&b.wire)
	for b.wire.Len()+r.Buffered() > 0 {
		e, err := readEvent(r)
		if err != nil {
			return fmt.Errorf("half an event was flushed: %w", err)
		}
		if e.name == "ping" {
			b.pings++
			if n := len(b.said); e.data != "" && (n == 0 || b.said[n-1] != e.data) {
				b.said = append(b.said, e.data)
			}
			continue
		}
		b.events = append(b.events, e)
		b.shown = e.id
	}
	return nil
}

// stall has the browser stop reading, or go on.
func (b *browser) stall(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stalled = on
	b.moved.Broadcast()
}

func (b *browser) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// got returns the versions that were sent, in order.
func (b *browser) got() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	versions := []string{}
	for _, e := range b.events {
		versions = append(versions, e.id)
	}
	return versions
}

// conditions returns the conditions that were sent, in order and without repetitions.
func (b *browser) conditions() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.said)
}

func (b *browser) pinged() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pings
}

func (b *browser) shows() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shown
}
