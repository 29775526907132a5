// Package draw draws the winners of giveaways, so that anyone can verify a draw afterwards.
package draw

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

// Entry is a user's entry in a draw.
type Entry struct {
	ID     string `json:"id"`     // Discord id of the user
	Weight int    `json:"weight"` // entries of 0 or less can't win
}

func Compare(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Weight, b.Weight))
}

// NewSeed returns the secret seed of a draw: 32 random bytes.
func NewSeed() []byte {
	seed := make([]byte, 32)
	rand.Read(seed)
	return seed
}

// Commitment returns the commitment to a seed, which is published before the draw: its SHA-256 in hexadecimal digits.
// After the draw, it proves that the seed was not chosen to favour an entrant.
func Commitment(seed []byte) string {
	sum := sha256.Sum256(seed)
	return hex.EncodeToString(sum[:])
}

// Winners draws up to n entrants, with probabilities proportional to their weights, without repetition and without those
// in exclude. It returns their ids in the order in which they were drawn. The same seed and entries give the same
// winners, so that anyone can verify the draw:
//
//  1. Omit excluded entries and those without a positive weight. Sort the rest by id, byte by byte.
//  2. total is the sum of their weights. Take the next number r below total (see below).
//  3. Go through the list, subtracting weights from r, until r would become negative. The current entry wins and is
//     removed from the list. Continue with step 2 until n entries have won or the list is empty.
//
// The numbers are derived from the seed: number i, counted from 1, is the first 8 bytes, big endian, of
// HMAC-SHA-256(key: seed, message: i in decimal digits). r is the remainder of its division by total. Numbers of at
// least floor(2^64 / total) · total are skipped, because they would favour small remainders.
func Winners(seed []byte, entries []Entry, n int, exclude map[string]bool) []string {
	candidates := newWeightedPool(entries, exclude)
	random := randomStream{key: seed}
	drawn := make([]string, 0, max(0, min(n, len(candidates.ids))))
	for len(drawn) < n && candidates.total > 0 {
		drawn = append(drawn, candidates.removeAt(random.uintN(candidates.total)))
	}
	return drawn
}

// randomStream is the sequence of numbers derived from a seed.
type randomStream struct {
	key   []byte
	drawn uint64
}

// uintN returns the next number below limit, which must be positive. All numbers are equally likely.
func (s *randomStream) uintN(limit uint64) uint64 {
	completeRounds := math.MaxUint64 / limit // complete ranges of remainders, except a last one that ends at 2^64
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

// weightedPool contains the entries that can still be drawn. sums is a Fenwick tree of the weights, so that a search
// takes log2(len) steps: sums[i] is the total weight of the entries from i&(i+1) to i.
type weightedPool struct {
	ids     []string
	weights []uint64
	sums    []uint64
	total   uint64
}

func newWeightedPool(entries []Entry, exclude map[string]bool) *weightedPool {
	eligible := make([]Entry, 0, len(entries))
	for _, e := range entries {
		if e.Weight > 0 && !exclude[e.ID] {
			eligible = append(eligible, e)
		}
	}
	slices.SortFunc(eligible, Compare)
	h := &weightedPool{}
	for _, e := range eligible {
		h.total += uint64(e.Weight)
		if last := len(h.ids) - 1; last >= 0 && h.ids[last] == e.ID { // two entries of one user count as one
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

// removeAt removes the entry at cumulative weight r, which must be below total, and returns its id.
func (h *weightedPool) removeAt(r uint64) string {
	index := 0 // number of entries known to be before it
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
