//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// galleryAxeExceptions are rules of pages that a gallery breaks by being one: it shows the same component many times, and headings and
// landmarks without what stands above them.
var galleryAxeExceptions = []string{"duplicate-id-aria", "landmark-unique", "landmark-no-duplicate-main", "landmark-main-is-top-level", "landmark-one-main",
	"landmark-no-duplicate-banner", "landmark-banner-is-top-level", "landmark-complementary-is-top-level", "landmark-contentinfo-is-top-level",
	"landmark-no-duplicate-contentinfo", "heading-order", "page-has-heading-one", "region"}

// Every component in every state, made of every text that somebody might write, in every theme: nothing is executed, nothing
// sticks out, and nothing keeps anybody from reading it.
func TestGalleryRendersAnyText(t *testing.T) {
	t.Parallel()
	b := newBrowserUser(t, newProxy(t, demoServer(t).url).url).firstTab
	links := func(prefix string) []string {
		return evaluate[[]string](b, `[...document.querySelectorAll('.tabs a[id^=`+prefix+`]')].map(a => a.id.slice(`+fmt.Sprint(len(prefix))+`))`)
	}
	b.visit("/gallery")
	nouns, texts := links("noun-"), links("text-")
	if len(nouns) < 5 || len(texts) < 5 {
		t.Fatalf("the gallery has nouns %v and texts %v", nouns, texts)
	}
	found := map[string][]string{} // what is wrong → where
	report := func(where string, problem ...string) {
		for _, w := range problem {
			found[w] = append(found[w], where)
		}
	}
	for _, noun := range nouns {
		for _, text := range texts {
			where := noun + " of " + text
			b.takeConsoleErrors()
			b.setWidth(1280)
			b.setColorScheme("light")
			b.visit("/gallery/" + noun + "?text=" + text)
			if n := evaluate[int](b, `document.querySelectorAll('.gallery-state').length`); n == 0 {
				t.Errorf("%s shows nothing", where)
			}
			report(where, slices.DeleteFunc(b.takeConsoleErrors(), isInvalidValueWarning)...)
			if full := text == texts[0] || text == "markup"; !full { // what is written changes how wide things are, and little else
				b.checkOverflow(where, report)
				continue
			}
			b.runScript(axeScript)
			for theme, rules := range map[string]string{"light": `{ rules: {` + disableRules(galleryAxeExceptions) + `} }`, "dark": `{ runOnly: ['color-contrast'] }`} {
				b.setColorScheme(theme)
				b.waitForFrame()
				b.waitForTransitions()
				for _, violation := range evaluate[[]string](b, fmt.Sprintf(axeViolationsScript, rules)) {
					report(where+", "+theme, violation)
				}
			}
			b.checkOverflow(where, report)
		}
	}
	for problem, where := range found {
		slices.Sort(where)
		t.Errorf("%s\n%d times: %s", problem, len(where), strings.Join(where[:min(8, len(where))], "; "))
	}
}

// isInvalidValueWarning tells what a browser says of a value that its field cannot have: the text stands in fields of all kinds here.
func isInvalidValueWarning(warning string) bool {
	return strings.Contains(warning, "does not conform to the required format") || strings.Contains(warning, "cannot be parsed, or is out of range")
}

func (b *tab) checkOverflow(where string, report func(string, ...string)) {
	for _, width := range widths {
		b.setWidth(width)
		if overflow := evaluate[string](b, overflowScript); overflow != "" {
			report(fmt.Sprintf("%s, %d px", where, width), overflow)
		}
	}
}

func disableRules(rules []string) string {
	var options strings.Builder
	for _, r := range rules {
		fmt.Fprintf(&options, "'%s': { enabled: false }, ", r)
	}
	return options.String()
}
