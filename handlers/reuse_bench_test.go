//go:build unix

package handlers_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/storetest"
)

// BenchmarkReuse measures what each layer of reuse saves (see package live). Per iteration one row of a list with 25
// rows changes, and the list is rendered for its viewers twice: with all layers, and with all but one. The order
// alternates, so that both are measured on the same machine under the same load. The cost of a render is that of the
// process from the invalidation until all browsers have read the frame: query, render, diff and write. The CPU time of
// a Postgres server on this machine is included if POSTGRES_PID is the id of its main process (Linux).
//
// The metrics are the cost with all layers and how much of the cost without the layer is saved, in percent.
func BenchmarkReuse(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkReuse(b, storetest.Open(b), "") })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv("DATABASE_URL") == "" {
			b.Skip("not run on Postgres: DATABASE_URL is not set")
		}
		benchmarkReuse(b, storetest.OpenAt(b, storetest.CreateSchema(b)), os.Getenv("POSTGRES_PID"))
	})
}

// reuseLayers are the layers of reuse that a benchmarked view has.
type reuseLayers struct {
	handlers.ReuseLayers
	sharedQuery, frameDiff bool
}

var allLayers = reuseLayers{handlers.ReuseLayers{RowCache: true, FragmentCache: true}, true, true}

func benchmarkReuse(b *testing.B, db *store.Store, server string) {
	storetest.Fill(b, db, storetest.GuildSize{
		Members: 2000, Giveaways: 1000, Entries: 2000, Tickets: 20_000, Messages: 20_000, Ratings: 500, Commands: 1000,
	}, bigGuild)
	s := openSite(b, func(_ *site, c *handlers.Config) { c.Store = db })
	lists := []struct {
		name   string
		view   func(handlers.ListViewer, handlers.ReuseLayers) (live.View, error)
		change func()
	}{
		{"giveaways", s.GiveawayListView, newGiveawayChange(b, db)},
		{"tickets", s.TicketListView, newTicketChange(b, db)},
	}
	for _, list := range lists {
		for _, watched := range []struct{ viewers, views int }{{1, 1}, {20, 2}, {20, 4}} {
			for _, layer := range []string{"shared query", "row cache", "fragment cache", "frame diff"} {
				without := allLayers
				switch layer {
				case "shared query":
					without.sharedQuery = false
				case "row cache":
					without.RowCache = false
				case "fragment cache":
					without.FragmentCache = false
				case "frame diff":
					without.frameDiff = false
				}
				if watched.views == 1 && layer == "shared query" || list.name == "tickets" && layer == "row cache" {
					continue // not used; neither is the row cache on SQLite, which shows how exact the figures are
				}
				b.Run(fmt.Sprintf("%s/viewers=%d,views=%d/%s", list.name, watched.viewers, watched.views, layer), func(b *testing.B) {
					var lists [2]*watchedList
					for i, on := range []reuseLayers{allLayers, without} {
						var views []live.View
						for _, viewer := range listViewers[:watched.views] {
							v, err := list.view(viewer, on.ReuseLayers)
							must(b, err)
							views = append(views, v)
						}
						lists[i] = newWatchedList(b, views, watched.viewers, on)
					}
					compareRenders(b, db, server, func() { s.sendHeartbeat(); list.change() }, lists[0], lists[1])
				})
			}
		}
	}
}

