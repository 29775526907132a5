package gallery

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"guildboard/views/text"
	"guildboard/views/ui"
	"guildboard/views/viewstest"
)

// allStates returns all states of all components, with text in place of every text of users. A new component is tested
// once it has a state.
func allStates(sample string) map[string]templ.Component {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	all := map[string]templ.Component{}
	for _, section := range SectionNames() {
		for _, s := range States(ui.Page{Site: ui.DefaultSite(), Reader: ui.Reader{Locale: text.English}}, section, sample, at) {
			all[s.Component+"/"+s.Name] = s.View
		}
	}
	return all
}

// withoutState are components that need no state, with the reason.
var withoutState = map[string]string{
	"gallery.Gallery": "it shows the states and has its own test",
}

func TestEveryComponentHasState(t *testing.T) {
	w := renderTracker{Context: t.Context(), seen: map[string]map[int]bool{}}
	named := map[string]bool{}
	for name, view := range allStates("x") {
		component, _, _ := strings.Cut(name, "/")
		named[component] = true
		if err := view.Render(w, new(bytes.Buffer)); err != nil {
			t.Fatal(name, err)
		}
	}
	files, err := filepath.Glob("../*/*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		generated := strings.Replace(file, ".templ", "_templ.go", 1)
		parsed, err := parser.ParseFile(token.NewFileSet(), generated, readSource(t, generated), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^templ (?:\(.*?\) )?(\w+)\(`).FindAllStringSubmatch(readSource(t, file), -1) {
			name := m[1]
			component := filepath.Base(filepath.Dir(file)) + "." + name
			switch {
			case withoutState[component] != "":
			case !w.hasRendered(packageFile(generated), functionLines(t, generated, parsed, name)):
				t.Errorf("%s is rendered in no state: add one to views/gallery", component)
			case ast.IsExported(name) && !named[component] && !strings.HasPrefix(component, "ui."):
				t.Errorf("%s has no own state: add one to views/gallery", component)
			}
		}
	}
}

// renderTracker is a context that records which components are rendered with it: each one first calls Err.
type renderTracker struct {
	context.Context
	seen map[string]map[int]bool // file → line
}

func (w renderTracker) Err() error {
	callers := make([]uintptr, 16)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if file := packageFile(frame.File); strings.HasSuffix(file, "_templ.go") {
			if w.seen[file] == nil {
				w.seen[file] = map[int]bool{}
			}
			w.seen[file][frame.Line] = true
			break
		}
	}
	return w.Context.Err()
}

// packageFile returns the last directory and the name of a file: "ui/list_templ.go".
func packageFile(path string) string {
	return filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
}

// hasRendered reports whether a component within the lines of span was rendered.
func (w renderTracker) hasRendered(file string, span [2]int) bool {
	for line := range w.seen[file] {
		if span[0] <= line && line <= span[1] {
			return true
		}
	}
	return false
}

// functionLines returns the first and last line of a function.
func functionLines(t *testing.T, file string, parsed *ast.File, name string) [2]int {
	t.Helper()
	sample := readSource(t, file)
	line := func(pos token.Pos) int { return 1 + strings.Count(sample[:int(pos-parsed.FileStart)], "\n") }
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name {
			return [2]int{line(f.Pos()), line(f.End())}
		}
	}
	t.Fatalf("no function %s in %s", name, file)
	return [2]int{}
}

func TestGalleryIsInert(t *testing.T) {
	p := ui.Page{Site: ui.DefaultSite(), Reader: ui.Reader{Locale: text.English}, Shell: ui.Shell{Path: "/gallery"}}
	for _, section := range append(SectionNames(), "") {
		for _, sample := range gallerySampleTexts {
			view, known := NewView(p, section, sample.name, time.Now())
			if !known || view.Text != sample.name {
				t.Fatalf("no text %s for %s", sample.name, section)
			}
			doc := viewstest.Render(t, Gallery(p, view))
			checkDocument(t, section+"/"+sample.name, doc) // also finds duplicate ids
			if got := doc.Find("main section.gallery-state").Length(); got != len(view.States) {
				t.Errorf("%s: states = %d, want %d", section, got, len(view.States))
			}
			doc.Find(".specimen *").Each(func(_ int, e *goquery.Selection) {
				for _, a := range e.Nodes[0].Attr {
					switch {
					case strings.HasPrefix(a.Key, "hx-"), a.Key == "action", a.Key == "method", a.Key == "formaction", a.Key == "download",
						a.Key == "href" && !strings.HasPrefix(a.Val, "#"), a.Key == "src" && !strings.HasPrefix(a.Val, "/static/"):
						t.Errorf("%s: active element <%s %s=%q>, want none", section, goquery.NodeName(e), a.Key, a.Val)
					}
				}
			})
			doc.Find("[for], [aria-labelledby], [aria-describedby]").Each(func(_ int, e *goquery.Selection) {
				ids := e.AttrOr("for", "") + " " + e.AttrOr("aria-labelledby", "") + " " + e.AttrOr("aria-describedby", "")
				for _, id := range strings.Fields(ids) {
					if doc.Find("[id='"+id+"']").Length() != 1 {
						t.Errorf("%s: <%s> refers to the missing id %s", section, goquery.NodeName(e), id)
					}
				}
			})
		}
	}
	if _, known := NewView(p, "nothing", "", time.Now()); known {
		t.Error("NewView() of an unknown section = true, want false")
	}
	if view, _ := NewView(p, "shell", "none", time.Now()); view.Text != "plain" {
		t.Errorf("text for an unknown name = %s, want plain", view.Text)
	}
}

// TestActionsHandleForbidden checks that elements with htmx requests say where to show the message of a 403.
func TestActionsHandleForbidden(t *testing.T) {
	for name, view := range allStates("x") {
		viewstest.Render(t, view).Find("[hx-post], [hx-target='#dialog']").Each(func(_ int, e *goquery.Selection) {
			if e.AttrOr("hx-status:403", "") == "" {
				t.Errorf("%s: <%s id=%q> has no hx-status:403", name, goquery.NodeName(e), e.AttrOr("id", ""))
			}
		})
	}
}

func TestTextIsSeparatedFromTimes(t *testing.T) {
	for name, view := range allStates("x") {
		viewstest.Render(t, view).Find("time").Not(".timeline time").Each(func(_ int, e *goquery.Selection) {
			before := e.Nodes[0].PrevSibling
			if before == nil {
				return
			}
			textBefore := before.Data
			if before.Type == html.ElementNode {
				textBefore = e.Prev().Filter("strong").Text() // other elements have a margin
			}
			if textBefore != "" && strings.TrimRight(textBefore, " \n\u00a0") == textBefore {
				t.Errorf("%s: no space between %q and the time after it", name, textBefore)
			}
		})
	}
}
