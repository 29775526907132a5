package live

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"syscall"
	"time"
)

// A wire is a connection that was taken over from net/http. Nobody waits at a bare TCP connection: the post writes to it
// what goes at once, and the pulse looks from time to time whether the browser is still there. TLS, which knows only
// writes that may block, is written to like an answer, and read by a goroutine that waits for the end.
type wire struct {
	conn net.Conn
	raw  syscall.RawConn // nil for TLS
}

// newWire begins the answer. It ends with the connection, so it needs no chunks.
func newWire(conn net.Conn, h http.Header, s *stream) line {
	l := &wire{conn: conn}
	if tcp, ok := conn.(*net.TCPConn); ok && canCall {
		if raw, err := tcp.SyscallConn(); err == nil {
			l.raw = raw
			tune(raw)
		}
	}
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	h.Set("Connection", "close")
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	_ = h.Write(&head) // to a buffer
	head.WriteString("\r\n" + opening)
	l.allow(s.engine.config.WriteTimeout)
	_, _ = conn.Write(head.Bytes()) // a browser that has gone is noticed soon enough
	l.allow(0)
	return l
}

func (l *wire) try(b []byte, c *call) (int, error) {
	if l.raw == nil {
		return 0, nil
	}
	return c.write(l.raw, b)
}

func (l *wire) write(b []byte) error {
	_, err := l.conn.Write(b)
	return err
}

func (l *wire) allow(d time.Duration) { _ = l.conn.SetWriteDeadline(deadline(d)) } // fails on a closed connection only

func (l *wire) gone(c *call) bool { return l.raw != nil && c.hungUp(l.raw) }

func (l *wire) hold(_ context.Context, s *stream) error {
	if l.raw == nil {
		go func() {
			var nothing [64]byte // a browser has no more to say
			for {
				if _, err := l.conn.Read(nothing[:]); err != nil {
					s.end()
					return
				}
			}
		}()
	}
	return nil
}

func (l *wire) close() {
	if l.raw == nil {
		go l.conn.Close() // TLS says goodbye, and waits until that is sent
		return
	}
	_ = l.conn.Close()
}
