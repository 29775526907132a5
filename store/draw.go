package store

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
)

// DrawEntry is one person's part in a draw.
type DrawEntry struct {
	ID     string `json:"id"`     // Discord id
	Weight int    `json:"weight"` // 0 and less: no part in it
}

func byID(a, b DrawEntry) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Weight, b.Weight))
}

// NewSeed is the secret that a draw will be made from: 32 random bytes.
func NewSeed() []byte {
	seed := make([]byte, 32)
	rand.Read(seed)
	return seed
}

// Commitment is what is shown of a seed before the draw: its SHA-256 in hex. Whoever kept it can tell after the draw
// that the seed was not chosen to suit somebody.
func Commitment(seed []byte) string {
	sum := sha256.Sum256(seed)
	return hex.EncodeToString(sum[:])
}

// Draw draws up to n people, each as likely as their weight, nobody twice, none of exclude, and returns their ids in the
// order in which they were drawn. The same seed and entries give the same people, so that anyone can recompute it:
//
//  1. Leave out who is excluded and whose weight is not positive. Sort the rest by id, byte by byte.
//  2. total is the sum of their weights. Take the next number r below total (see below).
//  3. Walk through the list, subtracting weights from r, until it would become negative: who stands there is drawn and
//     leaves the list. Go on at 2 until n are drawn or nobody is left.
//
// Numbers come from the seed: number i, counted from 1, is the first 8 bytes, big endian, of
// HMAC-SHA-256(key: seed, message: i in decimal digits). Of each, r is the remainder by total; a number of at least
// floor(2^64 / total) · total, the last and incomplete round of remainders, is passed over.
func Draw(seed []byte, entries []DrawEntry, n int, exclude map[string]bool) []string {
	in := newHat(entries, exclude)
	numbers := stream{key: seed}
	drawn := make([]string, 0, max(0, min(n, len(in.ids))))
	for len(drawn) < n && in.total > 0 {
		drawn = append(drawn, in.take(numbers.below(in.total)))
	}
	return drawn
}

// stream is the numbers that a seed stands for.
type stream struct {
	key  []byte
	used uint64
}

// below is the next number below limit, which is positive, all of them equally likely.
func (s *stream) below(limit uint64) uint64 {
	rounds := math.MaxUint64 / limit // of remainders that are complete, but for a last one that ends at 2^64
	if math.MaxUint64%limit == limit-1 {
		return s.next() % limit // 2^64 is a multiple of limit
	}
	for {
		if x := s.next(); x < rounds*limit {
			return x % limit
		}
	}
}

func (s *stream) next() uint64 {
	s.used++
	mac := hmac.New(sha256.New, s.key)
	mac.Write(strconv.AppendUint(nil, s.used, 10))
	return binary.BigEndian.Uint64(mac.Sum(nil))
}

// hat is who can still be drawn. sums is a Fenwick tree of the weights, so that a walk through the list takes
// log2(len) steps: sums[i] is the weight of those from i&(i+1) to i.
type hat struct {
	ids     []string
	weights []uint64
	sums    []uint64
	total   uint64
}

func newHat(entries []DrawEntry, exclude map[string]bool) *hat {
	in := make([]DrawEntry, 0, len(entries))
	for _, e := range entries {
		if e.Weight > 0 && !exclude[e.ID] {
			in = append(in, e)
		}
	}
	slices.SortFunc(in, byID)
	h := &hat{}
	for _, e := range in {
		h.total += uint64(e.Weight)
		if last := len(h.ids) - 1; last >= 0 && h.ids[last] == e.ID { // entered twice: one person all the same
			h.weights[last] += uint64(e.Weight)
			continue
		}
		h.ids, h.weights = append(h.ids, e.ID), append(h.weights, uint64(e.Weight))
	}
	h.sums = slices.Clone(h.weights)
	for i := range h.sums {
		if next := i | (i + 1); next < len(h.sums) {
			h.sums[next] += h.sums[i]
		}
	}
	return h
}

// take removes who stands at r, which is below total.
func (h *hat) take(r uint64) string {
	at := 0 // how many are known to stand before
	for step := highestBit(len(h.sums)); step > 0; step /= 2 {
		if end := at + step; end <= len(h.sums) && h.sums[end-1] <= r {
			r -= h.sums[end-1]
			at = end
		}
	}
	weight := h.weights[at]
	h.weights[at] = 0
	h.total -= weight
	for i := at; i < len(h.sums); i |= i + 1 {
		h.sums[i] -= weight
	}
	return h.ids[at]
}

func highestBit(n int) int {
	bit := 1
	for bit*2 <= n {
		bit *= 2
	}
	return bit
}
