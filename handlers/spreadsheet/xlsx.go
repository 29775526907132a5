package spreadsheet

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// ContentType is the media type of XLSX files.
const ContentType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Limits of Excel, from https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3.
const (
	maxRows      = 1 << 20 // per sheet
	maxCellUnits = 32_767  // per cell, in UTF-16 code units
)

// maxSheetBytes bounds the XML of a sheet. Excel reports sheets that archive/zip writes beyond 4 GiB as corrupt.
const maxSheetBytes = 2 << 30

// truncationNotice is appended to the text of a cell that exceeds maxCellUnits.
const truncationNotice = "… [cut: a cell holds 32,767 characters]"

// Writer writes a workbook as a stream, without keeping rows in memory or in temporary files. Rows beyond the limits of
// a sheet continue in the next sheet, under the same header.
//
// No maintained library does this: github.com/xuri/excelize keeps rows in a temporary file (or in memory, if it cannot
// create one) and writes the workbook at the end. The tests read the output of Writer with it.
type Writer struct {
	zip    *zip.Writer
	name   string   // of the first sheet
	header []string // first row of each sheet

	sheet      *bufio.Writer // zip entry of the current sheet
	sheets     int
	rows       int   // in the current sheet
	bytes      int64 // written to the current sheet
	rowLimit   int
	bytesLimit int64
	row        strings.Builder
}

// NewWriter returns a Writer whose sheets are named name, and name with a number. The caller must call Close.
func NewWriter(out io.Writer, name string, header []string) *Writer {
	w := &Writer{zip: zip.NewWriter(out), name: name, header: header, rowLimit: maxRows, bytesLimit: maxSheetBytes}
	w.zip.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestSpeed) // the default level takes three times as long
	})
	return w
}

// WriteRow writes a row. A cell is nil (empty), a number, a time.Time (shown in its location, without offset), or a
// string, which stays text even if it consists of digits.
func (w *Writer) WriteRow(cells []any) error {
	if w.sheets == 0 || w.rows >= w.rowLimit || w.bytes >= w.bytesLimit {
		if err := w.beginSheet(); err != nil {
			return err
		}
	}
	return w.writeRow(cells, false)
}

