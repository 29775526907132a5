package live

import (
	"bytes"
	"slices"
)

// A partial frame changes a page that shows one version into one that shows the next: htmx finds every element that is
// named, and then does to each what is said. So what is said may only name elements of the old version. An element with
// data-attributes-only brings its attributes alone, and what is in it stays: live.js sees to that.

// A change is what is done to one element.
type change struct {
	id   []byte
	swap string // as in hx-swap
	html []byte
}

const (
	morph     = "outerMorph" // and htmx's default, as the pages say, so that frames need not
	before    = "beforebegin"
	after     = "afterend"
	intoEmpty = "beforeend"
	remove    = "delete"
)

// worthwhile is how much of the whole a partial frame may weigh.
const worthwhile = 0.7

// partial is the data of the frame that changes old into fresh. It is nil if that takes the whole.
func partial(old, fresh *piece) []byte {
	d := difference{old: old, fresh: fresh}
	if !d.block(0, 0) || !d.unambiguous() {
		return nil
	}
	slices.SortStableFunc(d.changes, func(a, b change) int { return rank(a) - rank(b) })
	var data []byte
	for _, c := range d.changes {
		if data != nil {
			data = append(data, '\n')
		}
		data = appendChange(data, c)
	}
	if float64(len(data)) > worthwhile*float64(len(fresh.html)) {
		return nil
	}
	return data
}

// rank has what is removed go last: what is put beside it needs it.
func rank(c change) int {
	if c.swap == remove {
		return 1
	}
	return 0
}

func appendChange(b []byte, c change) []byte {
	b = append(append(append(b, `<hx-partial id="`...), c.id...), '"')
	if c.swap != morph {
		b = append(append(append(b, ` hx-swap="`...), c.swap...), '"')
	}
	b = append(b, '>')
	return append(append(b, c.html...), "</hx-partial>"...)
}

// weight is what a change costs on the wire.
func (c change) weight() int {
	n := len(`data: <hx-partial id=""></hx-partial>`) + len(c.id) + len(c.html)
	if c.swap != morph {
		n += len(` hx-swap=""`) + len(c.swap)
	}
	return n
}

type difference struct {
	old, fresh *piece
	changes    []change
}

// block makes block a of the old version block b of the fresh one, which has the same id. False means that whatever it
// stands in must be replaced.
func (d *difference) block(a, b int) bool {
	if bytes.Equal(d.old.outer(a), d.fresh.outer(b)) {
		return true
	}
	if a > 0 && !bytes.Equal(d.old.name(a), d.fresh.name(b)) {
		return false
	}
	from, weight := len(d.changes), 0
	if d.tag(a, b) && d.inside(a, b) {
		for _, c := range d.changes[from:] {
			weight += c.weight()
		}
	}
	whole := change{d.fresh.id(b), morph, d.replacement(a, b)}
	if a == 0 || 0 < weight && weight < whole.weight() {
		return weight > 0
	}
	d.changes = append(d.changes[:from], whole)
	return true
}

// replacement is block b as it is to be sent for a, without what htmx would leave as it is.
func (d *difference) replacement(a, b int) []byte {
	const keeps = " hx-morph-skip-children"
	if !bytes.Contains(d.old.opening(a), []byte(keeps)) || !bytes.Contains(d.fresh.opening(b), []byte(keeps)) {
		return d.fresh.outer(b)
	}
	return slices.Concat(d.fresh.opening(b), []byte("</"), d.fresh.name(b), []byte(">"))
}

// tag makes the opening tag of a that of b, if it is another. What htmx reads from a tag it must see come and go.
func (d *difference) tag(a, b int) bool {
	was, is := d.old.opening(a), d.fresh.opening(b)
	if bytes.Equal(was, is) {
		return true
	}
	if bytes.Contains(was, []byte(" hx-")) || bytes.Contains(is, []byte(" hx-")) {
		return false
	}
	shell := slices.Concat(is[:len(is)-1], []byte(" data-attributes-only></"), d.fresh.name(b), []byte(">"))
	d.changes = append(d.changes, change{d.fresh.id(b), morph, shell})
	return true
}

