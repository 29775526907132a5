package ui

import (
	"testing"

	"guildboard/store"
)

func TestDiscordLinks(t *testing.T) {
	for got, want := range map[string]string{
		discordAppLink(ChannelLink("1", "2")): "discord://-/channels/1/2", discordAppLink(""): "",
		profileLink("3"): "https://discord.com/users/3", profileLink("3/../x"): "",
		serverLink("1"): "https://discord.com/channels/1", serverLink("1/.."): "",
		ChannelLink("1", "2"): "https://discord.com/channels/1/2", ChannelLink("1", "2/../.."): "",
		ChannelLink("", "2"): "", ChannelLink("x", "2"): "",
		MessageLink(store.Giveaway{GuildID: "1", ChannelID: "2"}):                            "https://discord.com/channels/1/2",
		MessageLink(store.Giveaway{GuildID: "1", ChannelID: "2", MessageID: new("3")}):       "https://discord.com/channels/1/2/3",
		MessageLink(store.Giveaway{GuildID: "1", ChannelID: "2", MessageID: new("3?evil=")}): "https://discord.com/channels/1/2",
	} {
		if got != want {
			t.Errorf("text = %q, want %q", got, want)
		}
	}
}
