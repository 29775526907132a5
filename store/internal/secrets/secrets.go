// Package secrets checks the secrets in the configuration, from which keys are derived.
package secrets

import (
	"fmt"
	"math"
)

// MinBytes is the minimum length of a secret, in bytes.
const MinBytes = 32

// minBits is the minimum entropy of a secret, as estimated by estimateEntropy. The lowest estimate for 200,000 keys of
// 32 random hexadecimal digits was 90 bits.
const minBits = 64

// Check returns an error if the secret is too short or guessable. The text of the error follows the name of the
// secret, such as "has 5 bytes", and does not contain it.
func Check(secret string) error {
	if len(secret) < MinBytes {
		return fmt.Errorf("has %d bytes, needs at least %d", len(secret), MinBytes)
	}
	if bits := estimateEntropy(secret); bits < minBits {
		return fmt.Errorf("is not random: it has about %.0f bits of entropy, needs at least %d", bits, minBits)
	}
	return nil
}

// estimateEntropy estimates the maximum entropy of a secret in bits: the Shannon entropy of its bytes, times the
// length of the part that repeats. It detects keys such as "kkkk…" and "changemechangeme…", but not dictionary words.
func estimateEntropy(secret string) (bits float64) {
	pattern := secret[:shortestPeriod(secret)]
	counts := map[byte]float64{}
	for i := range len(pattern) {
		counts[pattern[i]]++
	}
	for _, n := range counts {
		bits += n * math.Log2(float64(len(pattern))/n)
	}
	return bits
}

// shortestPeriod returns the length of the shortest prefix whose repetition, possibly truncated, gives s.
func shortestPeriod(s string) int {
	for n := 1; n < len(s); n++ {
		if s[n:] == s[:len(s)-n] {
			return n
		}
	}
	return len(s)
}
