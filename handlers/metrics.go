package handlers

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"guildboard/handlers/connlimit"
	"guildboard/handlers/live"
)

// metrics contains the Prometheus metrics of the process.
type metrics struct {
	registry        *prometheus.Registry
	requests        *prometheus.HistogramVec
	events          *prometheus.CounterVec
	polls           prometheus.Counter
	unsignedResults prometheus.Counter
	resubscribed    prometheus.Counter
}

// newMetrics returns metrics with their own registry. They include those of engine, of the connection limiter unless it
// is nil, of the Go runtime and of the process.
func newMetrics(engine *live.Engine, connections *connlimit.Limiter) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "guildboard_http_request_duration_seconds", Help: "Response time of requests by route, without streams.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "method", "status"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "guildboard_events_total", Help: "Events on discord_events by type and outcome.",
		}, []string{"type", "outcome"}),
		polls: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "guildboard_polls_total", Help: "Polls of live regions, which browsers do while a stream is down.",
		}),
		unsignedResults: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "guildboard_unsigned_results_total",
			Help: "Results of the bot ignored because of a missing or invalid signature (CONTRACT_KEY).",
		}),
		resubscribed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "guildboard_redis_resubscribes_total", Help: "Resubscriptions to Redis after the subscription was lost.",
		}),
	}
	m.registry.MustRegister(m.requests, m.events, m.polls, m.unsignedResults, m.resubscribed, engineCollector{engine},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if connections != nil {
		m.registry.MustRegister(connectionCollector{connections})
	}
	return m
}

// countEvent counts an event of the bus; see store.Bus. The type of an unreadable event is "", and counted as
// "unknown".
func (m *metrics) countEvent(event, outcome string) {
	m.events.WithLabelValues(cmp.Or(event, "unknown"), outcome).Inc()
}

// handler answers "GET /metrics".
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) observeRequest(r *http.Request, route string, status int, took time.Duration) {
	if route == "" || isAPIOrStream(r) && status == http.StatusOK {
		return
	}
	if strings.HasPrefix(route, "/style-") {
		route = "/style.css" // the path contains a hash that changes with each release
	}
	m.requests.WithLabelValues(route, r.Method, strconv.Itoa(status)).Observe(took.Seconds())
}

// engineCollector collects the statistics of the live engine on each scrape.
type engineCollector struct{ engine *live.Engine }

func newDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("guildboard_"+name, help, labels, nil)
}

var (
	streamsOpen   = newDesc("streams", "Open streams.")
	viewsWatched  = newDesc("live_views", "Distinct views that streams watch.")
	rendersTotal  = newDesc("renders_total", "Renders of watched views.", "outcome")
	renderSeconds = newDesc("render_seconds_total", "Time spent rendering watched views.")
	framesTotal   = newDesc("frames_total",
		"Frames sent to browsers (sent), or replaced by a newer one before that (superseded).", "outcome")
	feedEvents   = newDesc("feed_events_total", "Raw events sent to clients of /api/events/stream.")
	streamBytes  = newDesc("stream_bytes_total", "Bytes written to streams.")
	streamsEnded = newDesc("streams_ended_total",
		"Streams ended by the server: the browser did not read in time (slow_reader), or the viewer lost access (denied).", "reason")
	streamsRefused = newDesc("streams_refused_total",
		"Streams refused: a limit per user (user) or per process (process), too many connects (busy), or shutdown (closed).",
		"reason")
)

func (f engineCollector) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(f, out) }

func (f engineCollector) Collect(out chan<- prometheus.Metric) {
	s := f.engine.Stats()
	gauge := func(d *prometheus.Desc, v int) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	gauge(streamsOpen, s.Streams)
	gauge(viewsWatched, s.Views)
	counter(rendersTotal, float64(s.Renders-s.RenderErrors), "ok")
	counter(rendersTotal, float64(s.RenderErrors), "failed")
	counter(renderSeconds, s.RenderTime.Seconds())
	counter(framesTotal, float64(s.Frames), "sent")
	counter(framesTotal, float64(s.Superseded), "superseded")
	counter(feedEvents, float64(s.Events))
	counter(streamBytes, float64(s.Bytes))
	counter(streamsEnded, float64(s.Stalled), "slow_reader")
	counter(streamsEnded, float64(s.Denied), "denied")
	counter(streamsRefused, float64(s.RefusedUser), "user")
	counter(streamsRefused, float64(s.RefusedProcess), "process")
	counter(streamsRefused, float64(s.RefusedBusy), "busy")
	counter(streamsRefused, float64(s.RefusedClosed), "closed")
}

// connectionCollector collects the statistics of the connection limiter on each scrape.
type connectionCollector struct{ limiter *connlimit.Limiter }

var (
	connectionsOpen    = newDesc("connections", "Open connections, without streams over HTTP/1.1.")
	connectionsWaiting = newDesc("connections_waiting", "Requests waiting for a connection below the limit (CONNECTIONS).")
	connectionsClosed  = newDesc("connections_closed_total", "Connections closed because of the limit (CONNECTIONS).")
	connectionsRefused = newDesc("connections_refused_total", "Requests answered with 503 because of the limit (CONNECTIONS).")
)

func (f connectionCollector) Describe(out chan<- *prometheus.Desc) {
	prometheus.DescribeByCollect(f, out)
}

func (f connectionCollector) Collect(out chan<- prometheus.Metric) {
	s := f.limiter.Stats()
	out <- prometheus.MustNewConstMetric(connectionsOpen, prometheus.GaugeValue, float64(s.Open))
	out <- prometheus.MustNewConstMetric(connectionsWaiting, prometheus.GaugeValue, float64(s.Waiting))
	out <- prometheus.MustNewConstMetric(connectionsClosed, prometheus.CounterValue, float64(s.Closed))
	out <- prometheus.MustNewConstMetric(connectionsRefused, prometheus.CounterValue, float64(s.Refused))
}
