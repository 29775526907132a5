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

// Metrics are what operators watch, for Prometheus.
type Metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.HistogramVec
	events       *prometheus.CounterVec
	polls        prometheus.Counter
	unsigned     prometheus.Counter
	resubscribed prometheus.Counter
}

// NewMetrics registers everything, the figures of engine among it.
func NewMetrics(engine *live.Engine) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "guildboard_request_seconds", Help: "Time to answer a request, by route; streams are left out.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "method", "status"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "guildboard_events_total", Help: "Events on discord_events, by type and what came of them.",
		}, []string{"type", "outcome"}),
		polls: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "guildboard_polls_total", Help: "Live regions asked for by polling, as they are while a stream is down.",
		}),
		unsigned: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "guildboard_results_unsigned_total",
			Help: "Results of the bot that were ignored because their signature was missing or wrong (CONTRACT_KEY).",
		}),
		resubscribed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "guildboard_redis_resubscribes_total", Help: "Times the subscription to Redis was lost and taken up again.",
		}),
	}
	m.registry.MustRegister(m.requests, m.events, m.polls, m.unsigned, m.resubscribed, engineFigures{engine},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// WatchConnections adds the figures of the server's connections.
func (m *Metrics) WatchConnections(l *connlimit.Limiter) {
	m.registry.MustRegister(connectionFigures{l})
}

// Counted counts an event of the bus; see store.Bus. The type of one that can't be read is "unknown".
func (m *Metrics) Counted(event, outcome string) {
	m.events.WithLabelValues(cmp.Or(event, "unknown"), outcome).Inc()
}

// CountUnsignedResult counts a result without a valid signature; see store.Commands.
func (m *Metrics) CountUnsignedResult() { m.unsigned.Inc() }

// Handler answers "GET /metrics".
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *Metrics) answered(r *http.Request, route string, status int, took time.Duration) {
	if route == "" || forProgram(r) && status == http.StatusOK {
		return
	}
	if strings.HasPrefix(route, "/style-") {
		route = "/style.css" // the address changes with each release, and would be a new label
	}
	m.requests.WithLabelValues(route, r.Method, strconv.Itoa(status)).Observe(took.Seconds())
}

// engineFigures are the live engine's, read when Prometheus asks.
type engineFigures struct{ engine *live.Engine }

func figure(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("guildboard_"+name, help, labels, nil)
}

var (
	streamsOpen    = figure("streams", "Streams open now.")
	viewsWatched   = figure("views", "Different views being watched now.")
	rendersTotal   = figure("renders_total", "Looks of watched views at the database.", "outcome")
	renderSeconds  = figure("render_seconds_total", "Time spent on them.")
	framesTotal    = figure("frames_total", "Frames handed to browsers (sent), or overtaken by a newer one (replaced).", "outcome")
	feedEvents     = figure("feed_events_total", "Raw events handed to readers of /api/events/stream.")
	streamBytes    = figure("stream_bytes_total", "Bytes written to streams.")
	streamsEnded   = figure("streams_ended_total", "Streams ended by us: the browser did not read (cut), or lost its right (denied).", "reason")
	streamsRefused = figure("streams_refused_total", "Streams not begun: too many of the user or the process, too many coming at the same time, or shutting down.", "reason")
)

func (f engineFigures) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(f, out) }

func (f engineFigures) Collect(out chan<- prometheus.Metric) {
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
	counter(framesTotal, float64(s.Replaced), "replaced")
	counter(feedEvents, float64(s.Events))
	counter(streamBytes, float64(s.Bytes))
	counter(streamsEnded, float64(s.Cut), "cut")
	counter(streamsEnded, float64(s.Denied), "denied")
	counter(streamsRefused, float64(s.RefusedUser), "user")
	counter(streamsRefused, float64(s.RefusedProcess), "process")
	counter(streamsRefused, float64(s.RefusedBusy), "busy")
	counter(streamsRefused, float64(s.RefusedClosed), "closed")
}

// connectionFigures are the figures of the server's connections, read when Prometheus asks.
type connectionFigures struct{ limiter *connlimit.Limiter }

var (
	connectionsOpen    = figure("connections", "Connections open now, without streams over HTTP/1.1.")
	connectionsWaiting = figure("connections_waiting", "Requests that wait for room at the limit (CONNECTIONS) now.")
	connectionsClosed  = figure("connections_closed_total", "Connections closed to make room at the limit (CONNECTIONS).")
	connectionsRefused = figure("connections_refused_total", "Requests answered with 503 at the limit (CONNECTIONS).")
)

func (f connectionFigures) Describe(out chan<- *prometheus.Desc) {
	prometheus.DescribeByCollect(f, out)
}

func (f connectionFigures) Collect(out chan<- prometheus.Metric) {
	s := f.limiter.Stats()
	out <- prometheus.MustNewConstMetric(connectionsOpen, prometheus.GaugeValue, float64(s.Open))
	out <- prometheus.MustNewConstMetric(connectionsWaiting, prometheus.GaugeValue, float64(s.Waiting))
	out <- prometheus.MustNewConstMetric(connectionsClosed, prometheus.CounterValue, float64(s.Closed))
	out <- prometheus.MustNewConstMetric(connectionsRefused, prometheus.CounterValue, float64(s.Refused))
}
