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

// exportFile is a list to export as CSV (RFC 4180), as a JSON array of objects, or as an XLSX workbook. The columns and
// their order are the same in all formats.
type exportFile struct {
	name    string // file name without extension
	columns []string
	eachRow func(writeRow func(cells ...any) error) error // calls writeRow for each row, in order
}

// exportColumn is a column of an export of rows of type T: its name and its cell in a row.
type exportColumn[T any] struct {
	name string
	cell func(*T) any
}

// newExportFile returns the file with a row for each row that each passes to its argument.
func newExportFile[T any](name string, columns []exportColumn[T], each func(fn func(T) error) error) exportFile {
	f := exportFile{name: name, columns: make([]string, len(columns))}
	for i, c := range columns {
		f.columns[i] = c.name
	}
	f.eachRow = func(writeRow func(cells ...any) error) error {
		cells := make([]any, len(columns))
		return each(func(row T) error {
			for i, c := range columns {
				cells[i] = c.cell(&row)
			}
			return writeRow(cells...)
		})
	}
	return f
}

// exportContentTypes maps the export formats to their media types.
var exportContentTypes = map[string]string{
	"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8", "xlsx": spreadsheet.ContentType,
}

// rowWriter writes a file of rows. It returns errClientGone if writing to the client fails.
type rowWriter interface {
	writeHeader(first []any) error // first is the first row; nil if there is none
	writeRow(cells []any) error
	close() error
}

func (f exportFile) newWriter(format string, w *deadlineWriter) rowWriter {
	buffered := bufio.NewWriterSize(w, 32<<10)
	switch format {
	case "json":
		return &jsonRowWriter{columns: f.columns, w: buffered}
	case "xlsx":
		return &xlsxRowWriter{columns: f.columns, name: f.name, w: buffered}
	}
	return &csvRowWriter{columns: f.columns, w: buffered}
}

