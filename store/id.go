package store

import (
	"crypto/rand"
	"strconv"
	"strings"
	"time"
)

const idAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

// NewID makes the id of a new row: "c" and 24 of [0-9a-z], 8 of them the time in milliseconds, so that later ids sort
// later, and 16 of chance. It has the shape of a cuid and goes into a Discord customId, which must not hold "_".
func NewID() string {
	var b strings.Builder
	b.Grow(25)
	b.WriteByte('c')
	now := strconv.FormatInt(time.Now().UnixMilli(), 36)
	for range 8 - len(now) {
		b.WriteByte('0')
	}
	b.WriteString(now) // 8 digits until the year 2059
	for b.Len() < 25 {
		var chance [24]byte
		rand.Read(chance[:])
		for _, c := range chance {
			// 252 is the largest multiple of 36 in a byte; above it the low letters would come up more often.
			if c < 252 && b.Len() < 25 {
				b.WriteByte(idAlphabet[c%36])
			}
		}
	}
	return b.String()
}
