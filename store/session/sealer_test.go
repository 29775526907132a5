package session

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// Keys as printed by openssl rand -base64 32.
const (
	testSealKey  = "lvn5QCr3Xq0wHUBm9cvS1r0HkGEaF6M4gX9hiC0yB5Q="
	otherSealKey = "7b0Yx1tqk5f7JmPp3ZQy2m8c9wE6Yl0uR4nTgVhD2sA="
)

func newTestSealer(t testing.TB) *Sealer {
	t.Helper()
	s, err := NewSealer(testSealKey)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenRequiresAdditionalData(t *testing.T) {
	s := newTestSealer(t)
	plain := []byte(`{"token":"secret"}`)
	sealed := s.Seal(plain, "session:1")
	if bytes.Contains(sealed, []byte("secret")) {
		t.Error("sealed text contains the plain text")
	}
	if got, err := s.Open(sealed, "session:1"); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("Open() = %q, %v, want the plain text", got, err)
	}
	if _, err := s.Open(sealed, "session:2"); !errors.Is(err, ErrSealBroken) {
		t.Errorf("Open() with another name: error = %v, want %v", err, ErrSealBroken)
	}
	if bytes.Equal(sealed, s.Seal(plain, "session:1")) {
		t.Error("Seal() of the same text returned the same bytes twice")
	}
	if got, err := s.Open(s.Seal(nil, ""), ""); err != nil || len(got) != 0 {
		t.Errorf("Open() of an empty text = %q, %v, want it empty", got, err)
	}
}

func TestOpenDetectsTampering(t *testing.T) {
	s := newTestSealer(t)
	sealed := s.Seal([]byte("abc"), "here")
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := s.Open(changed, "here"); !errors.Is(err, ErrSealBroken) {
				t.Fatalf("Open() with byte %d, bit %d changed: error = %v, want %v", i, bit, err, ErrSealBroken)
			}
		}
		if _, err := s.Open(sealed[:i], "here"); !errors.Is(err, ErrSealBroken) {
			t.Fatalf("Open() of the first %d bytes: error = %v, want %v", i, err, ErrSealBroken)
		}
	}
	if _, err := s.Open(append(sealed, 0), "here"); !errors.Is(err, ErrSealBroken) {
		t.Errorf("Open() with an extra byte: error = %v, want %v", err, ErrSealBroken)
	}
}

func TestOpenRequiresKey(t *testing.T) {
	other, err := NewSealer(otherSealKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(newTestSealer(t).Seal([]byte("abc"), ""), ""); !errors.Is(err, ErrSealBroken) {
		t.Errorf("Open() with another key: error = %v, want %v", err, ErrSealBroken)
	}
}

func TestNewSealerRefusesWeakKeys(t *testing.T) {
	for _, key := range []string{"", "short", strings.Repeat("k", 1000)} {
		if _, err := NewSealer(key); err == nil {
			t.Errorf("NewSealer(%q) = nil error, want one", key)
		}
	}
}

func TestSealerOpensWithPreviousKeys(t *testing.T) {
	before := newTestSealer(t)
	after, err := NewSealer(otherSealKey, testSealKey)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Open(before.Seal([]byte("abc"), "here"), "here"); err != nil || string(got) != "abc" {
		t.Errorf("Open() with the previous key = %q, %v, want abc", got, err)
	}
	if _, err := after.Open(before.Seal([]byte("abc"), "here"), "there"); !errors.Is(err, ErrSealBroken) {
		t.Errorf("Open() with another name: error = %v, want %v", err, ErrSealBroken)
	}
	if _, err := before.Open(after.Seal([]byte("abc"), "here"), "here"); !errors.Is(err, ErrSealBroken) {
		t.Errorf("Open() of the new key with the previous one: error = %v, want %v", err, ErrSealBroken)
	}
	if _, err := NewSealer(otherSealKey, ""); err == nil {
		t.Error("NewSealer() with an empty previous key = nil error, want one")
	}
	if _, err := NewSealer(otherSealKey, strings.Repeat("k", 32)); err != nil {
		t.Errorf("NewSealer() with a weak previous key: error = %v, want nil", err)
	}
}
