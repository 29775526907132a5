package live

import (
	"bytes"
	"slices"
)

// A block is an element with an id, where it stands in a piece of HTML: what can be changed alone. All numbers but end are
// offsets in the HTML.
type block struct {
	start, end               int32 // the element
	contentStart, contentEnd int32 // what is between its tags
	idStart, idEnd           int32 // the value of its id
	nameEnd                  int32 // the end of its name, which begins after from
	subtreeEnd               int32 // the index of the first block that is not within this one
}

// A fragment is HTML and its blocks, in the order of their opening tags. The first stands for all of it, and has no id.
type fragment struct {
	html   []byte
	blocks []block
}

// parseFragment finds the blocks of html. It knows HTML as templ writes it, where every element is closed and every tag is whole;
// of anything else it says that it cannot tell. What stands in html as it does in before, which may be nil, is not looked
// through again.
func parseFragment(html []byte, previous *fragment) (*fragment, bool) {
	if previous == nil {
		previous = &fragment{blocks: make([]block, 1)}
	}
	p := fragmentParser{html: html, blocks: make([]block, 1, len(previous.blocks)+16), previous: previous, nextReusable: 1}
	for {
		next := bytes.IndexByte(html[p.pos:], '<')
		if next < 0 {
			break
		}
		p.pos += next
		if !p.parseTag() {
			return nil, false
		}
	}
	n := int32(len(html))
	p.blocks[0] = block{end: n, contentEnd: n, subtreeEnd: int32(len(p.blocks))}
	return &fragment{html, p.blocks}, len(p.openElements) == 0
}

type fragmentParser struct {
	html         []byte
	pos          int
	blocks       []block
	openElements []openElement

	previous     *fragment
	nextReusable int // the block of before that is likely to come next
}

// An openElement that is not closed yet. Without an id it has no block, and stands for 0.
type openElement struct {
	name  []byte
	block int
}

// parseTag reads what begins with the "<" that it stands on.
func (p *fragmentParser) parseTag() bool {
	remaining := p.html[p.pos:]
	switch {
	case bytes.HasPrefix(remaining, []byte("<!--")):
		end := bytes.Index(remaining, []byte("-->"))
		p.pos += end + len("-->")
		return end >= 0
	case bytes.HasPrefix(remaining, []byte("</")):
		return p.parseEndTag()
	case len(remaining) > 1 && isLetter(remaining[1]):
		return p.parseStartTag()
	}
	return false // templ writes no "<" that is none
}

func (p *fragmentParser) parseEndTag() bool {
	start := p.pos
	length := bytes.IndexByte(p.html[start:], '>')
	if length < 0 || len(p.openElements) == 0 {
		return false
	}
	p.pos += length + 1
	last := p.openElements[len(p.openElements)-1]
	p.openElements = p.openElements[:len(p.openElements)-1]
	if last.block > 0 {
		b := &p.blocks[last.block]
		b.contentEnd, b.end, b.subtreeEnd = int32(start), int32(p.pos), int32(len(p.blocks))
	}
	return bytes.Equal(p.html[start+len("</"):p.pos-1], last.name)
}

// Elements without an end, and elements whose text is not HTML. A template's and a noscript's are not in the page.
var (
	voidElements    = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
	rawTextElements = []string{"iframe", "noscript", "plaintext", "script", "style", "template", "textarea", "title", "xmp"}
)

func (p *fragmentParser) parseStartTag() bool {
	b := block{start: int32(p.pos)}
	for p.pos++; p.pos < len(p.html) && (isLetter(p.html[p.pos]) || '0' <= p.html[p.pos] && p.html[p.pos] <= '9' || p.html[p.pos] == '-'); p.pos++ {
	}
	b.nameEnd = int32(p.pos)
	name := p.html[b.start+1 : b.nameEnd]
	if !p.parseAttributes(&b) {
		return false
	}
	b.contentStart, b.contentEnd, b.end, b.subtreeEnd = int32(p.pos), int32(p.pos), int32(p.pos), int32(len(p.blocks)+1)
	e := openElement{name: name}
	if b.idEnd > b.idStart {
		if p.reuseElement(b) {
			return true
		}
		e.block = len(p.blocks)
		p.blocks = append(p.blocks, b)
	}
	switch {
	case slices.Contains(voidElements, string(name)):
		return true
	case p.html[p.pos-2] == '/': // only SVG closes like that, and templ does not
		return false
	}
	p.openElements = append(p.openElements, e)
	if !slices.Contains(rawTextElements, string(name)) {
		return true
	}
	end := bytes.Index(p.html[p.pos:], append([]byte("</"), name...))
	p.pos += max(end, 0)
	return end >= 0
}

