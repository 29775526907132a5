//go:build linux

package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A scenario is a situation in which every system is measured.
type scenario struct {
	Name, Description string
	Streams, Guilds   int
	StalledStreams    int  // streams that are never read
	LargeFrames       bool // frames of about 16 kB
	SkipBaseline      bool // not for the baseline, which lacks the feature or would be overloaded
	DistinctFilters   bool // every stream of a guild has a different filter that matches the changed row
	UnaffectedStreams int  // further streams of one guild, each with a different filter that matches nothing
	measure           func(context.Context, *scenarioRun) error
}

// scenarios are all scenarios, in the order of their execution.
var scenarios = []scenario{
	{
		Name: "spread", Description: "1,000 streams, 50 guilds, 100 events a second",
		Streams: 1000, Guilds: 50, measure: measureAtRate(100),
	},
	{
		Name: "guilds", Description: "1,000 streams, 50 guilds, always 200 events in flight",
		Streams: 1000, Guilds: 50, measure: measureSaturated(4),
	},
	{
		Name: "flood", Description: "1,000 streams, 50 guilds, always 200 events of each in flight",
		Streams: 1000, Guilds: 50, measure: measureSaturated(200),
	},
	{
		Name: "guild", Description: "1,000 streams, one guild, always 200 events in flight",
		Streams: 1000, Guilds: 1, measure: measureSaturated(200),
	},
	{Name: "stalled", Description: "50 streams of one guild and then two that stop reading, frames of 16 kB or more, 200 events a second",
		Streams: 50, Guilds: 1, StalledStreams: 2, LargeFrames: true, measure: measureStalled(200)},
	{
		Name: "idle", Description: "10,000 streams, 50 guilds, nothing happens",
		Streams: 10_000, Guilds: 50, measure: measureIdle,
	},
	{
		Name: "storm", Description: "1,000 streams of one guild, 1,000 events a second and then 3,000",
		Streams: 1000, Guilds: 1, SkipBaseline: true, measure: measureStorm(1000, 3000),
	},
	{
		Name: "view", Description: "200 streams of one view, 100 events a second",
		Streams: 200, Guilds: 1, SkipBaseline: true, measure: measureAtRate(100),
	},
	{Name: "filters", Description: "200 streams, each with a filter of its own that finds the changed row, 100 events a second",
		Streams: 200, Guilds: 1, DistinctFilters: true, SkipBaseline: true, measure: measureAtRate(100)},
	{Name: "bystanders", Description: "200 streams of one view, and 200 with filters that find nothing, 100 events a second",
		Streams: 200, Guilds: 1, UnaffectedStreams: 200, SkipBaseline: true, measure: measureAtRate(100)},
	{
		Name: "restart", Description: "10,000 streams, 50 guilds: the server is killed, something happens, and it starts again",
		Streams: 10_000, Guilds: 50, measure: measureRestart,
	},
}

// largeEventSize is the size of padding in events for the baseline's large frames, in bytes.
const largeEventSize = 16_000

// Durations of the phases of a measurement.
const (
	warmUpDuration  = time.Second
	measureDuration = 5 * time.Second
	settleTimeout   = 5 * time.Second // for events in flight at the end
	idleDuration    = 5 * time.Second
)

// A scenarioRun is one execution of a scenario with one system.
type scenarioRun struct {
	scenario
	target        *target
	clients       *clientGroup
	publisher     *publisher
	initialMemory float64 // resident memory before the first stream, in bytes
	metrics       []metric
}

// A metric is a measured value.
type metric struct {
	name, unit string
	value      float64
}

func (r *scenarioRun) addMetric(name, unit string, value float64) {
	r.metrics = append(r.metrics, metric{name, unit, value})
}

