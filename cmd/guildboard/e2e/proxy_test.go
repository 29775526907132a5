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

// A proxy stands between browsers and a server. It counts what is asked and what comes back, and does on demand what
// networks, load balancers and old servers do.
type proxy struct {
	url string

	mu     sync.Mutex
	seen   []*request
	faults []*fault
}

// What kinds of requests there are.
const (
	pageRequest   = "page"   // a document
	swapRequest   = "swap"   // htmx on behalf of the reader: filter, tab, pager
	pollRequest   = "poll"   // the live region on its own
	streamRequest = "stream" // the live region's stream
	fileRequest   = "file"   // script, style, picture
	otherRequest  = "other"
)

// request is one that came by. Its fields after At are guarded by the proxy's mu.
type request struct {
	Kind, Method, Path string // Path has the query
	Cursor             string // Last-Event-ID of a stream, If-None-Match of a poll without quotes
	At                 time.Time

	Status int
	Frames int  // of a stream: messages with an id
	Pings  int  // of a stream
	Open   bool // the answer is under way
	cut    context.CancelFunc
}

// A fault answers in the place of well, the right answer.
type fault struct {
	concerns func(*request) bool
	answer   func(w http.ResponseWriter, r *http.Request, well http.Handler)
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	to, err := url.Parse(target)
	must(t, err)
	p := &proxy{}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	well := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // who asks from where is the server's business
		},
		Transport:      transport,
		FlushInterval:  -1,
		ModifyResponse: p.listenIn,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			panic(http.ErrAbortHandler) // a server that is not there gives no answer
		},
	}
	server := httptest.NewServer(p.watch(well))
	t.Cleanup(func() {
		p.cutAll(func(*request) bool { return true })
		server.CloseClientConnections()
		server.Close()
		transport.CloseIdleConnections()
		if t.Failed() {
			t.Logf("came by the proxy:\n%s", p)
		}
	})
	p.url = server.URL
	return p
}

type requestKey struct{}

// watch notes requests and answers those that are to fail.
func (p *proxy) watch(well http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cut := context.WithCancel(r.Context())
		defer cut()
		req := &request{Kind: kindOf(r), Method: r.Method, Path: r.URL.RequestURI(), At: time.Now(), Open: true, cut: cut}
		req.Cursor = r.Header.Get("Last-Event-ID")
		if req.Kind != streamRequest {
			req.Cursor = strings.Trim(r.Header.Get("If-None-Match"), `"`)
		}
		p.mu.Lock()
		p.seen = append(p.seen, req)
		var answer func(http.ResponseWriter, *http.Request, http.Handler)
		for _, f := range p.faults {
			if f.concerns(req) {
				answer = f.answer
			}
		}
		p.mu.Unlock()
		defer func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			req.Open = false
		}()
		r = r.WithContext(context.WithValue(ctx, requestKey{}, req))
		noted := &statusNote{ResponseWriter: w, proxy: p, req: req}
		if answer != nil {
			answer(noted, r, well)
			return
		}
		well.ServeHTTP(noted, r)
	})
}

func kindOf(r *http.Request) string {
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

// statusNote notes the status of an answer.
type statusNote struct {
	http.ResponseWriter
	proxy *proxy
	req   *request
}

func (n *statusNote) WriteHeader(status int) {
	n.proxy.mu.Lock()
	n.req.Status = status
	n.proxy.mu.Unlock()
	n.ResponseWriter.WriteHeader(status)
}

func (n *statusNote) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// listenIn counts what a stream says.
func (p *proxy) listenIn(resp *http.Response) error {
	req, _ := resp.Request.Context().Value(requestKey{}).(*request)
	if req != nil && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		resp.Body = &overheard{ReadCloser: resp.Body, proxy: p, req: req}
	}
	return nil
}

// overheard is a stream's body. Lines are short but for data, which is not looked at.
type overheard struct {
	io.ReadCloser
	proxy *proxy
	req   *request
	line  []byte // of an unfinished line, what is needed to know it
}

