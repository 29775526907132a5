package live

import (
	"bytes"
	"slices"
)

// A partial frame changes a page from one version to the next. htmx first finds all targets, then applies all patches,
// so patches may only target elements of the old version. For an element with data-attributes-only, live.js updates
// the attributes and keeps the content.

// A patch is a change to one element.
type patch struct {
	id   []byte
	swap string // an hx-swap value
	html []byte
}

const (
	swapMorph  = "outerMorph" // the default in our pages, so it is not sent
	swapBefore = "beforebegin"
	swapAfter  = "afterend"
	swapAppend = "beforeend"
	swapDelete = "delete"
)

// maxPartialRatio is the maximum size of a partial frame relative to the full HTML.
const maxPartialRatio = 0.7

// encodePartial returns the data of the partial frame that changes old into fresh. It returns nil if a full frame is
// needed or hardly larger.
func encodePartial(old, fresh *fragment) []byte {
	d := differ{old: old, fresh: fresh}
	if !d.diffBlock(0, 0) || !d.hasUniqueTargets() {
		return nil
	}
	slices.SortStableFunc(d.patches, func(a, b patch) int { return applyOrder(a) - applyOrder(b) })
	var data []byte
	for _, p := range d.patches {
		if data != nil {
			data = append(data, '\n')
		}
		data = appendPatch(data, p)
	}
	if float64(len(data)) > maxPartialRatio*float64(len(fresh.html)) {
		return nil
	}
	return data
}

// applyOrder sorts deletions last: insertions may be positioned relative to a deleted element.
func applyOrder(p patch) int {
	if p.swap == swapDelete {
		return 1
	}
	return 0
}

func appendPatch(b []byte, p patch) []byte {
	b = append(append(append(b, `<hx-partial id="`...), p.id...), '"')
	if p.swap != swapMorph {
		b = append(append(append(b, ` hx-swap="`...), p.swap...), '"')
	}
	b = append(b, '>')
	return append(append(b, p.html...), "</hx-partial>"...)
}

// size returns the encoded size in bytes.
func (p patch) size() int {
	n := len(`data: <hx-partial id=""></hx-partial>`) + len(p.id) + len(p.html)
	if p.swap != swapMorph {
		n += len(` hx-swap=""`) + len(p.swap)
	}
	return n
}

// A differ collects the patches that change old into fresh.
type differ struct {
	old, fresh *fragment
	patches    []patch
}

// diffBlock adds the patches that change block a of old into block b of fresh, which has the same id. False means that
// the enclosing element must be replaced.
func (d *differ) diffBlock(a, b int) bool {
	if bytes.Equal(d.old.outerHTML(a), d.fresh.outerHTML(b)) {
		return true
	}
	if a > 0 && !bytes.Equal(d.old.tagName(a), d.fresh.tagName(b)) {
		return false
	}
	first, size := len(d.patches), 0
	if d.diffTag(a, b) && d.diffChildren(a, b) {
		for _, p := range d.patches[first:] {
			size += p.size()
		}
	}
	whole := patch{d.fresh.id(b), swapMorph, d.replacementHTML(a, b)}
	if a == 0 || 0 < size && size < whole.size() {
		return size > 0
	}
	d.patches = append(d.patches[:first], whole)
	return true
}

// replacementHTML returns the HTML of block b to send as a replacement of a, without content that htmx would leave
// unchanged (hx-morph-skip-children).
func (d *differ) replacementHTML(a, b int) []byte {
	const skipChildren = " hx-morph-skip-children"
	if !bytes.Contains(d.old.openingTag(a), []byte(skipChildren)) ||
		!bytes.Contains(d.fresh.openingTag(b), []byte(skipChildren)) {
		return d.fresh.outerHTML(b)
	}
	return slices.Concat(d.fresh.openingTag(b), []byte("</"), d.fresh.tagName(b), []byte(">"))
}

// diffTag adds a patch that changes the opening tag of a into that of b, if they differ. Tags with hx- attributes
// cannot be patched, because htmx must process the removal and insertion of their elements.
func (d *differ) diffTag(a, b int) bool {
	oldTag, freshTag := d.old.openingTag(a), d.fresh.openingTag(b)
	if bytes.Equal(oldTag, freshTag) {
		return true
	}
	if bytes.Contains(oldTag, []byte(" hx-")) || bytes.Contains(freshTag, []byte(" hx-")) {
		return false
	}
	shell := slices.Concat(freshTag[:len(freshTag)-1], []byte(" data-attributes-only></"), d.fresh.tagName(b), []byte(">"))
	d.patches = append(d.patches, patch{d.fresh.id(b), swapMorph, shell})
	return true
}

