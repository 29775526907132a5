package store

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func newTestSealer(t testing.TB) *Sealer {
	t.Helper()
	s, err := NewSealer(strings.Repeat("k", MinSealKey))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealOpensInItsPlaceOnly(t *testing.T) {
	s := newTestSealer(t)
	plain := []byte(`{"token":"secret"}`)
	sealed := s.Seal(plain, "session:1")
	if bytes.Contains(sealed, []byte("secret")) {
		t.Error("sealed text can be read")
	}
	if got, err := s.Open(sealed, "session:1"); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened %q, %v", got, err)
	}
	if _, err := s.Open(sealed, "session:2"); !errors.Is(err, ErrBroken) {
		t.Errorf("opened in another place: %v", err)
	}
	if bytes.Equal(sealed, s.Seal(plain, "session:1")) {
		t.Error("the same text sealed twice looks the same")
	}
	if got, err := s.Open(s.Seal(nil, ""), ""); err != nil || len(got) != 0 {
		t.Errorf("nothing sealed opens as %q, %v", got, err)
	}
}

func TestSealNoticesTampering(t *testing.T) {
	s := newTestSealer(t)
	sealed := s.Seal([]byte("abc"), "here")
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := s.Open(changed, "here"); !errors.Is(err, ErrBroken) {
				t.Fatalf("byte %d, bit %d changed: %v", i, bit, err)
			}
		}
		if _, err := s.Open(sealed[:i], "here"); !errors.Is(err, ErrBroken) {
			t.Fatalf("cut to %d bytes: %v", i, err)
		}
	}
	if _, err := s.Open(append(sealed, 0), "here"); !errors.Is(err, ErrBroken) {
		t.Errorf("lengthened: %v", err)
	}
}

func TestSealNeedsItsKey(t *testing.T) {
	other, err := NewSealer(strings.Repeat("x", MinSealKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(newTestSealer(t).Seal([]byte("abc"), ""), ""); !errors.Is(err, ErrBroken) {
		t.Errorf("opened with another key: %v", err)
	}
	if _, err := NewSealer(strings.Repeat("k", MinSealKey-1)); err == nil {
		t.Error("a short key was taken")
	}
}
