package live

import (
	"bytes"
	"slices"
)

// A block is an element that has an id, as a range of a piece of HTML. It can be replaced on its own. All fields but
// subtreeEnd are byte offsets in the HTML.
type block struct {
	start, end               int32 // the element
	contentStart, contentEnd int32 // the content between its tags
	idStart, idEnd           int32 // the value of its id
	nameEnd                  int32 // the end of the tag name, which begins at start+1
	subtreeEnd               int32 // the index of the first block after this one and its descendants
}

// A fragment is HTML and its blocks, in the order of their opening tags. The first block is the whole HTML and has no
// id.
type fragment struct {
	html   []byte
	blocks []block
}

// parseFragment finds the blocks of html. It supports HTML as templ writes it, with all elements closed and all tags
// complete, and returns false for anything else. Blocks that are unchanged since previous, which may be nil, are copied
// instead of being parsed again.
func parseFragment(html []byte, previous *fragment) (*fragment, bool) {
	if previous == nil {
		previous = &fragment{blocks: make([]block, 1)}
	}
	p := fragmentParser{
		html:         html,
		blocks:       make([]block, 1, len(previous.blocks)+16),
		previous:     previous,
		nextReusable: 1,
	}
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
	nextReusable int // index of the block of previous that is likely to come next
}

// An openElement is an element whose end tag has not been reached. Without an id it has no block, and block is 0.
type openElement struct {
	name  []byte
	block int
}

// parseTag parses the tag or comment that begins at pos, where there is a "<". It returns false for HTML that it does
// not support.
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
	return false // templ escapes every other "<"
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

// Elements without an end tag, and elements whose content is not parsed as HTML. The content of template and noscript
// is not part of the document.
var (
	voidElements = []string{
		"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
	}
	rawTextElements = []string{
		"iframe", "noscript", "plaintext", "script", "style", "template", "textarea", "title", "xmp",
	}
)

func (p *fragmentParser) parseStartTag() bool {
	b := block{start: int32(p.pos)}
	for p.pos++; p.pos < len(p.html) && isNameByte(p.html[p.pos]); p.pos++ {
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
	case p.html[p.pos-2] == '/': // self-closing tags exist only in SVG, and templ does not write them
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

// reuseElement copies the blocks of the element that begins with b from previous, if the element is unchanged.
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

// shifted returns b moved by byteOffset bytes, with its subtreeEnd moved by blockOffset blocks.
func (b block) shifted(byteOffset, blockOffset int32) block {
	return block{
		start:        b.start + byteOffset,
		end:          b.end + byteOffset,
		contentStart: b.contentStart + byteOffset,
		contentEnd:   b.contentEnd + byteOffset,
		idStart:      b.idStart + byteOffset,
		idEnd:        b.idEnd + byteOffset,
		nameEnd:      b.nameEnd + byteOffset,
		subtreeEnd:   b.subtreeEnd + blockOffset,
	}
}

// parseAttributes moves pos to the end of the tag and records the id in b.
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
			return false // templ does not write these outside of quoted values
		default:
			p.pos++
		}
	}
	return false
}

func isLetter(c byte) bool   { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isNameByte(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' || c == '-' }

func (f *fragment) outerHTML(i int) []byte { return f.html[f.blocks[i].start:f.blocks[i].end] }
func (f *fragment) openingTag(i int) []byte {
	return f.html[f.blocks[i].start:f.blocks[i].contentStart]
}
func (f *fragment) id(i int) []byte      { return f.html[f.blocks[i].idStart:f.blocks[i].idEnd] }
func (f *fragment) tagName(i int) []byte { return f.html[f.blocks[i].start+1 : f.blocks[i].nameEnd] }

// children returns the top-level blocks within block i, and the HTML before, between and after them: one gap more than
// children.
func (f *fragment) children(i int) (children []int, gaps [][]byte) {
	pos := f.blocks[i].contentStart
	for k := i + 1; k < int(f.blocks[i].subtreeEnd); k = int(f.blocks[k].subtreeEnd) {
		children = append(children, k)
		gaps = append(gaps, f.html[pos:f.blocks[k].start])
		pos = f.blocks[k].end
	}
	return children, append(gaps, f.html[pos:f.blocks[i].contentEnd])
}

// hasID reports whether f has an element with this id.
func (f *fragment) hasID(id []byte) bool { return f.countID(id) > 0 }

func (f *fragment) countID(id []byte) (n int) {
	for i := range f.blocks[1:] {
		if bytes.Equal(f.id(i+1), id) {
			n++
		}
	}
	return n
}
