//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A proxy is a reverse proxy between browsers and a server. It records requests and counts stream frames. Tests inject
// faults of networks, load balancers and captive portals.
type proxy struct {
	url string

	mu       sync.Mutex
	received []*request
	faults   []*injectedFault
}

// Values of request.Kind.
const (
	pageRequest   = "page"   // a document
	swapRequest   = "swap"   // htmx for a filter, tab or pager
	pollRequest   = "poll"   // htmx refreshes the live region
	streamRequest = "stream" // the live region's stream
	fileRequest   = "file"   // script, style or image
	otherRequest  = "other"
)

// A request is a request to the proxy. proxy.mu guards the fields after At.
type request struct {
	Kind, Method, Path string // Path includes the query
	Cursor             string // Last-Event-ID of a stream, If-None-Match of a poll without quotes
	At                 time.Time

	Status int
	Frames int  // messages with an id, of a stream
	Pings  int  // pings of a stream
	Open   bool // the response has not ended
	cancel context.CancelFunc
}

// An injectedFault handles matching requests in place of upstream.
type injectedFault struct {
	matches func(*request) bool
	handle  func(w http.ResponseWriter, r *http.Request, upstream http.Handler)
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	targetURL, err := url.Parse(target)
	must(t, err)
	p := &proxy{}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	upstream := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(targetURL)
			r.Out.Host = r.In.Host // the server checks the host
		},
		Transport:      transport,
		FlushInterval:  -1,
		ModifyResponse: p.countStream,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			panic(http.ErrAbortHandler) // an unreachable server sends no response
		},
	}
	server := httptest.NewServer(p.handler(upstream))
	t.Cleanup(func() {
		p.cancelAll(func(*request) bool { return true })
		server.CloseClientConnections()
		server.Close()
		transport.CloseIdleConnections()
		if t.Failed() {
			t.Logf("requests at the proxy:\n%s", p)
		}
	})
	p.url = server.URL
	return p
}

type requestKey struct{}

// handler records requests and applies injected faults.
func (p *proxy) handler(upstream http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		req := &request{Kind: requestKind(r), Method: r.Method, Path: r.URL.RequestURI(), At: time.Now(), Open: true, cancel: cancel}
		req.Cursor = r.Header.Get("Last-Event-ID")
		if req.Kind != streamRequest {
			req.Cursor = strings.Trim(r.Header.Get("If-None-Match"), `"`)
		}
		p.mu.Lock()
		p.received = append(p.received, req)
		var handle func(http.ResponseWriter, *http.Request, http.Handler)
		for _, f := range p.faults {
			if f.matches(req) {
				handle = f.handle
			}
		}
		p.mu.Unlock()
		defer func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			req.Open = false
		}()
		r = r.WithContext(context.WithValue(ctx, requestKey{}, req))
		recorder := &statusRecorder{ResponseWriter: w, proxy: p, req: req}
		if handle != nil {
			handle(recorder, r, upstream)
			return
		}
		upstream.ServeHTTP(recorder, r)
	})
}

func requestKind(r *http.Request) string {
	switch {
	case strings.HasSuffix(r.URL.Path, "/live"):
		return streamRequest
	case r.Header.Get("HX-Source") == "section#live":
		return pollRequest
	case r.Header.Get("HX-Request") == "true":
		return swapRequest
	case r.Header.Get("Sec-Fetch-Dest") == "document":
		return pageRequest
	case strings.HasPrefix(r.URL.Path, "/static/"), strings.HasPrefix(r.URL.Path, "/style"):
		return fileRequest
	}
	return otherRequest
}

// statusRecorder records the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	proxy *proxy
	req   *request
}

func (n *statusRecorder) WriteHeader(status int) {
	n.proxy.mu.Lock()
	n.req.Status = status
	n.proxy.mu.Unlock()
	n.ResponseWriter.WriteHeader(status)
}

func (n *statusRecorder) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// countStream counts the frames and pings of stream responses.
func (p *proxy) countStream(resp *http.Response) error {
	req, _ := resp.Request.Context().Value(requestKey{}).(*request)
	if req != nil && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		resp.Body = &streamCounter{ReadCloser: resp.Body, proxy: p, req: req}
	}
	return nil
}

// streamCounter counts frames and pings in the body of a stream.
type streamCounter struct {
	io.ReadCloser
	proxy *proxy
	req   *request
	line  []byte // the first bytes of the current line
}

func (o *streamCounter) Read(b []byte) (int, error) {
	n, err := o.ReadCloser.Read(b)
	for _, c := range b[:n] {
		if c != '\n' {
			if len(o.line) < 16 {
				o.line = append(o.line, c)
			}
			continue
		}
		o.proxy.mu.Lock()
		switch {
		case bytes.HasPrefix(o.line, []byte("id:")):
			o.req.Frames++
		case bytes.HasPrefix(o.line, []byte("event: ping")):
			o.req.Pings++
		}
		o.proxy.mu.Unlock()
		o.line = o.line[:0]
	}
	return n, err
}

