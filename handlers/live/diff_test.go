package live

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"guildboard/handlers/live/livetest"
)

// A testPage is an example page with tiles, an optional notice, rows and an optional pager.
type testPage struct {
	tiles  []int
	notice string
	rows   []testRow
	pager  bool
}

type testRow struct {
	id, state string
	n         int
}

func (s testPage) body() string {
	var b strings.Builder
	if s.notice != "" {
		fmt.Fprintf(&b, `<p id="notice" class="a > b">%s</p>`, s.notice)
	}
	b.WriteString(`<dl class="tiles" id="tiles">`)
	for i, n := range s.tiles {
		fmt.Fprintf(&b, `<div id="tile-%d"><dt>tile</dt> <dd>%d</dd></div>`, i, n)
	}
	b.WriteString("</dl><!-- a comment <b> --><form><input id=\"tick\" disabled value=\"<i>\"></form>\n<table><tbody id=\"rows\">")
	for _, r := range s.rows {
		fmt.Fprintf(&b, `<tr id="r-%s" data-state="%s"><td><a id="open-%s" href="#">row %s</a> %s</td><td id="n-%s">%d</td></tr>`,
			r.id, r.state, r.id, r.id, r.state, r.id, r.n)
	}
	b.WriteString("</tbody></table>")
	if s.pager {
		b.WriteString(`<nav id="pager"><textarea id="words"><b id="no"></textarea>1</nav>`)
	}
	return b.String()
}

func (s testPage) frame(version int) Frame {
	return Frame{
		Version: fmt.Sprint("v", version),
		Head:    fmt.Appendf(nil, `<section id="live" data-version="v%d">`, version), Body: []byte(s.body()), Tail: []byte("</section>"),
	}
}

func (f Frame) html() string { return string(f.Head) + string(f.Body) + string(f.Tail) }

// mutate makes a random change.
func (s *testPage) mutate(r *rand.Rand) {
	s.rows = slices.Clone(s.rows)
	s.tiles = slices.Clone(s.tiles)
	switch n := r.IntN(12); {
	case n < 3 && len(s.rows) > 0:
		s.rows[r.IntN(len(s.rows))].n++
	case n < 5 && len(s.rows) > 0:
		s.rows[r.IntN(len(s.rows))].state = []string{"open", "claimed", "closed"}[r.IntN(3)]
	case n < 7:
		s.rows = slices.Insert(s.rows, r.IntN(len(s.rows)+1), testRow{id: fmt.Sprint(r.IntN(1000)), state: "open"})
	case n < 9 && len(s.rows) > 0:
		at := r.IntN(len(s.rows))
		s.rows = slices.Delete(s.rows, at, at+1)
	case n == 9 && len(s.rows) > 1: // another order
		s.rows[0], s.rows[1] = s.rows[1], s.rows[0]
	case n == 10:
		s.notice = []string{"", "a", "b"}[r.IntN(3)]
	default:
		s.pager = !s.pager
	}
	s.tiles[r.IntN(len(s.tiles))]++
}

func TestPartialAndFullFramesProduceSamePage(t *testing.T) {
	partials := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		s := testPage{tiles: []int{1, 2, 3}}
		for i := range r.IntN(30) {
			s.rows = append(s.rows, testRow{id: fmt.Sprint(1000 + i), state: "open"})
		}
		old := newFrame(s.frame(0), nil)
		page := livetest.Parse("v0", old.html())
		for version := 1; version < 40; version++ {
			for range 1 + r.IntN(4) {
				s.mutate(r)
			}
			fresh := newFrame(s.frame(version), old)
			if reparsed, _ := parseFragment(fresh.Body, nil); !slices.Equal(fresh.fragment.blocks, reparsed.blocks) {
				t.Fatalf("seed %d, version %d: reused blocks differ from parsed ones: %q after %q",
					seed, version, fresh.Body, old.Body)
			}
			received, err := readEvent(bufio.NewReader(strings.NewReader(string(fresh.eventFor(page.Version)))))
			if err != nil {
				t.Fatal(err)
			}
			if err := page.Apply(received.id, received.data); err != nil {
				t.Fatalf("seed %d, version %d: Apply: %v", seed, version, err)
			}
			if want := livetest.Parse("", fresh.html()).HTML(); page.HTML() != want {
				t.Fatalf("seed %d, version %d, event %q: page =\n%s\nwant\n%s", seed, version, received, page.HTML(), want)
			}
			if strings.Contains(received.id, " ") {
				partials++
			}
			old = fresh
		}
	}
	if partials < 3000 {
		t.Errorf("%d of 7800 frames are partial, want at least 3000", partials)
	}
}

