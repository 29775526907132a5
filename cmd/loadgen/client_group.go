//go:build linux

package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A clientGroup simulates browsers. One thread reads all their streams, since a goroutine for each would cost more than
// the measured servers.
type clientGroup struct {
	target  *target
	epollFD int // epoll file descriptor
	closed  atomic.Bool
	done    chan struct{}

	responses   atomic.Int64 // responses received so far
	frames      atomic.Int64 // messages other than keep-alives
	liveStreams atomic.Int64 // streams that have shown an event
	deliveries  atomic.Int64 // counts each event once per stream that shows it
	bytesRead   atomic.Int64

	mu         sync.Mutex // held by readLoop while it reads
	streams    map[int]*stream
	joined     int       // number of joined streams
	refused    []*stream // refused with 429 or 503 while joining
	reconnects bool      // streams reconnect after they end or are refused
	err        error     // first unexpected end of a stream
	latencies  histogram // times from PUBLISH until shown
}

func newClientGroup(server *target) (*clientGroup, error) {
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create epoll: %w", err)
	}
	c := &clientGroup{target: server, epollFD: poll, done: make(chan struct{}), streams: map[int]*stream{}}
	go c.readLoop()
	return c, nil
}

// close closes all streams and waits for readLoop to return.
func (c *clientGroup) close() {
	c.closed.Store(true)
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	for fd := range c.streams {
		_ = syscall.Close(fd)
	}
	_ = syscall.Close(c.epollFD)
}

const (
	concurrentDials     = 32  // concurrent connects
	maxPendingResponses = 128 // maximum number of streams that wait for their response
	connectTimeout      = 2 * time.Minute
)

// join connects n streams, spread over the guilds, and waits until each has a response with status 200. Streams refused
// with 429 or 503 retry after a second.
func (c *clientGroup) join(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	pending := make([]*stream, n)
	c.joined = n
	for i := range pending {
		g := c.target.guilds[i%len(c.target.guilds)]
		pending[i] = &stream{guild: g, index: i / len(c.target.guilds), version: []byte(g.pageVersion)}
		g.streamCount++
	}
	for {
		if err := c.connect(ctx, pending); err != nil {
			return err
		}
		c.mu.Lock()
		refused, lost := c.refused, c.err
		c.refused = nil
		c.mu.Unlock()
		if lost != nil || len(refused) == 0 {
			return lost
		}
		if err := sleep(ctx, time.Second); err != nil {
			return fmt.Errorf("%d streams are still refused: %w", len(refused), err)
		}
		pending = refused
	}
}

func (c *clientGroup) connect(ctx context.Context, pending []*stream) error {
	before := c.responses.Load()
	var next atomic.Int64
	errCh := make(chan error, concurrentDials)
	for range concurrentDials {
		go func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(len(pending)) {
					errCh <- nil
					return
				}
				err := c.waitUntil(ctx, func() bool { return c.responses.Load()-before > i-maxPendingResponses })
				if err == nil {
					err = c.connectStream(pending[i])
				}
				if err != nil {
					errCh <- err
					return
				}
			}
		}()
	}
	var errs []error
	for range concurrentDials {
		errs = append(errs, <-errCh)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return c.waitUntil(ctx, func() bool { return c.responses.Load()-before >= int64(len(pending)) })
}

