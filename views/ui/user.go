package ui

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"strings"

	"guildboard/store/contract"
	"guildboard/views/text"
)

// UserName returns a user's name for one line, or the id if there is none.
func UserName(user contract.User) string {
	if name := text.Truncate(user.Username, 40); name != "" {
		return name
	}
	return user.ID
}

// UserNames joins the names of up to maxViewersShown users with commas.
func UserNames(users []contract.User) string {
	names := make([]string, 0, MaxViewersShown)
	for _, user := range users[:min(len(users), MaxViewersShown)] {
		names = append(names, UserName(user))
	}
	if len(users) > MaxViewersShown {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// initials returns the first letters of up to maxLetters words, shown in place of a missing picture as in Discord.
func initials(name string, maxLetters int) string {
	words := strings.Fields(text.SanitizeLine(name))
	var letters strings.Builder
	for _, word := range words[:min(len(words), maxLetters)] {
		letters.WriteString(text.Initial(word))
	}
	return cmp.Or(letters.String(), "?")
}

// tintClass returns the CSS class of one of six colours for a missing picture. It depends only on id.
func tintClass(id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	return fmt.Sprintf("tint-%d", h.Sum32()%6)
}

// imageSize returns the size to request from Discord's CDN: the smallest power of two that is at least twice the pixels
// shown.
func imageSize(shown int) int {
	size := 16
	for size < 2*shown {
		size *= 2
	}
	return size
}

// MaxViewersShown is how many of the current viewers a ticket page names.
const MaxViewersShown = 8
