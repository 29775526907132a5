package views

import "strings"

// discordAppLink returns the URL that opens a discord.com link in the Discord app.
func discordAppLink(link string) string {
	return strings.Replace(link, "https://discord.com/", "discord://-/", 1)
}

// profileLink returns the URL of a Discord user, or "" if id is not a snowflake.
func profileLink(id string) string {
	if !IsSnowflake(id) {
		return ""
	}
	return "https://discord.com/users/" + id
}
