//go:build unix

package live

import (
	"io"
	"syscall"
)

// hasNonblockingIO reports whether nonblockingIO works on this platform.
const hasNonblockingIO = true

// A nonblockingIO makes non-blocking system calls on connections. It can be reused, but not concurrently.
type nonblockingIO struct {
	buf []byte
	n   int
	err error

	writeFunc, readFunc func(fd uintptr) bool // created once, to save an allocation per call
	scratch             [512]byte
}

// write writes as much of b as the connection accepts without blocking, and returns the number of bytes.
func (c *nonblockingIO) write(raw syscall.RawConn, b []byte) (int, error) {
	if c.writeFunc == nil {
		c.writeFunc = func(fd uintptr) bool { c.n, c.err = retryEINTR(syscall.Write, int(fd), c.buf); return true }
	}
	c.buf, c.n, c.err = b, 0, nil
	if err := raw.Write(c.writeFunc); err != nil {
		return 0, err
	}
	c.buf = nil
	if c.err == syscall.EAGAIN {
		return 0, nil
	}
	return max(c.n, 0), c.err
}

// isDisconnected reports whether the peer has closed the connection. It discards received data.
func (c *nonblockingIO) isDisconnected(raw syscall.RawConn) bool {
	if c.readFunc == nil {
		c.readFunc = func(fd uintptr) bool { c.n, c.err = retryEINTR(syscall.Read, int(fd), c.scratch[:]); return true }
	}
	for range 8 { // a peer that keeps sending is still connected
		if err := raw.Read(c.readFunc); err != nil {
			return true
		}
		if c.n == 0 && c.err == nil {
			c.err = io.EOF
		}
		if c.err != nil {
			return c.err != syscall.EAGAIN
		}
	}
	return false
}

func retryEINTR(syscallFunc func(int, []byte) (int, error), fd int, b []byte) (int, error) {
	for {
		n, err := syscallFunc(fd, b)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
