package views

import "strings"

// discordAppLink is the address that Discord's app answers to in place of one of its site's.
func discordAppLink(link string) string {
	return strings.Replace(link, "https://discord.com/", "discord://-/", 1)
}

// profileLink leads to a person, "" for an id that is none of Discord's.
func profileLink(id string) string {
	if !IsSnowflake(id) {
		return ""
	}
	return "https://discord.com/users/" + id
}
