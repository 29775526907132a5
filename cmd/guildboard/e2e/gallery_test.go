//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// galleryAxeExceptions are axe rules that a gallery page breaks by design: it repeats components, and shows headings
// and landmarks out of context.
var galleryAxeExceptions = []string{
	"duplicate-id-aria", "landmark-unique", "landmark-no-duplicate-main", "landmark-main-is-top-level", "landmark-one-main",
	"landmark-no-duplicate-banner", "landmark-banner-is-top-level", "landmark-complementary-is-top-level",
	"landmark-contentinfo-is-top-level", "landmark-no-duplicate-contentinfo", "heading-order", "page-has-heading-one", "region",
}

// TestGalleryRendersAnyText shows every component in every state, text and theme. No markup of texts runs, nothing
// overflows, and axe finds no violation.
func TestGalleryRendersAnyText(t *testing.T) {
	t.Parallel()
	b := newBrowserUser(t, newProxy(t, demoServer(t).url).url).firstTab
	links := func(prefix string) []string {
		return evaluate[[]string](b, fmt.Sprintf(`[...document.querySelectorAll('.tabs a[id^=%s]')].map(a => a.id.slice(%d))`,
			prefix, len(prefix)))
	}
	b.visit("/gallery")
	sections, texts := links("section-"), links("text-")
	if len(sections) < 5 || len(texts) < 5 {
		t.Fatalf("gallery has sections %v and texts %v, want several of each", sections, texts)
	}
	found := map[string][]string{} // problem → pages
	report := func(where string, problem ...string) {
		for _, w := range problem {
			found[w] = append(found[w], where)
		}
	}
	for _, section := range sections {
		for _, text := range texts {
			where := section + " of " + text
			b.takeConsoleErrors()
			b.setWidth(1280)
			b.setColorScheme("light")
			b.visit("/gallery/" + section + "?text=" + text)
			if n := evaluate[int](b, `document.querySelectorAll('.gallery-state').length`); n == 0 {
				t.Errorf("%s is empty", where)
			}
			report(where, slices.DeleteFunc(b.takeConsoleErrors(), isInvalidValueWarning)...)
			if full := text == texts[0] || text == "markup"; !full { // other texts differ in their width only
				b.checkOverflow(where, report)
				continue
			}
			b.runScript(axeScript)
			for theme, rules := range map[string]string{
				"light": `{ rules: {` + disableRules(galleryAxeExceptions) + `} }`,
				"dark":  `{ runOnly: ['color-contrast'] }`,
			} {
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

// isInvalidValueWarning reports whether a console message is about a value that its field type cannot hold. The gallery
// puts each text into fields of all types.
func isInvalidValueWarning(warning string) bool {
	return strings.Contains(warning, "does not conform to the required format") ||
		strings.Contains(warning, "cannot be parsed, or is out of range")
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