// compareRenders measures renders of all and of some, and reports the difference.
func compareRenders(
	b *testing.B, db *store.Store, server string, change func(), all, some *watchedList,
) {
	var queries atomic.Int64
	db.Watch(func(store.Statement) { queries.Add(1) })
	b.Cleanup(func() { db.Watch(nil) })
	lists := [2]*watchedList{all, some}
	for i := 0; b.Loop(); i++ {
		change()
		for k := range lists {
			l := lists[(i+k)%2]
			before := readUsage(b, server, &queries)
			l.render()
			l.total.add(before, readUsage(b, server, &queries))
		}
	}
	for _, m := range []struct {
		unit      string
		all, some float64
	}{
		{"time-µs", all.total.time, some.total.time},
		{"cpu-µs", all.total.cpu, some.total.cpu},
		{"alloc-B", all.total.allocBytes, some.total.allocBytes},
		{"allocs", all.total.allocs, some.total.allocs},
		{"queries", all.total.queries, some.total.queries},
		{"sent-B", all.sentBytes(), some.sentBytes()},
	} {
		b.ReportMetric(m.all/float64(b.N), m.unit)
		b.ReportMetric(100*(m.some-m.all)/m.some, m.unit+"-saved%")
	}
	b.ReportMetric(0, "ns/op") // of the change and both renders
}

// usage is the resource usage since the start. Times are in µs.
type usage struct{ time, cpu, allocs, allocBytes, queries float64 }

var benchmarkStart = time.Now()

func readUsage(b *testing.B, server string, queries *atomic.Int64) usage {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var process syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &process))
	return usage{
		time:       float64(time.Since(benchmarkStart).Nanoseconds()) / 1e3,
		cpu:        float64(process.Utime.Nano()+process.Stime.Nano()+postgresCPU(b, server)) / 1e3,
		allocs:     float64(memory.Mallocs),
		allocBytes: float64(memory.TotalAlloc),
		queries:    float64(queries.Load()),
	}
}

// postgresCPU returns the CPU time of the child processes of server, a process id or "", in ns. The pool keeps its
// connections, so no child of this benchmark ends.
func postgresCPU(b *testing.B, server string) (total int64) {
	if server == "" {
		return 0
	}
	children, err := os.ReadFile("/proc/" + server + "/task/" + server + "/children")
	must(b, err)
	for _, pid := range strings.Fields(string(children)) {
		stat, err := os.ReadFile("/proc/" + pid + "/schedstat")
		if err != nil {
			continue // a process that has ended
		}
		onCPU, _, _ := strings.Cut(string(stat), " ")
		ns, err := strconv.ParseInt(onCPU, 10, 64)
		must(b, err)
		total += ns
	}
	return total
}

// add adds the usage between before and after.
func (u *usage) add(before, after usage) {
	u.time += after.time - before.time
	u.cpu += after.cpu - before.cpu
	u.allocs += after.allocs - before.allocs
	u.allocBytes += after.allocBytes - before.allocBytes
	u.queries += after.queries - before.queries
}

// listViewers have different views of the same list.
var listViewers = []handlers.ListViewer{
	{Guild: bigGuild, Locale: "en", Rights: access.Rights{IsManager: true, Giveaways: access.LevelManage, Tickets: access.LevelManage}},
	{Guild: bigGuild, Locale: "vi", Rights: access.Rights{Giveaways: access.LevelSee, Tickets: access.LevelAct}},
	{Guild: bigGuild, Locale: "en", Rights: access.Rights{Giveaways: access.LevelAct, Tickets: access.LevelSee}},
	{Guild: bigGuild, Locale: "vi", Rights: access.Rights{Giveaways: access.LevelManage, Tickets: access.LevelManage}},
}

// A watchedList is the views of a list in an engine of its own, with open streams.
type watchedList struct {
	engine     *live.Engine
	topics     []string
	viewers    int
	frames     sync.WaitGroup // that browsers have not read yet
	firstBytes uint64         // sent before the first change
	total      usage
}

