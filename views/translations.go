package views

import "maps"

// translation is one text in every language; {name} is a placeholder.
type translation struct{ en, vi string }

// translations is the one translation table, each noun's part in a file of its own. A key ends in ".one" for a single thing,
// where a language tells one from many.
var translations = mergeTranslations(
	shellMessages, giveawayMessages, ticketMessages, ratingMessages, commandMessages, bulkMessages, templateMessages, noteMessages, triageMessages, preferencesMessages, staffMessages, homeMessages, searchMessages, replyMessages, notificationMessages, shortcutMessages, settingsMessages,
)

func mergeTranslations(parts ...map[string]translation) map[string]translation {
	all := map[string]translation{}
	for _, part := range parts {
		for key := range part {
			if _, isDuplicate := all[key]; isDuplicate {
				panic("views: two texts for " + key) // every test of this package finds it
			}
		}
		maps.Copy(all, part)
	}
	return all
}
