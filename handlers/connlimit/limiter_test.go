package connlimit_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildboard/handlers/connlimit"
)

const testTimeout = time.Minute // limit for an expected event

// testServer answers "/" immediately, "/body" after reading the whole body, "/unread" without reading it, "/work" after
// release is called, and "/take" by hijacking the connection.
type testServer struct {
	t        *testing.T
	limiter  *connlimit.Limiter
	web      *httptest.Server
	started  chan context.Context // contexts of requests to /work and /body
	bodies   chan error           // errors of reading bodies in /body
	work     chan struct{}
	hijacked chan net.Conn
}

func newTestServer(t *testing.T, config connlimit.Config, http2 bool, change ...func(*httptest.Server)) *testServer {
	t.Helper()
	if config.Exempt == nil {
		config.Exempt = func(r *http.Request) bool { return r.URL.Path == "/healthz" }
	}
	config.Log = slog.New(slog.DiscardHandler)
	s := &testServer{
		t: t, limiter: connlimit.New(config), started: make(chan context.Context, 100), bodies: make(chan error, 100),
		work: make(chan struct{}), hijacked: make(chan net.Conn, 1),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") })
	mux.HandleFunc("/body", func(w http.ResponseWriter, r *http.Request) {
		s.started <- r.Context()
		_, err := io.Copy(io.Discard, r.Body)
		s.bodies <- err
		if err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	})
	mux.HandleFunc("/unread", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "not read") })
	mux.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.RawQuery == "keep" {
			connlimit.KeepOpen(r.Context())
		}
		s.started <- r.Context()
		<-s.work
	})
	mux.HandleFunc("/take", func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
		}
		s.hijacked <- conn
	})
	s.web = httptest.NewUnstartedServer(mux)
	s.limiter.Install(s.web.Config)
	s.web.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.web.EnableHTTP2 = http2
	for _, f := range change {
		f(s.web)
	}
	if http2 {
		s.web.StartTLS()
	} else {
		s.web.Start()
	}
	t.Cleanup(func() {
		s.release()
		s.web.CloseClientConnections()
		s.web.Close()
	})
	return s
}

func (s *testServer) release() {
	select {
	case <-s.work:
	default:
		close(s.work)
	}
}

// client is a raw connection to a testServer.
type client struct {
	t *testing.T
	net.Conn
	reader *bufio.Reader
}

func (s *testServer) dialFrom(ip string) *client {
	s.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	conn, err := dialer.Dial("tcp", s.web.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(testTimeout))
	return &client{s.t, conn, bufio.NewReader(conn)}
}

func (s *testServer) dial() *client { return s.dialFrom("127.0.0.1") }

// send writes the head of a request and the beginning of its body.
func (c *client) send(method, path, body string, length int) {
	c.t.Helper()
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\n", method, path)
	if length > 0 {
		head += fmt.Sprintf("Content-Length: %d\r\n", length)
	}
	if _, err := io.WriteString(c, head+"\r\n"+body); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) readResponse() *http.Response {
	c.t.Helper()
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		c.t.Fatalf("read response: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("read response: %v", err)
	}
	response.Body = io.NopCloser(strings.NewReader(string(body)))
	return response
}

// get sends a request on a new connection and checks the status.
func (s *testServer) get(path string, want int) *http.Response {
	s.t.Helper()
	c := s.dial()
	c.send("GET", path, "", 0)
	response := c.readResponse()
	if response.StatusCode != want {
		s.t.Fatalf("GET %s = %d, want %d", path, response.StatusCode, want)
	}
	return response
}

// wantClosed waits until the server closes the connection.
func (c *client) wantClosed() {
	c.t.Helper()
	if _, err := io.Copy(io.Discard, c.reader); errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Error("connection is open, want closed")
	}
}

// wantOpen checks that a request on the connection gets a response.
func (c *client) wantOpen() {
	c.t.Helper()
	c.send("GET", "/", "", 0)
	c.readResponse()
}

func (s *testServer) wantOpen(want int) {
	s.t.Helper()
	for until := time.Now().Add(testTimeout); s.limiter.Stats().Open != want; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			s.t.Fatalf("Stats().Open = %d, want %d", s.limiter.Stats().Open, want)
		}
	}
}

func (s *testServer) wantWaiting(want int) {
	s.t.Helper()
	for until := time.Now().Add(testTimeout); s.limiter.Stats().Waiting != want; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			s.t.Fatalf("Stats().Waiting = %d, want %d", s.limiter.Stats().Waiting, want)
		}
	}
}

