package ui

import "testing"

func TestAccentTextHasContrast(t *testing.T) {
	for accent, on := range map[string]string{
		"#0f766e": "#ffffff", "#000000": "#ffffff", "#ffffff": "#000000", "#ffff00": "#000000", "#ABCDEF": "#000000", "#777777": "#000000",
	} {
		site := Site{Accent: accent}
		if got, want := accentCSS(site), ":root{--accent:"+accent+";--on-accent:"+on+"}"; got != want {
			t.Errorf("accentCSS() = %s, want %s", got, want)
		}
		if got := contrast(accent, on); got < 4.5 {
			t.Errorf("contrast of %s on %s = %.2f, want at least 4.5", on, accent, got)
		}
	}
	if got := contrast("#000000", "#ffffff"); got != 21 {
		t.Errorf("contrast of black and white = %v, want 21", got)
	}
	for r := 0; r < 256; r += 15 { // black or white is readable on every color (WCAG 2.2, 1.4.3)
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				accent := "#" + hex(r) + hex(g) + hex(b)
				if best := max(contrast(accent, "#000000"), contrast(accent, "#ffffff")); best < 4.5 {
					t.Errorf("best contrast on %s = %.2f, want at least 4.5", accent, best)
				}
			}
		}
	}
	if one, two := StylePath(Site{Accent: "#111111"}), StylePath(Site{Accent: "#222222"}); one == two {
		t.Error("StylePath() of two accent colors is the same, want different paths")
	}
}

func hex(n int) string { return string("0123456789abcdef"[n/16]) + string("0123456789abcdef"[n%16]) }