// diffChildren adds the patches that change the content of a into that of b, block by block. It returns false if
// anything outside of the blocks has changed.
func (d *differ) diffChildren(a, b int) bool {
	if d.childrenMatch(a, b) { // the most frequent case
		return d.forEachChildPair(a, b, d.diffBlock)
	}
	oldChildren, oldGaps := d.old.children(a)
	freshChildren, freshGaps := d.fresh.children(b)
	stays := func(p *fragment, children []int) map[string]int {
		at := map[string]int{}
		for _, k := range children {
			at[string(p.id(k))] = k
		}
		return at
	}
	oldByID, freshByID := stays(d.old, oldChildren), stays(d.fresh, freshChildren)
	if len(oldByID) != len(oldChildren) || len(freshByID) != len(freshChildren) { // duplicate ids
		return false
	}
	if !bytes.Equal(d.old.skeleton(oldChildren, oldGaps, freshByID), d.fresh.skeleton(freshChildren, freshGaps, oldByID)) {
		return false
	}
	if !d.insertChildren(a, freshChildren, freshGaps, oldByID) {
		return false
	}
	for _, k := range oldChildren {
		id := d.old.id(k)
		if to, stays := freshByID[string(id)]; !stays {
			d.patches = append(d.patches, patch{id, swapDelete, nil})
		} else if !d.diffBlock(k, to) {
			return false
		}
	}
	return true
}

// childrenMatch reports whether a and b have children with the same ids in the same order, and the same HTML around
// them.
func (d *differ) childrenMatch(a, b int) bool {
	oldPos, freshPos := d.old.blocks[a].contentStart, d.fresh.blocks[b].contentStart
	return d.forEachChildPair(a, b, func(k, l int) bool {
		oldGap, freshGap := d.old.html[oldPos:d.old.blocks[k].start], d.fresh.html[freshPos:d.fresh.blocks[l].start]
		oldPos, freshPos = d.old.blocks[k].end, d.fresh.blocks[l].end
		return bytes.Equal(oldGap, freshGap) && bytes.Equal(d.old.id(k), d.fresh.id(l))
	}) && bytes.Equal(d.old.html[oldPos:d.old.blocks[a].contentEnd], d.fresh.html[freshPos:d.fresh.blocks[b].contentEnd])
}

// forEachChildPair calls do with the first children of a and b, then with the second ones, and so on, until do returns
// false or one of them has no more. It returns true if all calls did and the numbers of children are equal.
func (d *differ) forEachChildPair(a, b int, do func(a, b int) bool) bool {
	oldBlocks, freshBlocks := d.old.blocks, d.fresh.blocks
	k, l := a+1, b+1
	for k < int(oldBlocks[a].subtreeEnd) && l < int(freshBlocks[b].subtreeEnd) {
		if !do(k, l) {
			return false
		}
		k, l = int(oldBlocks[k].subtreeEnd), int(freshBlocks[l].subtreeEnd)
	}
	return k == int(oldBlocks[a].subtreeEnd) && l == int(freshBlocks[b].subtreeEnd)
}

// skeleton returns the HTML around the kept children, with the id of each kept child between NUL bytes in its place.
func (f *fragment) skeleton(children []int, gaps [][]byte, kept map[string]int) []byte {
	b := slices.Clone(gaps[0])
	for i, k := range children {
		if _, ok := kept[string(f.id(k))]; ok {
			b = append(append(append(b, 0), f.id(k)...), 0)
		}
		b = append(b, gaps[i+1]...)
	}
	return b
}

// insertChildren inserts each run of new children before the next kept one, after the previous kept one, or into the
// empty parent. It returns false if none of these is possible.
func (d *differ) insertChildren(a int, children []int, gaps [][]byte, kept map[string]int) bool {
	isNew := func(i int) bool { _, isKept := kept[string(d.fresh.id(children[i]))]; return !isKept }
	for from := 0; from < len(children); from++ {
		if !isNew(from) {
			continue
		}
		to := from + 1
		for to < len(children) && isNew(to) && len(gaps[to]) == 0 {
			to++
		}
		p := patch{html: d.fresh.html[d.fresh.blocks[children[from]].start:d.fresh.blocks[children[to-1]].end]}
		switch {
		case to < len(children) && !isNew(to) && len(gaps[to]) == 0:
			p.id, p.swap = d.fresh.id(children[to]), swapBefore
		case from > 0 && !isNew(from-1) && len(gaps[from]) == 0:
			p.id, p.swap = d.fresh.id(children[from-1]), swapAfter
		case a > 0 && len(children) == to-from && len(gaps[0])+len(gaps[to]) == 0:
			p.id, p.swap = d.old.id(a), swapAppend
		default:
			return false
		}
		for k := children[from]; k < int(d.fresh.blocks[children[to-1]].subtreeEnd); k++ {
			if d.old.hasID(d.fresh.id(k)) { // the element moves, which a patch cannot express
				return false
			}
		}
		d.patches = append(d.patches, p)
		from = to - 1
	}
	return true
}

// hasUniqueTargets reports whether each target id occurs exactly once in old.
func (d *differ) hasUniqueTargets() bool {
	return !slices.ContainsFunc(d.patches, func(p patch) bool { return d.old.countID(p.id) != 1 })
}
