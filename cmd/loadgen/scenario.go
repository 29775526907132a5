//go:build linux

package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A scenario is one situation, in which every system is put.
type scenario struct {
	Name, What      string
	Streams, Guilds int
	Stalled         int  // streams that are never read
	Large           bool // frames of some 16 kB
	Alone           bool // the yardstick is left out: it has no such thing, or would drown
	Filters         bool // every stream of a guild has a filter of its own, and the changed row in its answer
	Bystanders      int  // more streams of one guild, each with a filter of its own that finds nothing
	measure         func(context.Context, *run) error
}

// scenarios are all of them.
var scenarios = []scenario{
	{Name: "spread", What: "1,000 streams, 50 guilds, 100 events a second", Streams: 1000, Guilds: 50, measure: atRate(100)},
	{Name: "guilds", What: "1,000 streams, 50 guilds, always 200 events under way", Streams: 1000, Guilds: 50, measure: saturated(4)},
	{Name: "flood", What: "1,000 streams, 50 guilds, always 200 events of each under way", Streams: 1000, Guilds: 50, measure: saturated(200)},
	{Name: "guild", What: "1,000 streams, one guild, always 200 events under way", Streams: 1000, Guilds: 1, measure: saturated(200)},
	{Name: "stalled", What: "50 streams of one guild and then two that stop reading, frames of 16 kB or more, 200 events a second",
		Streams: 50, Guilds: 1, Stalled: 2, Large: true, measure: stalled(200)},
	{Name: "idle", What: "10,000 streams, 50 guilds, nothing happens", Streams: 10_000, Guilds: 50, measure: idle},
	{Name: "storm", What: "1,000 streams of one guild, 1,000 events a second and then 3,000", Streams: 1000, Guilds: 1, Alone: true, measure: storm(1000, 3000)},
	{Name: "view", What: "200 streams of one view, 100 events a second", Streams: 200, Guilds: 1, Alone: true, measure: atRate(100)},
	{Name: "filters", What: "200 streams, each with a filter of its own that finds the changed row, 100 events a second",
		Streams: 200, Guilds: 1, Filters: true, Alone: true, measure: atRate(100)},
	{Name: "bystanders", What: "200 streams of one view, and 200 with filters that find nothing, 100 events a second",
		Streams: 200, Guilds: 1, Bystanders: 200, Alone: true, measure: atRate(100)},
	{Name: "restart", What: "10,000 streams, 50 guilds: the server is killed, something happens, and it starts again", Streams: 10_000, Guilds: 50, measure: restart},
}

// largeEvent is what an event is filled with where the yardstick's frames are to be large, in bytes.
const largeEvent = 16_000

// How long things are watched.
const (
	warmUp   = time.Second
	watched  = 5 * time.Second
	catchUp  = 5 * time.Second // for what is under way at the end
	idleTime = 5 * time.Second
)

// A run is one scenario with one system.
type run struct {
	scenario
	target    *target
	crowd     *crowd
	publisher *publisher
	before    float64 // bytes resident before anybody came
	figures   []figure
}

// A figure is one thing measured.
type figure struct {
	what, unit string
	value      float64
}

func (r *run) add(what, unit string, value float64) {
	r.figures = append(r.figures, figure{what, unit, value})
}

// perform puts a system in a scenario and gives what was measured.
func perform(ctx context.Context, start func(context.Context, *place, scenario) (*target, error), p *place, s scenario) (figures []figure, err error) {
	t, err := start(ctx, p, s)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := t.close(); err == nil {
			err = closing
		}
	}()
	r := &run{scenario: s, target: t, publisher: &publisher{to: t, redis: t.redis, wide: s.Large}}
	if s.Large && !t.folds {
		r.publisher.pad = strings.Repeat("x", largeEvent)
	}
	if r.before, err = resident(t.process.PID()); err != nil {
		return nil, err
	}
	if r.crowd, err = newCrowd(t); err != nil {
		return nil, err
	}
	defer r.crowd.close()
	if err := r.crowd.join(ctx, s.Streams); err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	hangUp, err := r.crowd.open(s.Bystanders, 0, t.bystander)
	defer hangUp()
	if err != nil {
		return nil, err
	}
	if err := r.probe(ctx); err != nil {
		return nil, err
	}
	if err := s.measure(ctx, r); err != nil {
		return nil, err
	}
	return r.figures, nil
}

// probe has something happen in every guild, until every stream has shown it.
func (r *run) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for r.crowd.heard.Load() < int64(r.Streams) {
		if err := r.publisher.burst(ctx, 1); err != nil {
			return err
		}
		if err := r.settle(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%d of %d streams have shown nothing", int64(r.Streams)-r.crowd.heard.Load(), r.Streams)
		}
	}
	return nil
}

// settle waits until all is shown, or for as long as that may take.
func (r *run) settle(ctx context.Context) error {
	for until := time.Now().Add(catchUp); time.Now().Before(until); {
		if done, err := r.crowd.settled(); done || err != nil {
			return err
		}
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return nil
		}
	}
	return nil
}

