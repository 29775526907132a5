package store

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// winnerFields are the members of a giveaway, in the API and in events, that are only for its winners and for staff
// members with LevelAct.
var winnerFields = []string{"prizeSecret", "dmWinnerMessage", "notes"}

// maySeeWinnerFields is the only rule for winner fields: without LevelAct a user sees none of them. Pages, API,
// exports, streams and events apply it through Redact and RedactEvent.
func (r Rights) maySeeWinnerFields() bool { return r.Can(ModuleGiveaways, LevelAct) }

// Redact returns the giveaway as a user with these rights may see it.
func (r Rights) Redact(g Giveaway) Giveaway {
	if !r.maySeeWinnerFields() {
		g.PrizeSecret, g.DMWinnerMessage, g.Notes = nil, nil, nil // the same fields as winnerFields
	}
	return g
}

// RedactAll redacts each giveaway, in place, and returns all of them.
func (r Rights) RedactAll(all []Giveaway) []Giveaway {
	for i := range all {
		all[i] = r.Redact(all[i])
	}
	return all
}

// RedactEvent returns the message of an event as a user with these rights may see it: without winnerFields at any
// depth. It returns nil if the message can't be read.
func (r Rights) RedactEvent(raw []byte) []byte {
	if r.maySeeWinnerFields() || !mayHaveWinnerFields(raw) {
		return raw
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // a float64 would round ids
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

// mayHaveWinnerFields reports whether a message contains the name of a winner field, or what may spell one: an escape, or
// one of the two letters beyond ASCII that strings.EqualFold takes for s and k.
func mayHaveWinnerFields(raw []byte) bool {
	if bytes.Contains(raw, []byte(`\u`)) || bytes.ContainsAny(raw, "\u017f\u212a") {
		return true
	}
	lower := bytes.ToLower(raw)
	return slices.ContainsFunc(winnerFields, func(field string) bool {
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
