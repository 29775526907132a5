package live

import "syscall"

// unsent is how much of what was written the kernel may hold because the browser does not take it: some frames, and not
// the megabytes that it would let a fast connection have.
const unsent = 128 << 10

// limitUnsent has a write wait when that much is waiting. It is a favour: without it the stream costs more.
func limitUnsent(raw syscall.RawConn) {
	const tcpNotSentLowat = 25 // tcp(7); package syscall has no name for it
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotSentLowat, unsent)
	})
}
