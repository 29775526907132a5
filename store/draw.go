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

func compareDrawEntries(a, b DrawEntry) int {
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
	candidates := newWeightedPool(entries, exclude)
	random := randomStream{key: seed}
	drawn := make([]string, 0, max(0, min(n, len(candidates.ids))))
	for len(drawn) < n && candidates.total > 0 {
		drawn = append(drawn, candidates.removeAt(random.uintN(candidates.total)))
	}
	return drawn
}

// randomStream is the numbers that a seed stands for.
type randomStream struct {
	key   []byte
	drawn uint64
}

// uintN is the next number below limit, which is positive, all of them equally likely.
func (s *randomStream) uintN(limit uint64) uint64 {
	completeRounds := math.MaxUint64 / limit // of remainders that are complete, but for a last one that ends at 2^64
	if math.MaxUint64%limit == limit-1 {
		return s.next() % limit // 2^64 is a multiple of limit
	}
	for {
		if x := s.next(); x < completeRounds*limit {
			return x % limit
		}
	}
}

func (s *randomStream) next() uint64 {
	s.drawn++
	mac := hmac.New(sha256.New, s.key)
	mac.Write(strconv.AppendUint(nil, s.drawn, 10))
	return binary.BigEndian.Uint64(mac.Sum(nil))
}

// weightedPool is who can still be drawn. sums is a Fenwick tree of the weights, so that a walk through the list takes
// log2(len) steps: sums[i] is the weight of those from i&(i+1) to i.
type weightedPool struct {
	ids     []string
	weights []uint64
	sums    []uint64
	total   uint64
}

func newWeightedPool(entries []DrawEntry, exclude map[string]bool) *weightedPool {
	eligible := make([]DrawEntry, 0, len(entries))
	for _, e := range entries {
		if e.Weight > 0 && !exclude[e.ID] {
			eligible = append(eligible, e)
		}
	}
	slices.SortFunc(eligible, compareDrawEntries)
	h := &weightedPool{}
	for _, e := range eligible {
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

// removeAt removes who stands at r, which is below total.
func (h *weightedPool) removeAt(r uint64) string {
	index := 0 // how many are known to stand before
	for step := highestBit(len(h.sums)); step > 0; step /= 2 {
		if end := index + step; end <= len(h.sums) && h.sums[end-1] <= r {
			r -= h.sums[end-1]
			index = end
		}
	}
	weight := h.weights[index]
	h.weights[index] = 0
	h.total -= weight
	for i := index; i < len(h.sums); i |= i + 1 {
		h.sums[i] -= weight
	}
	return h.ids[index]
}

func highestBit(n int) int {
	bit := 1
	for bit*2 <= n {
		bit *= 2
	}
	return bit
}
