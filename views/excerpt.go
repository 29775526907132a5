package views

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"guildboard/store"
)

// excerpt is a text in a line around what was looked for in it. Where that cannot be seen in it, such as within a mention's
// id, it is how the text begins.
type excerpt struct{ before, hit, after string }

// excerptRunes is how much stands on either side of what was looked for.
const excerptRunes = 40

// excerptOf is that of a message.
func excerptOf(m store.TicketMessage, text string) excerpt {
	runes := []rune(clean(unmarked(m)))
	hit := folded([]rune(strings.TrimSpace(text)))
	at := indexOf(folded(runes), hit)
	if at < 0 {
		return excerpt{before: shorten(string(runes), 2*excerptRunes)}
	}
	end := at + len(hit)
	e := excerpt{string(runes[:at]), string(runes[at:end]), string(runes[end:])}
	if at > excerptRunes {
		e.before = "…" + string(runes[at-excerptRunes:at])
	}
	if len(runes)-end > excerptRunes {
		e.after = string(runes[end:end+excerptRunes]) + "…"
	}
	return e
}

// indexOf is where some runes stand in others; -1 for nowhere.
func indexOf(in, some []rune) int {
	for at := 0; len(some) > 0 && at+len(some) <= len(in); at++ {
		if slices.Equal(in[at:at+len(some)], some) {
			return at
		}
	}
	return -1
}

// folded is a text in small letters, as many as before: as it is searched.
func folded(runes []rune) []rune {
	small := make([]rune, len(runes))
	for i, r := range runes {
		small[i] = unicode.ToLower(r)
	}
	return small
}

// mentioned is how Discord writes mentions and its servers' own emoji.
var mentioned = regexp.MustCompile(`<(@[!&]?|#)(\d{1,20})>|<a?(:\w{1,40}:)\d{1,20}>`)

// unmarked is what a message says, with names for what it mentions, and without the fences around code.
func unmarked(m store.TicketMessage) string {
	return mentioned.ReplaceAllStringFunc(strings.ReplaceAll(m.Content, "```", ""), func(whole string) string {
		part := mentioned.FindStringSubmatch(whole)
		if part[3] != "" {
			return part[3]
		}
		return part[1][:1] + or(m.Names[part[2]], part[2])
	})
}
