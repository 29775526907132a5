// Package livetest simulates the browser side of a live region in tests: it applies frames to a parsed page as htmx
// does.
package livetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A Page is a live region in a browser.
type Page struct {
	Version string
	root    *html.Node // parent of the region
}

// Parse returns a page that shows region, whose version is version.
func Parse(version, region string) *Page {
	return &Page{version, parseFragment(region)}
}

// parseFragment parses text as the content of a template element, where table rows and cells need no table.
func parseFragment(text string) *html.Node {
	in := &html.Node{Type: html.ElementNode, Data: "template", DataAtom: atom.Template}
	nodes, err := html.ParseFragment(strings.NewReader(text), in)
	if err != nil {
		panic(err) // impossible: reading a string does not fail
	}
	for _, n := range nodes {
		in.AppendChild(n)
	}
	return in
}

// Apply applies a frame with this id and data: a full region, or changes of some elements. It returns an error if htmx
// or live.js would ignore the frame: the page does not show the base version, or the id of a target is missing or
// duplicate.
func (p *Page) Apply(id, data string) error {
	version, base, isPartial := strings.Cut(id, " ")
	if !isPartial {
		p.Version, p.root = version, parseFragment(data)
		return nil
	}
	if base != p.Version {
		return fmt.Errorf("page has version %s, partial frame is based on %s", p.Version, base)
	}
	data = strings.ReplaceAll(strings.ReplaceAll(data, "<hx-partial ", "<template "), "</hx-partial>", "</template>")
	var swaps []func()
	for c := range parseFragment(data).ChildNodes() {
		if c.Type != html.ElementNode {
			continue
		}
		targets := p.findByID(attr(c, "id"))
		if len(targets) != 1 {
			return fmt.Errorf("%d elements, want 1, have id %q", len(targets), attr(c, "id"))
		}
		swaps = append(swaps, func() { applySwap(targets[0], cmp.Or(attr(c, "hx-swap"), "outerMorph"), c) })
	}
	for _, apply := range swaps {
		apply()
	}
	p.Version = version
	return nil
}

func applySwap(target *html.Node, style string, content *html.Node) {
	nodes := slices.Collect(content.ChildNodes())
	for _, n := range nodes {
		content.RemoveChild(n)
	}
	for _, n := range nodes {
		if _, shell := lookupAttr(n, "data-attributes-only"); shell {
			target.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "data-attributes-only" })
			return
		}
	}
	parent, next := target.Parent, target.NextSibling
	switch style {
	case "beforebegin":
		next = target
	case "beforeend":
		parent, next = target, nil
	case "outerMorph", "delete":
		if _, keeps := lookupAttr(target, skipChildren); keeps && style == "outerMorph" {
			target.Attr = nodes[0].Attr
			return
		}
		parent.RemoveChild(target)
	}
	for _, n := range nodes {
		parent.InsertBefore(n, next)
	}
}

func (p *Page) findByID(id string) (found []*html.Node) {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			found = append(found, n)
		}
	}
	return found
}

// skipChildren is the attribute of elements whose content is set by a script, so htmx does not change it.
const skipChildren = "hx-morph-skip-children"

// HTML returns the HTML of the page without content that scripts set: the version of the region, and the texts of
// times.
func (p *Page) HTML() string {
	var b strings.Builder
	for n := range p.root.Descendants() {
		n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "data-version" })
		if _, ok := lookupAttr(n, skipChildren); ok {
			for n.FirstChild != nil {
				n.RemoveChild(n.FirstChild)
			}
		}
	}
	for n := range p.root.ChildNodes() {
		_ = html.Render(&b, n)
	}
	return b.String()
}

func attr(n *html.Node, key string) string {
	value, _ := lookupAttr(n, key)
	return value
}

func lookupAttr(n *html.Node, key string) (value string, ok bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}
