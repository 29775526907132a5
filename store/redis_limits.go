package store

import "strings"

// Limits of values read from Redis, in characters unless noted. They bound the memory that faulty or forged entries
// can take.
const (
	maxCommandIDBytes   = 100 // bytes
	maxResultCode       = 100
	maxResultMessage    = 2000
	maxCommandDataBytes = 256 << 10 // bytes; a giveaway form has at most 60 KiB of JSON
	maxHeartbeatBytes   = 64 << 10  // bytes
	maxVersion          = 100
	maxCapabilities     = 200
	maxStatus           = 20
)

// truncate returns at most the first maxRunes characters of s, as a copy that does not keep s in memory.
func truncate(s string, maxRunes int) string {
	if len(s) <= maxRunes {
		return s
	}
	n := 0
	for i := range s {
		if n == maxRunes {
			return strings.Clone(s[:i])
		}
		n++
	}
	return s
}
