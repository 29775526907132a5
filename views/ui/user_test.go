package ui

import "testing"

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"Lantern Hollow Of Old Times": "LHO", "": "?", "  \x00": "?", "🦊 fox": "🦊f", "đức": "đ"} {
		if got := initials(name, 3); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}
