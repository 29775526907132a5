package live

import (
	"bytes"
	"slices"
)

// A block is an element with an id, where it stands in a piece of HTML: what can be changed alone. All numbers but end are
// offsets in the HTML.
type block struct {
	from, to     int32 // the element
	inner, close int32 // what is between its tags
	idFrom, idTo int32 // the value of its id
	nameTo       int32 // the end of its name, which begins after from
	end          int32 // the index of the first block that is not within this one
}

// A piece is HTML and its blocks, in the order of their opening tags. The first stands for all of it, and has no id.
type piece struct {
	html   []byte
	blocks []block
}

// split finds the blocks of html. It knows HTML as templ writes it, where every element is closed and every tag is whole;
// of anything else it says that it cannot tell. What stands in html as it does in before, which may be nil, is not looked
// through again.
func split(html []byte, before *piece) (*piece, bool) {
	if before == nil {
		before = &piece{blocks: make([]block, 1)}
	}
	s := splitter{html: html, blocks: make([]block, 1, len(before.blocks)+16), before: before, next: 1}
	for {
		next := bytes.IndexByte(html[s.at:], '<')
		if next < 0 {
			break
		}
		s.at += next
		if !s.tag() {
			return nil, false
		}
	}
	n := int32(len(html))
	s.blocks[0] = block{to: n, close: n, end: int32(len(s.blocks))}
	return &piece{html, s.blocks}, len(s.open) == 0
}

type splitter struct {
	html   []byte
	at     int
	blocks []block
	open   []element

	before *piece
	next   int // the block of before that is likely to come next
}

// An element that is not closed yet. Without an id it has no block, and stands for 0.
type element struct {
	name  []byte
	block int
}

// tag reads what begins with the "<" that it stands on.
func (s *splitter) tag() bool {
	rest := s.html[s.at:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		end := bytes.Index(rest, []byte("-->"))
		s.at += end + len("-->")
		return end >= 0
	case bytes.HasPrefix(rest, []byte("</")):
		return s.endTag()
	case len(rest) > 1 && isLetter(rest[1]):
		return s.startTag()
	}
	return false // templ writes no "<" that is none
}

func (s *splitter) endTag() bool {
	from := s.at
	length := bytes.IndexByte(s.html[from:], '>')
	if length < 0 || len(s.open) == 0 {
		return false
	}
	s.at += length + 1
	last := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	if last.block > 0 {
		b := &s.blocks[last.block]
		b.close, b.to, b.end = int32(from), int32(s.at), int32(len(s.blocks))
	}
	return bytes.Equal(s.html[from+len("</"):s.at-1], last.name)
}

// Elements without an end, and elements whose text is not HTML. A template's and a noscript's are not in the page.
var (
	voids = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
	texts = []string{"iframe", "noscript", "plaintext", "script", "style", "template", "textarea", "title", "xmp"}
)

func (s *splitter) startTag() bool {
	b := block{from: int32(s.at)}
	for s.at++; s.at < len(s.html) && (isLetter(s.html[s.at]) || '0' <= s.html[s.at] && s.html[s.at] <= '9' || s.html[s.at] == '-'); s.at++ {
	}
	b.nameTo = int32(s.at)
	name := s.html[b.from+1 : b.nameTo]
	if !s.attributes(&b) {
		return false
	}
	b.inner, b.close, b.to, b.end = int32(s.at), int32(s.at), int32(s.at), int32(len(s.blocks)+1)
	e := element{name: name}
	if b.idTo > b.idFrom {
		if s.again(b) {
			return true
		}
		e.block = len(s.blocks)
		s.blocks = append(s.blocks, b)
	}
	switch {
	case slices.Contains(voids, string(name)):
		return true
	case s.html[s.at-2] == '/': // only SVG closes like that, and templ does not
		return false
	}
	s.open = append(s.open, e)
	if !slices.Contains(texts, string(name)) {
		return true
	}
	end := bytes.Index(s.html[s.at:], append([]byte("</"), name...))
	s.at += max(end, 0)
	return end >= 0
}

// again takes the whole element that begins with b over from before, if it stands there too.
func (s *splitter) again(b block) bool {
	was := s.before
	for i := s.next; i < len(was.blocks); i++ {
		if !bytes.Equal(was.id(i), s.html[b.idFrom:b.idTo]) {
			continue
		}
		s.next = i + 1
		if !bytes.HasPrefix(s.html[b.from:], was.outer(i)) {
			return false
		}
		by, more := b.from-was.blocks[i].from, int32(len(s.blocks)-i)
		s.next = int(was.blocks[i].end)
		for _, same := range was.blocks[i:s.next] {
			s.blocks = append(s.blocks, same.moved(by, more))
		}
		s.at = int(b.from) + len(was.outer(i))
		return true
	}
	return false
}

// moved is the same block by so many bytes further on, behind so many blocks more.
func (b block) moved(bytes, blocks int32) block {
	return block{
		from: b.from + bytes, to: b.to + bytes, inner: b.inner + bytes, close: b.close + bytes,
		idFrom: b.idFrom + bytes, idTo: b.idTo + bytes, nameTo: b.nameTo + bytes, end: b.end + blocks,
	}
}

// attributes reads on to the end of the tag, and remembers the id.
func (s *splitter) attributes(b *block) bool {
	for s.at < len(s.html) {
		switch c := s.html[s.at]; c {
		case '>':
			s.at++
			return true
		case '"':
			length := bytes.IndexByte(s.html[s.at+1:], c)
			if length < 0 {
				return false
			}
			if bytes.HasSuffix(s.html[b.nameTo:s.at], []byte(" id=")) {
				b.idFrom, b.idTo = int32(s.at+1), int32(s.at+1+length)
			}
			s.at += length + 2
		case '\'', '<':
			return false // nor do these stand bare in a tag of templ's
		default:
			s.at++
		}
	}
	return false
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func (p *piece) outer(i int) []byte   { return p.html[p.blocks[i].from:p.blocks[i].to] }
func (p *piece) opening(i int) []byte { return p.html[p.blocks[i].from:p.blocks[i].inner] }
func (p *piece) id(i int) []byte      { return p.html[p.blocks[i].idFrom:p.blocks[i].idTo] }
func (p *piece) name(i int) []byte    { return p.html[p.blocks[i].from+1 : p.blocks[i].nameTo] }

// children are the blocks that block i consists of, and what stands before, between and after them: one more.
func (p *piece) children(i int) (kids []int, between [][]byte) {
	at := p.blocks[i].inner
	for k := i + 1; k < int(p.blocks[i].end); k = int(p.blocks[k].end) {
		kids = append(kids, k)
		between = append(between, p.html[at:p.blocks[k].from])
		at = p.blocks[k].to
	}
	return kids, append(between, p.html[at:p.blocks[i].close])
}

// has reports whether there is an element with this id.
func (p *piece) has(id []byte) bool { return p.count(id) > 0 }

func (p *piece) count(id []byte) (n int) {
	for i := range p.blocks[1:] {
		if bytes.Equal(p.id(i+1), id) {
			n++
		}
	}
	return n
}
