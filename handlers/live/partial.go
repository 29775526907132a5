package live

import (
	"bytes"
	"slices"
)

// A partial frame changes a page that shows one version into one that shows the next: htmx finds every element that is
// named, and then does to each what is said. So what is said may only name elements of the old version. An element with
// data-attributes-only brings its attributes alone, and what is in it stays: live.js sees to that.

// A patch is what is done to one element.
type patch struct {
	id   []byte
	swap string // as in hx-swap
	html []byte
}

const (
	swapMorph  = "outerMorph" // and htmx's default, as the pages say, so that frames need not
	swapBefore = "beforebegin"
	swapAfter  = "afterend"
	swapAppend = "beforeend"
	swapDelete = "delete"
)

// maxPartialRatio is how much of the whole a partial frame may weigh.
const maxPartialRatio = 0.7

// encodePartial is the data of the frame that changes old into fresh. It is nil if that takes the whole.
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

// applyOrder has what is removed go last: what is put beside it needs it.
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

// size is what a change costs on the wire.
func (p patch) size() int {
	n := len(`data: <hx-partial id=""></hx-partial>`) + len(p.id) + len(p.html)
	if p.swap != swapMorph {
		n += len(` hx-swap=""`) + len(p.swap)
	}
	return n
}

type differ struct {
	old, fresh *fragment
	patches    []patch
}

// diffBlock makes block a of the old version block b of the fresh one, which has the same id. False means that whatever it
// stands in must be replaced.
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

// replacementHTML is block b as it is to be sent for a, without what htmx would leave as it is.
func (d *differ) replacementHTML(a, b int) []byte {
	const skipChildren = " hx-morph-skip-children"
	if !bytes.Contains(d.old.openingTag(a), []byte(skipChildren)) || !bytes.Contains(d.fresh.openingTag(b), []byte(skipChildren)) {
		return d.fresh.outerHTML(b)
	}
	return slices.Concat(d.fresh.openingTag(b), []byte("</"), d.fresh.tagName(b), []byte(">"))
}

// diffTag makes the opening tag of a that of b, if it is another. What htmx reads from a tag it must see come and go.
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

// diffChildren changes what is within a into what is within b, block by block, if nothing else has changed there.
func (d *differ) diffChildren(a, b int) bool {
	if d.childrenMatch(a, b) { // most often
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
	if len(oldByID) != len(oldChildren) || len(freshByID) != len(freshChildren) { // an id stands twice
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

// childrenMatch reports whether a and b have the same kids in the same order, and the same around them.
func (d *differ) childrenMatch(a, b int) bool {
	oldPos, freshPos := d.old.blocks[a].contentStart, d.fresh.blocks[b].contentStart
	return d.forEachChildPair(a, b, func(k, l int) bool {
		oldGap, freshGap := d.old.html[oldPos:d.old.blocks[k].start], d.fresh.html[freshPos:d.fresh.blocks[l].start]
		oldPos, freshPos = d.old.blocks[k].end, d.fresh.blocks[l].end
		return bytes.Equal(oldGap, freshGap) && bytes.Equal(d.old.id(k), d.fresh.id(l))
	}) && bytes.Equal(d.old.html[oldPos:d.old.blocks[a].contentEnd], d.fresh.html[freshPos:d.fresh.blocks[b].contentEnd])
}

// forEachChildPair calls do with the first kids of a and b, and so on, until it says no or one of them has no more.
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

// skeleton is what the kids that stay stand in, with their ids for the kids.
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

// insertChildren puts each run of new kids before the next that stays, or after the last, or into what was empty.
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
			if d.old.hasID(d.fresh.id(k)) { // it moves, which this cannot say
				return false
			}
		}
		d.patches = append(d.patches, p)
		from = to - 1
	}
	return true
}

// hasUniqueTargets tells whether each id that is named stands for one element.
func (d *differ) hasUniqueTargets() bool {
	return !slices.ContainsFunc(d.patches, func(p patch) bool { return d.old.countID(p.id) != 1 })
}