// inside changes what is within a into what is within b, block by block, if nothing else has changed there.
func (d *difference) inside(a, b int) bool {
	if d.pairs(a, b) { // most often
		return d.eachPair(a, b, d.block)
	}
	was, wasBetween := d.old.children(a)
	is, isBetween := d.fresh.children(b)
	stays := func(p *piece, kids []int) map[string]int {
		at := map[string]int{}
		for _, k := range kids {
			at[string(p.id(k))] = k
		}
		return at
	}
	wasAt, isAt := stays(d.old, was), stays(d.fresh, is)
	if len(wasAt) != len(was) || len(isAt) != len(is) { // an id stands twice
		return false
	}
	if !bytes.Equal(d.old.skeleton(was, wasBetween, isAt), d.fresh.skeleton(is, isBetween, wasAt)) {
		return false
	}
	if !d.insert(a, is, isBetween, wasAt) {
		return false
	}
	for _, k := range was {
		id := d.old.id(k)
		if to, stays := isAt[string(id)]; !stays {
			d.changes = append(d.changes, change{id, remove, nil})
		} else if !d.block(k, to) {
			return false
		}
	}
	return true
}

// pairs reports whether a and b have the same kids in the same order, and the same around them.
func (d *difference) pairs(a, b int) bool {
	was, is := d.old.blocks[a].inner, d.fresh.blocks[b].inner
	return d.eachPair(a, b, func(k, l int) bool {
		before, now := d.old.html[was:d.old.blocks[k].from], d.fresh.html[is:d.fresh.blocks[l].from]
		was, is = d.old.blocks[k].to, d.fresh.blocks[l].to
		return bytes.Equal(before, now) && bytes.Equal(d.old.id(k), d.fresh.id(l))
	}) && bytes.Equal(d.old.html[was:d.old.blocks[a].close], d.fresh.html[is:d.fresh.blocks[b].close])
}

// eachPair calls do with the first kids of a and b, and so on, until it says no or one of them has no more.
func (d *difference) eachPair(a, b int, do func(a, b int) bool) bool {
	was, is := d.old.blocks, d.fresh.blocks
	k, l := a+1, b+1
	for k < int(was[a].end) && l < int(is[b].end) {
		if !do(k, l) {
			return false
		}
		k, l = int(was[k].end), int(is[l].end)
	}
	return k == int(was[a].end) && l == int(is[b].end)
}

// skeleton is what the kids that stay stand in, with their ids for the kids.
func (p *piece) skeleton(kids []int, between [][]byte, stays map[string]int) []byte {
	b := slices.Clone(between[0])
	for i, k := range kids {
		if _, ok := stays[string(p.id(k))]; ok {
			b = append(append(append(b, 0), p.id(k)...), 0)
		}
		b = append(b, between[i+1]...)
	}
	return b
}

// insert puts each run of new kids before the next that stays, or after the last, or into what was empty.
func (d *difference) insert(a int, kids []int, between [][]byte, stays map[string]int) bool {
	isNew := func(i int) bool { _, was := stays[string(d.fresh.id(kids[i]))]; return !was }
	for from := 0; from < len(kids); from++ {
		if !isNew(from) {
			continue
		}
		to := from + 1
		for to < len(kids) && isNew(to) && len(between[to]) == 0 {
			to++
		}
		c := change{html: d.fresh.html[d.fresh.blocks[kids[from]].from:d.fresh.blocks[kids[to-1]].to]}
		switch {
		case to < len(kids) && !isNew(to) && len(between[to]) == 0:
			c.id, c.swap = d.fresh.id(kids[to]), before
		case from > 0 && !isNew(from-1) && len(between[from]) == 0:
			c.id, c.swap = d.fresh.id(kids[from-1]), after
		case a > 0 && len(kids) == to-from && len(between[0])+len(between[to]) == 0:
			c.id, c.swap = d.old.id(a), intoEmpty
		default:
			return false
		}
		for k := kids[from]; k < int(d.fresh.blocks[kids[to-1]].end); k++ {
			if d.old.has(d.fresh.id(k)) { // it moves, which this cannot say
				return false
			}
		}
		d.changes = append(d.changes, c)
		from = to - 1
	}
	return true
}

// unambiguous tells whether each id that is named stands for one element.
func (d *difference) unambiguous() bool {
	return !slices.ContainsFunc(d.changes, func(c change) bool { return d.old.count(c.id) != 1 })
}