func TestSlowBodiesAreClosedForNewConnections(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 4, EvictAfter: time.Nanosecond}, false)
	var slow []*client
	for range 4 {
		c := s.dial()
		c.send("POST", "/body", "x", 1000)
		<-s.started
		slow = append(slow, c)
	}
	for range 3 {
		s.get("/", http.StatusOK)
	}
	slow[0].wantClosed()
	if got := s.limiter.Stats(); got.Refused != 0 || got.Open > 4 {
		t.Errorf("Stats() = %+v, want Refused = 0 and Open <= 4", got)
	}
}

func TestIncompleteHeadersAreClosedForNewConnections(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 2, EvictAfter: time.Nanosecond}, false)
	silent, half := s.dial(), s.dial()
	_, err := io.WriteString(half, "GET / HTTP/1.1\r\nHost: local")
	if err != nil {
		t.Fatal(err)
	}
	s.wantOpen(2)
	first, second := s.dial(), s.dial()
	silent.wantClosed()
	half.wantClosed()
	first.wantOpen()
	second.wantOpen()
}

// If a connection is closed after a proxy has sent a request on it, the proxy answers its client with 502.
func TestConnectionIsNotClosedBeforeFirstRequest(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 2, Reserve: 4, EvictAfter: time.Hour, SlowResponse: time.Hour}, false)
	var clients []*client
	for n := range 4 {
		clients = append(clients, s.dial())
		s.wantOpen(n + 1)
	}
	for _, c := range clients { // the reserved ones replace the first two, which are idle by then
		c.wantOpen()
	}
	if got := s.limiter.Stats(); got.Refused != 0 || got.Closed != 2 || got.Open != 2 {
		t.Errorf("Stats() = %+v, want Closed = 2, Open = 2, Refused = 0", got)
	}
}

func TestReserveRequestWaitsForRoom(t *testing.T) {
	config := connlimit.Config{Connections: 1, Reserve: 4, EvictAfter: time.Hour, SlowResponse: time.Hour, QueueTimeout: time.Hour}
	s := newTestServer(t, config, false)
	working := s.dial()
	working.send("GET", "/work", "", 0)
	<-s.started
	waiting := s.dial()
	waiting.send("GET", "/", "", 0)
	s.wantWaiting(1)
	s.release()
	if got := waiting.readResponse(); got.StatusCode != http.StatusOK {
		t.Errorf("status of the waiting request = %d, want 200", got.StatusCode)
	}
	if got := s.limiter.Stats(); got.Refused != 0 || got.Waiting != 0 {
		t.Errorf("Stats() = %+v, want Refused = 0, Waiting = 0", got)
	}
}

// slowListener accepts connections whose next write can be blocked until it is released.
type slowListener struct {
	net.Listener
	holdNext atomic.Bool
	blocked  chan struct{} // receives when a write blocks
	release  chan struct{} // unblocks the write
}

type slowConn struct {
	net.Conn
	listener *slowListener
}

func (l *slowListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &slowConn{conn, l}, nil
}

func (c *slowConn) Write(p []byte) (int, error) {
	if c.listener.holdNext.CompareAndSwap(true, false) {
		c.listener.blocked <- struct{}{}
		<-c.listener.release
	}
	return c.Conn.Write(p)
}

// The server writes a short response after its handler has returned.
func TestConnectionIsNotClosedBeforeResponseIsWritten(t *testing.T) {
	slow := &slowListener{blocked: make(chan struct{}), release: make(chan struct{})}
	config := connlimit.Config{Connections: 1, Reserve: 4, EvictAfter: time.Hour, SlowResponse: time.Hour, QueueTimeout: time.Hour}
	s := newTestServer(t, config, false, func(web *httptest.Server) { slow.Listener, web.Listener = web.Listener, slow })
	release := sync.OnceFunc(func() { close(slow.release) })
	t.Cleanup(release) // before the server waits for its connections
	first, second := s.dial(), s.dial()
	slow.holdNext.Store(true)
	first.send("GET", "/", "", 0)
	<-slow.blocked
	second.send("GET", "/", "", 0)
	s.wantWaiting(1)
	release()
	for _, c := range []*client{first, second} {
		if got := c.readResponse(); got.StatusCode != http.StatusOK {
			t.Errorf("GET / = %d, want 200", got.StatusCode)
		}
	}
}

