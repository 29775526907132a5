package ui

import (
	"strings"

	"guildboard/store"
	"guildboard/store/snowflake"
)

// discordAppLink returns the URL that opens a discord.com link in the Discord app.
func discordAppLink(link string) string {
	return strings.Replace(link, "https://discord.com/", "discord://-/", 1)
}

// profileLink returns the URL of a Discord user, or "" if id is not a snowflake.
func profileLink(id string) string {
	if !snowflake.IsValid(id) {
		return ""
	}
	return "https://discord.com/users/" + id
}

// serverLink returns the URL of a server in Discord; "" for an id that is not a Discord id.
func serverLink(guild string) string {
	if !snowflake.IsValid(guild) {
		return ""
	}
	return "https://discord.com/channels/" + guild
}

// ChannelLink returns the URL of a channel in Discord; "" for ids that are not Discord ids.
func ChannelLink(guild, channel string) string {
	if !snowflake.IsValid(guild) || !snowflake.IsValid(channel) {
		return ""
	}
	return "https://discord.com/channels/" + guild + "/" + channel
}

// MessageLink returns the URL of the giveaway's message in Discord, or of its channel if there is no message yet.
func MessageLink(g store.Giveaway) string {
	link := ChannelLink(g.GuildID, g.ChannelID)
	if link != "" && g.MessageID != nil && snowflake.IsValid(*g.MessageID) {
		link += "/" + *g.MessageID
	}
	return link
}