// waitUntil waits until done returns true.
func (c *clientGroup) waitUntil(ctx context.Context, condition func() bool) error {
	for !condition() {
		if err := sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// connectStream connects a stream and sends its request.
func (c *clientGroup) connectStream(s *stream) error {
	fd, err := dialLoopback(c.target.addr, 0)
	if err != nil {
		return err
	}
	path := c.target.streamPath(s.guild, s.index)
	if _, err := syscall.Write(fd, c.target.streamRequest(s.guild, s.index, path, string(s.version))); err != nil {
		_ = syscall.Close(fd)
		return fmt.Errorf("request stream: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	*s = stream{fd: fd, guild: s.guild, index: s.index, version: s.version, reconnectDelay: s.reconnectDelay}
	c.streams[fd] = s
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP, Fd: int32(fd)}
	if err := errors.Join(syscall.SetNonblock(fd, true), syscall.EpollCtl(c.epollFD, syscall.EPOLL_CTL_ADD, fd, &event)); err != nil {
		return fmt.Errorf("watch stream: %w", err)
	}
	return nil
}

// dialLoopback connects to a loopback address. buffer is the size of the kernel's receive buffer in bytes; 0 for the
// default.
func dialLoopback(addr string, buffer int) (fd int, err error) {
	addrPort, err := netip.ParseAddrPort(addr)
	if err != nil || !addrPort.Addr().Is4() || !addrPort.Addr().IsLoopback() {
		return 0, fmt.Errorf("%s is not a loopback address", addr)
	}
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("create socket: %w", err)
	}
	if buffer > 0 {
		err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, buffer)
	}
	if err == nil {
		err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(addrPort.Port()), Addr: addrPort.Addr().As4()})
	}
	if err != nil {
		_ = syscall.Close(fd)
		return 0, fmt.Errorf("connect: %w", err)
	}
	return fd, nil
}

// openUnread connects n more streams of the first guild and never reads them, until disconnect is called. buffer is as for
// dialLoopback.
func (c *clientGroup) openUnread(n, buffer int, path func(g *guild, i int) string) (disconnect func(), err error) {
	var fds []int
	disconnect = func() {
		for _, fd := range fds {
			_ = syscall.Close(fd)
		}
	}
	for i := range n {
		fd, err := dialLoopback(c.target.addr, buffer)
		if err != nil {
			return disconnect, err
		}
		fds = append(fds, fd)
		g := c.target.guilds[0]
		if _, err := syscall.Write(fd, c.target.streamRequest(g, len(c.streams)+i, path(g, i), "")); err != nil {
			return disconnect, fmt.Errorf("request stream: %w", err)
		}
	}
	return disconnect, nil
}

// enableReconnect makes streams reconnect after they end or are refused.
func (c *clientGroup) enableReconnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reconnects = true
}

// responseCount returns the number of responses so far.
func (c *clientGroup) responseCount() int64 { return c.responses.Load() }

// waitReconnected waits until all streams are connected.
func (c *clientGroup) waitReconnected(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return c.waitUntil(ctx, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		connected := 0
		for _, s := range c.streams {
			if s.status == 200 {
				connected++
			}
		}
		return connected == c.joined || c.err != nil
	})
}

// Initial and maximum delay before a browser reconnects.
const (
	minReconnectDelay = 500 * time.Millisecond
	maxReconnectDelay = 15 * time.Second
)

// scheduleReconnect reconnects an ended stream as static/live.js does: after the server's Retry-After, or else with
// exponential backoff and jitter. The caller holds mu.
func (c *clientGroup) scheduleReconnect(s *stream, retryAfter time.Duration) {
	s.reconnectDelay = max(s.reconnectDelay, minReconnectDelay)
	delay := time.Duration(float64(s.reconnectDelay) * (0.7 + 0.6*rand.Float64()))
	if retryAfter > 0 {
		delay = retryAfter + rand.N(time.Second)
	} else {
		s.reconnectDelay = min(2*s.reconnectDelay, maxReconnectDelay)
	}
	time.AfterFunc(delay, func() {
		if c.closed.Load() {
			return
		}
		if err := c.connectStream(s); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.scheduleReconnect(s, 0)
		}
	})
}

// readLoop reads all streams until close is called.
func (c *clientGroup) readLoop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.done)
	events, buffer := make([]syscall.EpollEvent, 512), make([]byte, 256<<10)
	for !c.closed.Load() {
		n, err := syscall.EpollWait(c.epollFD, events, 100)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			c.fail(fmt.Errorf("wait for streams: %w", err))
			return
		}
		c.mu.Lock()
		for _, e := range events[:max(n, 0)] {
			c.readStream(c.streams[int(e.Fd)], buffer)
		}
		c.mu.Unlock()
	}
}

