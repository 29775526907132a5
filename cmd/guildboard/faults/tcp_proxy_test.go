//go:build faults

package faults

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A tcpProxy forwards TCP connections to one server, or to several in turn, and simulates network faults.
type tcpProxy struct {
	addr string

	mu          sync.Mutex
	modeChanged *sync.Cond
	targets     []string
	next        int
	mode        proxyMode
	conns       map[*proxiedConn]struct{}
	closed      bool
}

// A proxyMode is a network fault, which mostly affects bytes from the server.
type proxyMode int

const (
	passThrough  proxyMode = iota
	refuseConns            // refuses new connections and resets open ones
	delayData              // delays each chunk by 250 ms
	truncateData           // forwards half of a chunk, then resets the connection
	closeHalf              // closes the direction to the client, keeps the other
	stallData              // forwards nothing and keeps connections open
)

type proxiedConn struct{ client, server *net.TCPConn }

func newTCPProxy(t testing.TB, targets ...string) *tcpProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &tcpProxy{addr: listener.Addr().String(), targets: targets, conns: map[*proxiedConn]struct{}{}}
	w.modeChanged = sync.NewCond(&w.mu)
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { w.serveConn(conn.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		w.mu.Lock()
		w.closed = true
		w.mu.Unlock()
		w.setMode(passThrough)
		w.resetConns()
		conns.Wait()
	})
	return w
}

// setMode changes the fault of all connections.
func (w *tcpProxy) setMode(mode proxyMode) {
	w.mu.Lock()
	w.mode = mode
	w.modeChanged.Broadcast()
	w.mu.Unlock()
	if mode == refuseConns {
		w.resetConns()
	}
}

// resetConns resets all connections (TCP RST) and returns their number.
func (w *tcpProxy) resetConns() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.conns {
		l.reset()
		n++
	}
	return n
}

func (l *proxiedConn) reset() {
	for _, c := range []*net.TCPConn{l.client, l.server} {
		_ = c.SetLinger(0)
		_ = c.Close()
	}
}

// waitMode waits while the mode is stallData, and returns the mode.
func (w *tcpProxy) waitMode() proxyMode {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.mode == stallData && !w.closed {
		w.modeChanged.Wait()
	}
	return w.mode
}

func (w *tcpProxy) serveConn(client *net.TCPConn) {
	defer client.Close()
	w.mu.Lock()
	target, refused := w.targets[w.next%len(w.targets)], w.mode == refuseConns || w.closed
	w.next++
	w.mu.Unlock()
	if refused {
		_ = client.SetLinger(0)
		return
	}
	conn, err := net.DialTimeout("tcp", target, time.Second)
	if err != nil {
		_ = client.SetLinger(0)
		return
	}
	l := &proxiedConn{client, conn.(*net.TCPConn)}
	defer l.server.Close()
	w.mu.Lock()
	w.conns[l] = struct{}{}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.conns, l)
	}()
	var requests sync.WaitGroup
	requests.Go(func() {
		b := make([]byte, 16<<10)
		for {
			n, err := l.client.Read(b)
			w.waitMode()
			if _, failed := l.server.Write(b[:n]); err != nil || failed != nil {
				_ = l.server.CloseWrite()
				return
			}
		}
	})
	w.copyResponses(l)
	_ = l.client.CloseWrite()
	requests.Wait()
}

// copyResponses forwards bytes from the server to the client and applies the mode.
func (w *tcpProxy) copyResponses(l *proxiedConn) {
	b := make([]byte, 16<<10)
	for {
		n, err := l.server.Read(b)
		switch w.waitMode() {
		case refuseConns:
			l.reset()
			return
		case delayData:
			<-time.After(250 * time.Millisecond)
		case truncateData:
			_, _ = l.client.Write(b[:n/2])
			l.reset()
			return
		case closeHalf:
			_ = l.client.CloseWrite()
			_, _ = io.Copy(io.Discard, l.server)
			return
		}
		if _, failed := l.client.Write(b[:n]); err != nil || failed != nil {
			return
		}
	}
}
