package live

import (
	"syscall"
	"time"
)

// Socket options, see tcp(7). Package syscall has no names for them.
const (
	tcpUserTimeout  = 18
	tcpNotSentLowat = 25
)

const (
	// maxUnsentBytes limits the data that the kernel buffers for a slow browser to some frames. The default can be
	// megabytes on a fast connection.
	maxUnsentBytes = 128 << 10

	// unackedTimeout closes connections whose data is not acknowledged. The default is about 15 minutes.
	unackedTimeout = 45 * time.Second
)

// tuneSocket sets socket options. Errors are ignored, because a stream works without them, at a higher cost.
func tuneSocket(raw syscall.RawConn) {
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotSentLowat, maxUnsentBytes)
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(unackedTimeout.Milliseconds()))
	})
}
