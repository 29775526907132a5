package handlers

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"guildboard/handlers/connlimit"
	"guildboard/handlers/spreadsheet"
)

// exportFile is a list as a file: CSV (RFC 4180), a JSON array of objects, or an XLSX workbook, with the same columns in the
// same order.
type exportFile struct {
	name    string // of the file, without what comes behind the dot
	columns []string
	each    func(line func(cells ...any) error) error // calls line for each row, in order
}

// exportTypes are the formats of exports, and the media types of their files.
var exportTypes = map[string]string{
	"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8", "xlsx": spreadsheet.ContentType,
}

// A rowWriter writes a file of rows. A failure to write to the client is errReader.
type rowWriter interface {
	begin(first []any) error // first is the first row; nil if there is none
	line(cells []any) error
	end() error
}

func (f exportFile) writer(format string, w *pacedWriter) rowWriter {
	buffered := bufio.NewWriterSize(w, 32<<10)
	switch format {
	case "json":
		return &jsonRows{columns: f.columns, w: buffered}
	case "xlsx":
		return &xlsxRows{columns: f.columns, name: f.name, w: buffered}
	}
	return &csvRows{columns: f.columns, w: buffered}
}

// export answers "GET …/export?format=csv|json|xlsx" with the whole of a list. It is sent as it is read, so that memory does
// not grow with it. What fails before the first row is answered as any error; what fails later cuts the file off, so that
// it is seen to be incomplete.
func (s *Server) export(w http.ResponseWriter, r *http.Request, f exportFile) error {
	format := r.URL.Query().Get("format")
	contentType, ok := exportTypes[format]
	if !ok {
		return badInput("format must be csv, json or xlsx")
	}
	header := func() {
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", f.name+"."+format))
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-store")
	}
	if r.Method == http.MethodHead { // it needs no list
		header()
		return nil
	}
	connlimit.KeepOpen(r.Context()) // whoever comes here is signed in
	paced := newPacedWriter(w)
	defer paced.finish()
	out := f.writer(format, paced)
	begun := false
	begin := func(first []any) error {
		begun = true
		header()
		return out.begin(first)
	}
	err := f.each(func(cells ...any) error {
		if !begun {
			if err := begin(cells); err != nil {
				return err
			}
		}
		return out.line(cells)
	})
	if err != nil && !begun {
		return err
	}
	if err == nil && !begun {
		err = begin(nil)
	}
	if err == nil {
		err = out.end()
	}
	if err != nil {
		if r.Context().Err() == nil && !errors.Is(err, errReader) {
			s.Log.ErrorContext(r.Context(), "export broken off", "error", err, "request", requestID(r))
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// errReader is that whoever asked for a file does not take it any more.
var errReader = errors.New("the browser has gone")

// csvRows writes CSV with a byte order mark, by which Excel knows that it is UTF-8.
type csvRows struct {
	columns []string
	w       *bufio.Writer
	csv     *csv.Writer
	row     []string
}

func (c *csvRows) begin([]any) error {
	_, _ = c.w.WriteString("\ufeff") // the next write returns the error, too
	c.csv = csv.NewWriter(c.w)
	c.csv.UseCRLF = true
	if c.csv.Write(c.columns) != nil {
		return errReader
	}
	return nil
}

func (c *csvRows) line(cells []any) error {
	c.row = c.row[:0]
	for _, cell := range cells {
		c.row = append(c.row, guardedText(cell))
	}
	if c.csv.Write(c.row) != nil {
		return errReader
	}
	return nil
}

func (c *csvRows) end() error {
	c.csv.Flush()
	if c.w.Flush() != nil {
		return errReader
	}
	return nil
}

// jsonRows writes an array of objects, a line each.
type jsonRows struct {
	columns []string
	w       *bufio.Writer
	lines   int
	object  bytes.Buffer
}

func (j *jsonRows) begin([]any) error {
	_, _ = j.w.WriteString("[") // a failure is told by the next line, or by the end
	return nil
}

func (j *jsonRows) line(cells []any) error {
	j.object.Reset()
	if j.lines++; j.lines > 1 {
		j.object.WriteByte(',')
	}
	for i, cell := range cells {
		value, err := json.Marshal(cell)
		if err != nil {
			return fmt.Errorf("writing %s: %w", j.columns[i], err)
		}
		fmt.Fprintf(&j.object, "%s%q:%s", map[bool]string{true: "\n{", false: ","}[i == 0], j.columns[i], value)
	}
	j.object.WriteByte('}')
	if _, err := j.w.Write(j.object.Bytes()); err != nil {
		return errReader
	}
	return nil
}

func (j *jsonRows) end() error {
	_, _ = j.w.WriteString("\n]\n") // Flush repeats the failure
	if j.w.Flush() != nil {
		return errReader
	}
	return nil
}

// xlsxRows writes a workbook. Its times have no offset, so the header of their columns says the zone.
type xlsxRows struct {
	columns []string
	name    string
	w       *bufio.Writer
	book    *spreadsheet.Writer
	row     []any
}

func (x *xlsxRows) begin(first []any) error {
	header := slices.Clone(x.columns)
	for i, cell := range first {
		if m, ok := cell.(zonedTime); ok {
			header[i] += " (" + m.zone.String() + ")"
		}
	}
	x.book = spreadsheet.NewWriter(x.w, x.name, header)
	return nil
}

func (x *xlsxRows) line(cells []any) error {
	x.row = x.row[:0]
	for _, cell := range cells {
		switch v := cell.(type) {
		case zonedTime:
			if v.time.IsZero() {
				x.row = append(x.row, nil)
			} else {
				x.row = append(x.row, v.time.In(v.zone))
			}
		case int, int64, float64:
			x.row = append(x.row, v)
		default:
			x.row = append(x.row, guardedText(cell))
		}
	}
	if x.book.WriteRow(x.row) != nil {
		return errReader
	}
	return nil
}

func (x *xlsxRows) end() error {
	if x.book.Close() != nil || x.w.Flush() != nil {
		return errReader
	}
	return nil
}

// guardedText is a cell as text that no spreadsheet takes for a formula.
func guardedText(cell any) string { return spreadsheet.GuardFormulas(cellText(cell)) }

// cellText is a cell as CSV has it: nothing for nothing, lists with semicolons between their parts, JSON as it is.
func cellText(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return v
	case *string:
		if v == nil {
			return ""
		}
		return *v
	case []string:
		return strings.Join(v, ";")
	case commaList:
		return strings.Join(v, ";")
	case json.RawMessage:
		return string(v)
	}
	return fmt.Sprint(cell)
}

// commaList is a list that JSON gets as one text with commas, as the bot's own dashboard has always exported winners.
type commaList []string

func (l commaList) MarshalJSON() ([]byte, error) { return json.Marshal(strings.Join(l, ", ")) }

// A zonedTime is a time in the reader's zone, or none.
type zonedTime struct {
	time time.Time // zero for none
	zone *time.Location
}

// exportTime is a cell with a time in the reader's zone.
func exportTime(t *time.Time, zone *time.Location) zonedTime {
	if t == nil {
		return zonedTime{zone: zone}
	}
	return zonedTime{*t, zone}
}

// String returns the time in ISO 8601 with the offset of its zone; "" for none.
func (m zonedTime) String() string {
	if m.time.IsZero() {
		return ""
	}
	return m.time.In(m.zone).Format(time.RFC3339)
}

// MarshalJSON encodes the time as String writes it.
func (m zonedTime) MarshalJSON() ([]byte, error) { return json.Marshal(m.String()) }