func TestEncodePartial(t *testing.T) {
	row := func(id string, n int) string { return fmt.Sprintf(`<tr id="%s"><td id="n-%s">%d</td></tr>`, id, id, n) }
	rows := func(rows ...string) string {
		return `<p id="live-summary">so</p><table><tbody id="rows">` + strings.Join(rows, "") + `</tbody></table>` +
			strings.Repeat("<hr>", 200)
	}
	changed := func(id, swap, html string) string {
		if swap == "outerMorph" { // the default in our pages
			return fmt.Sprintf(`<hx-partial id="%s">%s</hx-partial>`, id, html)
		}
		return fmt.Sprintf(`<hx-partial id="%s" hx-swap="%s">%s</hx-partial>`, id, swap, html)
	}
	taggedRow := func(class string) string {
		return fmt.Sprintf(`<tr id="a" class="%s"><td>%s</td></tr>`, class, strings.Repeat("a", 200))
	}
	for _, c := range []struct{ name, old, fresh, want string }{
		{"changed cell", rows(row("a", 1), row("b", 2)), rows(row("a", 1), row("b", 3)),
			changed("n-b", "outerMorph", `<td id="n-b">3</td>`)},
		{"new rows first", rows(row("a", 1)), rows(row("c", 1), row("b", 1), row("a", 1)),
			changed("a", "beforebegin", row("c", 1)+row("b", 1))},
		{"new row last", rows(row("a", 1)), rows(row("a", 1), row("b", 2)), changed("a", "afterend", row("b", 2))},
		{"first row of an empty table", rows(), rows(row("a", 1)), changed("rows", "beforeend", row("a", 1))},
		{"last row removed", rows(row("a", 1)), rows(), changed("a", "delete", "")},
		{"row replaced", rows(row("a", 1), row("b", 2), row("d", 4)), rows(row("c", 1), row("b", 2), row("d", 4)),
			changed("b", "beforebegin", row("c", 1)) + "\n" + changed("a", "delete", "")},
		{"rows reordered", rows(row("a", 1), row("b", 2)), rows(row("b", 2), row("a", 1)),
			changed("rows", "outerMorph", `<tbody id="rows">`+row("b", 2)+row("a", 1)+`</tbody>`)},
		{"changed attribute", rows(taggedRow("x")), rows(taggedRow("y")),
			changed("a", "outerMorph", `<tr id="a" class="y" data-attributes-only></tr>`)},
		{"changed hx attribute", rows() + `<p id="a" hx-get="/x">1</p>`, rows() + `<p id="a" hx-get="/y">1</p>`,
			changed("a", "outerMorph", `<p id="a" hx-get="/y">1</p>`)},
		{"skipped children",
			rows() + `<time id="a" datetime="1" hx-morph-skip-children>one</time>`,
			rows() + `<time id="a" datetime="2" hx-morph-skip-children>two</time>`,
			changed("a", "outerMorph", `<time id="a" datetime="2" hx-morph-skip-children></time>`)},
		{"change outside of blocks", rows() + "a", rows() + "b", ""},
		{"changed tag name", rows() + `<p id="x">a</p>`, rows() + `<div id="x">a</div>`, ""},
		{"moved block", rows(row("a", 1)) + `<ul id="u"></ul>`, rows() + `<ul id="u"><li id="a"></li></ul>`,
			changed("u", "outerMorph", `<ul id="u"><li id="a"></li></ul>`) + "\n" + changed("a", "delete", "")},
		{"duplicate id", rows() + `<i id="x">1</i><i id="x">1</i>`, rows() + `<i id="x">2</i><i id="x">1</i>`, ""},
		{"partial larger than full", `<p id="a">1</p>`, `<p id="a">2</p>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, ok := parseFragment([]byte(c.old), nil)
			fresh, ok2 := parseFragment([]byte(c.fresh), old)
			if !ok || !ok2 {
				t.Fatalf("parseFragment ok = %t, %t; want true, true", ok, ok2)
			}
			if got := string(encodePartial(old, fresh)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestParseFragmentRejectsUnsupportedHTML(t *testing.T) {
	for _, html := range []string{
		`<p id="a">`, `</p>`, `<p id="a"><b></p></b>`, `<p id='a'></p>`, `<p id="a`, `<p`, `a < b`, `<!-- `, `<script>`,
		`<svg><path id="a"/></svg>`, `<!DOCTYPE html>`,
	} {
		if _, ok := parseFragment([]byte(html), nil); ok {
			t.Errorf("parseFragment(%q) ok = true, want false", html)
		}
	}
}

func FuzzParseFragmentStaysInBounds(f *testing.F) {
	f.Add(`<p id="a">1<br>2</p>`)
	f.Add(testPage{tiles: []int{1}, pager: true, rows: []testRow{{"1", "open", 1}}}.body())
	f.Fuzz(func(t *testing.T, html string) {
		p, ok := parseFragment([]byte(html), nil)
		if !ok {
			return
		}
		for i, b := range p.blocks {
			inOrder := b.start <= b.contentStart && b.contentStart <= b.contentEnd && b.contentEnd <= b.end
			if !inOrder || int(b.end) > len(html) || int(b.subtreeEnd) <= i || int(b.subtreeEnd) > len(p.blocks) {
				t.Errorf("block %d of %q out of bounds: %+v", i, html, b)
			}
		}
		if got := encodePartial(p, p); got != nil {
			t.Errorf("encodePartial of equal fragments = %q, want nil", got)
		}
	})
}

func BenchmarkPartial(b *testing.B) {
	s := testPage{tiles: []int{1, 2, 3, 4}}
	for i := range 25 {
		s.rows = append(s.rows, testRow{id: fmt.Sprint(i), state: strings.Repeat("x", 350)})
	}
	old := newFrame(s.frame(0), nil)
	s.rows[12].n++
	s.tiles = []int{1, 2, 3, 5}
	fresh := s.frame(1)
	b.SetBytes(int64(len(fresh.Body)))
	b.ReportAllocs()
	for b.Loop() {
		newFrame(fresh, old)
	}
}