// runScenario runs a scenario with one system and returns the metrics.
func runScenario(
	ctx context.Context, start func(context.Context, *environment, scenario) (*target, error), p *environment, s scenario,
) (metrics []metric, err error) {
	t, err := start(ctx, p, s)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := t.close(); err == nil {
			err = closeErr
		}
	}()
	r := &scenarioRun{scenario: s, target: t, publisher: &publisher{target: t, redis: t.redis, updatesAllRows: s.LargeFrames}}
	if s.LargeFrames && !t.coalesces {
		r.publisher.padding = strings.Repeat("x", largeEventSize)
	}
	if r.initialMemory, err = residentMemory(t.process.PID()); err != nil {
		return nil, err
	}
	if r.clients, err = newClientGroup(t); err != nil {
		return nil, err
	}
	defer r.clients.close()
	if err := r.clients.join(ctx, s.Streams); err != nil {
		return nil, fmt.Errorf("connect streams: %w", err)
	}
	disconnect, err := r.clients.openUnread(s.UnaffectedStreams, 0, t.unaffectedPath)
	defer disconnect()
	if err != nil {
		return nil, err
	}
	if err := r.waitAllLive(ctx); err != nil {
		return nil, err
	}
	if err := s.measure(ctx, r); err != nil {
		return nil, err
	}
	return r.metrics, nil
}

// waitAllLive publishes events in every guild until every stream has shown one.
func (r *scenarioRun) waitAllLive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for r.clients.liveStreams.Load() < int64(r.Streams) {
		if err := r.publisher.publishBurst(ctx, 1); err != nil {
			return err
		}
		if err := r.waitSettled(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%d of %d streams have received no content", int64(r.Streams)-r.clients.liveStreams.Load(), r.Streams)
		}
	}
	return nil
}

// waitSettled waits until all streams show the newest events, for at most settleTimeout.
func (r *scenarioRun) waitSettled(ctx context.Context) error {
	for deadline := time.Now().Add(settleTimeout); time.Now().Before(deadline); {
		if done, err := r.clients.isSettled(); done || err != nil {
			return err
		}
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return nil
		}
	}
	return nil
}

// expectedDeliveries returns the number of deliveries due since the events in from, one number per guild.
func (r *scenarioRun) expectedDeliveries(from []int) (count int64) {
	for i, g := range r.target.guilds {
		count += int64(g.lastEvent-from[i]) * int64(g.streamCount)
	}
	return count
}

func (r *scenarioRun) lastEvents() []int {
	var last []int
	for _, g := range r.target.guilds {
		last = append(last, g.lastEvent)
	}
	return last
}

// A measurement holds the values measured while publish ran.
type measurement struct {
	delivered   int64
	lost        int64
	publishTime time.Duration // duration of publish
	settleTime  time.Duration // from the end of publish until all streams showed the last event
	cpuTime     time.Duration // CPU time of the server
	bytesRead   int64
	frames      int64
	renders     float64 // renders by the server
	p50, p99    time.Duration
}

func (r *scenarioRun) observe(ctx context.Context, publish func(context.Context, time.Duration) error) (m measurement, err error) {
	if err := publish(ctx, warmUpDuration); err != nil {
		return m, err
	}
	if err := r.waitSettled(ctx); err != nil {
		return m, err
	}
	r.clients.resetCounters()
	rendersBefore, err := r.target.renders(ctx)
	if err != nil {
		return m, err
	}
	from, cpuBefore, start := r.lastEvents(), cpuTime(r.target.process.PID()), time.Now()
	if err := publish(ctx, measureDuration); err != nil {
		return m, err
	}
	m.publishTime = time.Since(start)
	if err := r.waitSettled(ctx); err != nil {
		return m, err
	}
	m.settleTime = time.Since(start) - m.publishTime
	m.cpuTime = cpuTime(r.target.process.PID()) - cpuBefore
	if m.renders, err = r.target.renders(ctx); err != nil {
		return m, err
	}
	m.renders -= rendersBefore
	m.delivered, m.bytesRead, m.frames = r.clients.deliveries.Load(), r.clients.bytesRead.Load(), r.clients.frames.Load()
	m.lost = r.expectedDeliveries(from) - m.delivered
	r.clients.mu.Lock()
	defer r.clients.mu.Unlock()
	m.p50, m.p99 = r.clients.latencies.quantile(.5), r.clients.latencies.quantile(.99)
	return m, nil
}