// Matchers for injectFault, count and cancelAll.
func isPage(r *request) bool   { return r.Kind == pageRequest }
func isPoll(r *request) bool   { return r.Kind == pollRequest }
func isStream(r *request) bool { return r.Kind == streamRequest }

func isFileNamed(name string) func(*request) bool {
	return func(r *request) bool { return r.Kind == fileRequest && strings.Contains(r.Path, "/"+name) }
}

func anyOf(matchers ...func(*request) bool) func(*request) bool {
	return func(r *request) bool {
		return slices.ContainsFunc(matchers, func(match func(*request) bool) bool { return match(r) })
	}
}

// injectFault applies answer to matching requests until remove is called. The newest matching fault wins.
func (p *proxy) injectFault(matches func(*request) bool, answer func(http.ResponseWriter, *http.Request, http.Handler)) (remove func()) {
	f := &injectedFault{matches, answer}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, f)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.faults = slices.DeleteFunc(p.faults, func(one *injectedFault) bool { return one == f })
	}
}

// respondWithStatus responds with a load balancer's error page.
func respondWithStatus(status int, retryAfter time.Duration) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html")
		if retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
		}
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			_, _ = fmt.Fprintf(w, "<!doctype html><title>%d</title><h1 id=foreign>%[1]d</h1>", status)
		}
	}
}

// serveForeignPage responds with another site's sign-in page, as captive portals do.
func serveForeignPage(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, `<!doctype html><title>Sign in</title><form id=foreign><input name=password></form>`)
}

// dropConnection closes the connection without a response.
func dropConnection(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// delayRequest forwards a request after d.
func delayRequest(d time.Duration) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			upstream.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// sendInChunks splits a response after each mark and pauses between the chunks.
func sendInChunks(pause time.Duration, marks ...string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
		r.Header.Del("Accept-Encoding")
		answer := httptest.NewRecorder()
		upstream.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		remaining := answer.Body.String()
		for _, mark := range marks {
			end := strings.Index(remaining, mark) + len(mark)
			if _, err := io.WriteString(w, remaining[:end]); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			remaining = remaining[end:]
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-r.Context().Done():
				timer.Stop()
				return
			}
		}
		_, _ = io.WriteString(w, remaining)
	}
}

// A gate holds requests until release is called.
type gate struct {
	released chan struct{}
	reached  chan struct{} // closed when the first request has arrived
	once     sync.Once
	release  func()
}

func newGate(t testing.TB) *gate {
	g := &gate{released: make(chan struct{}), reached: make(chan struct{})}
	g.release = sync.OnceFunc(func() { close(g.released) })
	t.Cleanup(g.release)
	return g
}

// holdRequest forwards a request when the gate is released.
func (g *gate) holdRequest(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
	g.once.Do(func() { close(g.reached) })
	select {
	case <-g.released:
		upstream.ServeHTTP(w, r)
	case <-r.Context().Done():
	}
}

// holdResponse forwards a request at once and sends its response when the gate is released.
func (g *gate) holdResponse(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
	answer := httptest.NewRecorder()
	upstream.ServeHTTP(answer, r)
	g.once.Do(func() { close(g.reached) })
	select {
	case <-g.released:
	case <-r.Context().Done():
		return
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (g *gate) waitReached(t testing.TB, label string) {
	t.Helper()
	select {
	case <-g.reached:
	case <-time.After(defaultTimeout):
		t.Fatalf("timeout after %v waiting until %s", defaultTimeout, label)
	}
}

// serveSilentStream sends the headers of a stream, then nothing. The connection stays open.
func serveSilentStream(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// cancelAll aborts matching responses that have not ended, and returns their number.
func (p *proxy) cancelAll(matches func(*request) bool) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.received {
		if r.Open && matches(r) {
			r.cancel()
			n++
		}
	}
	return n
}

// requests returns the matching requests in order of arrival.
func (p *proxy) requests(matches func(*request) bool) (found []request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.received {
		if matches(r) {
			found = append(found, *r)
		}
	}
	return found
}

func (p *proxy) count(matches func(*request) bool) int { return len(p.requests(matches)) }

// openStreams returns the streams that are open.
func (p *proxy) openStreams() []request {
	return p.requests(func(r *request) bool { return r.Kind == streamRequest && r.Open && r.Status == http.StatusOK })
}

// frameCount returns the number of frames sent on all streams.
func (p *proxy) frameCount() (n int) {
	for _, r := range p.requests(isStream) {
		n += r.Frames
	}
	return n
}

// String lists the requests without those for files and other requests.
func (p *proxy) String() string {
	var b strings.Builder
	all := p.requests(func(r *request) bool { return r.Kind != fileRequest && r.Kind != otherRequest })
	for i, r := range all {
		if i < len(all)-60 {
			continue
		}
		fmt.Fprintf(&b, "%s %-6s %-4s %3d %s cursor=%q frames=%d pings=%d open=%t\n",
			r.At.Format("05.000"), r.Kind, r.Method, r.Status, r.Path, r.Cursor, r.Frames, r.Pings, r.Open)
	}
	return b.String()
}
