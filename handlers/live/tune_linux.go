package live

import (
	"syscall"
	"time"
)

// What the kernel is asked for a connection that frames are written to: tcp(7), by numbers for which package syscall has
// no names.
const (
	tcpUserTimeout  = 18
	tcpNotSentLowat = 25
)

// How much of what was written the kernel may hold because the browser does not take it: some frames, and not the
// megabytes that it would let a fast connection have. And for how long a browser that has vanished without a word may
// leave a sign of life unanswered: else it is a quarter of an hour.
const (
	maxUnsentBytes = 128 << 10
	unackedTimeout = 45 * time.Second
)

// tuneSocket is a favour: without it a stream costs more.
func tuneSocket(raw syscall.RawConn) {
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotSentLowat, maxUnsentBytes)
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(unackedTimeout.Milliseconds()))
	})
}
