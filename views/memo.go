package views

import (
	"bytes"
	"context"
	"io"
	"reflect"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
)

// A Memo remembers how the rows of one live view were drawn, so that drawing a list of which one row has changed costs one
// row. It belongs to one view, in one language and so on, and serves one render at a time. Nil remembers nothing.
type Memo struct {
	rows   []drawn // in the order they were drawn
	before map[string]drawn
	size   int
}

type drawn struct {
	id   string
	from []any
	html []byte
}

// Next begins another render. What was not drawn in the last is forgotten.
func (m *Memo) Next() {
	if m == nil {
		return
	}
	m.before = make(map[string]drawn, len(m.rows))
	for _, row := range m.rows {
		m.before[row.id] = row
	}
	m.rows = m.rows[:0]
}

// Size is about how much HTML the next render will make.
func (m *Memo) Size() int {
	if m == nil {
		return 0
	}
	return m.size + m.size/16 + 512
}

// Settle ends a render that came to html, which is kept by others too: the rows are remembered as parts of it.
func (m *Memo) Settle(html []byte) {
	if m == nil {
		return
	}
	m.size, m.before = len(html), nil
	for i := range m.rows {
		row := &m.rows[i]
		at := bytes.Index(html, row.html)
		if at < 0 {
			row.html = bytes.Clone(row.html)
			continue
		}
		row.html, html = html[at:at+len(row.html):at+len(row.html)], html[at+len(row.html):]
	}
}

// row is a row, which must be drawn from these values and the view's Page alone.
func (m *Memo) row(id string, row templ.Component, from ...any) templ.Component {
	if m == nil {
		return row
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		last, ok := m.before[id]
		if !ok || !reflect.DeepEqual(last.from, from) {
			var html bytes.Buffer
			if err := row.Render(ctx, &html); err != nil {
				return err
			}
			last = drawn{id, from, html.Bytes()}
		}
		m.rows = append(m.rows, last)
		_, err := w.Write(last.html)
		return err
	})
}

// about is what was asked about one row: all that a row may be drawn from.
func (a Asked) about(id string) Asked {
	row := Asked{Bot: a.Bot}
	row.Bot.LastHeard = time.Time{} // no row says when, and it is another time every ten seconds
	if c, ok := a.Commands[id]; ok {
		row.Commands = map[string]store.Command{id: c}
	}
	return row
}
