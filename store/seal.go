package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// MinSealKey is the least length of the key that a Sealer is made from, in bytes.
const MinSealKey = 32

// ErrBroken: what was to be opened was not sealed with this key and for this place, or has been changed.
var ErrBroken = errors.New("seal is broken")

// Sealer encrypts what rests outside the process, and notices when it was changed there or moved to another place:
// AES-256-GCM (NIST SP 800-38D) with a random nonce, under a key derived with HKDF-SHA-256 (RFC 5869). A random nonce
// is good for 2^32 messages under one key. It is safe for concurrent use.
type Sealer struct{ aead cipher.AEAD }

// NewSealer makes a Sealer from a secret of at least MinSealKey random bytes, in whatever notation.
func NewSealer(secret string) (*Sealer, error) {
	if len(secret) < MinSealKey {
		return nil, fmt.Errorf("session key has %d bytes, needs at least %d", len(secret), MinSealKey)
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
	return &Sealer{aead}, nil
}

// Seal encrypts plain for the place that it will rest at, such as its Redis key. Sealing twice gives two different results,
// each 28 bytes longer than plain.
func (s *Sealer) Seal(plain []byte, place string) []byte {
	return s.aead.Seal(nil, nil, plain, []byte(place))
}

// Open gives back what Seal was given for the same place, or ErrBroken.
func (s *Sealer) Open(sealed []byte, place string) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}
