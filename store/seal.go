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
	// MinSealKeyBytes is the minimum length of a Sealer's secret, in bytes.
	MinSealKeyBytes = 32

	// minSealBits is the minimum entropy of the secret, as estimated by estimateEntropy. The lowest estimate for
	// 200,000 keys of 32 random hexadecimal digits was 90 bits.
	minSealBits = 64
)

// ErrSealBroken means that data was not sealed with this key and additional data, or has been modified.
var ErrSealBroken = errors.New("seal is broken")

// Sealer encrypts data that is stored outside the process and detects if it was modified or moved: AES-256-GCM (NIST
// SP 800-38D) with a random nonce, under a key derived with HKDF-SHA-256 (RFC 5869). Random nonces are safe for 2^32
// messages under one key. A Sealer is safe for concurrent use.
type Sealer struct {
	aeads []cipher.AEAD // Seal uses the first, Open tries all
}

// NewSealer returns a Sealer for a secret of at least MinSealKeyBytes random bytes, in any notation. Open also
// accepts data sealed with previous secrets, so that the secret can be rotated.
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
		return nil, fmt.Errorf("creating cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("creating cipher: %w", err)
	}
	return aead, nil
}

// checkSecret returns an error if the secret is too short or guessable.
func checkSecret(secret string) error {
	if len(secret) < MinSealKeyBytes {
		return fmt.Errorf("has %d bytes, needs at least %d", len(secret), MinSealKeyBytes)
	}
	if bits := estimateEntropy(secret); bits < minSealBits {
		return fmt.Errorf("is not random: it has about %.0f bits of entropy, needs at least %d", bits, minSealBits)
	}
	return nil
}

// Seal encrypts plain and binds it to additionalData, such as its Redis key. The result differs each time and is 28
// bytes longer than plain.
func (s *Sealer) Seal(plain []byte, additionalData string) []byte {
	return s.aeads[0].Seal(nil, nil, plain, []byte(additionalData))
}

// Open decrypts the result of Seal with the same additionalData, or returns ErrSealBroken.
func (s *Sealer) Open(sealed []byte, additionalData string) ([]byte, error) {
	for _, aead := range s.aeads {
		if plain, err := aead.Open(nil, nil, sealed, []byte(additionalData)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealBroken
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
