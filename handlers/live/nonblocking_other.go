//go:build !unix

package live

import "syscall"

// hasNonblockingIO is false: connections offer only blocking writes on this platform.
const hasNonblockingIO = false

type nonblockingIO struct{}

func (*nonblockingIO) write(syscall.RawConn, []byte) (int, error) { return 0, nil }
func (*nonblockingIO) isDisconnected(syscall.RawConn) bool        { return false }
