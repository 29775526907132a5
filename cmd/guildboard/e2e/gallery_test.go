//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// unlike are rules of pages that a gallery breaks by being one: it shows the same component many times, and headings and
// landmarks without what stands above them.
var unlike = []string{"duplicate-id-aria", "landmark-unique", "landmark-no-duplicate-main", "landmark-main-is-top-level", "landmark-one-main",
	"landmark-no-duplicate-banner", "landmark-banner-is-top-level", "landmark-complementary-is-top-level", "landmark-contentinfo-is-top-level",
	"landmark-no-duplicate-contentinfo", "heading-order", "page-has-heading-one", "region"}

// Every component in every state, made of every text that somebody might write, in every theme: nothing is executed, nothing
// sticks out, and nothing keeps anybody from reading it.
func TestTheGalleryHoldsWhateverIsWritten(t *testing.T) {
	t.Parallel()
	b := newReader(t, newProxy(t, demo(t).url).url).first
	links := func(prefix string) []string {
		return js[[]string](b, `[...document.querySelectorAll('.tabs a[id^=`+prefix+`]')].map(a => a.id.slice(`+fmt.Sprint(len(prefix))+`))`)
	}
	b.visit("/gallery")
	nouns, texts := links("noun-"), links("text-")
	if len(nouns) < 5 || len(texts) < 5 {
		t.Fatalf("the gallery has nouns %v and texts %v", nouns, texts)
	}
	found := map[string][]string{} // what is wrong → where
	note := func(where string, wrong ...string) {
		for _, w := range wrong {
			found[w] = append(found[w], where)
		}
	}
	for _, noun := range nouns {
		for _, text := range texts {
			where := noun + " of " + text
			b.complaints()
			b.size(1280)
			b.prefer("light")
			b.visit("/gallery/" + noun + "?text=" + text)
			if n := js[int](b, `document.querySelectorAll('.gallery-state').length`); n == 0 {
				t.Errorf("%s shows nothing", where)
			}
			note(where, slices.DeleteFunc(b.complaints(), ofValues)...)
			if read := text == texts[0] || text == "markup"; !read { // what is written changes how wide things are, and little else
				b.wide(where, note)
				continue
			}
			b.run(axe)
			for theme, rules := range map[string]string{"light": `{ rules: {` + without(unlike) + `} }`, "dark": `{ runOnly: ['color-contrast'] }`} {
				b.prefer(theme)
				b.frame()
				b.settle()
				for _, violation := range js[[]string](b, fmt.Sprintf(violations, rules)) {
					note(where+", "+theme, violation)
				}
			}
			b.wide(where, note)
		}
	}
	for wrong, where := range found {
		slices.Sort(where)
		t.Errorf("%s\n%d times: %s", wrong, len(where), strings.Join(where[:min(8, len(where))], "; "))
	}
}

// ofValues tells what a browser says of a value that its field cannot have: the text stands in fields of all kinds here.
func ofValues(complaint string) bool {
	return strings.Contains(complaint, "does not conform to the required format") || strings.Contains(complaint, "cannot be parsed, or is out of range")
}

func (b *tab) wide(where string, note func(string, ...string)) {
	for _, width := range widths {
		b.size(width)
		if out := js[string](b, tooWide); out != "" {
			note(fmt.Sprintf("%s, %d px", where, width), out)
		}
	}
}

func without(rules []string) string {
	var off strings.Builder
	for _, r := range rules {
		fmt.Fprintf(&off, "'%s': { enabled: false }, ", r)
	}
	return off.String()
}