// reuseElement takes the whole element that begins with b over from before, if it stands there too.
func (p *fragmentParser) reuseElement(b block) bool {
	previous := p.previous
	for i := p.nextReusable; i < len(previous.blocks); i++ {
		if !bytes.Equal(previous.id(i), p.html[b.idStart:b.idEnd]) {
			continue
		}
		p.nextReusable = i + 1
		if !bytes.HasPrefix(p.html[b.start:], previous.outerHTML(i)) {
			return false
		}
		byteOffset, blockOffset := b.start-previous.blocks[i].start, int32(len(p.blocks)-i)
		p.nextReusable = int(previous.blocks[i].subtreeEnd)
		for _, reused := range previous.blocks[i:p.nextReusable] {
			p.blocks = append(p.blocks, reused.shifted(byteOffset, blockOffset))
		}
		p.pos = int(b.start) + len(previous.outerHTML(i))
		return true
	}
	return false
}

// shifted is the same block by so many bytes further on, behind so many blocks more.
func (b block) shifted(byteOffset, blockOffset int32) block {
	return block{
		start: b.start + byteOffset, end: b.end + byteOffset, contentStart: b.contentStart + byteOffset, contentEnd: b.contentEnd + byteOffset,
		idStart: b.idStart + byteOffset, idEnd: b.idEnd + byteOffset, nameEnd: b.nameEnd + byteOffset, subtreeEnd: b.subtreeEnd + blockOffset,
	}
}

// parseAttributes reads on to the end of the tag, and remembers the id.
func (p *fragmentParser) parseAttributes(b *block) bool {
	for p.pos < len(p.html) {
		switch c := p.html[p.pos]; c {
		case '>':
			p.pos++
			return true
		case '"':
			length := bytes.IndexByte(p.html[p.pos+1:], c)
			if length < 0 {
				return false
			}
			if bytes.HasSuffix(p.html[b.nameEnd:p.pos], []byte(" id=")) {
				b.idStart, b.idEnd = int32(p.pos+1), int32(p.pos+1+length)
			}
			p.pos += length + 2
		case '\'', '<':
			return false // nor do these stand bare in a tag of templ's
		default:
			p.pos++
		}
	}
	return false
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func (f *fragment) outerHTML(i int) []byte { return f.html[f.blocks[i].start:f.blocks[i].end] }
func (f *fragment) openingTag(i int) []byte {
	return f.html[f.blocks[i].start:f.blocks[i].contentStart]
}
func (f *fragment) id(i int) []byte      { return f.html[f.blocks[i].idStart:f.blocks[i].idEnd] }
func (f *fragment) tagName(i int) []byte { return f.html[f.blocks[i].start+1 : f.blocks[i].nameEnd] }

// children are the blocks that block i consists of, and what stands before, between and after them: one more.
func (f *fragment) children(i int) (children []int, gaps [][]byte) {
	pos := f.blocks[i].contentStart
	for k := i + 1; k < int(f.blocks[i].subtreeEnd); k = int(f.blocks[k].subtreeEnd) {
		children = append(children, k)
		gaps = append(gaps, f.html[pos:f.blocks[k].start])
		pos = f.blocks[k].end
	}
	return children, append(gaps, f.html[pos:f.blocks[i].contentEnd])
}

// hasID reports whether there is an element with this id.
func (f *fragment) hasID(id []byte) bool { return f.countID(id) > 0 }

func (f *fragment) countID(id []byte) (n int) {
	for i := range f.blocks[1:] {
		if bytes.Equal(f.id(i+1), id) {
			n++
		}
	}
	return n
}
