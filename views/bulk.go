package views

import (
	"strings"

	"guildboard/store"
)

// BulkVerbs are those that can be asked for about many rows at once.
var BulkVerbs = []store.Verb{
	store.VerbGiveawayEnd, store.VerbGiveawayPause, store.VerbGiveawayResume, store.VerbGiveawayCancel, store.VerbGiveawayDelete,
	store.VerbTicketClaim, store.VerbTicketClose, store.VerbTicketReopen,
}

// availableBulkVerbs are the verbs for ticked rows of a list whose verbs begin with noun: what the reader may, and the bot knows.
func availableBulkVerbs(p Page, noun string, bot store.BotState) (available []store.Verb) {
	for _, v := range p.allowedVerbs(BulkVerbs) {
		if strings.HasPrefix(string(v), noun) && bot.Supports(v) {
			available = append(available, v)
		}
	}
	return available
}

// verbNoun is what a verb is about, as badges are named.
func verbNoun(v store.Verb) string {
	noun, _, _ := strings.Cut(string(v), "_")
	return strings.ToLower(noun)
}

// bulkSummary counts what has come of requests.
func bulkSummary(p Page, v BulkResultsView) string {
	done, failed, all := 0, len(v.Skipped), len(v.Commands)+len(v.Skipped)
	for _, c := range v.Commands {
		switch commandLevel(c) {
		case "done":
			done++
		case "failed":
			failed++
		}
	}
	return p.T("bulk.summary", "n", all, "done", done, "failed", failed, "waits", all-done-failed)
}
