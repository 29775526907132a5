//go:build !unix

package live

import "syscall"

// hasNonblockingIO says that system calls can be made on connections: not here, so that every write may block.
const hasNonblockingIO = false

type nonblockingIO struct{}

func (*nonblockingIO) write(syscall.RawConn, []byte) (int, error) { return 0, nil }
func (*nonblockingIO) isDisconnected(syscall.RawConn) bool        { return false }
