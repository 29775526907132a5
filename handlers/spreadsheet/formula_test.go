package spreadsheet_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guildboard/handlers/spreadsheet"
)

func TestGuardFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"Nitro for a month":        "Nitro for a month",
		"10 - 5 = 5, a+b@c":        "10 - 5 = 5, a+b@c",
		"ada@example.com":          "ada@example.com",
		"=1+1":                     "'=1+1",
		"+1":                       "'+1",
		"-1":                       "'-1",
		"@SUM(A1)":                 "'@SUM(A1)",
		"＝1+1":                     "'＝1+1",
		"＋1":                       "'＋1",
		"－1":                       "'－1",
		"＠SUM(A1)":                 "'＠SUM(A1)",
		"﹦1":                       "'﹦1",
		"−1":                       "'−1",
		"  =1":                     "'  =1",
		"\u00a0\u3000=1":           "'\u00a0\u3000=1",
		"\t=1":                     "\t'=1",
		"\r\n=1":                   "\r\n'=1",
		"\u200b\ufeff\u2060=1":     "'\u200b\ufeff\u2060=1",
		"\u200e\u202e=1":           "'\u200e\u202e=1",
		"\u00ad\ufe0f\u034f=1":     "'\u00ad\ufe0f\u034f=1",
		"\u3164\u2800=1":           "'\u3164\u2800=1",
		"\x00\x7f=1":               "'\x00\x7f=1",
		"\xff=1":                   "'\xff=1",
		"\"=1":                     "'\"=1",
		"\"\" =1":                  "'\"\" =1",
		"x;=cmd|' /C calc'!A0":     "x;'=cmd|' /C calc'!A0",
		"x; =1":                    "x;' =1",
		"x;\"=1":                   "x;'\"=1",
		"x,=1":                     "x,'=1",
		"x|=1":                     "x|'=1",
		"x\t=1":                    "x\t'=1",
		"x\n=1":                    "x\n'=1",
		"x\u2028=1":                "x\u2028'=1",
		"x；＝1":                     "x；'＝1",
		"a;-1;b;@c":                "a;'-1;b;'@c",
		"'=1":                      "'=1",
		"x;'=1":                    "x;'=1",
		"=1;=2\n=3":                "'=1;'=2\n'=3",
		"https://example.com/?a=b": "https://example.com/?a=b",
	} {
		if got := spreadsheet.GuardFormulas(text); got != want {
			t.Errorf("GuardFormulas(%q) = %q, want %q", text, got, want)
		}
	}
}

// FuzzGuardFormulas reads a row with each separator, with and without support for quotes. No field may begin with a
// formula, also after invisible characters.
func FuzzGuardFormulas(f *testing.F) {
	for _, text := range []string{
		"=1", "x;=cmd", "＝1+1", " \u200b=1", "a\n-1", "\"=\"", ";\";=", "\t@", "a|\u2800=", "\xff\xfe=", "','=1", "\",\"=1",
	} {
		f.Add(text, "second")
		f.Add("first", text)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		cells := []string{spreadsheet.GuardFormulas(first), spreadsheet.GuardFormulas(second)}
		for i, text := range []string{first, second} {
			if again := spreadsheet.GuardFormulas(cells[i]); again != cells[i] {
				t.Errorf("GuardFormulas(GuardFormulas(%q)) = %q, want %q", text, again, cells[i])
			}
			if a, b := strings.ReplaceAll(cells[i], "'", ""), strings.ReplaceAll(text, "'", ""); a != b {
				t.Errorf("GuardFormulas(%q) = %q, want only apostrophes added", text, cells[i])
			}
		}
		var file bytes.Buffer
		out := csv.NewWriter(&file)
		out.UseCRLF = true
		if err := out.Write(cells); err != nil {
			t.Fatal(err)
		}
		out.Flush()
		for _, separator := range ",;|\t" {
			for _, field := range naiveFields(file.String(), separator) {
				wantNoFormula(t, field, file.String(), separator)
			}
			in := csv.NewReader(strings.NewReader(file.String()))
			in.Comma, in.LazyQuotes, in.FieldsPerRecord = separator, true, -1
			records, _ := in.ReadAll() // can fail for other separators than the file's
			for _, record := range records {
				for _, field := range record {
					wantNoFormula(t, field, file.String(), separator)
				}
			}
		}
	})
}

// naiveFields splits text at separator and line breaks, ignoring quotes.
func naiveFields(text string, separator rune) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == separator || c == '\n' || c == '\r' || c == '\u2028' })
}

// wantNoFormula strips from field what programs strip, and checks that the rest is not a formula.
func wantNoFormula(t *testing.T, field, file string, separator rune) {
	t.Helper()
	field = strings.TrimLeftFunc(norm.NFKC.String(field), func(c rune) bool {
		return c == '"' || c == utf8.RuneError || unicode.IsSpace(c) || unicode.In(c, unicode.C, unicode.Z, unicode.Mn)
	})
	if field != "" && strings.ContainsRune("=+-@", rune(field[0])) {
		t.Errorf("separator %q: a field of %q is the formula %q, want none", separator, file, field)
	}
}
