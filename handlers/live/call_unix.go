//go:build unix

package live

import (
	"io"
	"syscall"
)

// canCall says that system calls can be made on connections, as call does.
const canCall = true

// A call is a system call on a connection that does not wait. One after the other may be made with it.
type call struct {
	b   []byte
	n   int
	err error

	writing, reading func(fd uintptr) bool // made once, and not for every call
	scratch          [512]byte
}

// write writes as much of b as the connection takes now.
func (c *call) write(raw syscall.RawConn, b []byte) (int, error) {
	if c.writing == nil {
		c.writing = func(fd uintptr) bool { c.n, c.err = ignoringEINTR(syscall.Write, int(fd), c.b); return true }
	}
	c.b, c.n, c.err = b, 0, nil
	if err := raw.Write(c.writing); err != nil {
		return 0, err
	}
	c.b = nil
	if c.err == syscall.EAGAIN {
		return 0, nil
	}
	return max(c.n, 0), c.err
}

// hungUp reports whether the other end will read no more. What it says is of no interest.
func (c *call) hungUp(raw syscall.RawConn) bool {
	if c.reading == nil {
		c.reading = func(fd uintptr) bool { c.n, c.err = ignoringEINTR(syscall.Read, int(fd), c.scratch[:]); return true }
	}
	for range 8 { // somebody who goes on talking is there
		if err := raw.Read(c.reading); err != nil {
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

func ignoringEINTR(do func(int, []byte) (int, error), fd int, b []byte) (int, error) {
	for {
		n, err := do(fd, b)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
