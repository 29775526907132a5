package views

import (
	"bytes"
	"context"
	"io"
	"reflect"

	"github.com/a-h/templ"
)

// A Memo remembers how the parts of one live view were drawn, so that drawing a list of which one row has changed costs one
// row. It belongs to one view, in one language and so on, and serves one render at a time. Nil remembers nothing.
type Memo struct {
	parts  []drawn // in the order they were drawn
	before map[string]drawn
	common []any // what all parts but those before it are drawn from, too
	size   int
}

// drawn is a part as it was drawn, and from what.
type drawn struct {
	name string
	from []any
	html []byte
}

// Next begins another render. What was not drawn in the last is forgotten.
func (m *Memo) Next() {
	if m == nil {
		return
	}
	m.before = make(map[string]drawn, len(m.parts))
	for _, part := range m.parts {
		m.before[part.name] = part
	}
	m.parts = m.parts[:0]
}

// Size is about how much HTML the next render will make.
func (m *Memo) Size() int {
	if m == nil {
		return 0
	}
	return m.size + m.size/16 + 512
}

// Settle ends a render that came to html, which is kept by others too: the parts are remembered as pieces of it.
func (m *Memo) Settle(html []byte) {
	if m == nil {
		return
	}
	m.size, m.before = len(html), nil
	for i := range m.parts {
		part := &m.parts[i]
		at := bytes.Index(html, part.html)
		if at < 0 {
			part.html = bytes.Clone(part.html)
			continue
		}
		part.html, html = html[at:at+len(part.html):at+len(part.html)], html[at+len(part.html):]
	}
}

// part is a component that is drawn from these values alone, and from what belongs to the view, as its Page and its Filter
// do. Nothing else in the view has its name.
func (m *Memo) part(name string, component templ.Component, from ...any) templ.Component {
	if m == nil {
		return component
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return m.draw(ctx, w, name, func() templ.Component { return component }, from...)
	})
}

// list is a part for each of n things, each drawn from its own values and from common.
func (m *Memo) list(common []any, n int, name func(i int) string, component func(i int) templ.Component, from func(i int) []any) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if m != nil && !reflect.DeepEqual(common, m.common) {
			m.before, m.common = nil, common
		}
		for i := range n {
			var err error
			if m == nil {
				err = component(i).Render(ctx, w)
			} else {
				err = m.draw(ctx, w, name(i), func() templ.Component { return component(i) }, from(i)...)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *Memo) draw(ctx context.Context, w io.Writer, name string, component func() templ.Component, from ...any) error {
	part, ok := m.before[name]
	if !ok || !reflect.DeepEqual(part.from, from) {
		var html bytes.Buffer
		if err := component().Render(ctx, &html); err != nil {
			return err
		}
		part = drawn{name, from, html.Bytes()}
	}
	m.parts = append(m.parts, part)
	_, err := w.Write(part.html)
	return err
}
