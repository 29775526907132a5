package views

import (
	"time"

	"guildboard/store"
)

// statesOfGuilds has the pages outside of a server, and the overview of a server.
func statesOfGuilds(v stateFixtures) []State {
	staffGuild := GuildLink{ID: "2", Name: v.text, Icon: v.text, IsStaff: true, HasBot: true, Rights: store.Rights{Tickets: store.LevelSee}}
	counts := map[string]store.GuildCounts{stateGuild: {ActiveGiveaways: 1, OpenTickets: 20}, "2": {OpenTickets: 1}}
	invite := func(string) string { return "https://discord.com/" + v.cleanText }
	uninvited := func(string) string { return "" }
	absent := []GuildLink{{ID: "9", Name: v.text, Icon: v.text}}
	var issues []store.SyncIssue
	for _, kind := range store.SyncIssueKinds {
		issues = append(issues, store.SyncIssue{ID: "d-" + string(kind), Kind: kind, Target: "c9", Label: v.text, RepairVerb: kind.RepairVerb()})
	}
	outside := v.page
	outside.Guild, outside.Guilds, outside.Section = nil, nil, ""
	withStaff := v.anonymousPage
	withStaff.HasDemoStaff = true
	discord := v.anonymousPage
	discord.IsDemo = false
	session := SessionRow{Handle: "0123", Browser: v.cleanText, SignedInAt: v.now, LastSeenAt: v.now, IsCurrent: true}
	other := SessionRow{Handle: "4567", Browser: v.cleanText, SignedInAt: v.now, LastSeenAt: v.now}
	stats := store.TicketStats{Open: 20, Claimed: 3, ClosedToday: 4, Closed: 90, LongestWaitingSince: &v.now, Overdue: 1}
	full := OverviewView{
		Giveaways: v.giveaways, GiveawayStats: store.GiveawayStats{Active: 30, Pending: 9, Ended: 9, Entries: 1234},
		Tickets: v.tickets, TicketStats: stats, SyncIssues: issues, Requests: v.requests,
	}
	return []State{
		{"Landing", "stranger", Landing(v.anonymousPage)},
		{"Login", "demo", Login(withStaff, v.text)},
		{"Login", "discord", Login(discord, v.text)},
		{"Sessions", "one", Sessions(outside, []SessionRow{session})},
		{"Sessions", "many", Sessions(outside, []SessionRow{session, other})},
		{"Preferences", "saved", Preferences(outside, PreferencesForm{Zone: "Asia/Tokyo"})},
		{"Preferences", "problems", Preferences(outside, PreferencesForm{Zone: v.text, Problems: map[string]string{"zone": v.cleanText}})},
		{"GuildPicker", "none", GuildPicker(outside, v.region, true, nil, uninvited)},
		{"GuildPicker", "one", GuildPicker(outside, v.liveRegion(GuildCards(outside, []GuildLink{v.guild}, counts)), false, nil, uninvited)},
		{"GuildPicker", "invite", GuildPicker(outside, v.region, true, absent, invite)},
		{"GuildPicker", "no-bot", GuildPicker(outside, v.region, true, absent, uninvited)},
		{"GuildCards", "many", GuildCards(outside, []GuildLink{v.guild, staffGuild, {ID: "3", Name: ""}}, counts)},
		{"Home", "empty", Home(outside, v.liveRegion(HomeContent(outside, HomeView{Guilds: []GuildLink{v.guild}})))},
		{"HomeContent", "none", HomeContent(outside, HomeView{})},
		{"HomeContent", "many", HomeContent(outside, HomeView{Guilds: []GuildLink{v.guild, staffGuild}, Counts: counts, EndingSoon: v.giveaways, WaitingTickets: v.tickets})},
		{"Overview", "empty", Overview(v.page, v.liveRegion(OverviewContent(v.page, OverviewView{})))},
		{"OverviewContent", "many", OverviewContent(v.page, full)},
		{"OverviewContent", "watcher", OverviewContent(v.readOnlyPage, full)},
		{"OverviewContent", "no-permission", OverviewContent(withoutRights(v), full)},
		{"OverviewContent", "bot-silent", OverviewContent(v.page, OverviewView{Requests: BotRequests{Bot: v.silentBot}})},
	}
}

// withoutRights returns the page of a viewer without rights in the server.
func withoutRights(v stateFixtures) Page {
	p := v.page
	p.Rights = store.Rights{}
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