func newWatchedList(b *testing.B, views []live.View, viewers int, on reuseLayers) *watchedList {
	l := &watchedList{viewers: viewers, engine: live.New(live.Config{
		ViewShare: 1e6, TopicShare: 1e6, MinFrameInterval: 1, Burst: time.Hour, // no cooldown
		PingInterval: time.Hour, MaxStreamsPerUser: viewers,
	})}
	for i := range views {
		v := &views[i]
		v.RefreshInterval = 0
		v.Topics = []string{"list"}
		if !on.sharedQuery { // views without a common topic share nothing
			v.Topics = []string{"list " + strconv.Itoa(i)}
		}
		if !on.frameDiff {
			v.Render = withoutDiff(v.Render)
		}
	}
	for _, v := range views {
		l.topics = append(l.topics, v.Topics...)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i, err := strconv.Atoi(r.URL.Query().Get("view"))
		if err == nil {
			err = l.engine.Serve(w, r, views[i], live.Viewer{})
		}
		if err != nil {
			b.Error(err)
		}
	}))
	b.Cleanup(web.Close)
	b.Cleanup(l.engine.Close)
	l.frames.Add(viewers)
	for i := range viewers {
		conn, err := net.Dial("tcp", web.Listener.Addr().String())
		must(b, err)
		b.Cleanup(func() { _ = conn.Close() })
		_, err = fmt.Fprintf(conn, "GET /?view=%d HTTP/1.1\r\nHost: localhost\r\n\r\n", i%len(views))
		must(b, err)
		go countFrames(conn, &l.frames)
	}
	l.frames.Wait()
	l.firstBytes = l.engine.Stats().Bytes
	return l
}

// withoutDiff makes the frames of render so that they can only be sent in full: without a Body there is nothing to
// compare.
func withoutDiff(render func(context.Context) (live.Frame, error)) func(context.Context) (live.Frame, error) {
	return func(ctx context.Context) (live.Frame, error) {
		f, err := render(ctx)
		f.Body, f.Tail = nil, append(f.Body, f.Tail...)
		return f, err
	}
}

// render invalidates the list and returns when all browsers have read the frame.
func (l *watchedList) render() {
	l.frames.Add(l.viewers)
	l.engine.Invalidate(l.topics...)
	l.frames.Wait()
}

func (l *watchedList) sentBytes() float64 { return float64(l.engine.Stats().Bytes - l.firstBytes) }

// countFrames reads an event stream and calls Done at the end of each frame. Frames are the only events with an id.
func countFrames(conn net.Conn, frames *sync.WaitGroup) {
	lines := bufio.NewReaderSize(conn, 64<<10)
	isLineStart, isFrame := true, false
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return // the connection was closed
		}
		switch {
		case !isLineStart:
		case len(line) > 4 && string(line[:4]) == "id: ":
			isFrame = true
		case len(line) == 1 && isFrame:
			isFrame = false
			frames.Done()
		}
		isLineStart = err == nil
	}
}

// newGiveawayChange returns a function that adds an entry to a giveaway on the first page of the list.
func newGiveawayChange(b *testing.B, db *store.Store) func() {
	list, _, err := db.Giveaways(b.Context(), bigGuild, store.GiveawayQuery{})
	must(b, err)
	var last store.Giveaway // the active one that ends last
	for _, g := range list.Items {
		if g.Status == store.GiveawayActive && g.EndsAt.After(last.EndsAt) {
			last = g
		}
	}
	return func() {
		m := storetest.Member(b, db, bigGuild, store.NewID(), "Somebody")
		must(b, db.EnterGiveaway(b.Context(), bigGuild, last.ID, m.ID, 1, 0, nil))
	}
}

// newTicketChange returns a function that claims or unclaims a ticket on the first page of the list.
func newTicketChange(b *testing.B, db *store.Store) func() {
	list, _, err := db.Tickets(b.Context(), bigGuild, store.TicketQuery{}, time.Now())
	must(b, err)
	var open store.Ticket
	for _, t := range list.Items {
		if t.Status == store.TicketOpen {
			open = t
		}
	}
	isClaimed := false
	return func() {
		change := db.ClaimTicket
		if isClaimed {
			change = db.UnclaimTicket
		}
		isClaimed = !isClaimed
		must(b, change(b.Context(), bigGuild, open.ID, robin, time.Now()))
	}
}
