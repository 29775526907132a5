package text

import (
	"strings"
	"testing"
)

func TestChooseLocale(t *testing.T) {
	for _, test := range []struct {
		choice, accept string
		site, want     Locale
	}{
		{"vi", "en", English, Vietnamese}, // the user's choice
		{"en", "vi", Vietnamese, English},
		{"", "vi", English, Vietnamese}, // the browser's language
		{"", "vi-VN,vi;q=0.9", English, Vietnamese},
		{"", "fr;q=0.9, vi;q=0.1", English, Vietnamese},
		{"", "en-GB, vi", Vietnamese, English},
		{"", "vi;q=0.2, en;q=0.9", Vietnamese, English},
		{"", "", Vietnamese, Vietnamese}, // the site's language
		{"", "fr, de", Vietnamese, Vietnamese},
		{"", "*", Vietnamese, Vietnamese},
		{"", ";;q=x,,", Vietnamese, Vietnamese},
		{"fr", "", English, English},
		{"VI", "", English, English},
		{"<script>", strings.Repeat("x", 10_000), Vietnamese, Vietnamese},
	} {
		if got := ChooseLocale(test.choice, test.accept, test.site); got != test.want {
			t.Errorf("ChooseLocale(%q, %.40q, %s) = %s, want %s", test.choice, test.accept, test.site, got, test.want)
		}
	}
}

func TestFormatNumbers(t *testing.T) {
	en, vi := English, Vietnamese
	for got, want := range map[string]string{
		English.FormatNumber(1234567): "1,234,567", Vietnamese.FormatNumber(1234567): "1.234.567", English.FormatNumber(-5): "-5",
		English.FormatDecimal(1234.56): "1,234.6", Vietnamese.FormatDecimal(0.25): "0,2", English.FormatDecimal(0): "0.0",
		en.N("giveaways.n", 0): "0 giveaways", en.N("giveaways.n", 1): "1 giveaway", en.N("giveaways.n", 1000): "1,000 giveaways",
		vi.N("giveaways.n", 1): "1 giveaway", vi.N("tickets.n", 2000): "2.000 phiếu",
		en.T("list.page", "page", 2, "pages", 1001): "page 2 of 1,001", en.T("no.such.key"): "no.such.key",
		en.T("filter.badDate", "value", "{n}{value}"): "“{n}{value}” is not a day; write it as 2026-12-31.",
	} {
		if got != want {
			t.Errorf("text = %q, want %q", got, want)
		}
	}
}

func TestSanitizeAndTruncateUserText(t *testing.T) {
	for text, want := range map[string]string{
		"  plain  ": "plain", "two\nlines\tand": "two lines and", "\u202eevil\u2066": "evil", "\x00\x1b[0m": "[0m", "\xff": "", "": "",
		"👩‍👩‍👧": "👩‍👩‍👧", "שלום": "שלום",
	} {
		if got := SanitizeLine(text); got != want {
			t.Errorf("SanitizeLine(%q) = %q, want %q", text, got, want)
		}
	}
	if got := Truncate(strings.Repeat("ü", 50), 10); got != strings.Repeat("ü", 9)+"…" {
		t.Errorf("Truncate() = %q, want 9 letters and an ellipsis", got)
	}
}

func TestEveryKeyIsInOneArea(t *testing.T) {
	seen := map[string]bool{}
	for _, area := range areas {
		for key := range area {
			if seen[key] {
				t.Errorf("%q has messages in two areas, want one", key)
			}
			seen[key] = true
		}
	}
	if len(seen) < 100 {
		t.Errorf("keys = %d, want all", len(seen))
	}
}
