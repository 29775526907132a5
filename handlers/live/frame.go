package live

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A frame is one rendered version of a view in its encoded form. It is encoded once and shared by all subscribers.
type frame struct {
	Frame
	sequence uint64    // number of the frame in its view, from 0
	fragment *fragment // the parsed Body; nil if it can only be sent in full

	partialBase  string // the version that partialEvent changes
	partialEvent []byte // the partial frame; nil if there is none

	fullOnce  sync.Once
	fullEvent []byte
}

// newFrame returns the frame that follows old, which is nil for the first frame of a view.
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

// full returns the full frame, for a browser that shows any version. It is encoded on first use, because it is rarely
// needed.
func (f *frame) full() []byte {
	f.fullOnce.Do(func() { f.fullEvent = appendEvent(nil, f.Version, slices.Concat(f.Head, f.Body, f.Tail)) })
	return f.fullEvent
}

// eventFor returns the smallest event that brings a browser that shows version up to date.
func (f *frame) eventFor(version string) []byte {
	if f.partialEvent != nil && version == f.partialBase {
		return f.partialEvent
	}
	return f.full()
}

// appendEvent appends a server-sent event to b. Every line of data becomes a field of its own. A line ends at \n, \r\n
// or \r, as in the event stream format (HTML Standard, 9.2.6) and in HTML preprocessing (13.2.3.5).
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

// isValidVersion reports whether s consists of [A-Za-z0-9_-], so that it is safe in an id field, an ETag and an HTML
// attribute, and contains no space.
func isValidVersion(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-')
	}) < 0
}

// shownVersion returns the version that the browser shows, from Last-Event-ID, or "". The id of a partial frame is
// "<version> <base version>"; the first word counts.
func shownVersion(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Last-Event-ID")), " ")
	return first
}