// measureAtRate publishes perSecond events a second, in the guilds in turn, at a fixed rate regardless of the load.
func measureAtRate(perSecond int) func(context.Context, *scenarioRun) error {
	return func(ctx context.Context, r *scenarioRun) error {
		m, err := r.observe(ctx, r.publishAtRate(perSecond))
		if err != nil {
			return err
		}
		r.addMetric("PUBLISH until received, p50", "ms", milliseconds(m.p50))
		r.addMetric("PUBLISH until received, p99", "ms", milliseconds(m.p99))
		r.addMetric("CPU for 100,000 deliveries", "s", m.cpuTime.Seconds()/float64(max(m.delivered, 1))*100_000)
		r.addMetric("bytes for a delivery", "B", float64(m.bytesRead)/float64(max(m.delivered, 1)))
		r.addMetric("deliveries lost", "", float64(m.lost))
		if r.target.dashboard != nil {
			r.addMetric("CPU", "cores", m.cpuTime.Seconds()/m.publishTime.Seconds())
			r.addMetric("renders", "/s", m.renders/m.publishTime.Seconds())
		}
		return nil
	}
}

// measureStorm compares several high rates.
func measureStorm(rates ...int) func(context.Context, *scenarioRun) error {
	return func(ctx context.Context, r *scenarioRun) error {
		for _, perSecond := range rates {
			m, err := r.observe(ctx, r.publishBursts(perSecond))
			if err != nil {
				return err
			}
			prefix := fmt.Sprintf("at %d/s: ", perSecond)
			r.addMetric(prefix+"CPU", "cores", m.cpuTime.Seconds()/m.publishTime.Seconds())
			r.addMetric(prefix+"renders", "/s", m.renders/m.publishTime.Seconds())
			r.addMetric(prefix+"frames of a stream", "/s", float64(m.frames)/float64(r.Streams)/m.publishTime.Seconds())
			r.addMetric(prefix+"PUBLISH until received, p99", "ms", milliseconds(m.p99))
			r.addMetric(prefix+"end until all show the last", "ms", milliseconds(m.settleTime))
			r.addMetric(prefix+"deliveries lost", "", float64(m.lost))
		}
		return nil
	}
}

// publishBursts publishes perSecond events a second in every guild, in small bursts.
func (r *scenarioRun) publishBursts(perSecond int) func(context.Context, time.Duration) error {
	const interval = 5 * time.Millisecond
	return func(ctx context.Context, d time.Duration) error {
		began := time.Now()
		for i := range int(d / interval) {
			if err := sleep(ctx, time.Until(began.Add(time.Duration(i)*interval))); err != nil {
				return err
			}
			if err := r.publisher.publishBurst(ctx, perSecond*int(interval/time.Millisecond)/1000); err != nil {
				return err
			}
		}
		return nil
	}
}

// measureRestart kills the server while all streams are connected, publishes an event and restarts the server. All
// streams reconnect.
func measureRestart(ctx context.Context, r *scenarioRun) error {
	r.clients.enableReconnect()
	before := r.clients.responseCount()
	r.target.process.Kill()
	if err := r.publisher.publishBurst(ctx, 1); err != nil {
		return err
	}
	if err := r.target.process.Start(ctx); err != nil {
		return err
	}
	began := time.Now()
	if err := r.clients.waitReconnected(ctx); err != nil {
		return err
	}
	r.addMetric("ready until all are back", "s", time.Since(began).Seconds())
	r.addMetric("streams refused temporarily", "", float64(r.clients.responseCount()-before-int64(r.Streams)))
	if r.target.coalesces { // the baseline never shows events published while it was down
		if err := r.waitSettled(ctx); err != nil {
			return err
		}
		r.addMetric("ready until all show what happened meanwhile", "s", time.Since(began).Seconds())
	}
	r.addMetric("CPU by then", "s", cpuTime(r.target.process.PID()).Seconds())
	peakBytes, err := peakMemory(r.target.process.PID())
	if err != nil {
		return err
	}
	r.addMetric("memory at its peak", "MiB", peakBytes/(1<<20))
	if r.target.dashboard == nil {
		return nil
	}
	renders, err := r.target.renders(ctx)
	r.addMetric("renders", "", renders)
	return err
}

func (r *scenarioRun) publishAtRate(perSecond int) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		began := time.Now()
		for i := range int(d.Seconds() * float64(perSecond)) {
			if err := sleep(ctx, time.Until(began.Add(time.Duration(i)*time.Second/time.Duration(perSecond)))); err != nil {
				return err
			}
			if err := r.publisher.publishOne(ctx, r.target.guilds[i%len(r.target.guilds)]); err != nil {
				return err
			}
		}
		return nil
	}
}

