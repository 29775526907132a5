package live

import (
	"bytes"
	"net/http"
	"strings"
)

// A frame is an answer of a view as it goes over the wire, made once and shared by all its subscribers.
type frame struct {
	version  string
	number   uint64 // counts the frames of its view
	bytes    []byte
	replaced chan struct{} // closed when there is a newer one
}

// newFrame makes the frame that follows old, which is nil for the first.
func newFrame(f Frame, old *frame) *frame {
	made := &frame{
		version:  f.Version,
		bytes:    appendEvent(nil, f.Version, f.HTML),
		replaced: make(chan struct{}),
	}
	if old != nil {
		made.number = old.number + 1
	}
	return made
}

// ping is a sign of life. It is an event and not a comment, so that the page can hear that it stays away.
var ping = []byte("event: ping\ndata:\n\n")

// appendEvent appends a server-sent event. Every line of data gets its own field, and a line ends at \n, \r\n or \r, as
// it does for whoever reads the stream (HTML Standard, 9.2.6) and for whoever parses the HTML in it (13.2.3.5).
func appendEvent(b []byte, id string, data []byte) []byte {
	const field = "data: "
	if b == nil {
		b = make([]byte, 0, len("id: \n\n")+len(id)+len(data)+(bytes.Count(data, []byte{'\n'})+1)*len(field+"\n"))
	}
	if id != "" {
		b = append(append(append(b, "id: "...), id...), '\n')
	}
	for {
		end := bytes.IndexAny(data, "\r\n")
		if end < 0 {
			b = append(append(b, field...), data...)
			return append(b, "\n\n"...)
		}
		b = append(append(append(b, field...), data[:end]...), '\n')
		if bytes.HasPrefix(data[end:], []byte("\r\n")) {
			end++
		}
		data = data[end+1:]
	}
}

// validVersion reports whether s can stand in an id field, an ETag and an attribute, and be one word of a cursor.
func validVersion(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-')
	}) < 0
}

// cursor is the version that the browser shows, or empty. Of two words the first is meant: the second is what a partial
// frame was made from.
func cursor(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Last-Event-ID")), " ")
	return first
}
