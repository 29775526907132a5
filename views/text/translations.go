package text

import "maps"

// Translation is one message in every language. {name} is a placeholder.
type Translation struct{ En, Vi string }

// translations has all messages; each area has a file of its own. A key that ends in ".one" is the singular form.
var translations = mergeTranslations(areas)

// areas has the messages of each translations_<area>.go. No two have the same key.
var areas = []map[string]Translation{
	shellMessages, giveawayMessages, ticketMessages, ratingMessages, commandMessages, bulkMessages, templateMessages,
	noteMessages, triageMessages, preferencesMessages, staffMessages, homeMessages, searchMessages, replyMessages,
	notificationMessages, shortcutMessages, settingsMessages, listMessages,
}

func mergeTranslations(areas []map[string]Translation) map[string]Translation {
	all := map[string]Translation{}
	for _, area := range areas {
		maps.Copy(all, area)
	}
	return all
}

// All returns a copy of all messages by key.
func All() map[string]Translation { return maps.Clone(translations) }
