package store

import (
	"crypto/rand"
	"strconv"
	"strings"
	"sync"
	"time"
)

const idAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

// idsPerMillisecond is the number of ids per millisecond: three base-36 digits count them.
const idsPerMillisecond = 36 * 36 * 36

// lastID is the process's newest id, in ticks of 1/idsPerMillisecond ms since 1970.
var lastID struct {
	sync.Mutex
	tick int64
}

// NewID returns the id of a new row: "c" and 24 characters of [0-9a-z]: 8 for the time in milliseconds and 3 for a
// counter within the millisecond, so that ids of one process sort by creation, and 13 random ones. It has the form of
// a cuid and can be part of a Discord customId, which must not contain "_".
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
			// 252 is the largest multiple of 36 in a byte; values above it would bias the result to low digits.
			if c < 252 && b.Len() < 25 {
				b.WriteByte(idAlphabet[c%36])
			}
		}
	}
	return b.String()
}
