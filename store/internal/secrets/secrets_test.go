package secrets

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"
)

func TestCheckRefusesWeakSecrets(t *testing.T) {
	const strong = "lvn5QCr3Xq0wHUBm9cvS1r0HkGEaF6M4gX9hiC0yB5Q=" // openssl rand -base64 32
	for _, key := range []string{
		"", "short", strong[:MinBytes-1], strings.Repeat("k", 32), strings.Repeat("k", 1000), strings.Repeat("k", 40) + "x",
		strings.Repeat("changeme", 5), "12345678901234567890123456789012", strings.Repeat("ab", 100) + "a",
	} {
		if err := Check(key); err == nil {
			t.Errorf("Check(%q) = nil, want an error", key)
		} else if key != "" && strings.Contains(err.Error(), key) {
			t.Errorf("Check(%q) shows the secret: %v", key, err)
		}
	}
	for _, key := range []string{
		strong, "7b0Yx1tqk5f7JmPp3ZQy2m8c9wE6Yl0uR4nTgVhD2sA=",
		"0f1e6c8ba2d34795b6e8f7a1c2d3e4f5", // openssl rand -hex 16
		"84736120957364018263549017283645", // digits
		"correct horse battery staple and so on",
	} {
		if err := Check(key); err != nil {
			t.Errorf("Check(%q) = %v, want nil", key, err)
		}
	}
	for range 1000 {
		var random [16]byte
		_, _ = rand.Read(random[:])
		if key := hex.EncodeToString(random[:]); estimateEntropy(key) < minBits {
			t.Errorf("estimateEntropy(%q) = %v, want at least %d", key, estimateEntropy(key), minBits)
		}
	}
}
