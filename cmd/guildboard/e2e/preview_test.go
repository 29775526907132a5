//go:build e2e

package e2e

import (
	"testing"

	"guildboard/store/discord/discordtest"
)

// TestPreviewShowsServerNameLiterally has a server whose name has the replacement patterns of JavaScript.
func TestPreviewShowsServerNameLiterally(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	const name = "$$ Cash $& Club $1"
	s.discord.SetUser(discordtest.User{ID: s.userID, Username: "keeper"},
		discordtest.Guild{ID: s.guild, Name: name, Permissions: "32"})
	b := s.member.openWindow("/guilds")
	b.click("#refresh")
	b.waitForText("#guild-"+s.guild+" .guild-name", name)
	b.visit(overviewPath(s.guild) + "/settings/replies/new")
	b.typeText("#text", "Welcome to {server}!")
	b.waitFor("the preview has the name as it is", textExpression("#preview-text")+` === 'Welcome to `+name+`!'`)
}
