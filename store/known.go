package store

import (
	"reflect"

	"github.com/jackc/pgx/v5"
)

// KnownGiveaways remembers the rows of a list that is read again and again: which they are likely to be next time, and what
// they said. One that has not changed is not decoded again, and has the Reading that it had. The zero value knows nothing.
// It serves one reader at a time.
type KnownGiveaways struct {
	rows map[string]*knownGiveaway // of the last reading, by id
	last uint64                    // the newest Reading
}

type knownGiveaway struct {
	Giveaway
	sent packed // by Postgres; empty on SQLite
}

// ids are those of the last reading, in no order.
func (k *KnownGiveaways) ids() []string {
	if k == nil {
		return nil
	}
	ids := make([]string, 0, len(k.rows))
	for id := range k.rows {
		ids = append(ids, id)
	}
	return ids
}

// reading begins another reading, which appends rows to items.
func (k *KnownGiveaways) reading(items *[]Giveaway) func(row) error {
	if k == nil {
		return appendTo(items, scanGiveaway)
	}
	before := k.rows
	k.rows = make(map[string]*knownGiveaway, len(before))
	*items = make([]Giveaway, 0, len(before))
	return func(r row) error {
		g, err := k.read(r, before)
		if err != nil {
			return err
		}
		k.rows[g.ID] = g
		*items = append(*items, g.Giveaway)
		return nil
	}
}

func (k *KnownGiveaways) read(r row, before map[string]*knownGiveaway) (*knownGiveaway, error) {
	var sent [][]byte
	if postgres, ok := r.(pgx.Rows); ok {
		sent = postgres.RawValues()
		if was := before[string(sent[0])]; was != nil && was.sent.is(sent) { // the id is the first column
			return was, nil
		}
	}
	g, err := scanGiveaway(r)
	if err != nil {
		return nil, err
	}
	if was := before[g.ID]; was != nil && sent == nil {
		if g.Reading = was.Reading; reflect.DeepEqual(g, was.Giveaway) {
			return was, nil
		}
	}
	k.last++
	g.Reading = k.last
	return &knownGiveaway{g, pack(sent)}, nil
}

// packed are the columns of a row one behind the other.
type packed struct {
	bytes []byte
	ends  []int32 // of each column; null for NULL
}

const null = -1

func pack(columns [][]byte) (p packed) {
	for _, c := range columns {
		p.bytes = append(p.bytes, c...)
		end := int32(len(p.bytes))
		if c == nil {
			end = null
		}
		p.ends = append(p.ends, end)
	}
	return p
}

func (p packed) is(columns [][]byte) bool {
	if len(columns) != len(p.ends) {
		return false
	}
	from := 0
	for i, c := range columns {
		switch to := int(p.ends[i]); {
		case c == nil || to == null:
			if c != nil || to != null {
				return false
			}
		case string(p.bytes[from:to]) != string(c):
			return false
		default:
			from = to
		}
	}
	return true
}
