package store

import "strings"

// Bounds on values that are read from Redis, in characters unless noted. They limit the memory that faulty or forged
// entries cost a dashboard.
const (
	maxCommandIDBytes   = 100 // bytes
	MaxResultCode       = 100
	MaxResultMessage    = 2000
	maxCommandDataBytes = 256 << 10 // bytes; a giveaway's form in JSON has 60 KiB at most
	maxHeartbeatBytes   = 64 << 10  // bytes
	MaxVersion          = 100
	MaxCapabilities     = 200

	maxStatus     = 20
	maxTopicBytes = 256 // bytes
)

// truncate returns at most the first most characters of s. The result does not keep a longer s in memory.
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
