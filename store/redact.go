package store

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// winnerFields are the members of a giveaway, as the API and events name them, that are for winners and for those who
// tell them.
var winnerFields = []string{"prizeSecret", "dmWinnerMessage", "notes"}

// maySeeWinnerFields is the one rule for what of a giveaway is for winners alone: who may only look sees none of it.
// Pages, API, exports, streams and events all go by it, through Redact and RedactEvent.
func (r Rights) maySeeWinnerFields() bool { return r.May(ModuleGiveaways, LevelAct) }

// Redact is the giveaway as somebody with these rights may see it.
func (r Rights) Redact(g Giveaway) Giveaway {
	if !r.maySeeWinnerFields() {
		g.PrizeSecret, g.DMWinnerMessage, g.Notes = nil, nil, nil // as winnerFields names them
	}
	return g
}

// RedactAll is Redact of each giveaway, in place.
func (r Rights) RedactAll(all []Giveaway) []Giveaway {
	for i := range all {
		all[i] = r.Redact(all[i])
	}
	return all
}

// RedactEvent is the message of an event as somebody with these rights may see it: without the winnerFields of a giveaway,
// wherever they stand in it. It is nil when the message can't be read.
func (r Rights) RedactEvent(raw []byte) []byte {
	if r.maySeeWinnerFields() || !mayHaveWinnerFields(raw) {
		return raw
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // ids are longer than a float is exact
	var message any
	if d.Decode(&message) != nil {
		return nil
	}
	redacted, err := json.Marshal(withoutWinnerFields(message))
	if err != nil {
		return nil
	}
	return redacted
}

// mayHaveWinnerFields tells whether a message names one of them, or spells something in a way that could.
func mayHaveWinnerFields(raw []byte) bool {
	lower := bytes.ToLower(raw)
	return bytes.Contains(raw, []byte(`\u`)) || slices.ContainsFunc(winnerFields, func(field string) bool {
		return bytes.Contains(lower, []byte(strings.ToLower(field)))
	})
}

func withoutWinnerFields(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if slices.ContainsFunc(winnerFields, func(field string) bool { return strings.EqualFold(field, key) }) {
				delete(v, key)
				continue
			}
			v[key] = withoutWinnerFields(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = withoutWinnerFields(inner)
		}
	}
	return value
}
