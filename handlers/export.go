package handlers

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// exportFile is a list as a file: CSV (RFC 4180) or a JSON array of objects, with the same columns in the same order.
type exportFile struct {
	name    string // of the file, without what comes behind the dot
	columns []string
	each    func(line func(cells ...any) error) error // calls line for each row, in order
}

// export answers "GET …/export?format=csv|json" with the whole of a list. It is sent as it is read, so that memory does
// not grow with it. What fails before the first row is answered as any error; what fails later cuts the file off, so that
// it is seen to be incomplete.
func (s *Server) export(w http.ResponseWriter, r *http.Request, f exportFile) error {
	format := r.URL.Query().Get("format")
	if format != "csv" && format != "json" {
		return badInput("format must be csv or json")
	}
	out := &exportWriter{columns: f.columns, w: bufio.NewWriterSize(w, 32<<10), isCSV: format == "csv"}
	begin := func() {
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", f.name+"."+format))
		w.Header().Set("Content-Type", map[bool]string{true: "text/csv", false: "application/json"}[out.isCSV]+"; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		out.begin()
	}
	err := f.each(func(cells ...any) error {
		if out.lines == 0 {
			begin()
		}
		return out.line(cells)
	})
	switch {
	case err != nil && out.lines == 0:
		return err
	case err != nil:
		if r.Context().Err() == nil && !errors.Is(err, errReader) {
			s.Log.ErrorContext(r.Context(), "export broken off", "error", err, "request", requestID(r))
		}
		panic(http.ErrAbortHandler)
	case out.lines == 0:
		begin()
	}
	if out.end() != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// errReader is that whoever asked for a file does not take it any more.
var errReader = errors.New("the browser has gone")

// exportWriter writes rows.
type exportWriter struct {
	columns []string
	w       *bufio.Writer
	csv     *csv.Writer
	isCSV   bool
	lines   int
	row     []string
	object  bytes.Buffer
}

func (e *exportWriter) begin() {
	if e.isCSV {
		e.csv = csv.NewWriter(e.w)
		e.csv.UseCRLF = true
		_ = e.csv.Write(e.columns) // a failure is told by the next line, or by the end
		return
	}
	_, _ = e.w.WriteString("[")
}

func (e *exportWriter) line(cells []any) error {
	e.lines++
	if e.isCSV {
		e.row = e.row[:0]
		for _, cell := range cells {
			e.row = append(e.row, harmless(cellText(cell)))
		}
		if e.csv.Write(e.row) != nil {
			return errReader
		}
		return nil
	}
	e.object.Reset()
	if e.lines > 1 {
		e.object.WriteByte(',')
	}
	for i, cell := range cells {
		value, err := json.Marshal(cell)
		if err != nil {
			return fmt.Errorf("writing %s: %w", e.columns[i], err)
		}
		fmt.Fprintf(&e.object, "%s%q:%s", map[bool]string{true: "\n{", false: ","}[i == 0], e.columns[i], value)
	}
	e.object.WriteByte('}')
	if _, err := e.w.Write(e.object.Bytes()); err != nil {
		return errReader
	}
	return nil
}

func (e *exportWriter) end() error {
	if e.isCSV {
		e.csv.Flush()
	} else {
		_, _ = e.w.WriteString("\n]\n") // Flush repeats the failure
	}
	return e.w.Flush()
}

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

// harmless keeps a spreadsheet from taking a stranger's text for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// exportTime is a moment in ISO 8601 with the offset of the zone; "" for none.
func exportTime(t *time.Time, zone *time.Location) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.RFC3339)
}
