package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
)

const (
	// MinSealKeyBytes is the least length of the key that a Sealer is made from, in bytes.
	MinSealKeyBytes = 32

	// minSealBits is the least entropy of the key, as estimated by entropy. Of 200,000 keys of 32 random hexadecimal
	// digits none was estimated at less than 90 bits.
	minSealBits = 64
)

// ErrSealBroken: what was to be opened was not sealed with this key and for this place, or has been changed.
var ErrSealBroken = errors.New("seal is broken")

// Sealer encrypts what rests outside the process, and notices when it was changed there or moved to another place:
// AES-256-GCM (NIST SP 800-38D) with a random nonce, under a key derived with HKDF-SHA-256 (RFC 5869). A random nonce
// is good for 2^32 messages under one key. It is safe for concurrent use.
type Sealer struct {
	aeads []cipher.AEAD // Seal uses the first, Open tries all
}

// NewSealer makes a Sealer from a secret of at least MinSealKeyBytes random bytes, in whatever notation. Secrets that were
// used before still open what was sealed with them, so that a key can be replaced without losing anything.
func NewSealer(secret string, previous ...string) (*Sealer, error) {
	if err := checkSecret(secret); err != nil {
		return nil, fmt.Errorf("session key %w", err)
	}
	s := new(Sealer)
	for _, secret := range append([]string{secret}, previous...) {
		aead, err := newAEAD(secret)
		if err != nil {
			return nil, err
		}
		s.aeads = append(s.aeads, aead)
	}
	return s, nil
}

func newAEAD(secret string) (cipher.AEAD, error) {
	if len(secret) < MinSealKeyBytes {
		return nil, fmt.Errorf("session key has %d bytes, needs at least %d", len(secret), MinSealKeyBytes)
	}
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "guildboard seal v1", 32)
	if err != nil {
		return nil, fmt.Errorf("deriving key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("making cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("making cipher: %w", err)
	}
	return aead, nil
}

// checkSecret returns an error if the secret is too short or can be guessed.
func checkSecret(secret string) error {
	if len(secret) < MinSealKeyBytes {
		return fmt.Errorf("has %d bytes, needs at least %d", len(secret), MinSealKeyBytes)
	}
	if bits := estimateEntropy(secret); bits < minSealBits {
		return fmt.Errorf("is not random: it has about %.0f bits of entropy, needs at least %d", bits, minSealBits)
	}
	return nil
}

// Seal encrypts plain for the place that it will rest at, such as its Redis key. Sealing twice gives two different results,
// each 28 bytes longer than plain.
func (s *Sealer) Seal(plain []byte, additionalData string) []byte {
	return s.aeads[0].Seal(nil, nil, plain, []byte(additionalData))
}

// Open gives back what Seal was given for the same place, or ErrSealBroken.
func (s *Sealer) Open(sealed []byte, additionalData string) ([]byte, error) {
	for _, aead := range s.aeads {
		if plain, err := aead.Open(nil, nil, sealed, []byte(additionalData)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealBroken
}

// estimateEntropy estimates how many bits of entropy a secret has at most: Shannon's entropy of its bytes, times the length of the
// part that it repeats. It recognises keys such as "kkkk…" and "changemechangeme…", and no dictionary words.
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

// shortestPeriod is the length of the shortest part of s that gives s when it is repeated, the last time perhaps cut short.
func shortestPeriod(s string) int {
	for n := 1; n < len(s); n++ {
		if s[n:] == s[:len(s)-n] {
			return n
		}
	}
	return len(s)
}
