// Package home renders the pages that are not about one noun: sign-in, the server picker, the home page and the overview
// of a server.
package home

import (
	"net/url"
	"strings"

	"guildboard/store/access"
	"guildboard/views/ui"
)

// overviewSummary returns the text that screen readers announce when the overview changes.
func overviewSummary(p ui.Page, v OverviewView) string {
	var parts []string
	if p.Rights.Can(access.ModuleGiveaways, access.LevelSee) {
		parts = append(parts, p.N("overview.active", v.GiveawayStats.Active))
	}
	if p.Rights.Can(access.ModuleTickets, access.LevelSee) {
		parts = append(parts, p.N("overview.waiting", v.TicketStats.Open))
	}
	return strings.Join(parts, ", ")
}

func guildRoleText(p ui.Page, g ui.GuildLink) string {
	switch {
	case g.IsOwner:
		return p.T("guilds.owner")
	case g.IsStaff:
		return p.T("guilds.staff")
	}
	return p.T("guilds.manager")
}

func signInStartURL(back string) string {
	if back == "" {
		return "/login/start"
	}
	return "/login/start?return=" + url.QueryEscape(back)
}