// deliveries is how many deliveries were due since the events that from numbers.
func (r *run) deliveries(from []int) (due int64) {
	for i, g := range r.target.guilds {
		due += int64(g.last-from[i]) * int64(g.streams)
	}
	return due
}

func (r *run) newest() []int {
	var last []int
	for _, g := range r.target.guilds {
		last = append(last, g.last)
	}
	return last
}

// A measurement is what was seen while publish ran.
type measurement struct {
	arrived  int64 // deliveries
	lost     int64
	took     time.Duration // the publishing
	last     time.Duration // from its end until all showed the last of it
	cpu      time.Duration // of the server
	bytes    int64
	frames   int64
	renders  float64 // looks of the server at the database
	p50, p99 time.Duration
}

func (r *run) watch(ctx context.Context, publish func(context.Context, time.Duration) error) (m measurement, err error) {
	if err := publish(ctx, warmUp); err != nil {
		return m, err
	}
	if err := r.settle(ctx); err != nil {
		return m, err
	}
	r.crowd.forget()
	rendered, err := r.target.renders(ctx)
	if err != nil {
		return m, err
	}
	from, ran, began := r.newest(), cpu(r.target.process.PID()), time.Now()
	if err := publish(ctx, watched); err != nil {
		return m, err
	}
	m.took = time.Since(began)
	if err := r.settle(ctx); err != nil {
		return m, err
	}
	m.last = time.Since(began) - m.took
	m.cpu = cpu(r.target.process.PID()) - ran
	if m.renders, err = r.target.renders(ctx); err != nil {
		return m, err
	}
	m.renders -= rendered
	m.arrived, m.bytes, m.frames = r.crowd.arrived.Load(), r.crowd.bytes.Load(), r.crowd.frames.Load()
	m.lost = r.deliveries(from) - m.arrived
	r.crowd.mu.Lock()
	defer r.crowd.mu.Unlock()
	m.p50, m.p99 = r.crowd.latencies.quantile(.5), r.crowd.latencies.quantile(.99)
	return m, nil
}

// atRate publishes so many events a second, each guild's in its turn, whatever becomes of them.
func atRate(perSecond int) func(context.Context, *run) error {
	return func(ctx context.Context, r *run) error {
		m, err := r.watch(ctx, r.rate(perSecond))
		if err != nil {
			return err
		}
		r.add("PUBLISH until received, p50", "ms", milliseconds(m.p50))
		r.add("PUBLISH until received, p99", "ms", milliseconds(m.p99))
		r.add("CPU for 100,000 deliveries", "s", m.cpu.Seconds()/float64(max(m.arrived, 1))*100_000)
		r.add("bytes for a delivery", "B", float64(m.bytes)/float64(max(m.arrived, 1)))
		r.add("deliveries lost", "", float64(m.lost))
		if r.target.dashboard != nil {
			r.add("CPU", "cores", m.cpu.Seconds()/m.took.Seconds())
			r.add("looks at the database", "/s", m.renders/m.took.Seconds())
		}
		return nil
	}
}

// storm compares two rates, of which neither is a small one.
func storm(rates ...int) func(context.Context, *run) error {
	return func(ctx context.Context, r *run) error {
		for _, perSecond := range rates {
			m, err := r.watch(ctx, r.pour(perSecond))
			if err != nil {
				return err
			}
			at := fmt.Sprintf("at %d/s: ", perSecond)
			r.add(at+"CPU", "cores", m.cpu.Seconds()/m.took.Seconds())
			r.add(at+"looks at the database", "/s", m.renders/m.took.Seconds())
			r.add(at+"frames of a stream", "/s", float64(m.frames)/float64(r.Streams)/m.took.Seconds())
			r.add(at+"PUBLISH until received, p99", "ms", milliseconds(m.p99))
			r.add(at+"end until all show the last", "ms", milliseconds(m.last))
			r.add(at+"deliveries lost", "", float64(m.lost))
		}
		return nil
	}
}

// pour publishes so many events a second of every guild, a handful together.
func (r *run) pour(perSecond int) func(context.Context, time.Duration) error {
	const every = 5 * time.Millisecond
	return func(ctx context.Context, d time.Duration) error {
		began := time.Now()
		for i := range int(d / every) {
			if err := sleep(ctx, time.Until(began.Add(time.Duration(i)*every))); err != nil {
				return err
			}
			if err := r.publisher.burst(ctx, perSecond*int(every/time.Millisecond)/1000); err != nil {
				return err
			}
		}
		return nil
	}
}

