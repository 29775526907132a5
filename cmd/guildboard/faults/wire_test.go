//go:build faults

package faults

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A wire carries connections to a server, or to several in turn, and does on demand what networks do.
type wire struct {
	addr string

	mu      sync.Mutex
	changed *sync.Cond
	targets []string
	next    int
	does    weather
	links   map[*link]struct{}
	ended   bool
}

// weather is what happens to bytes on the way from the server.
type weather int

const (
	fair     weather = iota
	refusing         // nobody gets through, and who was is cut off
	delaying         // each piece takes a quarter of a second
	cutting          // a piece goes half its way, and then the connection ends
	halfway          // the server's side of the conversation ends, and the other goes on
	stuck            // nothing moves, and nothing ends
)

type link struct{ client, server *net.TCPConn }

func newWire(t testing.TB, targets ...string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &wire{addr: listener.Addr().String(), targets: targets, links: map[*link]struct{}{}}
	w.changed = sync.NewCond(&w.mu)
	var carrying sync.WaitGroup
	carrying.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			carrying.Go(func() { w.carry(conn.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		w.mu.Lock()
		w.ended = true
		w.mu.Unlock()
		w.turns(fair)
		w.cut()
		carrying.Wait()
	})
	return w
}

// turns changes the weather.
func (w *wire) turns(to weather) {
	w.mu.Lock()
	w.does = to
	w.changed.Broadcast()
	w.mu.Unlock()
	if to == refusing {
		w.cut()
	}
}

// cut ends all connections at once, without a goodbye.
func (w *wire) cut() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.links {
		l.reset()
		n++
	}
	return n
}

func (l *link) reset() {
	for _, c := range []*net.TCPConn{l.client, l.server} {
		_ = c.SetLinger(0)
		_ = c.Close()
	}
}

// now waits while the wire is stuck, and says what the weather is then.
func (w *wire) now() weather {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.does == stuck && !w.ended {
		w.changed.Wait()
	}
	return w.does
}

func (w *wire) carry(client *net.TCPConn) {
	defer client.Close()
	w.mu.Lock()
	to, refused := w.targets[w.next%len(w.targets)], w.does == refusing || w.ended
	w.next++
	w.mu.Unlock()
	if refused {
		_ = client.SetLinger(0)
		return
	}
	conn, err := net.DialTimeout("tcp", to, time.Second)
	if err != nil {
		_ = client.SetLinger(0)
		return
	}
	l := &link{client, conn.(*net.TCPConn)}
	defer l.server.Close()
	w.mu.Lock()
	w.links[l] = struct{}{}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.links, l)
	}()
	var asking sync.WaitGroup
	asking.Go(func() {
		b := make([]byte, 16<<10)
		for {
			n, err := l.client.Read(b)
			w.now()
			if _, failed := l.server.Write(b[:n]); err != nil || failed != nil {
				_ = l.server.CloseWrite()
				return
			}
		}
	})
	w.answer(l)
	_ = l.client.CloseWrite()
	asking.Wait()
}

// answer carries what comes from the server.
func (w *wire) answer(l *link) {
	b := make([]byte, 16<<10)
	for {
		n, err := l.server.Read(b)
		switch w.now() {
		case refusing:
			l.reset()
			return
		case delaying:
			<-time.After(250 * time.Millisecond)
		case cutting:
			_, _ = l.client.Write(b[:n/2])
			l.reset()
			return
		case halfway:
			_ = l.client.CloseWrite()
			_, _ = io.Copy(io.Discard, l.server)
			return
		}
		if _, failed := l.client.Write(b[:n]); err != nil || failed != nil {
			return
		}
	}
}
