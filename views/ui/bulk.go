package ui

import (
	"strings"

	"guildboard/store"
	"guildboard/store/contract"
)

// AvailableBulkVerbs returns the verbs for selected rows of a list: those that begin with noun, that the viewer may
// request and the bot supports.
func AvailableBulkVerbs(p Page, noun string, bot store.BotState) (available []contract.Verb) {
	for _, v := range p.AllowedVerbs(contract.Verbs) {
		if strings.HasPrefix(string(v), noun) && IsBulkVerb(v) && bot.Supports(v) {
			available = append(available, v)
		}
	}
	return available
}

// verbNoun returns the kind of row that a verb applies to, in lower case: "giveaway" or "ticket".
func verbNoun(v contract.Verb) string {
	noun, _, _ := strings.Cut(string(v), "_")
	return strings.ToLower(noun)
}

// bulkLabel returns the text of the button that confirms a verb for n rows, such as "Cancel 3 giveaways". It is the
// heading without its question mark.
func bulkLabel(p Page, v contract.Verb, n int) string {
	return strings.TrimSuffix(p.N("bulk.confirm."+string(v), n), "?")
}

// bulkSummary counts the rows of a bulk action by result, without results that no row has.
func bulkSummary(p Page, v BulkResultsView) string {
	counts := map[string]int{"bulk.unchanged": len(v.Skipped)}
	for _, c := range v.Commands {
		counts[bulkCountKeys[CommandLevel(c)]]++
	}
	var parts []string
	for _, key := range []string{"bulk.done", "bulk.failed", "bulk.waiting", "bulk.unchanged"} {
		if counts[key] > 0 {
			parts = append(parts, p.T(key, "n", counts[key]))
		}
	}
	return strings.Join(parts, " · ")
}

// bulkCountKeys has the message key for the number of commands at each level.
var bulkCountKeys = map[string]string{"done": "bulk.done", "failed": "bulk.failed", "waits": "bulk.waiting"}
