package views

import "maps"

// A translation is one message in every language. {name} is a placeholder.
type translation struct{ en, vi string }

// translations has all messages; each area has a file of its own. A key that ends in ".one" is the singular form.
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