// Requests without their whole body are closed first, so they do not prevent others from waiting.
func TestSlowBodiesOnReserveDoNotBlockOthers(t *testing.T) {
	config := connlimit.Config{Connections: 1, Reserve: 4, EvictAfter: time.Hour, SlowResponse: time.Hour, QueueTimeout: time.Hour}
	s := newTestServer(t, config, false)
	working := s.dial()
	working.send("GET", "/work", "", 0)
	<-s.started
	for range 10 {
		slow := s.dial()
		slow.send("POST", "/body", "x", 1000)
		s.wantWaiting(1)
	}
	waiting := s.dial()
	waiting.send("GET", "/", "", 0)
	s.release()
	if got := waiting.readResponse(); got.StatusCode != http.StatusOK {
		t.Errorf("status of the complete request = %d, want 200", got.StatusCode)
	}
	if got := s.limiter.Stats(); got.Refused != 0 || got.Waiting != 0 {
		t.Errorf("Stats() = %+v, want Refused = 0, Waiting = 0", got)
	}
}

func TestIdleConnectionsAreClosedFirst(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 2, EvictAfter: time.Nanosecond}, false)
	slow := s.dial()
	slow.send("POST", "/body", "x", 2)
	<-s.started
	idle := s.dial()
	idle.wantOpen()
	s.get("/", http.StatusOK)
	idle.wantClosed()
	if _, err := io.WriteString(slow, "y"); err != nil {
		t.Fatal(err)
	}
	if got := slow.readResponse(); got.StatusCode != http.StatusOK {
		t.Errorf("status of the slow request = %d, want 200", got.StatusCode)
	}
}

func TestBusiestAddressIsClosedFirst(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 4, EvictAfter: time.Nanosecond}, false)
	other := s.dialFrom("127.0.0.2")
	other.wantOpen() // idle for the longest time
	var many []*client
	for range 3 {
		c := s.dial()
		c.send("POST", "/body", "x", 1000)
		<-s.started
		many = append(many, c)
	}
	s.get("/", http.StatusOK)
	many[0].wantClosed()
	other.wantOpen()
}

func TestReserveAnswersOnlyHealthChecks(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 2, Reserve: 1, SlowResponse: time.Hour}, false)
	for range 2 {
		s.dial().send("GET", "/work", "", 0)
		<-s.started
	}
	if got := s.get("/healthz", http.StatusOK); !got.Close {
		t.Error("reserved connection is open after a health check, want closed")
	}
	refused := s.get("/", http.StatusServiceUnavailable)
	if refused.Header.Get("Retry-After") == "" || !refused.Close {
		t.Errorf("header of the refusal = %v, want Retry-After and Connection: close", refused.Header)
	}
	if got := s.limiter.Stats().Refused; got != 1 {
		t.Errorf("Stats().Refused = %d, want 1", got)
	}
	s.release()
	s.wantOpen(2)
	idle := s.dial()
	idle.wantOpen()
}

// Silent connections on the reserve are closed for new ones, so that a health check gets through.
func TestSilentConnectionsDoNotHoldReserve(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 1, Reserve: 2, SlowResponse: time.Hour}, false)
	s.dial().send("GET", "/work", "", 0)
	<-s.started
	for range 20 {
		s.dial()
	}
	s.get("/healthz", http.StatusOK)
	if got := s.limiter.Stats().Open; got > 3 {
		t.Errorf("Stats().Open = %d, want at most 3", got)
	}
}

func TestConnectionsBeyondTheReserveAreClosed(t *testing.T) {
	exemptAll := func(*http.Request) bool { return true }
	config := connlimit.Config{Connections: 1, Reserve: 1, SlowResponse: time.Hour, Exempt: exemptAll}
	s := newTestServer(t, config, false)
	for range 2 {
		s.dial().send("GET", "/work", "", 0)
		<-s.started
	}
	s.dial().wantClosed()
	if got := s.limiter.Stats().Open; got != 2 {
		t.Errorf("Stats().Open = %d, want 2", got)
	}
}

func TestUnreadResponsesAreClosedUnlessKeptOpen(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 2, EvictAfter: time.Nanosecond, SlowResponse: time.Nanosecond}, false)
	kept, slow := s.dial(), s.dial()
	kept.send("GET", "/work?keep", "", 0)
	<-s.started
	slow.send("GET", "/work", "", 0)
	<-s.started
	s.get("/", http.StatusOK)
	slow.wantClosed()
	s.release()
	if got := kept.readResponse(); got.StatusCode != http.StatusOK {
		t.Errorf("status of the request that is kept open = %d, want 200", got.StatusCode)
	}
}

