package store

import (
	"reflect"

	"github.com/jackc/pgx/v5"
)

// GiveawayRowCache remembers the rows of a list that is read again and again: which they are likely to be next time, and what
// they said. One that has not changed is not decoded again, and has the Reading that it had. The zero value knows nothing.
// It serves one reader at a time.
type GiveawayRowCache struct {
	rows        map[string]*cachedGiveaway // of the last reading, by id
	lastVersion uint64                     // the newest Reading
}

type cachedGiveaway struct {
	Giveaway
	raw packedRow // by Postgres; empty on SQLite
}

// ids are those of the last reading, in no order.
func (k *GiveawayRowCache) ids() []string {
	if k == nil {
		return nil
	}
	ids := make([]string, 0, len(k.rows))
	for id := range k.rows {
		ids = append(ids, id)
	}
	return ids
}

// newReader begins another reading, which appends rows to items.
func (k *GiveawayRowCache) newReader(items *[]Giveaway) func(row) error {
	if k == nil {
		return appendTo(items, scanGiveaway)
	}
	previous := k.rows
	k.rows = make(map[string]*cachedGiveaway, len(previous))
	*items = make([]Giveaway, 0, len(previous))
	return func(r row) error {
		g, err := k.readRow(r, previous)
		if err != nil {
			return err
		}
		k.rows[g.ID] = g
		*items = append(*items, g.Giveaway)
		return nil
	}
}

func (k *GiveawayRowCache) readRow(r row, previous map[string]*cachedGiveaway) (*cachedGiveaway, error) {
	var raw [][]byte
	if pgxRows, ok := r.(pgx.Rows); ok {
		raw = pgxRows.RawValues()
		if cached := previous[string(raw[0])]; cached != nil && cached.raw.equals(raw) { // the id is the first column
			return cached, nil
		}
	}
	g, err := scanGiveaway(r)
	if err != nil {
		return nil, err
	}
	if cached := previous[g.ID]; cached != nil && raw == nil {
		if g.Version = cached.Version; reflect.DeepEqual(g, cached.Giveaway) {
			return cached, nil
		}
	}
	k.lastVersion++
	g.Version = k.lastVersion
	return &cachedGiveaway{g, packRow(raw)}, nil
}

// packedRow are the columns of a row one behind the other.
type packedRow struct {
	bytes []byte
	ends  []int32 // of each column; null for NULL
}

const nullEnd = -1

func packRow(columns [][]byte) (p packedRow) {
	for _, c := range columns {
		p.bytes = append(p.bytes, c...)
		end := int32(len(p.bytes))
		if c == nil {
			end = nullEnd
		}
		p.ends = append(p.ends, end)
	}
	return p
}

func (p packedRow) equals(columns [][]byte) bool {
	if len(columns) != len(p.ends) {
		return false
	}
	start := 0
	for i, c := range columns {
		switch end := int(p.ends[i]); {
		case c == nil || end == nullEnd:
			if c != nil || end != nullEnd {
				return false
			}
		case string(p.bytes[start:end]) != string(c):
			return false
		default:
			start = end
		}
	}
	return true
}
