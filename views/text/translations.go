package text

import "maps"

// Translation is one message in every language. {name} is a placeholder.
type Translation struct{ En, Vi string }

// translations has all messages; each area has a file of its own. A key that ends in ".one" is the singular form.
var translations = mergeTranslations(
	shellMessages, giveawayMessages, ticketMessages, ratingMessages, commandMessages, bulkMessages, templateMessages,
	noteMessages, triageMessages, preferencesMessages, staffMessages, homeMessages, searchMessages, replyMessages,
	notificationMessages, shortcutMessages, settingsMessages,
)

func mergeTranslations(parts ...map[string]Translation) map[string]Translation {
	all := map[string]Translation{}
	for _, part := range parts {
		for key := range part {
			if _, isDuplicate := all[key]; isDuplicate {
				panic("text: two texts for " + key) // every test of this package finds it
			}
		}
		maps.Copy(all, part)
	}
	return all
}

// All returns a copy of all messages by key.
func All() map[string]Translation { return maps.Clone(translations) }
