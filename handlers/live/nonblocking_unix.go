//go:build unix

package live

import (
	"io"
	"syscall"
)

// hasNonblockingIO says that system calls can be made on connections, as call does.
const hasNonblockingIO = true

// A nonblockingIO is a system call on a connection that does not wait. One after the other may be made with it.
type nonblockingIO struct {
	buf []byte
	n   int
	err error

	writeFunc, readFunc func(fd uintptr) bool // made once, and not for every call
	scratch             [512]byte
}

// write writes as much of b as the connection takes now.
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

// isDisconnected reports whether the other end will read no more. What it says is of no interest.
func (c *nonblockingIO) isDisconnected(raw syscall.RawConn) bool {
	if c.readFunc == nil {
		c.readFunc = func(fd uintptr) bool { c.n, c.err = retryEINTR(syscall.Read, int(fd), c.scratch[:]); return true }
	}
	for range 8 { // somebody who goes on talking is there
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
