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

// testTimeout is how long a test waits for an event that normally happens at once.
const testTimeout = 5 * time.Minute

// newEngine returns an engine that is closed when the test ends. A test that uses synctest must call it within the
// bubble.
func newEngine(t testing.TB, c Config) *Engine {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	e := New(c)
	t.Cleanup(e.Close)
	return e
}

// A fakeDatabase is the data that the views of a test show: a number for each row.
type fakeDatabase struct {
	mu      sync.Mutex
	rows    map[string]int
	queries map[string]int // number of queries of each row
	latency time.Duration  // of a query
	padding int            // extra bytes per frame
	failure func() error   // if not nil, the result of every query
}

func newFakeDatabase() *fakeDatabase {
	return &fakeDatabase{rows: map[string]int{}, queries: map[string]int{}}
}

func (d *fakeDatabase) update(row string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows[row]++
}

func (d *fakeDatabase) failWith(failure func() error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure = failure
}

// frame returns the current frame of a row.
func (d *fakeDatabase) frame(row string) Frame {
	d.mu.Lock()
	defer d.mu.Unlock()
	version := fmt.Sprintf("%s-%d", row, d.rows[row])
	return Frame{Version: version, Body: []byte("<p>\n" + version + "\n</p>" + strings.Repeat(" ", d.padding))}
}

func (d *fakeDatabase) queryCount(row string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.queries[row]
}

// view returns a View of one row, whose topic is the name of the row.
func (d *fakeDatabase) view(row string) View {
	return View{Key: row, Topics: []string{row}, Render: func(ctx context.Context) (Frame, error) {
		d.mu.Lock()
		d.queries[row]++
		latency, failure := d.latency, d.failure
		d.mu.Unlock()
		f := d.frame(row)
		if err := sleepContext(ctx, latency); err != nil { // after reading: later changes are not in the result
			return Frame{}, err
		}
		if failure != nil {
			return Frame{}, failure()
		}
		return f, nil
	}}
}

// sleepContext sleeps for d, or until ctx ends. It makes no timer if d is 0: a timer that is due at once is run by the
// goroutine that checks it, and two at a time crash the race detector in a synctest bubble (golang/go#78156).
func sleepContext(ctx context.Context, d time.Duration) error {
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

var errDatabaseDown = errors.New("the database is down")

func databaseDown() error { return errDatabaseDown }

// A browser is the client of a stream, without a network. It is the http.ResponseWriter that Serve writes to.
type browser struct {
	disconnect context.CancelFunc
	done       chan struct{} // closed when Serve has returned
	err        error         // the result of Serve

	mu                 sync.Mutex
	changed            *sync.Cond // isStalled has changed, or the deadline has passed
	header             http.Header
	status             int
	unflushed          bytes.Buffer // written, not flushed
	events             []event      // without pings
	pings              int
	receivedConditions []string // without repetitions
	shownVersion       string
	isStalled          bool // the browser does not read
	deadline           time.Time
	deadlineTimer      *time.Timer
}

// allowIf returns a Viewer.CheckAccess that never fails.
func allowIf(allowed func() bool) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return allowed(), nil }
}

// connect opens v in a browser that shows version.
func connect(e *Engine, v View, version string, viewer Viewer) *browser {
	return openStream(version, func(w http.ResponseWriter, r *http.Request) error { return e.Serve(w, r, v, viewer) })
}

func openStream(version string, serve func(http.ResponseWriter, *http.Request) error) *browser {
	ctx, disconnect := context.WithCancel(context.Background())
	b := &browser{disconnect: disconnect, done: make(chan struct{}), header: http.Header{}, shownVersion: version}
	b.changed = sync.NewCond(&b.mu)
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
	for b.isStalled && len(p) > 0 && !b.isDeadlineExceeded() {
		b.changed.Wait()
	}
	if b.isDeadlineExceeded() {
		return 0, os.ErrDeadlineExceeded
	}
	return b.unflushed.Write(p)
}

func (b *browser) isDeadlineExceeded() bool {
	return !b.deadline.IsZero() && !time.Now().Before(b.deadline)
}

func (b *browser) SetWriteDeadline(deadline time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deadline = deadline
	if b.deadlineTimer != nil {
		b.deadlineTimer.Stop()
	}
	if !deadline.IsZero() {
		b.deadlineTimer = time.AfterFunc(time.Until(deadline), b.changed.Broadcast)
	}
	return nil
}

func (b *browser) FlushError() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bytes.HasPrefix(b.unflushed.Bytes(), []byte(streamPreamble)) {
		b.unflushed.Next(len(streamPreamble))
	}
	r := bufio.NewReader(&b.unflushed)
	for b.unflushed.Len()+r.Buffered() > 0 {
		e, err := readEvent(r)
		if err != nil {
			return fmt.Errorf("incomplete event flushed: %w", err)
		}
		if e.name == "ping" {
			b.pings++
			if n := len(b.receivedConditions); e.data != "" && (n == 0 || b.receivedConditions[n-1] != e.data) {
				b.receivedConditions = append(b.receivedConditions, e.data)
			}
			continue
		}
		b.events = append(b.events, e)
		b.shownVersion = e.id
	}
	return nil
}

// setStalled stops the browser from reading, or lets it continue.
func (b *browser) setStalled(stalled bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.isStalled = stalled
	b.changed.Broadcast()
}

func (b *browser) hasEnded() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// versions returns the versions that were sent, in order.
func (b *browser) versions() []string {
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
	return slices.Clone(b.receivedConditions)
}

func (b *browser) pingCount() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pings
}

func (b *browser) version() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shownVersion
}
