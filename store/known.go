package store

import (
	"bytes"
	"encoding/binary"
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
	sent []byte // by Postgres; nil on SQLite
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
		if was := before[string(sent[0])]; was != nil && isPacked(sent, was.sent) { // the id is the first column
			return was, nil
		}
	}
	g, err := scanGiveaway(r)
	if err != nil {
		return nil, err
	}
	if was := before[g.ID]; was != nil {
		if g.Reading = was.Reading; reflect.DeepEqual(g, was.Giveaway) {
			return &knownGiveaway{g, pack(sent)}, nil
		}
	}
	k.last++
	g.Reading = k.last
	return &knownGiveaway{g, pack(sent)}, nil
}

// pack puts the columns of a row one behind the other, each behind its length; NULL is not what is empty.
func pack(columns [][]byte) (row []byte) {
	for _, c := range columns {
		row = append(appendLength(row, c), c...)
	}
	return row
}

func isPacked(columns [][]byte, row []byte) bool {
	var length [binary.MaxVarintLen64]byte
	for _, c := range columns {
		var ok bool
		if row, ok = bytes.CutPrefix(row, appendLength(length[:0], c)); !ok {
			return false
		}
		if row, ok = bytes.CutPrefix(row, c); !ok {
			return false
		}
	}
	return len(row) == 0
}

func appendLength(b, column []byte) []byte {
	if column == nil {
		return binary.AppendVarint(b, -1)
	}
	return binary.AppendVarint(b, int64(len(column)))
}
