package live

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"syscall"
	"time"
)

// A hijackedConnection is a connection that was taken over from net/http. Nobody waits at a bare TCP connection: the post writes to it
// what goes at once, and the pulse looks from time to time whether the browser is still there. TLS, which knows only
// writes that may block, is written to like an answer, and read by a goroutine that waits for the end.
type hijackedConnection struct {
	conn net.Conn
	raw  syscall.RawConn // nil for TLS
}

// newHijackedConnection begins the answer. It ends with the connection, so it needs no chunks.
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
	_ = h.Write(&head) // to a buffer
	head.WriteString("\r\n" + streamPreamble)
	hc.setWriteTimeout(s.engine.config.WriteTimeout)
	_, _ = conn.Write(head.Bytes()) // a browser that has gone is noticed soon enough
	hc.setWriteTimeout(0)
	return hc
}

func (hc *hijackedConnection) tryWrite(b []byte, nb *nonblockingIO) (int, error) {
	if hc.raw == nil {
		return 0, nil
	}
	return nb.write(hc.raw, b)
}

func (hc *hijackedConnection) write(b []byte) error {
	_, err := hc.conn.Write(b)
	return err
}

func (hc *hijackedConnection) setWriteTimeout(d time.Duration) {
	_ = hc.conn.SetWriteDeadline(deadlineAfter(d))
} // fails on a closed connection only

func (hc *hijackedConnection) isDisconnected(nb *nonblockingIO) bool {
	return hc.raw != nil && nb.isDisconnected(hc.raw)
}

func (hc *hijackedConnection) wait(_ context.Context, s *stream) error {
	if hc.raw == nil {
		go func() {
			var discard [64]byte // a browser has no more to say
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
		go hc.conn.Close() // TLS says goodbye, and waits until that is sent
		return
	}
	_ = hc.conn.Close()
}
