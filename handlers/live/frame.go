package live

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A frame is an answer of a view as it goes over the wire, made once and shared by all its subscribers.
type frame struct {
	Frame
	sequence uint64    // counts the frames of its view
	fragment *fragment // the body in its blocks; nil if it only travels whole

	partialBase  string // what a browser must show for step to be enough
	partialEvent []byte // the partial frame; nil if there is none

	fullOnce  sync.Once
	fullEvent []byte
}

// newFrame makes the frame that follows old, which is nil for the first.
func newFrame(f Frame, old *frame) *frame {
	next := &frame{Frame: f}
	var previous *fragment
	if old != nil {
		previous = old.fragment
	}
	if parts, ok := parseFragment(f.Body, previous); ok {
		next.fragment = parts
	}
	if old == nil {
		return next
	}
	next.sequence = old.sequence + 1
	if next.fragment != nil && old.fragment != nil {
		if data := encodePartial(old.fragment, next.fragment); data != nil {
			next.partialBase, next.partialEvent = old.Version, appendEvent(nil, f.Version+" "+old.Version, data)
		}
	}
	return next
}

// full is the frame for whoever shows anything. Most often nobody needs it.
func (f *frame) full() []byte {
	f.fullOnce.Do(func() { f.fullEvent = appendEvent(nil, f.Version, slices.Concat(f.Head, f.Body, f.Tail)) })
	return f.fullEvent
}

// eventFor is the frame for a browser that shows version.
func (f *frame) eventFor(version string) []byte {
	if f.partialEvent != nil && version == f.partialBase {
		return f.partialEvent
	}
	return f.full()
}

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

// isValidVersion reports whether s can stand in an id field, an ETag and an attribute, and be one word of a cursor.
func isValidVersion(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-')
	}) < 0
}

// shownVersion is the version that the browser shows, or empty. Of two words the first is meant: the second is what a partial
// frame was made from.
func shownVersion(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Last-Event-ID")), " ")
	return first
}