// restart kills the server while all watch, has something happen, and starts it again. Everybody comes back by themselves.
func restart(ctx context.Context, r *run) error {
	r.crowd.expectEnd()
	before := r.crowd.answered()
	r.target.process.Kill()
	if err := r.publisher.burst(ctx, 1); err != nil {
		return err
	}
	if err := r.target.process.Start(ctx); err != nil {
		return err
	}
	began := time.Now()
	if err := r.crowd.back(ctx); err != nil {
		return err
	}
	r.add("ready until all are back", "s", time.Since(began).Seconds())
	r.add("streams sent away for a while", "", float64(r.crowd.answered()-before-int64(r.Streams)))
	if r.target.folds { // what is not shown by a page as it is now was missed
		if err := r.settle(ctx); err != nil {
			return err
		}
		r.add("ready until all show what happened meanwhile", "s", time.Since(began).Seconds())
	}
	r.add("CPU by then", "s", cpu(r.target.process.PID()).Seconds())
	peak, err := peak(r.target.process.PID())
	if err != nil {
		return err
	}
	r.add("memory at its peak", "MiB", peak/(1<<20))
	if r.target.dashboard == nil {
		return nil
	}
	renders, err := r.target.renders(ctx)
	r.add("looks at the database", "", renders)
	return err
}

func (r *run) rate(perSecond int) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		began := time.Now()
		for i := range int(d.Seconds() * float64(perSecond)) {
			if err := sleep(ctx, time.Until(began.Add(time.Duration(i)*time.Second/time.Duration(perSecond)))); err != nil {
				return err
			}
			if err := r.publisher.event(ctx, r.target.guilds[i%len(r.target.guilds)]); err != nil {
				return err
			}
		}
		return nil
	}
}

// saturated keeps as many events of a guild under way as the window allows, and counts while it is full. A server that
// folds events may show a whole window with each frame, which is what it gains by folding.
func saturated(window int) func(context.Context, *run) error {
	return func(ctx context.Context, r *run) error {
		f := &flood{run: r, window: window, from: r.newest(), before: r.crowd.arrived.Load()}
		if err := f.publish(ctx, 2*warmUp); err != nil {
			return err
		}
		pid := r.target.process.PID()
		began, arrived, ran := time.Now(), r.crowd.arrived.Load(), cpu(pid)
		if err := f.publish(ctx, watched); err != nil {
			return err
		}
		took, shown := time.Since(began), r.crowd.arrived.Load()-arrived
		ran = cpu(pid) - ran
		if err := r.settle(ctx); err != nil {
			return err
		}
		r.add("events shown, a second and stream counted each", "/s", float64(shown)/took.Seconds())
		r.add("CPU for 100,000 deliveries", "s", ran.Seconds()/float64(max(shown, 1))*100_000)
		r.add("deliveries lost", "", float64(f.lost+f.underWay()))
		return nil
	}
}

// A flood publishes whenever there is room in the window.
type flood struct {
	*run
	window int   // how many events of a guild may be under way
	from   []int // the newest events when counting began
	before int64 // deliveries by then
	lost   int64
}

// underWay is how many deliveries have not arrived.
func (f *flood) underWay() int64 {
	return f.deliveries(f.from) - (f.crowd.arrived.Load() - f.before)
}

func (f *flood) publish(ctx context.Context, d time.Duration) error {
	began := time.Now()
	moved, last := began, f.crowd.arrived.Load()
	for time.Since(began) < d {
		arrived := f.crowd.arrived.Load()
		if arrived != last {
			moved, last = time.Now(), arrived
		} else if time.Since(moved) > time.Second { // what is lost must not close the window for ever
			f.lost += f.underWay()
			f.from, f.before, moved = f.newest(), arrived, time.Now()
		}
		room := f.window - int(f.underWay()/int64(f.Streams)) // in events of a guild, on average
		if room < max(f.window/4, 1) {
			if err := sleep(ctx, 100*time.Microsecond); err != nil {
				return err
			}
			continue
		}
		if err := f.publisher.burst(ctx, room); err != nil {
			return err
		}
	}
	return nil
}

// stalled compares the time before and after some stop reading.
func stalled(perSecond int) func(context.Context, *run) error {
	return func(ctx context.Context, r *run) error {
		without, err := r.watch(ctx, r.rate(perSecond))
		if err != nil {
			return err
		}
		hangUp, err := r.crowd.open(r.Stalled, 4096, r.target.path)
		defer hangUp()
		if err != nil {
			return err
		}
		memory, err := resident(r.target.process.PID())
		if err != nil {
			return err
		}
		with, err := r.watch(ctx, r.rate(perSecond))
		if err != nil {
			return err
		}
		after, err := resident(r.target.process.PID())
		if err != nil {
			return err
		}
		r.add("p99 while all read", "ms", milliseconds(without.p99))
		r.add("p99 while two do not", "ms", milliseconds(with.p99))
		r.add("memory that grew meanwhile", "MiB", (after-memory)/(1<<20))
		r.add("deliveries lost by those who read", "", float64(with.lost))
		return nil
	}
}

// idle looks at the memory of streams on which nothing happens.
func idle(ctx context.Context, r *run) error {
	if err := sleep(ctx, idleTime); err != nil {
		return err
	}
	after, err := resident(r.target.process.PID())
	if err != nil {
		return err
	}
	r.add("memory of a stream", "KiB", (after-r.before)/float64(r.Streams)/1024)
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
