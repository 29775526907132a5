package views

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
)

// allStates are all states of all components, each made of one text wherever a text of somebody's goes in. To have a new
// component tested, add a state of it (state_<noun>.go).
func allStates(text string) map[string]templ.Component {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	all := map[string]templ.Component{}
	for _, noun := range StateNouns() {
		for _, s := range States(Page{Site: DefaultSite(), Locale: English}, noun, text, at) {
			all[s.Component+"/"+s.Name] = s.View
		}
	}
	return all
}

// withoutState are components that need be in no state.
var withoutState = map[string]string{
	"Gallery": "it shows the states, and has a test of its own",
}

func TestEveryComponentHasState(t *testing.T) {
	w := renderTracker{Context: t.Context(), seen: map[string]map[int]bool{}}
	named := map[string]bool{}
	for name, view := range allStates("x") {
		named[name[:strings.Index(name, "/")]] = true
		if err := view.Render(w, new(bytes.Buffer)); err != nil {
			t.Fatal(name, err)
		}
	}
	files, err := filepath.Glob("*.templ")
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
			switch {
			case withoutState[name] != "":
			case !w.hasRendered(generated, functionLines(t, generated, parsed, name)):
				t.Errorf("%s of %s is drawn in no state: add one to a file state_<noun>.go", name, file)
			case ast.IsExported(name) && !named[name]:
				t.Errorf("%s of %s has no state of its own: add one to a file state_<noun>.go", name, file)
			}
		}
	}
}

// A renderTracker is a context that sees which components are drawn with it: each of them asks first whether it was cancelled.
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
		if file := filepath.Base(frame.File); strings.HasSuffix(file, "_templ.go") {
			if w.seen[file] == nil {
				w.seen[file] = map[int]bool{}
			}
			w.seen[file][frame.Line] = true
			break
		}
	}
	return w.Context.Err()
}

// hasRendered tells whether something from between the lines was drawn.
func (w renderTracker) hasRendered(file string, span [2]int) bool {
	for line := range w.seen[file] {
		if span[0] <= line && line <= span[1] {
			return true
		}
	}
	return false
}

// functionLines are the first and the last of a function.
func functionLines(t *testing.T, file string, parsed *ast.File, name string) [2]int {
	t.Helper()
	text := readSource(t, file)
	line := func(pos token.Pos) int { return 1 + strings.Count(text[:int(pos-parsed.FileStart)], "\n") }
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name {
			return [2]int{line(f.Pos()), line(f.End())}
		}
	}
	t.Fatalf("%s is not in %s", name, file)
	return [2]int{}
}

func TestGalleryIsInert(t *testing.T) {
	p := Page{Site: DefaultSite(), Locale: English, Path: "/gallery"}
	for _, noun := range append(StateNouns(), "") {
		for _, text := range gallerySampleTexts {
			view, known := NewGalleryView(p, noun, text.name, time.Now())
			if !known || view.Text != text.name {
				t.Fatalf("there is no %s of %s", text.name, noun)
			}
			doc := renderDocument(t, Gallery(p, view))
			checkDocument(t, noun+"/"+text.name, doc) // ids among them
			if got := doc.Find("main section.gallery-state").Length(); got != len(view.States) {
				t.Errorf("%s: %d of %d states", noun, got, len(view.States))
			}
			doc.Find(".specimen *").Each(func(_ int, e *goquery.Selection) {
				for _, a := range e.Nodes[0].Attr {
					switch {
					case strings.HasPrefix(a.Key, "hx-"), a.Key == "action", a.Key == "method", a.Key == "formaction", a.Key == "download",
						a.Key == "href" && !strings.HasPrefix(a.Val, "#"), a.Key == "src" && !strings.HasPrefix(a.Val, "/static/"):
						t.Errorf("%s: <%s %s=%q> does something", noun, goquery.NodeName(e), a.Key, a.Val)
					}
				}
			})
			doc.Find("[for], [aria-labelledby], [aria-describedby]").Each(func(_ int, e *goquery.Selection) {
				for _, id := range strings.Fields(e.AttrOr("for", "") + " " + e.AttrOr("aria-labelledby", "") + " " + e.AttrOr("aria-describedby", "")) {
					if doc.Find("[id='"+id+"']").Length() != 1 {
						t.Errorf("%s: <%s> refers to %s, which is not there", noun, goquery.NodeName(e), id)
					}
				}
			})
		}
	}
	if _, known := NewGalleryView(p, "nothing", "", time.Now()); known {
		t.Error("there is a page of nothing")
	}
	if view, _ := NewGalleryView(p, "shell", "none", time.Now()); view.Text != "plain" {
		t.Errorf("an unknown text is %s", view.Text)
	}
}

// What htmx asks for says what becomes of a 403, which is told where it was pressed and nowhere else.
func TestActionsHandleForbidden(t *testing.T) {
	for name, view := range allStates("x") {
		renderDocument(t, view).Find("[hx-post], [hx-target='#dialog']").Each(func(_ int, e *goquery.Selection) {
			if e.AttrOr("hx-status:403", "") == "" {
				t.Errorf("%s: <%s id=%q> says nothing when it is refused", name, goquery.NodeName(e), e.AttrOr("id", ""))
			}
		})
	}
}

func TestTextIsSeparatedFromTimes(t *testing.T) {
	for name, view := range allStates("x") {
		renderDocument(t, view).Find("time").Not(".timeline time").Each(func(_ int, e *goquery.Selection) {
			before := e.Nodes[0].PrevSibling
			if before == nil {
				return
			}
			textBefore := before.Data
			if before.Type == html.ElementNode {
				textBefore = e.Prev().Filter("strong").Text() // others keep their distance by style
			}
			if textBefore != "" && strings.TrimRight(textBefore, " \n\u00a0") == textBefore {
				t.Errorf("%s: %q runs into the time after it", name, textBefore)
			}
		})
	}
}