// measureSaturated keeps window events of each guild in flight and measures the throughput. A server that coalesces
// events may show a whole window with one frame; this is the benefit of coalescing.
func measureSaturated(window int) func(context.Context, *scenarioRun) error {
	return func(ctx context.Context, r *scenarioRun) error {
		f := &windowedPublisher{scenarioRun: r, window: window, from: r.lastEvents(), initialDeliveries: r.clients.deliveries.Load()}
		if err := f.publish(ctx, 2*warmUpDuration); err != nil {
			return err
		}
		pid := r.target.process.PID()
		began, arrived, cpuUsed := time.Now(), r.clients.deliveries.Load(), cpuTime(pid)
		if err := f.publish(ctx, measureDuration); err != nil {
			return err
		}
		elapsed, delivered := time.Since(began), r.clients.deliveries.Load()-arrived
		cpuUsed = cpuTime(pid) - cpuUsed
		if err := r.waitSettled(ctx); err != nil {
			return err
		}
		r.addMetric("events shown, a second and stream counted each", "/s", float64(delivered)/elapsed.Seconds())
		r.addMetric("CPU for 100,000 deliveries", "s", cpuUsed.Seconds()/float64(max(delivered, 1))*100_000)
		r.addMetric("deliveries lost", "", float64(f.lost+f.inFlight()))
		return nil
	}
}

// A windowedPublisher publishes whenever fewer than window events are in flight.
type windowedPublisher struct {
	*scenarioRun
	window            int   // maximum number of events of a guild in flight
	from              []int // newest event per guild at the start of counting
	initialDeliveries int64 // deliveries at the start of counting
	lost              int64
}

// inFlight returns the number of deliveries that have not arrived.
func (f *windowedPublisher) inFlight() int64 {
	return f.expectedDeliveries(f.from) - (f.clients.deliveries.Load() - f.initialDeliveries)
}

func (f *windowedPublisher) publish(ctx context.Context, d time.Duration) error {
	began := time.Now()
	lastProgress, lastDelivered := began, f.clients.deliveries.Load()
	for time.Since(began) < d {
		arrived := f.clients.deliveries.Load()
		if arrived != lastDelivered {
			lastProgress, lastDelivered = time.Now(), arrived
		} else if time.Since(lastProgress) > time.Second { // lost deliveries must not block the window for ever
			f.lost += f.inFlight()
			f.from, f.initialDeliveries, lastProgress = f.lastEvents(), arrived, time.Now()
		}
		available := f.window - int(f.inFlight()/int64(f.Streams)) // average number of events per guild
		if available < max(f.window/4, 1) {
			if err := sleep(ctx, 100*time.Microsecond); err != nil {
				return err
			}
			continue
		}
		if err := f.publisher.publishBurst(ctx, available); err != nil {
			return err
		}
	}
	return nil
}

// measureStalled compares the latency before and after some streams stop reading.
func measureStalled(perSecond int) func(context.Context, *scenarioRun) error {
	return func(ctx context.Context, r *scenarioRun) error {
		baseline, err := r.observe(ctx, r.publishAtRate(perSecond))
		if err != nil {
			return err
		}
		disconnect, err := r.clients.openUnread(r.StalledStreams, 4096, r.target.streamPath)
		defer disconnect()
		if err != nil {
			return err
		}
		memory, err := residentMemory(r.target.process.PID())
		if err != nil {
			return err
		}
		withStalled, err := r.observe(ctx, r.publishAtRate(perSecond))
		if err != nil {
			return err
		}
		after, err := residentMemory(r.target.process.PID())
		if err != nil {
			return err
		}
		r.addMetric("p99 while all read", "ms", milliseconds(baseline.p99))
		r.addMetric("p99 while two do not", "ms", milliseconds(withStalled.p99))
		r.addMetric("memory that grew meanwhile", "MiB", (after-memory)/(1<<20))
		r.addMetric("deliveries lost by those who read", "", float64(withStalled.lost))
		return nil
	}
}

// measureIdle measures the memory of idle streams.
func measureIdle(ctx context.Context, r *scenarioRun) error {
	if err := sleep(ctx, idleDuration); err != nil {
		return err
	}
	after, err := residentMemory(r.target.process.PID())
	if err != nil {
		return err
	}
	r.addMetric("memory of a stream", "KiB", (after-r.initialMemory)/float64(r.Streams)/1024)
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
