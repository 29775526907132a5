package session

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"

	"guildboard/store/internal/secrets"
)

// ErrSealBroken means that data was not sealed with this key and additional data, or has been modified.
var ErrSealBroken = errors.New("seal is broken")

// Sealer encrypts data that is stored outside the process and detects if it was modified or moved: AES-256-GCM (NIST
// SP 800-38D) with a random nonce, under a key derived with HKDF-SHA-256 (RFC 5869). Random nonces are safe for 2^32
// messages under one key. A Sealer is safe for concurrent use.
type Sealer struct {
	aeads []cipher.AEAD // Seal uses the first, Open tries all
}

// NewSealer returns a Sealer for a secret of at least 32 random bytes, in any notation. Open also accepts
// data sealed with previous secrets, so that the secret can be rotated.
func NewSealer(secret string, previous ...string) (*Sealer, error) {
	if err := secrets.Check(secret); err != nil {
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
	if len(secret) < secrets.MinBytes {
		return nil, fmt.Errorf("session key has %d bytes, needs at least %d", len(secret), secrets.MinBytes)
	}
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "guildboard seal v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("create cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("create cipher: %w", err)
	}
	return aead, nil
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
