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
	rows, before map[string]drawn
}

type drawn struct {
	from []any
	html []byte
}

// Next begins another render. What was not drawn in the last is forgotten.
func (m *Memo) Next() {
	if m != nil {
		m.before, m.rows = m.rows, make(map[string]drawn, len(m.rows))
	}
}

// Size is about how much HTML the next render will make.
func (m *Memo) Size() int {
	if m == nil {
		return 0
	}
	size := 8 << 10 // what is not in rows
	for _, row := range m.before {
		size += len(row.html)
	}
	return size
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
			html.Grow(4 << 10)
			if err := row.Render(ctx, &html); err != nil {
				return err
			}
			last = drawn{from, bytes.Clone(html.Bytes())}
		}
		m.rows[id] = last
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