func (c *clientGroup) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = errors.Join(c.err, err)
}

// readStream reads the available data of a stream. The caller holds mu.
func (c *clientGroup) readStream(s *stream, buffer []byte) {
	if s == nil {
		return // closed by an earlier event
	}
	n, err := syscall.Read(s.fd, buffer)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return
	case err != nil || n == 0:
		c.disconnect(s)
		if c.reconnects {
			c.scheduleReconnect(s, 0)
			return
		}
		if s.status == 0 {
			c.responses.Add(1) // the response ends here
		}
		if c.err == nil {
			c.err = fmt.Errorf("stream of guild %s ended: %w", s.guild.id, cmp.Or(err, io.EOF))
		}
		return
	}
	c.bytesRead.Add(int64(n))
	before := s.status
	s.feed(buffer[:n], c.handleMessage)
	if before == 0 && s.status != 0 {
		c.responses.Add(1)
		switch s.status {
		case 200:
		case 429, 503:
			c.disconnect(s)
			if c.reconnects {
				c.scheduleReconnect(s, s.retryAfter)
			} else {
				c.refused = append(c.refused, s)
			}
		default:
			c.disconnect(s)
			c.err = fmt.Errorf("stream of guild %s: status %d", s.guild.id, s.status)
		}
	}
}

func (c *clientGroup) disconnect(s *stream) {
	_ = syscall.Close(s.fd) // also removes it from epoll
	delete(c.streams, s.fd)
}

// handleMessage processes a server-sent event: a full frame ("id: V2"), a frame with a difference ("id: V2 V1"), an
// event as published, or a keep-alive. The caller holds mu.
func (c *clientGroup) handleMessage(s *stream, message []byte) {
	data := message
	if lineValue(message, "event:") == nil {
		c.frames.Add(1)
	}
	if c.target.rowMarker != nil {
		i := bytes.Index(message, c.target.rowMarker(s.guild))
		if id := lineValue(message, "id:"); id != nil {
			version, base, partial := bytes.Cut(id, []byte(" "))
			if partial && !bytes.Equal(base, s.version) && c.err == nil {
				c.err = fmt.Errorf("guild %s: frame for base %s, while %s is shown", s.guild.id, base, s.version)
			}
			s.version = append(s.version[:0], version...)
		}
		if i < 0 {
			return
		}
		data = message[i:]
	}
	i := bytes.Index(data, c.target.counterMarker)
	if i < 0 {
		return
	}
	c.recordShown(s, parseDecimal(data[i+len(c.target.counterMarker):]))
}

// recordShown records that a stream shows an event, and with it all earlier ones if the target coalesces events.
func (c *clientGroup) recordShown(s *stream, event int) {
	if event >= maxEvents {
		c.err = fmt.Errorf("guild %s: event %d does not exist", s.guild.id, event)
		return
	}
	if !s.hasShown {
		s.hasShown, s.lastShown = true, event
		c.liveStreams.Add(1)
		return
	}
	if event < s.lastShown {
		c.err = fmt.Errorf("guild %s: event %d is shown after %d", s.guild.id, event, s.lastShown)
	}
	first := s.lastShown + 1
	if !c.target.coalesces {
		first = max(first, event)
	}
	for n := first; n <= event; n++ {
		if waited, published := s.guild.latency(n); published {
			c.latencies.add(waited)
		}
		c.deliveries.Add(1)
	}
	s.lastShown = event
}

// isSettled reports whether every stream shows the newest event of its guild.
func (c *clientGroup) isSettled() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		if !s.hasShown || s.lastShown != s.guild.lastEvent {
			return false, c.err
		}
	}
	return true, c.err
}

// resetCounters resets the measured values.
func (c *clientGroup) resetCounters() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latencies = histogram{}
	c.deliveries.Store(0)
	c.bytesRead.Store(0)
	c.frames.Store(0)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
