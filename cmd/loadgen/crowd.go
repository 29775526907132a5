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

// A crowd is the browsers. One thread reads all of them, since a goroutine for each would cost more than the servers
// that are measured.
type crowd struct {
	of    *target
	poll  int // epoll's descriptor
	ended atomic.Bool
	done  chan struct{}

	heads   atomic.Int64 // answers that have begun
	frames  atomic.Int64 // messages but signs of life
	heard   atomic.Int64 // streams that have shown anything
	arrived atomic.Int64 // deliveries: an event of the guild is shown by a stream
	bytes   atomic.Int64

	mu        sync.Mutex // held by the reader while it reads
	streams   map[int]*stream
	size      int       // how many have joined
	refused   []*stream // 429 or 503, while joining
	returns   bool      // who is sent away, or loses the server, comes back
	lost      error     // why a stream ended that should not have
	latencies histogram // from PUBLISH until shown
}

func newCrowd(of *target) (*crowd, error) {
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making an epoll: %w", err)
	}
	c := &crowd{of: of, poll: poll, done: make(chan struct{}), streams: map[int]*stream{}}
	go c.read()
	return c, nil
}

// close hangs up all streams, and waits for the reader to end.
func (c *crowd) close() {
	c.ended.Store(true)
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	for fd := range c.streams {
		_ = syscall.Close(fd)
	}
	_ = syscall.Close(c.poll)
}

const (
	dialers     = 32  // connects at the same time
	connecting  = 128 // streams that wait for their answer's head, at most
	connectTime = 2 * time.Minute
)

// join connects n streams, spread over the guilds, and waits until each was answered with 200. Who is told 429 or 503
// comes again after a second.
func (c *crowd) join(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	waiting := make([]*stream, n)
	c.size = n
	for i := range waiting {
		g := c.of.guilds[i%len(c.of.guilds)]
		waiting[i] = &stream{guild: g, number: i / len(c.of.guilds), version: []byte(g.cursor)}
		g.streams++
	}
	for {
		if err := c.connect(ctx, waiting); err != nil {
			return err
		}
		c.mu.Lock()
		again, lost := c.refused, c.lost
		c.refused = nil
		c.mu.Unlock()
		if lost != nil || len(again) == 0 {
			return lost
		}
		if err := sleep(ctx, time.Second); err != nil {
			return fmt.Errorf("%d streams were refused to the end: %w", len(again), err)
		}
		waiting = again
	}
}

func (c *crowd) connect(ctx context.Context, waiting []*stream) error {
	before := c.heads.Load()
	var next atomic.Int64
	failed := make(chan error, dialers)
	for range dialers {
		go func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(len(waiting)) {
					failed <- nil
					return
				}
				err := c.until(ctx, func() bool { return c.heads.Load()-before > i-connecting })
				if err == nil {
					err = c.dial(waiting[i])
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	var errs []error
	for range dialers {
		errs = append(errs, <-failed)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return c.until(ctx, func() bool { return c.heads.Load()-before >= int64(len(waiting)) })
}

// until waits for what the reader will see.
func (c *crowd) until(ctx context.Context, is func() bool) error {
	for !is() {
		if err := sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// dial connects one stream, and asks.
func (c *crowd) dial(s *stream) error {
	fd, err := dial(c.of.addr, 0)
	if err != nil {
		return err
	}
	if _, err := syscall.Write(fd, c.of.request(s.guild, s.number, c.of.path(s.guild, s.number), string(s.version))); err != nil {
		_ = syscall.Close(fd)
		return fmt.Errorf("asking for a stream: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	*s = stream{fd: fd, guild: s.guild, number: s.number, version: s.version, wait: s.wait}
	c.streams[fd] = s
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP, Fd: int32(fd)}
	if err := errors.Join(syscall.SetNonblock(fd, true), syscall.EpollCtl(c.poll, syscall.EPOLL_CTL_ADD, fd, &event)); err != nil {
		return fmt.Errorf("watching a stream: %w", err)
	}
	return nil
}

// dial connects to an address of this machine, and none other. buffer is how many bytes the kernel may receive ahead; 0
// for as many as it likes.
func dial(addr string, buffer int) (fd int, err error) {
	to, err := netip.ParseAddrPort(addr)
	if err != nil || !to.Addr().Is4() || !to.Addr().IsLoopback() {
		return 0, fmt.Errorf("%s is not an address of this machine", addr)
	}
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("making a socket: %w", err)
	}
	if buffer > 0 {
		err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, buffer)
	}
	if err == nil {
		err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	}
	if err != nil {
		_ = syscall.Close(fd)
		return 0, fmt.Errorf("connecting: %w", err)
	}
	return fd, nil
}

// open connects n more streams of the first guild that ask and are then left alone, until hangUp. buffer is as in dial.
func (c *crowd) open(n, buffer int, path func(g *guild, i int) string) (hangUp func(), err error) {
	var fds []int
	hangUp = func() {
		for _, fd := range fds {
			_ = syscall.Close(fd)
		}
	}
	for i := range n {
		fd, err := dial(c.of.addr, buffer)
		if err != nil {
			return hangUp, err
		}
		fds = append(fds, fd)
		g := c.of.guilds[0]
		if _, err := syscall.Write(fd, c.of.request(g, len(c.streams)+i, path(g, i), "")); err != nil {
			return hangUp, fmt.Errorf("asking for a stream: %w", err)
		}
	}
	return hangUp, nil
}

// expectEnd has everybody come back, from now on, who loses the server or is sent away.
func (c *crowd) expectEnd() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.returns = true
}

// answered is how many answers have begun so far.
func (c *crowd) answered() int64 { return c.heads.Load() }

// back waits until everybody is.
func (c *crowd) back(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	return c.until(ctx, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		there := 0
		for _, s := range c.streams {
			if s.status == 200 {
				there++
			}
		}
		return there == c.size || c.lost != nil
	})
}

// How long a browser waits before it comes back: the first time, and at most.
const (
	firstWait = 500 * time.Millisecond
	longWait  = 15 * time.Second
)

// later has a stream that has ended connect again as static/live.js does: when it was told to, or else twice as late every
// time, and never at the same time as others. The caller holds mu.
func (c *crowd) later(s *stream, told time.Duration) {
	s.wait = max(s.wait, firstWait)
	wait := time.Duration(float64(s.wait) * (0.7 + 0.6*rand.Float64()))
	if told > 0 {
		wait = told + rand.N(time.Second)
	} else {
		s.wait = min(2*s.wait, longWait)
	}
	time.AfterFunc(wait, func() {
		if c.ended.Load() {
			return
		}
		if err := c.dial(s); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.later(s, 0)
		}
	})
}

// read reads all streams until the crowd is closed.
func (c *crowd) read() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.done)
	events, buffer := make([]syscall.EpollEvent, 512), make([]byte, 256<<10)
	for !c.ended.Load() {
		n, err := syscall.EpollWait(c.poll, events, 100)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			c.fail(fmt.Errorf("waiting for streams: %w", err))
			return
		}
		c.mu.Lock()
		for _, e := range events[:max(n, 0)] {
			c.readOne(c.streams[int(e.Fd)], buffer)
		}
		c.mu.Unlock()
	}
}

