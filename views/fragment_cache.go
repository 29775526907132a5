package views

import (
	"bytes"
	"context"
	"io"
	"reflect"

	"github.com/a-h/templ"
)

// A FragmentCache remembers how the parts of one live view were drawn, so that drawing a list of which one row has changed costs one
// row. It belongs to one view, in one language and so on, and serves one render at a time. Nil remembers nothing.
type FragmentCache struct {
	fragments    []fragment // in the order they were drawn
	previous     map[string]fragment
	sharedInputs []any // what all parts but those before it are drawn from, too
	size         int
}

// fragment is a part as it was drawn, and from what.
type fragment struct {
	name   string
	inputs []any
	html   []byte
}

// BeginRender begins another render. What was not drawn in the last is forgotten.
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

// EstimatedSize is about how much HTML the next render will make.
func (m *FragmentCache) EstimatedSize() int {
	if m == nil {
		return 0
	}
	return m.size + m.size/16 + 512
}

// FinishRender ends a render that came to html, which is kept by others too: the parts are remembered as pieces of it.
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

// cached is a component that is drawn from these values alone, and from what belongs to the view, as its Page and its Filter
// do. Nothing else in the view has its name.
func (m *FragmentCache) cached(name string, component templ.Component, inputs ...any) templ.Component {
	if m == nil {
		return component
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return m.renderCached(ctx, w, name, func() templ.Component { return component }, inputs...)
	})
}

// cachedList is a part for each of n things, each drawn from its own values and from common.
func (m *FragmentCache) cachedList(sharedInputs []any, n int, name func(i int) string, component func(i int) templ.Component, inputs func(i int) []any) templ.Component {
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
