package store

import "strings"

// Bounds on values that are read from Redis, in characters unless noted. They limit the memory that faulty or forged
// entries cost a dashboard.
const (
	MaxCommandID     = 100 // bytes
	MaxAnswerCode    = 100
	MaxAnswerMessage = 2000
	MaxCommandData   = 256 << 10 // bytes; a giveaway's form in JSON has 60 KiB at most
	MaxHeartbeat     = 64 << 10  // bytes
	MaxVersion       = 100
	MaxCapabilities  = 200

	maxStatus = 20
	maxTopic  = 256 // bytes
)

// clip returns at most the first most characters of s. The result does not keep a longer s in memory.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return strings.Clone(s[:i])
		}
		n++
	}
	return s
}
