package store

import "strings"

// Bounds of what is read from Redis, in characters where they are of a text. A bot that breaks them, or a stranger who
// writes in its place, costs a dashboard no more memory than one that keeps them.
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

// clip cuts a text to at most so many characters. What it returns does not keep the whole of a long text in memory.
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
