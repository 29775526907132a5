// Package gallery shows every component in all its states, in demo mode. It is above the packages it shows: the states
// are test data, and no page depends on them.
package gallery

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"guildboard/static"
	"guildboard/views/ui"
)

// View is a page of the component gallery: all components of one section in all their states, with one sample text.
// Without a section it is the list of sections.
type View struct {
	Section string
	Text    string // name of the sample text
	States  []State
}

// gallerySampleTexts are sample texts for prizes and names. The first is the default.
var gallerySampleTexts = []struct{ name, key, text string }{
	{"plain", "gallery.plain", "Brass lantern"},
	{"long", "gallery.long", strings.Repeat("Long words, and ", 12) + strings.Repeat("Wörterbuchzusammensetzung", 4)},
	{"markup", "gallery.markup", `<script>alert(1)</script>"><img src=x onerror=alert(1)> & 'so on'`},
	{"turned", "gallery.bidi", "\u202egnp.exe\u2066 مصباح نحاسي \u200fפנס"},
	{"stacked", "gallery.combining", "Z̸̛̼̃a̴͉̎l̶͎̓g̵̖̾o̷̺̓ 👩‍👩‍👧‍👦🏳️‍🌈 🎁 灯籠"},
	{"nothing", "gallery.empty", ""},
}

// NewView returns the gallery page of a section, or the list of sections for "". known is false for an unknown section.
// An unknown text is replaced by the default.
func NewView(p ui.Page, section, text string, now time.Time) (v View, known bool) {
	v = View{Section: section, Text: gallerySampleTexts[0].name}
	sample := gallerySampleTexts[0].text
	for _, t := range gallerySampleTexts {
		if t.name == text {
			v.Text, sample = t.name, t.text
		}
	}
	v.States = States(p, section, sample, now)
	return v, section == "" || v.States != nil
}

func (v View) url(section, text string) string {
	url := "/gallery"
	if section != "" {
		url += "/" + section
	}
	if text != gallerySampleTexts[0].name {
		url += "?text=" + text
	}
	return url
}

// components returns the names of the components, in order.
func (v View) components() (names []string) {
	for _, s := range v.States {
		if !slices.Contains(names, s.Component) {
			names = append(names, s.Component)
		}
	}
	return names
}

// sandboxed returns the state in a form that can be shown beside others: ids and references to them are prefixed with
// its anchor; requests, event handlers and links are removed; and of a whole page only the content of its main element
// is left.
func (s State) sandboxed() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var page bytes.Buffer
		if err := s.View.Render(templ.ClearChildren(ctx), &page); err != nil {
			return err
		}
		nodes, err := parseNodes(&page)
		if err != nil {
			return err
		}
		wrapper := wrapperElement(nodes)
		for _, n := range nodes {
			s.sandbox(n)
			wrapper.AppendChild(n)
		}
		return html.Render(w, wrapper)
	})
}

// wrapperElement returns the empty element that may contain the nodes: a list for items, a dl for terms, otherwise a
// div.
func wrapperElement(nodes []*html.Node) *html.Node {
	wrapper := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	for _, n := range nodes {
		if n.DataAtom == atom.Li {
			wrapper.Data, wrapper.DataAtom = "ul", atom.Ul
		}
		for child := range n.ChildNodes() {
			if n.DataAtom == atom.Div && child.DataAtom == atom.Dt {
				wrapper.Data, wrapper.DataAtom = "dl", atom.Dl
			}
		}
	}
	return wrapper
}

// parseNodes returns the elements of a fragment, or those in the main element of a whole page.
func parseNodes(page *bytes.Buffer) ([]*html.Node, error) {
	if !bytes.HasPrefix(bytes.ToLower(page.Bytes()), []byte("<!doctype")) {
		return html.ParseFragment(page, &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	}
	doc, err := html.Parse(page)
	if err != nil {
		return nil, err
	}
	var nodes []*html.Node
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Main {
			nodes = slices.Collect(n.ChildNodes())
		}
	}
	for _, n := range nodes {
		n.Parent.RemoveChild(n)
	}
	return nodes, nil
}

// idAttributes are the attributes whose values are ids.
var idAttributes = []string{
	"id", "for", "form", "list", "headers", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns",
	"aria-errormessage", "popovertarget",
}

// actionAttributes are the attributes that make an element interactive, besides those of htmx.
var actionAttributes = []string{
	"action", "method", "formaction", "formmethod", "target", "download", "autofocus", "data-unsaved", "data-shortcut",
}

// sandbox changes n and its descendants as sandboxed describes.
func (s State) sandbox(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if child.DataAtom == atom.Noscript || child.DataAtom == atom.Script {
			n.RemoveChild(child) // scripts would run; noscript content is not parsed
		} else {
			s.sandbox(child)
		}
		child = next
	}
	if n.Type != html.ElementNode {
		return
	}
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
		return strings.HasPrefix(a.Key, "hx-") || slices.Contains(actionAttributes, a.Key)
	})
	for i, a := range n.Attr {
		switch {
		case slices.Contains(idAttributes, a.Key):
			n.Attr[i].Val = s.scopeIDs(a.Val)
		case a.Key == "href" && n.DataAtom == atom.A:
			n.Attr[i].Val = "#" + s.Anchor()
		case a.Key == "src" && strings.HasPrefix(a.Val, "https:"):
			n.Attr[i].Val = static.Path("icon.svg") // no requests to Discord for sample data
		}
	}
	if n.DataAtom == atom.Dialog {
		n.Attr = append(n.Attr, html.Attribute{Key: "open"})
	}
}

// scopeIDs prefixes each of the space-separated ids with the anchor.
func (s State) scopeIDs(ids string) string {
	all := strings.Fields(ids)
	for i, id := range all {
		all[i] = s.Anchor() + "--" + id
	}
	return strings.Join(all, " ")
}

// withText returns c with text as its children.
func withText(c templ.Component, text string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Raw(templ.EscapeString(text))), w)
	})
}
