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

// An event is a parsed server-sent event.
type event struct{ id, name, data string }

// readEvent parses one event as the HTML Standard (9.2.6) requires. It rejects anything that this package does not
// write.
func readEvent(r *bufio.Reader) (event, error) {
	var e event
	var data []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		if line == ":" { // a comment, followed by an empty line
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

// normalizeNewlines returns html with line ends as an HTML parser normalizes them.
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
	// Many runs, so that allocations of ending goroutines of other tests do not affect the average.
	if n := testing.AllocsPerRun(10_000, func() { appendEvent(nil, "V2", html) }); n != 1 {
		t.Errorf("got %v allocations, want 1", n)
	}
}

func FuzzAppendEventRoundTrip(f *testing.F) {
	for _, html := range []string{"", "\n", "\r\n\r", "<p>a</p>", "data: x\nid: y\n\nevent: ping", " leading", ":\x00\xff"} {
		f.Add(html)
	}
	f.Fuzz(func(t *testing.T, html string) {
		encoded := string(appendEvent(nil, "V-1_", []byte(html))) + string(pingEvents[Live])
		stream := bufio.NewReader(strings.NewReader(encoded))
		got, err := readEvent(stream)
		if want := (event{id: "V-1_", data: normalizeNewlines(html)}); err != nil || got != want {
			t.Errorf("got %q, error %v; want %q", got, err, want)
		}
		if got, err := readEvent(stream); err != nil || got != (event{name: "ping", data: "live"}) {
			t.Errorf("second event = %q, error %v; want a ping", got, err)
		}
		if _, err := stream.ReadByte(); err != io.EOF {
			t.Errorf("error after the last event = %v, want io.EOF", err)
		}
	})
}

func TestShownVersionIsFirstWord(t *testing.T) {
	for header, want := range map[string]string{"": "", "V2": "V2", "V2 V1": "V2", " V2  V1 ": "V2", "  ": ""} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Last-Event-ID", header)
		if got := shownVersion(r); got != want {
			t.Errorf("shownVersion of %q = %q, want %q", header, got, want)
		}
	}
}

func FuzzShownVersionIsOneWord(f *testing.F) {
	f.Add("V2 V1")
	f.Fuzz(func(t *testing.T, header string) {
		got := shownVersion(&http.Request{Header: http.Header{"Last-Event-Id": {header}}})
		if strings.Contains(got, " ") || !strings.Contains(header, got) {
			t.Errorf("shownVersion of %q = %q, want one word of it", header, got)
		}
		if isValidVersion(header) && got != header {
			t.Errorf("shownVersion of %q = %q, want it unchanged", header, got)
		}
		if isValidVersion(got) && strings.ContainsAny(got, "\r\n\x00 \"") {
			t.Errorf("isValidVersion(%q) = true, want false", got)
		}
	})
}
