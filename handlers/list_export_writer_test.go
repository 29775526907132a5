package handlers

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestExportHeadRequestReadsNoRows(t *testing.T) {
	for _, format := range []string{"csv", "json", "xlsx"} {
		reads := 0
		file := exportFile{name: "list", columns: []string{"id"}, eachRow: func(writeRow func(cells ...any) error) error {
			reads++
			return writeRow("1")
		}}
		answer := func(method string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			if err := new(Server).export(w, httptest.NewRequest(method, "/export?format="+format, nil), file); err != nil {
				t.Errorf("%s of %s: export() error = %v", method, format, err)
			}
			return w
		}
		head := answer(http.MethodHead)
		if reads != 0 || head.Body.Len() != 0 {
			t.Errorf("HEAD of %s: list read %d times, %d bytes, want neither", format, reads, head.Body.Len())
		}
		get := answer(http.MethodGet)
		if reads != 1 || get.Body.Len() == 0 {
			t.Errorf("GET of %s: list read %d times, %d bytes, want once and some", format, reads, get.Body.Len())
		}
		for _, name := range []string{"Content-Type", "Content-Disposition", "Cache-Control"} {
			if got, want := head.Header().Get(name), get.Header().Get(name); got != want || got == "" {
				t.Errorf("HEAD of %s: %s = %q, want %q", format, name, got, want)
			}
		}
	}
}

// closedPipe is a client that has disconnected.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestExportStopsIfCSVHeaderFails(t *testing.T) {
	rows := &csvRowWriter{columns: []string{strings.Repeat("x", 10_000)}, w: bufio.NewWriterSize(closedPipe{}, 16)}
	if err := rows.writeHeader(nil); !errors.Is(err, errClientGone) {
		t.Errorf("writeHeader() = %v, want %v", err, errClientGone)
	}
}