// Close completes the workbook. A workbook without rows contains only the header.
func (w *Writer) Close() error {
	if w.sheets == 0 {
		if err := w.beginSheet(); err != nil {
			return err
		}
	}
	if err := w.endSheet(); err != nil {
		return err
	}
	for _, part := range w.parts() {
		entry, err := w.zip.Create(part.path)
		if err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
		if _, err := io.WriteString(entry, xml.Header+part.text); err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
	}
	if err := w.zip.Close(); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

func (w *Writer) beginSheet() error {
	if w.sheets > 0 {
		if err := w.endSheet(); err != nil {
			return err
		}
	}
	w.sheets++
	entry, err := w.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", w.sheets))
	if err != nil {
		return fmt.Errorf("begin sheet: %w", err)
	}
	w.sheet, w.rows, w.bytes = bufio.NewWriterSize(entry, 16<<10), 0, 0
	fmt.Fprintf(w.sheet, xml.Header+sheetStart, max(len(w.header), 1), styleText) // an error is returned by Flush too
	header := make([]any, len(w.header))
	for i, column := range w.header {
		header[i] = column
	}
	return w.writeRow(header, true)
}

func (w *Writer) endSheet() error {
	_, _ = w.sheet.WriteString("</sheetData></worksheet>") // an error is returned by Flush
	if err := w.sheet.Flush(); err != nil {
		return fmt.Errorf("end sheet: %w", err)
	}
	return nil
}

func (w *Writer) writeRow(cells []any, isHeader bool) error {
	w.rows++
	b := &w.row
	b.Reset()
	fmt.Fprintf(b, `<row r="%d">`, w.rows)
	for i, cell := range cells {
		reference := columnName(i) + strconv.Itoa(w.rows)
		switch v := cell.(type) {
		case nil:
		case int, int64, float64:
			fmt.Fprintf(b, `<c r="%s" s="%d"><v>%v</v></c>`, reference, styleNumber, v)
		case time.Time:
			writeTime(b, reference, v)
		case string:
			style := styleText
			if isHeader {
				style = styleHeader
			}
			writeText(b, reference, v, style)
		default:
			writeText(b, reference, fmt.Sprint(v), styleText)
		}
	}
	b.WriteString("</row>")
	n, err := w.sheet.WriteString(b.String())
	w.bytes += int64(n)
	if err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	return nil
}

func writeText(b *strings.Builder, reference, text string, style int) {
	if text == "" {
		return
	}
	fmt.Fprintf(b, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">`, reference, style)
	_ = xml.EscapeText(b, []byte(escapeUnderscores(truncateToCell(text)))) // strings.Builder does not fail
	b.WriteString("</t></is></c>")
}

// writeTime writes a time as days since 1899-12-30, as Excel counts. Times that Excel cannot represent are written as
// text.
func writeTime(b *strings.Builder, reference string, t time.Time) {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	if wall.Before(time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)) || wall.Year() > 9999 {
		writeText(b, reference, t.Format(time.RFC3339), styleText)
		return
	}
	const unixEpoch = 25569 // 1970-01-01
	days := float64(wall.Unix())/86400 + unixEpoch
	fmt.Fprintf(b, `<c r="%s" s="%d"><v>%s</v></c>`, reference, styleTime, strconv.FormatFloat(days, 'f', -1, 64))
}

// truncateToCell shortens text to at most maxCellUnits.
func truncateToCell(text string) string {
	if len(text) <= maxCellUnits {
		return text // every code unit takes at least one byte
	}
	units, end := 0, 0 // end is where to cut if the text is too long
	limit := maxCellUnits - len(utf16.Encode([]rune(truncationNotice)))
	for i, c := range text {
		if units <= limit {
			end = i
		}
		if units += utf16.RuneLen(max(c, 0)); units > maxCellUnits {
			return text[:end] + truncationNotice
		}
	}
	return text
}

var escapePattern = regexp.MustCompile(`^_x[0-9A-Fa-f]{4}_`)

// escapeUnderscores escapes text like _x0041_, which Excel would read as A (ECMA-376 Part 1, §22.9.2.19).
func escapeUnderscores(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		if text[i] == '_' && escapePattern.MatchString(text[i:min(i+7, len(text))]) {
			b.WriteString("_x005F")
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// columnName returns the column name of a zero-based index: A, B, … Z, AA.
func columnName(index int) string {
	name := ""
	for index++; index > 0; index = (index - 1) / 26 {
		name = string(rune('A'+(index-1)%26)) + name
	}
	return name
}

// sheetName returns the name of a sheet: at most 31 characters, without characters that Excel forbids.
func (w *Writer) sheetName(number int) string {
	name := strings.Map(func(c rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, c) || c < ' ' {
			return '-'
		}
		return c
	}, w.name)
	suffix := ""
	if number > 1 {
		suffix = " " + strconv.Itoa(number)
	}
	for utf8.RuneCountInString(name+suffix) > 31 {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + suffix
}

// Indexes of cellXfs in styles.
const (
	styleNumber = iota
	styleText
	styleTime
	styleHeader
)

const (
	mainNamespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relNamespace  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageRels   = "http://schemas.openxmlformats.org/package/2006/relationships"
	typesPrefix   = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// sheetStart is a format for the number of columns and their style. The header row is frozen.
const sheetStart = `<worksheet xmlns="` + mainNamespace + `"><sheetViews><sheetView workbookViewId="0">` +
	`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>` +
	`<sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="%d" width="22" style="%d" customWidth="1"/></cols><sheetData>`

const styles = `<styleSheet xmlns="` + mainNamespace + `">` +
	`<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd hh:mm:ss"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

// part is a file of the workbook that is not a sheet.
type part struct{ path, text string }

func (w *Writer) parts() []part {
	var types, sheets, rels strings.Builder
	for n := 1; n <= w.sheets; n++ {
		var name strings.Builder
		_ = xml.EscapeText(&name, []byte(w.sheetName(n))) // strings.Builder does not fail
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, n, typesPrefix)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name.String(), n, n)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, relNamespace, n)
	}
	fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/>`, w.sheets+1, relNamespace)
	return []part{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + typesPrefix + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + typesPrefix + `styles+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + packageRels + `"><Relationship Id="rId1" Type="` + relNamespace +
			`/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + mainNamespace + `" xmlns:r="` + relNamespace + `">` +
			`<bookViews><workbookView/></bookViews>` +
			`<sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packageRels + `">` + rels.String() + `</Relationships>`},
		{"xl/styles.xml", styles},
	}
}
