// Package livetest is the browser's side of a live region, for tests: it does to a parsed page what htmx does.
package livetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A Page is a live region as a browser holds it.
type Page struct {
	Version string
	root    *html.Node // stands around the region
}

// Parse is the page that shows region, which is at version.
func Parse(version, region string) *Page {
	return &Page{version, parseFragment(region)}
}

// parseFragment parses as a template does, where rows and cells may stand without their table.
func parseFragment(text string) *html.Node {
	in := &html.Node{Type: html.ElementNode, Data: "template", DataAtom: atom.Template}
	nodes, err := html.ParseFragment(strings.NewReader(text), in)
	if err != nil {
		panic(err) // reading from a string does not fail
	}
	for _, n := range nodes {
		in.AppendChild(n)
	}
	return in
}

// Apply lets in a frame with this id and data: a whole region, or changes of some elements. It fails where htmx would do
// nothing or live.js would refuse: a base that the page does not show, an element that is not there, or is there twice.
func (p *Page) Apply(id, data string) error {
	version, base, isPartial := strings.Cut(id, " ")
	if !isPartial {
		p.Version, p.root = version, parseFragment(data)
		return nil
	}
	if base != p.Version {
		return fmt.Errorf("the page shows %s, and not %s", p.Version, base)
	}
	data = strings.ReplaceAll(strings.ReplaceAll(data, "<hx-partial ", "<template "), "</hx-partial>", "</template>")
	var swaps []func()
	for c := range parseFragment(data).ChildNodes() {
		if c.Type != html.ElementNode {
			continue
		}
		targets := p.findByID(attr(c, "id"))
		if len(targets) != 1 {
			return fmt.Errorf("%d elements are called %q", len(targets), attr(c, "id"))
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

// skipChildren marks elements whose text is a script's: htmx leaves it as it is.
const skipChildren = "hx-morph-skip-children"

// HTML is the page as it stands, without what scripts write: the version that its region names, and the words of times.
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
