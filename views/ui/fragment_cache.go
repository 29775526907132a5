package ui

import (
	"bytes"
	"context"
	"io"
	"reflect"

	"github.com/a-h/templ"
)

// A FragmentCache stores the rendered parts of one live view, so that rendering a list in which one row has changed
// costs one row. It belongs to one view (one language, zone, and so on) and supports one render at a time. A nil cache
// stores nothing.
type FragmentCache struct {
	fragments    []fragment          // of this render, in order
	previous     map[string]fragment // of the last render, by name
	sharedInputs []any               // inputs that the parts of a list have in common
	size         int
}

// A fragment is a rendered part and the values that it was rendered from.
type fragment struct {
	name   string
	inputs []any
	html   []byte
}

// BeginRender begins a render. Parts that were not rendered in the last one are dropped.
func (m *FragmentCache) BeginRender() {
	if m == nil {
		return
	}
	m.previous = make(map[string]fragment, len(m.fragments))
	for _, part := range m.fragments {
		m.previous[part.name] = part
	}
	m.fragments = m.fragments[:0]
}

// EstimatedSize returns the approximate size of the next render in bytes.
func (m *FragmentCache) EstimatedSize() int {
	if m == nil {
		return 0
	}
	return m.size + m.size/16 + 512
}

// FinishRender ends a render whose result is html. The caller keeps html anyway, so the parts are stored as slices of
// it.
func (m *FragmentCache) FinishRender(html []byte) {
	if m == nil {
		return
	}
	m.size, m.previous = len(html), nil
	for i := range m.fragments {
		part := &m.fragments[i]
		at := bytes.Index(html, part.html)
		if at < 0 {
			part.html = bytes.Clone(part.html)
			continue
		}
		part.html, html = html[at:at+len(part.html):at+len(part.html)], html[at+len(part.html):]
	}
}

// Cached returns a component that is rendered again only if inputs have changed. Apart from inputs it may depend only
// on what the view's key covers, such as Page and Filter. name is unique within the view.
func (m *FragmentCache) Cached(name string, component templ.Component, inputs ...any) templ.Component {
	if m == nil {
		return component
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return m.renderCached(ctx, w, name, func() templ.Component { return component }, inputs...)
	})
}

// CachedList renders n components, each from its own inputs and from sharedInputs.
func (m *FragmentCache) CachedList(sharedInputs []any, n int, name func(i int) string,
	component func(i int) templ.Component, inputs func(i int) []any) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if m != nil && !reflect.DeepEqual(sharedInputs, m.sharedInputs) {
			m.previous, m.sharedInputs = nil, sharedInputs
		}
		for i := range n {
			var err error
			if m == nil {
				err = component(i).Render(ctx, w)
			} else {
				err = m.renderCached(ctx, w, name(i), func() templ.Component { return component(i) }, inputs(i)...)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *FragmentCache) renderCached(ctx context.Context, w io.Writer, name string, component func() templ.Component, inputs ...any) error {
	part, ok := m.previous[name]
	if !ok || !reflect.DeepEqual(part.inputs, inputs) {
		var html bytes.Buffer
		if err := component().Render(ctx, &html); err != nil {
			return err
		}
		part = fragment{name, inputs, html.Bytes()}
	}
	m.fragments = append(m.fragments, part)
	_, err := w.Write(part.html)
	return err
}