func (c *crowd) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = errors.Join(c.lost, err)
}

// readOne reads what a stream has. The caller holds mu.
func (c *crowd) readOne(s *stream, buffer []byte) {
	if s == nil {
		return // hung up by an event before this one
	}
	n, err := syscall.Read(s.fd, buffer)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return
	case err != nil || n == 0:
		c.hangUp(s)
		if c.returns {
			c.later(s, 0)
			return
		}
		if s.status == 0 {
			c.heads.Add(1) // nothing more is to come
		}
		if c.lost == nil {
			c.lost = fmt.Errorf("a stream of guild %s ended: %w", s.guild.id, cmp.Or(err, io.EOF))
		}
		return
	}
	c.bytes.Add(int64(n))
	before := s.status
	s.read(buffer[:n], c.message)
	if before == 0 && s.status != 0 {
		c.heads.Add(1)
		switch s.status {
		case 200:
		case 429, 503:
			c.hangUp(s)
			if c.returns {
				c.later(s, s.told)
			} else {
				c.refused = append(c.refused, s)
			}
		default:
			c.hangUp(s)
			c.lost = fmt.Errorf("a stream of guild %s was answered with status %d", s.guild.id, s.status)
		}
	}
}

func (c *crowd) hangUp(s *stream) {
	_ = syscall.Close(s.fd) // which takes it from epoll, too
	delete(c.streams, s.fd)
}

// message takes one server-sent event: a whole frame ("id: V2"), one that changes what is shown ("id: V2 V1"), an event
// as it was published, or a sign of life. The caller holds mu.
func (c *crowd) message(s *stream, m []byte) {
	data := m
	if field(m, "event:") == nil {
		c.frames.Add(1)
	}
	if c.of.row != nil {
		i := bytes.Index(m, c.of.row(s.guild))
		if id := field(m, "id:"); id != nil {
			version, base, partial := bytes.Cut(id, []byte(" "))
			if partial && !bytes.Equal(base, s.version) && c.lost == nil {
				c.lost = fmt.Errorf("guild %s: a frame changes %s, and %s is shown", s.guild.id, base, s.version)
			}
			s.version = append(s.version[:0], version...)
		}
		if i < 0 {
			return
		}
		data = m[i:]
	}
	i := bytes.Index(data, c.of.mark)
	if i < 0 {
		return
	}
	c.shows(s, number(data[i+len(c.of.mark):]))
}

// shows notes that a stream shows the event, and so all before it; where they are not folded, just that one.
func (c *crowd) shows(s *stream, event int) {
	if event >= maxEvents {
		c.lost = fmt.Errorf("guild %s: event %d never was", s.guild.id, event)
		return
	}
	if !s.heard {
		s.heard, s.shown = true, event
		c.heard.Add(1)
		return
	}
	if event < s.shown {
		c.lost = fmt.Errorf("guild %s: event %d is shown after %d", s.guild.id, event, s.shown)
	}
	first := s.shown + 1
	if !c.of.folds {
		first = max(first, event)
	}
	for n := first; n <= event; n++ {
		if waited, published := s.guild.waited(n); published {
			c.latencies.add(waited)
		}
		c.arrived.Add(1)
	}
	s.shown = event
}

// settled tells whether every stream shows the newest event of its guild.
func (c *crowd) settled() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		if !s.heard || s.shown != s.guild.last {
			return false, c.lost
		}
	}
	return true, c.lost
}

// forget begins counting anew.
func (c *crowd) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latencies = histogram{}
	c.arrived.Store(0)
	c.bytes.Store(0)
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
