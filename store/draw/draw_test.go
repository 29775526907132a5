package draw

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// referenceDraw implements the documented draw algorithm as simply as possible.
func referenceDraw(seed []byte, entries []Entry, n int, exclude map[string]bool) []string {
	type ticket struct {
		id     string
		weight int64
	}
	var list []ticket
	for _, e := range entries {
		if e.Weight > 0 && !exclude[e.ID] {
			list = append(list, ticket{e.ID, int64(e.Weight)})
		}
	}
	slices.SortFunc(list, func(a, b ticket) int { return strings.Compare(a.id, b.id) })
	var drawn []string
	number := 0
	for len(drawn) < n && len(list) > 0 {
		total := big.NewInt(0)
		for _, e := range list {
			total.Add(total, big.NewInt(e.weight))
		}
		range64 := new(big.Int).Lsh(big.NewInt(1), 64)
		limit := new(big.Int).Mul(new(big.Int).Div(range64, total), total)
		r := new(big.Int)
		for {
			number++
			mac := hmac.New(sha256.New, seed)
			fmt.Fprint(mac, number)
			r.SetUint64(binary.BigEndian.Uint64(mac.Sum(nil)[:8]))
			if r.Cmp(limit) < 0 {
				break
			}
		}
		at := r.Mod(r, total).Int64()
		for i, e := range list {
			if at -= e.weight; at < 0 {
				drawn = append(drawn, e.id)
				list = slices.Delete(list, i, i+1)
				break
			}
		}
	}
	return drawn
}

func TestDrawMatchesReference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		entries := make([]Entry, random.IntN(40))
		for i := range entries {
			entries[i] = Entry{ID: fmt.Sprint(i * 7), Weight: random.IntN(5)}
			if random.IntN(4) == 0 {
				entries[i].Weight = int(random.Int64N(1 << 58)) // makes Winners reject some random numbers
			}
		}
		exclude := map[string]bool{"7": true, "21": true}
		seed, n := NewSeed(), random.IntN(10)
		want := referenceDraw(seed, entries, n, exclude)
		random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		if got := Winners(seed, entries, n, exclude); !slices.Equal(got, want) {
			t.Fatalf("Draw() = %v, want %v from entries %v", got, want, entries)
		}
	}
}

// TestDrawGolden checks a draw that can be verified by hand. The result must never change, because published draws are
// verified with the current code.
func TestDrawGolden(t *testing.T) {
	seed := []byte("0123456789abcdef0123456789abcdef")
	entries := []Entry{{"300", 3}, {"100", 1}, {"200", 2}, {"9", 0}, {"400", 4}}
	if got := Commitment(seed); got != "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9" {
		t.Errorf("%s: %v, want %v", "commitment", got, "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9")
	}
	if got := strings.Join(Winners(seed, entries, 3, map[string]bool{"200": true}), " "); got != "100 300 400" {
		t.Errorf("%s: %v, want %v", "drawn", got, "100 300 400")
	}
	if got := Digest(entries); got != "3179f1e56ccbb085710f10247194d6bf398088eada2b7a513ff3d05b1dc0f409" {
		t.Errorf("%s: %v, want %v", "digest", got, "3179f1e56ccbb085710f10247194d6bf398088eada2b7a513ff3d05b1dc0f409")
	}
}

func TestDrawHasNoDuplicates(t *testing.T) {
	entries := []Entry{{"1", 1}, {"2", 1_000_000}, {"3", 0}, {"4", -1}, {"5", 1}}
	drawn := Winners(NewSeed(), entries, 10, map[string]bool{"5": true})
	slices.Sort(drawn)
	if got := strings.Join(drawn, " "); got != "1 2" {
		t.Errorf("%s: %v, want %v", "drawn", got, "1 2")
	}
	if got := len(Winners(NewSeed(), nil, 3, nil)); got != 0 {
		t.Errorf("%s: %v, want %v", "winners without entries", got, 0)
	}
	if got := len(Winners(NewSeed(), entries, 0, nil)); got != 0 {
		t.Errorf("%s: %v, want %v", "winners without places", got, 0)
	}
	twice := Winners(NewSeed(), []Entry{{"1", 1}, {"1", 2}}, 2, nil)
	if got := len(twice); got != 1 {
		t.Errorf("%s: %v, want %v", "winners of an entrant with two entries", got, 1)
	}
}

// chiSquaredLimits are the 99.99th percentiles of the chi-squared distribution, by degrees of freedom.
var chiSquaredLimits = map[int]float64{9: 33.7, 19: 50.8}

func TestDrawProbabilityIsProportionalToWeight(t *testing.T) {
	const draws = 40_000
	for name, weight := range map[string]func(i int) int{
		"equal weights":     func(int) int { return 1 },
		"different weights": func(i int) int { return 1 + i%5 },
	} {
		entries, total := make([]Entry, 20), 0
		for i := range entries {
			entries[i] = Entry{ID: fmt.Sprintf("%03d", i), Weight: weight(i)}
			total += weight(i)
		}
		won := map[string]int{}
		seed := sha256.Sum256([]byte(name)) // a fixed seed, so that the test does not fail by chance
		for range draws {
			seed = sha256.Sum256(seed[:])
			won[Winners(seed[:], entries, 1, nil)[0]]++
		}
		chi := 0.0
		for _, e := range entries {
			expected := float64(draws) * float64(e.Weight) / float64(total)
			d := float64(won[e.ID]) - expected
			chi += d * d / expected
		}
		if chi > chiSquaredLimits[len(entries)-1] {
			t.Errorf("%s: chi-squared = %.1f with %d degrees of freedom, over the limit", name, chi, len(entries)-1)
		}
		t.Logf("%s: chi-squared %.1f", name, chi)
	}
}

func TestSecondPlaceIsUniform(t *testing.T) {
	const draws = 40_000
	entries := make([]Entry, 10)
	for i := range entries {
		entries[i] = Entry{ID: fmt.Sprint(i), Weight: 3}
	}
	second := map[string]int{}
	seed := sha256.Sum256([]byte("second"))
	for range draws {
		seed = sha256.Sum256(seed[:])
		second[Winners(seed[:], entries, 2, nil)[1]]++
	}
	chi := 0.0
	for _, e := range entries {
		d := float64(second[e.ID]) - draws/10
		chi += d * d / (draws / 10)
	}
	if chi > chiSquaredLimits[9] {
		t.Errorf("chi-squared = %.1f with 9 degrees of freedom, over the limit", chi)
	}
}