func TestHijackedConnectionIsNotCounted(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 1, EvictAfter: time.Nanosecond}, false)
	taken := s.dial()
	taken.send("GET", "/take", "", 0)
	conn := <-s.hijacked
	defer conn.Close()
	s.wantOpen(0)
	for range 3 {
		s.get("/", http.StatusOK)
	}
	if _, ok := conn.(*net.TCPConn); !ok {
		t.Errorf("hijacked connection is a %T, want *net.TCPConn", conn)
	}
	_, err := io.WriteString(conn, "still here")
	if err != nil {
		t.Error(err)
	}
}

func TestBodyDeadline(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 10, BodyTimeout: 50 * time.Millisecond}, false)
	read := s.dial()
	read.send("POST", "/body", "x", 1000)
	if err := <-s.bodies; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read body: error = %v, want os.ErrDeadlineExceeded", err)
	}
	if got := read.readResponse(); got.StatusCode != http.StatusRequestTimeout {
		t.Errorf("status = %d, want 408", got.StatusCode)
	}
	read.wantClosed()

	for _, method := range []string{"POST", "GET", "DELETE"} {
		unread := s.dial()
		unread.send(method, "/unread", "x", 1000)
		if got := unread.readResponse(); got.StatusCode != http.StatusOK {
			t.Errorf("%s with an unread body: status = %d, want 200", method, got.StatusCode)
		}
		unread.wantClosed()
	}
	chunked := s.dial()
	_, err := io.WriteString(chunked, "POST /unread HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
	if err != nil {
		t.Fatal(err)
	}
	chunked.readResponse()
	chunked.wantClosed()
	s.wantOpen(0)
}

// The deadline applies to the body only: a slow response is not aborted, and the connection is reused.
func TestBodyDeadlineEndsWithBody(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 10, BodyTimeout: 50 * time.Millisecond}, false)
	whole := s.dial()
	whole.send("POST", "/work", "xy", 2)
	working := <-s.started
	for range 2 { // two later deadlines pass, so the first body's would have passed too
		later := s.dial()
		later.send("POST", "/body", "x", 2)
		<-s.started
		if err := <-s.bodies; err == nil {
			t.Fatal("read body: error = nil, want one for an incomplete body")
		}
	}
	if err := working.Err(); err != nil {
		t.Errorf("context of the slow request: Err() = %v, want nil", err)
	}
	s.release()
	if got := whole.readResponse(); got.StatusCode != http.StatusOK {
		t.Errorf("status = %d, want 200", got.StatusCode)
	}
	whole.wantOpen()
}

func TestBodyDeadlineOverHTTP2(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 10, BodyTimeout: 50 * time.Millisecond}, true)
	browser := s.web.Client()
	for path, want := range map[string]int{"/body": http.StatusRequestTimeout, "/unread": http.StatusOK} {
		body, half := io.Pipe()
		go func() { _, _ = half.Write([]byte("x")) }()
		response, err := browser.Post(s.web.URL+path, "text/plain", body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if response.ProtoMajor != 2 || response.StatusCode != want {
			t.Errorf("%s = %d over %s, want %d over HTTP/2", path, response.StatusCode, response.Proto, want)
		}
		response.Body.Close()
		half.Close()
	}
	if err := <-s.bodies; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read body: error = %v, want os.ErrDeadlineExceeded", err)
	}
}

func TestRequestsWithoutBodiesOverHTTP2(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 1, EvictAfter: time.Nanosecond, SlowResponse: time.Hour}, true)
	transport := s.web.Client().Transport.(*http.Transport)
	var dialed atomic.Int32
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialed.Add(1)
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	get := func(path string) {
		response, err := s.web.Client().Get(s.web.URL + path)
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("%s = %d, %v, want 200", path, response.StatusCode, err)
		}
		response.Body.Close()
	}
	for range 3 {
		get("/")
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		get("/work")
	}()
	<-s.started
	s.dial()
	s.wantOpen(2) // a request in progress does not wait for its client
	s.release()
	<-answered
	if got := dialed.Load(); got != 1 {
		t.Errorf("4 requests used %d connections, want 1", got)
	}
}

func TestHTTP2ConnectionsAreLimited(t *testing.T) {
	s := newTestServer(t, connlimit.Config{Connections: 2, EvictAfter: time.Nanosecond}, true)
	silent := s.dialFrom("127.0.0.2") // sends no handshake
	for range 5 {
		transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
		t.Cleanup(transport.CloseIdleConnections)
		response, err := (&http.Client{Transport: transport, Timeout: testTimeout}).Get(s.web.URL + "/")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	silent.Close()
	if got := s.limiter.Stats(); got.Open > 2 || got.Closed == 0 || got.Refused > 0 {
		t.Errorf("Stats() = %+v, want Open <= 2, Closed > 0, Refused = 0", got)
	}
}
