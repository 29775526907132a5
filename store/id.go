package store

import (
	"crypto/rand"
	"strconv"
	"strings"
	"sync"
	"time"
)

const idAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

// idsPerMillisecond is how many ids fit into a millisecond: three digits count them.
const idsPerMillisecond = 36 * 36 * 36

// lastID is when the process made its newest id, in ticks since 1970.
var lastID struct {
	sync.Mutex
	tick int64
}

// NewID makes the id of a new row: "c" and 24 of [0-9a-z], 8 of them the time in milliseconds and 3 a count of those of
// the same millisecond, so that an id sorts behind all that the process made before, and 13 of chance. It has the shape of
// a cuid and goes into a Discord customId, which must not hold "_".
func NewID() string {
	lastID.Lock()
	lastID.tick = max(lastID.tick+1, time.Now().UnixMilli()*idsPerMillisecond)
	tick := strconv.FormatInt(lastID.tick, 36)
	lastID.Unlock()

	var b strings.Builder
	b.Grow(25)
	b.WriteByte('c')
	for range 11 - len(tick) {
		b.WriteByte('0')
	}
	b.WriteString(tick) // 11 digits until the year 2059
	for b.Len() < 25 {
		var random [20]byte
		rand.Read(random[:])
		for _, c := range random {
			// 252 is the largest multiple of 36 in a byte; above it the low letters would come up more often.
			if c < 252 && b.Len() < 25 {
				b.WriteByte(idAlphabet[c%36])
			}
		}
	}
	return b.String()
}
