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
		en.T("filter.badDate", "value", "{n}{value}"): "“{n}{value}” isn’t a date. Use the format 2026-12-31.",
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

func TestInvisibleTextIsEmpty(t *testing.T) {
	for _, name := range []string{
		"\u3164", "\u200b", "\u2800", " \u2800\u00a0\u200d ", "\u115f\u1160\uffa0", "\ufe0f", "\u00ad\u034f\U000e0061", "\u2060\ufeff",
	} {
		if got := SanitizeLine(name); got != "" {
			t.Errorf("SanitizeLine(%+q) = %+q, want none", name, got)
		}
		if got := Truncate(name, 40); got != "" {
			t.Errorf("Truncate(%+q) = %+q, want none", name, got)
		}
	}
	if got := SanitizeLine("a\u200bb\u3164"); got != "a\u200bb\u3164" {
		t.Errorf("SanitizeLine() = %+q, want the text with its visible characters", got)
	}
}

func TestGraphemeClustersAreNotDivided(t *testing.T) {
	const scotland = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f" // a flag of 7 characters
	const flag, family = "🇻🇳", "👨\u200d👩\u200d👧"                                     // 2 and 5 characters
	for i, test := range []struct{ got, want string }{
		{Truncate(flag+flag+flag, 4), flag + "…"},
		{Truncate("ab"+family+"c", 6), "ab…"},
		{Truncate("ab"+family+"c", 8), "ab" + family + "c"},
		{Truncate("Vie\u0302\u0323t Nam", 5), "Vi…"},
		{TruncateRunes("ab"+family+"cdefg", 4), "ab…"},
		{TruncateRunes("ab"+family+"cdefg", 7), "ab" + family + "…"},
		{TruncateRunes(strings.Repeat(family, 100), 7), family + "…"},
		{FirstRunes(flag+family, 6), flag},
		{FirstRunes("e"+strings.Repeat("\u0301", 20), 5), "e" + strings.Repeat("\u0301", 4)}, // one cluster
		{LastRunes("x"+flag+family, 6), family},
		{LastRunes(flag, 2), flag},
		{Initial(flag + " Vietnam"), flag},
		{Initial(family), family},
		{Initial(scotland + "!"), scotland},
		{Initial("ệ"), "ệ"},
		{Initial(""), ""},
	} {
		if test.got != test.want {
			t.Errorf("%d: text = %+q, want %+q", i, test.got, test.want)
		}
	}
}

func TestRightToLeftTextIsIsolated(t *testing.T) {
	for i, test := range []struct{ got, want string }{
		{Truncate("שלום", 10), "\u2068שלום\u2069"},
		{Truncate("شكرا 12345", 6), "\u2068شكرا…\u2069"},
		{Truncate("plain 👩‍👩‍👧 Việt", 40), "plain 👩‍👩‍👧 Việt"},
		{Truncate("\u2067turned\u202e", 40), "turned"},
		{English.T("selection.only", "n", "שלום"), strings.Replace(English.T("selection.only", "n", "x"), "x", "\u2068שלום\u2069", 1)},
		{English.T("selection.only", "n", Truncate("שלום", 9)), English.T("selection.only", "n", "שלום")}, // once
		{SanitizeLine("שלום"), "שלום"},                                                                    // values of fields have no marks
	} {
		if test.got != test.want {
			t.Errorf("%d: text = %+q, want %+q", i, test.got, test.want)
		}
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
