package gallery

import (
	"strconv"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/views/account"
	"guildboard/views/home"
	"guildboard/views/ui"
)

// statesOfGuilds returns the gallery states of the pages outside of a server and of the overview of a server.
func statesOfGuilds(v stateFixtures) []State {
	staffGuild := ui.GuildLink{ID: "2", Name: v.text, Icon: v.text, IsStaff: true, HasBot: true,
		Rights: access.Rights{Tickets: access.LevelSee}}
	counts := map[string]store.GuildCounts{stateGuild: {ActiveGiveaways: 1, OpenTickets: 20}, "2": {OpenTickets: 1}}
	attention := map[string]store.Attention{stateGuild: {OverdueTickets: 3, UrgentTickets: 1, UnclaimedTickets: 20,
		OverdueGiveaways: 1, UnclaimedPrizes: 2, PermissionIssues: 3, SyncIssues: 4}}
	var crowd []ui.GuildLink
	crowdAttention := map[string]store.Attention{}
	for i := range 22 {
		g := ui.GuildLink{ID: strconv.Itoa(100 + i), Name: v.text, HasBot: true}
		crowd, crowdAttention[g.ID] = append(crowd, g), attention[stateGuild]
	}
	invite := func(string) string { return "https://discord.com/" + v.cleanText }
	uninvited := func(string) string { return "" }
	absent := []ui.GuildLink{{ID: "9", Name: v.text, Icon: v.text}}
	issues := syncIssues(v)
	outside := v.page
	outside.Guild, outside.Guilds, outside.Section = nil, nil, ""
	discord := v.anonymousPage
	discord.IsDemo = false
	session := account.SessionRow{Handle: "0123", Browser: v.cleanText, SignedInAt: v.now, LastSeenAt: v.now, IsCurrent: true}
	other := account.SessionRow{Handle: "4567", Browser: v.cleanText, SignedInAt: v.now, LastSeenAt: v.now}
	stats := store.TicketStats{Open: 20, Claimed: 3, ClosedToday: 4, Closed: 90, LongestWaitingSince: &v.now, Overdue: 1}
	full := home.OverviewView{
		Giveaways: v.giveaways, GiveawayStats: store.GiveawayStats{Active: 30, Pending: 9, Ended: 9, Entries: 1234},
		Tickets: v.tickets, TicketStats: stats, SyncIssues: issues, PermissionIssues: permissionIssues(v),
		Attention: attention[stateGuild], Requests: v.requests,
	}
	messages := func(confirmed bool, refusal string) *account.DirectMessages {
		return &account.DirectMessages{
			Guilds: []ui.GuildLink{v.guild, staffGuild}, GuildIDs: []string{v.guild.ID}, IsConfirmed: confirmed, Refusal: refusal,
		}
	}
	return []State{
		{"home.Landing", "stranger", home.Landing(v.anonymousPage)},
		{"home.Login", "demo", home.Login(v.anonymousPage, v.text)},
		{"home.Login", "discord", home.Login(discord, v.text)},
		{"account.Sessions", "one", account.Sessions(outside, []account.SessionRow{session})},
		{"account.Sessions", "many", account.Sessions(outside, []account.SessionRow{session, other})},
		{"account.Preferences", "saved", account.Preferences(outside, account.PreferencesForm{Zone: "Asia/Tokyo"})},
		{"account.Preferences", "problems", account.Preferences(outside,
			account.PreferencesForm{Zone: v.text, Problems: map[string]string{"zone": v.cleanText}})},
		{"account.Preferences", "direct-messages", account.Preferences(outside, account.PreferencesForm{DirectMessages: messages(true, "")})},
		{"account.Preferences", "direct-messages-new", account.Preferences(outside,
			account.PreferencesForm{DirectMessages: messages(false, "")})},
		{"account.Preferences", "direct-messages-refused", account.Preferences(outside,
			account.PreferencesForm{DirectMessages: messages(true, v.text), Problems: map[string]string{"notifications": v.cleanText}})},
		{"home.GuildPicker", "none", home.GuildPicker(outside, v.region, true, nil, uninvited)},
		{"home.GuildPicker", "one", home.GuildPicker(outside, v.liveRegion(home.GuildCards(outside, []ui.GuildLink{v.guild},
			counts, attention)), false, nil, uninvited)},
		{"home.GuildPicker", "invite", home.GuildPicker(outside, v.region, true, absent, invite)},
		{"home.GuildPicker", "no-bot", home.GuildPicker(outside, v.region, true, absent, uninvited)},
		{"home.GuildCards", "many", home.GuildCards(outside, []ui.GuildLink{v.guild, staffGuild, {ID: "3", Name: ""}}, counts, attention)},
		{"home.Home", "empty", home.Home(outside, v.liveRegion(home.Content(outside, home.View{Guilds: []ui.GuildLink{v.guild}})))},
		{"home.Content", "none", home.Content(outside, home.View{})},
		{"home.Content", "many", home.Content(outside, home.View{Guilds: []ui.GuildLink{v.guild, staffGuild},
			Counts: counts, Attention: attention, EndingSoon: v.giveaways, WaitingTickets: v.tickets})},
		{"home.Content", "crowd", home.Content(outside, home.View{Guilds: crowd, Attention: crowdAttention})},
		{"home.Overview", "empty", home.Overview(v.page, v.liveRegion(home.OverviewContent(v.page, home.OverviewView{})))},
		{"home.OverviewContent", "many", home.OverviewContent(v.page, full)},
		{"home.OverviewContent", "named-channels", home.OverviewContent(v.namedPage, full)},
		{"home.OverviewContent", "watcher", home.OverviewContent(v.readOnlyPage, full)},
		{"home.OverviewContent", "no-permission", home.OverviewContent(withoutRights(v), full)},
		{"home.OverviewContent", "bot-silent", home.OverviewContent(v.page, home.OverviewView{Requests: ui.BotRequests{Bot: v.silentBot}})},
	}
}

// syncIssues returns an issue of each kind that a command repairs.
func syncIssues(v stateFixtures) (issues []store.SyncIssue) {
	for _, kind := range store.SyncIssueKinds {
		if verb := kind.RepairVerb(); verb != "" {
			issues = append(issues, store.SyncIssue{ID: "d-" + string(kind), Kind: kind, Target: "c9", Label: v.text, RepairVerb: verb})
		}
	}
	return issues
}

// permissionIssues returns missing permissions in a channel with a name, in a channel category, in an unknown channel and
// in the whole server. The bot that found the last ones is newer than the dashboard.
func permissionIssues(v stateFixtures) (issues []store.SyncIssue) {
	all := store.PermissionLabel(store.Permissions)
	for _, target := range []string{"400000000000000001", "30", "400000000000000009", ""} {
		issues = append(issues, store.SyncIssue{ID: "p-" + target, Kind: store.SyncIssueTicketPermissions, Target: target, Label: all})
	}
	return append(issues, store.SyncIssue{ID: "p-new", Kind: store.SyncIssueGiveawayPermissions, Target: v.text, Label: v.text})
}

// withoutRights returns the page of a viewer without rights in the server.
func withoutRights(v stateFixtures) ui.Page {
	p := v.page
	p.Rights = access.Rights{}
	return p
}

// counts returns entry counts of n hours.
func (v stateFixtures) counts(n int) (counts []store.EntryCount) {
	from := v.now.Truncate(time.Hour).Add(-time.Duration(n) * time.Hour)
	for i := range n {
		counts = append(counts, store.EntryCount{From: from.Add(time.Duration(i) * time.Hour), Count: 1 + i*i*7%23})
	}
	return counts
}
