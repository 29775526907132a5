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

// bulkSummary counts the bulk requests by result.
func bulkSummary(p Page, v BulkResultsView) string {
	done, failed, all := 0, len(v.Skipped), len(v.Commands)+len(v.Skipped)
	for _, c := range v.Commands {
		switch CommandLevel(c) {
		case "done":
			done++
		case "failed":
			failed++
		}
	}
	return p.T("bulk.summary", "n", all, "done", done, "failed", failed, "waits", all-done-failed)
}