func (o *overheard) Read(b []byte) (int, error) {
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

// Ways to choose requests.
func pages(r *request) bool   { return r.Kind == pageRequest }
func polls(r *request) bool   { return r.Kind == pollRequest }
func streams(r *request) bool { return r.Kind == streamRequest }

func file(name string) func(*request) bool {
	return func(r *request) bool { return r.Kind == fileRequest && strings.Contains(r.Path, "/"+name) }
}

func either(of ...func(*request) bool) func(*request) bool {
	return func(r *request) bool {
		return slices.ContainsFunc(of, func(one func(*request) bool) bool { return one(r) })
	}
}

// fail has requests answered otherwise, until mend is called. The newest fault goes first.
func (p *proxy) fail(concerns func(*request) bool, answer func(http.ResponseWriter, *http.Request, http.Handler)) (mend func()) {
	f := &fault{concerns, answer}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, f)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.faults = slices.DeleteFunc(p.faults, func(one *fault) bool { return one == f })
	}
}

// refuse answers with an error page, as a load balancer does.
func refuse(status int, retryAfter time.Duration) func(http.ResponseWriter, *http.Request, http.Handler) {
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

// foreignPage answers with somebody's sign-in page, as captive portals and proxies do.
func foreignPage(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, `<!doctype html><title>Sign in</title><form id=foreign><input name=password></form>`)
}

// hangUp answers nothing at all.
func hangUp(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// delayed asks the server only after a while.
func delayed(d time.Duration) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, well http.Handler) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			well.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// inPieces has an answer arrive as over a bad line: what is behind each of the marks comes a while later.
func inPieces(pause time.Duration, marks ...string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, well http.Handler) {
		r.Header.Del("Accept-Encoding")
		answer := httptest.NewRecorder()
		well.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		rest := answer.Body.String()
		for _, mark := range marks {
			at := strings.Index(rest, mark) + len(mark)
			if _, err := io.WriteString(w, rest[:at]); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			rest = rest[at:]
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-r.Context().Done():
				timer.Stop()
				return
			}
		}
		_, _ = io.WriteString(w, rest)
	}
}

// A gate holds requests back until it is opened.
type gate struct {
	opened  chan struct{}
	arrived chan struct{} // closed when the first has come
	once    sync.Once
	open    func()
}

func newGate(t testing.TB) *gate {
	g := &gate{opened: make(chan struct{}), arrived: make(chan struct{})}
	g.open = sync.OnceFunc(func() { close(g.opened) })
	t.Cleanup(g.open)
	return g
}

// before holds a request back before the server sees it.
func (g *gate) before(w http.ResponseWriter, r *http.Request, well http.Handler) {
	g.once.Do(func() { close(g.arrived) })
	select {
	case <-g.opened:
		well.ServeHTTP(w, r)
	case <-r.Context().Done():
	}
}

// behind has the server answer at once, and holds the answer back.
func (g *gate) behind(w http.ResponseWriter, r *http.Request, well http.Handler) {
	answer := httptest.NewRecorder()
	well.ServeHTTP(answer, r)
	g.once.Do(func() { close(g.arrived) })
	select {
	case <-g.opened:
	case <-r.Context().Done():
		return
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (g *gate) wait(t testing.TB, what string) {
	t.Helper()
	select {
	case <-g.arrived:
	case <-time.After(patience):
		t.Fatalf("not within %v: %s", patience, what)
	}
}

// silent lets the headers of a stream through, and then nothing more; the connection stays.
func silent(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// cutAll ends answers that are under way, in the middle.
func (p *proxy) cutAll(concerns func(*request) bool) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.seen {
		if r.Open && concerns(r) {
			r.cut()
			n++
		}
	}
	return n
}

// requests are those that came by, in their order.
func (p *proxy) requests(concerns func(*request) bool) (found []request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.seen {
		if concerns(r) {
			found = append(found, *r)
		}
	}
	return found
}

func (p *proxy) count(concerns func(*request) bool) int { return len(p.requests(concerns)) }

// open are those streams that the browser holds open.
func (p *proxy) open() []request {
	return p.requests(func(r *request) bool { return r.Kind == streamRequest && r.Open && r.Status == http.StatusOK })
}

// frames counts what all streams have brought so far.
func (p *proxy) frames() (n int) {
	for _, r := range p.requests(streams) {
		n += r.Frames
	}
	return n
}

// String lists what came by, without files and what tests ask.
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
