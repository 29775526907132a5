package live

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"syscall"
	"time"
)

// A hijackedConnection is a connection taken over from net/http. On plain TCP the dispatcher writes without blocking,
// and the heartbeat checks from time to time whether the browser is still connected. TLS offers only blocking writes,
// so a goroutine reads from the connection to notice when it is closed.
type hijackedConnection struct {
	conn net.Conn
	raw  syscall.RawConn // nil for TLS
}

// newHijackedConnection sends the response header. The response ends with the connection, so the body is not chunked.
func newHijackedConnection(conn net.Conn, h http.Header, s *stream) connection {
	hc := &hijackedConnection{conn: conn}
	if tcp, ok := conn.(*net.TCPConn); ok && hasNonblockingIO {
		if raw, err := tcp.SyscallConn(); err == nil {
			hc.raw = raw
			tuneSocket(raw)
		}
	}
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	h.Set("Connection", "close")
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	_ = h.Write(&head) // a bytes.Buffer returns no error
	head.WriteString("\r\n" + streamPreamble)
	hc.setWriteTimeout(s.engine.config.WriteTimeout)
	_, _ = conn.Write(head.Bytes()) // a closed connection is noticed by the next write
	hc.setWriteTimeout(0)
	return hc
}

func (hc *hijackedConnection) tryWrite(b []byte, nonblocking *nonblockingIO) (int, error) {
	if hc.raw == nil {
		return 0, nil
	}
	return nonblocking.write(hc.raw, b)
}

func (hc *hijackedConnection) write(b []byte) error {
	_, err := hc.conn.Write(b)
	return err
}

func (hc *hijackedConnection) setWriteTimeout(d time.Duration) {
	_ = hc.conn.SetWriteDeadline(deadlineAfter(d)) // fails only on a closed connection
}

func (hc *hijackedConnection) isDisconnected(nonblocking *nonblockingIO) bool {
	return hc.raw != nil && nonblocking.isDisconnected(hc.raw)
}

func (hc *hijackedConnection) wait(_ context.Context, s *stream) error {
	if hc.raw == nil {
		go func() {
			var discard [64]byte // the browser sends nothing after its request
			for {
				if _, err := hc.conn.Read(discard[:]); err != nil {
					s.end()
					return
				}
			}
		}()
	}
	return nil
}

func (hc *hijackedConnection) close() {
	if hc.raw == nil {
		go hc.conn.Close() // TLS sends close_notify, which may block
		return
	}
	_ = hc.conn.Close()
}
