package contract

import (
	"strings"
	"testing"
)

func TestTruncateKeepsWholeCharacters(t *testing.T) {
	for _, test := range []struct {
		text     string
		maxRunes int
		want     string
	}{{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"žluť", 3, "žlu"}, {"žlu", 3, "žlu"}, {"\xff\xfe\xfd\xfc", 2, "\xff\xfe"}} {
		if got := truncate(test.text, test.maxRunes); got != test.want {
			t.Errorf("truncate(%q, %d) = %q, want %q", test.text, test.maxRunes, got, test.want)
		}
	}
}

func TestDecodedTextsAreLimited(t *testing.T) {
	long := strings.Repeat("ü", 1<<20)
	a := DecodeResult(map[string]any{"id": "c1", "status": long, "code": long, "message": long})
	if n, m, k := len([]rune(a.Code)), len([]rune(a.Message)), len([]rune(a.Status)); n != MaxResultCode ||
		m != MaxResultMessage || k != maxStatus {
		t.Errorf("code, message and status have %d, %d and %d characters, want %d, %d and %d",
			n, m, k, MaxResultCode, MaxResultMessage, maxStatus)
	}
	if a = DecodeResult(map[string]any{"id": long}); a.ID != "" {
		t.Errorf("length of a too long id = %d, want 0", len(a.ID))
	}
	_, err := DecodeCommand(map[string]any{
		"id": "c1", "type": "GIVEAWAY_EDIT", "target": "g", "guildId": "1", "issuedAt": "1", "expiresAt": "2",
		"data": strings.Repeat("x", maxCommandDataBytes+1),
	})
	if err == nil {
		t.Error("DecodeCommand() with more than 256 KiB of data = nil error, want one")
	}
}