// export answers "GET …/export?format=csv|json|xlsx" with a whole list. Rows are sent as they are read, so memory does
// not grow with the list. An error before the first row is answered like any other; a later one aborts the connection,
// so that the client sees that the file is incomplete.
func (s *Server) export(w http.ResponseWriter, r *http.Request, f exportFile) error {
	format := r.URL.Query().Get("format")
	contentType, ok := exportContentTypes[format]
	if !ok {
		return badInput("format must be csv, json or xlsx")
	}
	header := func() {
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", f.name+"."+format))
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-store")
	}
	if r.Method == http.MethodHead { // needs no rows
		header()
		return nil
	}
	connlimit.KeepOpen(r.Context()) // the user is signed in
	dw := newDeadlineWriter(w)
	defer dw.finish()
	out := f.newWriter(format, dw)
	started := false
	start := func(first []any) error {
		started = true
		header()
		return out.writeHeader(first)
	}
	err := f.eachRow(func(cells ...any) error {
		if !started {
			if err := start(cells); err != nil {
				return err
			}
		}
		return out.writeRow(cells)
	})
	if err != nil && !started {
		return err
	}
	if err == nil && !started {
		err = start(nil)
	}
	if err == nil {
		err = out.close()
	}
	if err != nil {
		if r.Context().Err() == nil && !errors.Is(err, errClientGone) {
			s.Log.ErrorContext(r.Context(), "export aborted", "err", err, "request", requestID(r))
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// errClientGone means that the client no longer reads the file.
var errClientGone = errors.New("client disconnected")

// csvRowWriter writes CSV with a byte order mark, which makes Excel read it as UTF-8.
type csvRowWriter struct {
	columns []string
	w       *bufio.Writer
	csv     *csv.Writer
	row     []string
}

func (c *csvRowWriter) writeHeader([]any) error {
	_, _ = c.w.WriteString("\ufeff") // an error is returned by the next write too
	c.csv = csv.NewWriter(c.w)
	c.csv.UseCRLF = true
	if c.csv.Write(c.columns) != nil {
		return errClientGone
	}
	return nil
}

func (c *csvRowWriter) writeRow(cells []any) error {
	c.row = c.row[:0]
	for _, cell := range cells {
		c.row = append(c.row, formulaSafeText(cell))
	}
	if c.csv.Write(c.row) != nil {
		return errClientGone
	}
	return nil
}

func (c *csvRowWriter) close() error {
	c.csv.Flush()
	if c.w.Flush() != nil {
		return errClientGone
	}
	return nil
}

// jsonRowWriter writes an array of objects, one per line.
type jsonRowWriter struct {
	columns []string
	w       *bufio.Writer
	rows    int
	object  bytes.Buffer
}

func (j *jsonRowWriter) writeHeader([]any) error {
	_, _ = j.w.WriteString("[") // an error is returned by a later write or by Flush
	return nil
}

func (j *jsonRowWriter) writeRow(cells []any) error {
	j.object.Reset()
	if j.rows++; j.rows > 1 {
		j.object.WriteByte(',')
	}
	for i, cell := range cells {
		value, err := json.Marshal(cell)
		if err != nil {
			return fmt.Errorf("encode column %s: %w", j.columns[i], err)
		}
		fmt.Fprintf(&j.object, "%s%q:%s", map[bool]string{true: "\n{", false: ","}[i == 0], j.columns[i], value)
	}
	j.object.WriteByte('}')
	if _, err := j.w.Write(j.object.Bytes()); err != nil {
		return errClientGone
	}
	return nil
}

func (j *jsonRowWriter) close() error {
	_, _ = j.w.WriteString("\n]\n") // an error is returned by Flush
	if j.w.Flush() != nil {
		return errClientGone
	}
	return nil
}

// xlsxRowWriter writes a workbook. Its times have no offset, so the headers of their columns contain the time zone.
type xlsxRowWriter struct {
	columns  []string
	name     string
	w        *bufio.Writer
	workbook *spreadsheet.Writer
	row      []any
}

func (x *xlsxRowWriter) writeHeader(first []any) error {
	header := slices.Clone(x.columns)
	for i, cell := range first {
		if m, ok := cell.(zonedTime); ok {
			header[i] += " (" + m.zone.String() + ")"
		}
	}
	x.workbook = spreadsheet.NewWriter(x.w, x.name, header)
	return nil
}

func (x *xlsxRowWriter) writeRow(cells []any) error {
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
			x.row = append(x.row, formulaSafeText(cell))
		}
	}
	if x.workbook.WriteRow(x.row) != nil {
		return errClientGone
	}
	return nil
}

func (x *xlsxRowWriter) close() error {
	if x.workbook.Close() != nil || x.w.Flush() != nil {
		return errClientGone
	}
	return nil
}

// formulaSafeText returns a cell as text that spreadsheet programs do not evaluate as a formula.
func formulaSafeText(cell any) string { return spreadsheet.GuardFormulas(cellText(cell)) }

// cellText returns a cell as text: "" for nil, lists separated by semicolons, JSON unchanged.
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

// commaList is a list that is one comma-separated string in JSON, like the winners in exports of the bot's own
// dashboard.
type commaList []string

func (l commaList) MarshalJSON() ([]byte, error) { return json.Marshal(strings.Join(l, ", ")) }

// zonedTime is an optional time in the viewer's time zone.
type zonedTime struct {
	time time.Time // zero for none
	zone *time.Location
}

// exportTime returns the cell of an optional time in the viewer's time zone.
func exportTime(t *time.Time, zone *time.Location) zonedTime {
	if t == nil {
		return zonedTime{zone: zone}
	}
	return zonedTime{*t, zone}
}

// String returns the time in ISO 8601 with the offset of its zone; "" for none.
func (t zonedTime) String() string {
	if t.time.IsZero() {
		return ""
	}
	return t.time.In(t.zone).Format(time.RFC3339)
}

// MarshalJSON encodes the result of String.
func (t zonedTime) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }
