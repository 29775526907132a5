package live

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// An event is a server-sent event as a browser reads it.
type event struct{ id, name, data string }

// readEvent reads one event as the HTML Standard (9.2.6) has it, and is strict about what this package writes.
func readEvent(r *bufio.Reader) (event, error) {
	var e event
	var data []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		if line == ":" { // a comment, and the empty line behind it
			if _, err := r.ReadString('\n'); err != nil {
				return e, err
			}
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			e.data = strings.Join(data, "\n")
			return e, nil
		case strings.Contains(line, "\r"):
			return e, fmt.Errorf("line with a carriage return: %q", line)
		case field == "id":
			e.id = value
		case field == "event":
			e.name = value
		case field == "data":
			data = append(data, value)
		default:
			return e, fmt.Errorf("unknown field: %q", line)
		}
	}
}

// normalizeNewlines is html with its line ends as a parser of HTML sees them.
func normalizeNewlines(html string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(html)
}

func TestAppendEventSplitsLinesIntoDataFields(t *testing.T) {
	got := string(appendEvent(nil, "V2", []byte("<ul>\n<li>a</li>\r\n</ul>\r")))
	want := "id: V2\ndata: <ul>\ndata: <li>a</li>\ndata: </ul>\ndata: \n\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAppendEventAllocatesOnce(t *testing.T) {
	html := []byte(strings.Repeat("<tr><td>a row</td></tr>\n", 50))
	// So often that what goroutines of other tests allocate, which are about to end, counts for nothing.
	if n := testing.AllocsPerRun(10_000, func() { appendEvent(nil, "V2", html) }); n != 1 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzAppendEventRoundTrip(f *testing.F) {
	for _, html := range []string{"", "\n", "\r\n\r", "<p>a</p>", "data: x\nid: y\n\nevent: ping", " leading", ":\x00\xff"} {
		f.Add(html)
	}
	f.Fuzz(func(t *testing.T, html string) {
		stream := bufio.NewReader(strings.NewReader(string(appendEvent(nil, "V-1_", []byte(html))) + string(pingEvents[Live])))
		got, err := readEvent(stream)
		if want := (event{id: "V-1_", data: normalizeNewlines(html)}); err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
		if got, err := readEvent(stream); err != nil || got != (event{name: "ping", data: "live"}) {
			t.Errorf("after it: %q, %v; want a ping", got, err)
		}
		if _, err := stream.ReadByte(); err != io.EOF {
			t.Errorf("something is left over")
		}
	})
}

func TestShownVersionIsFirstWord(t *testing.T) {
	for header, want := range map[string]string{"": "", "V2": "V2", "V2 V1": "V2", " V2  V1 ": "V2", "  ": ""} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Last-Event-ID", header)
		if got := shownVersion(r); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
}

func FuzzShownVersionIsOneWord(f *testing.F) {
	f.Add("V2 V1")
	f.Fuzz(func(t *testing.T, header string) {
		got := shownVersion(&http.Request{Header: http.Header{"Last-Event-Id": {header}}})
		if strings.Contains(got, " ") || !strings.Contains(header, got) {
			t.Errorf("%q of %q", got, header)
		}
		if isValidVersion(header) && got != header {
			t.Errorf("%q of the version %q", got, header)
		}
		if isValidVersion(got) && strings.ContainsAny(got, "\r\n\x00 \"") {
			t.Errorf("%q is held for a version", got)
		}
	})
}
