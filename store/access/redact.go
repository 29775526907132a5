package access

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// winnerFields are the giveaway fields, in API and events, that only winners and staff with LevelAct may see.
var winnerFields = []string{"prizeSecret", "dmWinnerMessage", "notes"}

// CanSeeWinnerFields reports whether the user may see winner fields, which requires LevelAct. Pages, API, exports,
// streams and events all apply this rule through Redact and RedactEvent.
func (r Rights) CanSeeWinnerFields() bool { return r.Can(ModuleGiveaways, LevelAct) }

// RedactEvent returns an event message for a user with these rights: without winnerFields at any depth. It returns
// nil if the message cannot be decoded.
func (r Rights) RedactEvent(raw []byte) []byte {
	if r.CanSeeWinnerFields() || !mayHaveWinnerFields(raw) {
		return raw
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // a float64 would round ids
	var message any
	if d.Decode(&message) != nil {
		return nil
	}
	redacted, err := json.Marshal(deleteWinnerFields(message))
	if err != nil {
		return nil
	}
	return redacted
}

// mayHaveWinnerFields reports whether a message contains the name of a winner field or anything that may spell one:
// an escape, or one of the two non-ASCII letters that strings.EqualFold treats as s and k.
func mayHaveWinnerFields(raw []byte) bool {
	if bytes.Contains(raw, []byte(`\u`)) || bytes.ContainsAny(raw, "\u017f\u212a") {
		return true
	}
	lower := bytes.ToLower(raw)
	return slices.ContainsFunc(winnerFields, func(field string) bool {
		return bytes.Contains(lower, []byte(strings.ToLower(field)))
	})
}

// deleteWinnerFields deletes the winner fields in a decoded JSON value, at every depth, and returns the value.
func deleteWinnerFields(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if slices.ContainsFunc(winnerFields, func(field string) bool { return strings.EqualFold(field, key) }) {
				delete(v, key)
				continue
			}
			v[key] = deleteWinnerFields(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = deleteWinnerFields(inner)
		}
	}
	return value
}
