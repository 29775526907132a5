package views

import "maps"

// word is one text in every language; {name} is a placeholder.
type word struct{ en, vi string }

// words is the one translation table, each noun's part in a file of its own. A key ends in ".one" for a single thing,
// where a language tells one from many.
var words = table(
	shellWords, giveawayWords, ticketWords, ratingWords, commandWords, bulkWords, templateWords, noteWords, markWords, preferencesWords, staffWords, acrossWords, searchWords, replyWords, toldWords, keysWords, settingsWords,
)

func table(parts ...map[string]word) map[string]word {
	all := map[string]word{}
	for _, part := range parts {
		for key := range part {
			if _, twice := all[key]; twice {
				panic("views: two texts for " + key) // every test of this package finds it
			}
		}
		maps.Copy(all, part)
	}
	return all
}
