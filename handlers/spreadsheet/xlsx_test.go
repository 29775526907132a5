package spreadsheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"guildboard/handlers/spreadsheet"
)

// workbook writes rows, and opens the result with another implementation.
func workbook(t *testing.T, header []string, limit int, rows ...[]any) *excelize.File {
	t.Helper()
	var file bytes.Buffer
	w := spreadsheet.NewWriter(&file, "Tickets", header)
	if limit > 0 {
		w.LimitSheet(limit)
	}
	for _, row := range rows {
		if err := w.WriteRow(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	opened, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatalf("open workbook: %v", err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened
}

func cell(t *testing.T, f *excelize.File, reference string) (value string, kind excelize.CellType) {
	t.Helper()
	value, err := f.GetCellValue("Tickets", reference, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if kind, err = f.GetCellType("Tickets", reference); err != nil {
		t.Fatal(err)
	}
	return value, kind
}

func TestCellTypes(t *testing.T) {
	hanoi := time.FixedZone("", 7*60*60)
	at := time.Date(2026, 3, 1, 23, 30, 15, 0, time.UTC)
	f := workbook(t, []string{"id", "number", "at"}, 0, []any{"100000000000000001", 42, at.In(hanoi), nil, int64(-7), 1.5, "", "=1+1"})
	for reference, want := range map[string]struct {
		value string
		kind  excelize.CellType
	}{
		"A1": {"id", excelize.CellTypeInlineString},
		"A2": {"100000000000000001", excelize.CellTypeInlineString},
		"B2": {"42", excelize.CellTypeUnset}, // a number
		"D2": {"", excelize.CellTypeUnset},
		"E2": {"-7", excelize.CellTypeUnset},
		"F2": {"1.5", excelize.CellTypeUnset},
		"G2": {"", excelize.CellTypeUnset},
		"H2": {"=1+1", excelize.CellTypeInlineString},
	} {
		if value, kind := cell(t, f, reference); value != want.value || kind != want.kind {
			t.Errorf("%s = %q of type %d, want %q of type %d", reference, value, kind, want.value, want.kind)
		}
	}
	shown, err := f.GetCellValue("Tickets", "C2")
	if err != nil || shown != "2026-03-02 06:30:15" {
		t.Errorf("displayed time = %q, %v, want the local time of its zone", shown, err)
	}
	raw, _ := cell(t, f, "C2")
	serial, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		t.Fatalf("raw time = %q, want a number", raw)
	}
	if got, err := excelize.ExcelDateToTime(serial, false); err != nil || !got.Round(time.Second).Equal(at.Add(7*time.Hour)) {
		t.Errorf("time = %v, %v, want %v", got, err, at.Add(7*time.Hour))
	}
	if formula, err := f.GetCellFormula("Tickets", "H2"); err != nil || formula != "" {
		t.Errorf("formula = %q, %v, want none", formula, err)
	}
}

func TestUnsupportedTimesAreText(t *testing.T) {
	f := workbook(t, []string{"at"}, 0,
		[]any{time.Date(1899, 1, 1, 0, 0, 0, 0, time.UTC)}, []any{time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)})
	for reference, want := range map[string]string{"A2": "1899-01-01T00:00:00Z", "A3": "12000-01-01T00:00:00Z"} {
		if value, kind := cell(t, f, reference); value != want || kind != excelize.CellTypeInlineString {
			t.Errorf("%s = %q of type %d, want the text %q", reference, value, kind, want)
		}
	}
}

func TestTextRoundTrip(t *testing.T) {
	for _, text := range []string{
		" leading and trailing ", "line\nbreak\ttab", `<b>&"quoted"'`, "]]>", "Xin chào 🎉",
		"_x0041_", "_x005F_", "__x0041_x0042_", "_xyz_", "e\u0301",
	} {
		f := workbook(t, []string{"text"}, 0, []any{text})
		if got, _ := cell(t, f, "A2"); got != text {
			t.Errorf("text %q: got %q, want it unchanged", text, got)
		}
	}
	f := workbook(t, []string{"text"}, 0, []any{"a\x00b\x1bc\xffd\ufffee"})
	if got, _ := cell(t, f, "A2"); got != "a\ufffdb\ufffdc\ufffdd\ufffde" {
		t.Errorf("characters that XML forbids: got %q", got)
	}
}

func TestLongTextIsTruncated(t *testing.T) {
	for name, text := range map[string]string{
		"letters": strings.Repeat("a", 40_000), "emoji": strings.Repeat("🎉", 20_000),
		"fits": strings.Repeat("é", 32_767), "just over": strings.Repeat("é", 32_768),
	} {
		f := workbook(t, []string{"text"}, 0, []any{text})
		got, _ := cell(t, f, "A2")
		units := len(utf16.Encode([]rune(got)))
		isCut, fits := strings.HasSuffix(got, "[cut: a cell holds 32,767 characters]"), name == "fits"
		if units > 32_767 || isCut == fits || fits && got != text {
			t.Errorf("%s: got %d UTF-16 code units ending with %.60q", name, units, got[len(got)-min(len(got), 60):])
		}
	}
}

func TestRowsContinueInNextSheet(t *testing.T) {
	rows := make([][]any, 7)
	for i := range rows {
		rows[i] = []any{i}
	}
	f := workbook(t, []string{"number"}, 4, rows...)
	if got, want := f.GetSheetList(), []string{"Tickets", "Tickets 2", "Tickets 3"}; !slices.Equal(got, want) {
		t.Fatalf("sheets = %q, want %q", got, want)
	}
	for sheet, want := range map[string][][]string{
		"Tickets": {{"number"}, {"0"}, {"1"}, {"2"}}, "Tickets 2": {{"number"}, {"3"}, {"4"}, {"5"}}, "Tickets 3": {{"number"}, {"6"}},
	} {
		if got, err := f.GetRows(sheet); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v (%v), want %v", sheet, got, err, want)
		}
	}
}

func TestEmptyWorkbookHasHeader(t *testing.T) {
	header := make([]string, 30)
	for i := range header {
		header[i] = fmt.Sprint("column ", i)
	}
	f := workbook(t, header, 0)
	if got, _ := cell(t, f, "AD1"); got != "column 29" {
		t.Errorf("AD1 = %q, want the last column's header", got)
	}
}

func TestSheetNames(t *testing.T) {
	var file bytes.Buffer
	w := spreadsheet.NewWriter(&file, `a very long name: of [a] list/\?*'s rows`, []string{"x"})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.GetSheetName(0), "a very long name- of -a- list--"; got != want {
		t.Errorf("sheet name = %q, want %q", got, want)
	}
}

// limitedWriter fails after a number of bytes.
type limitedWriter struct{ remaining int }

func (w *limitedWriter) Write(p []byte) (int, error) {
	if w.remaining -= len(p); w.remaining < 0 {
		return 0, errors.New("no space")
	}
	return len(p), nil
}

func TestWriteErrorIsReturned(t *testing.T) {
	w := spreadsheet.NewWriter(&limitedWriter{1000}, "Tickets", []string{"text"})
	var err error
	for i := 0; err == nil && i < 1_000_000; i++ {
		err = w.WriteRow([]any{fmt.Sprint(i)})
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		t.Error("error = nil, want the writer's error")
	}
}

// TestRowsAreStreamed checks that memory does not grow with the rows, and that output is written before Close.
func TestRowsAreStreamed(t *testing.T) {
	sent := new(countingWriter)
	w := spreadsheet.NewWriter(sent, "Tickets", []string{"id", "text"})
	write := func(rows int) uint64 {
		for i := range rows {
			if err := w.WriteRow([]any{fmt.Sprint(100000000000000000 + i), "a ticket's subject"}); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := write(10_000)
	if *sent == 0 {
		t.Error("written after 10,000 rows = 0 bytes, want more")
	}
	if after := write(200_000); after > before+1<<20 {
		t.Errorf("heap growth after 200,000 rows = %d KB, want at most 1024", (after-before)>>10)
	}
}

type countingWriter int64

func (c *countingWriter) Write(p []byte) (int, error) {
	*c += countingWriter(len(p))
	return len(p), nil
}

func BenchmarkWriteRow(b *testing.B) {
	b.ReportAllocs()
	w := spreadsheet.NewWriter(io.Discard, "Tickets", []string{"id", "text"})
	row := make([]any, 27)
	for i := range row {
		row[i] = "100000000000000001"
	}
	for b.Loop() {
		if err := w.WriteRow(row); err != nil {
			b.Fatal(err)
		}
	}
}
