package views

import (
	"time"

	"guildboard/store"
)

// statesOfGuilds are the pages outside of a server, and its overview.
func statesOfGuilds(v values) []State {
	helper := GuildLink{ID: "2", Name: v.text, Icon: v.text, Staff: true, Present: true, Rights: store.Rights{Tickets: store.LevelSee}}
	counts := map[string]store.GuildCounts{stateGuild: {Active: 1, Open: 20}, "2": {Open: 1}}
	invite := func(string) string { return "https://discord.com/" + v.said }
	uninvited := func(string) string { return "" }
	away := []GuildLink{{ID: "9", Name: v.text, Icon: v.text}}
	var drifts []store.Drift
	for _, kind := range store.DriftKinds {
		drifts = append(drifts, store.Drift{ID: "d-" + string(kind), Kind: kind, Target: "c9", Label: v.text, Repair: kind.Repair()})
	}
	outside := v.p
	outside.Guild, outside.Guilds, outside.Section = nil, nil, ""
	two := v.stranger
	two.DemoStaff = true
	discord := v.stranger
	discord.Demo = false
	session := SessionLine{Handle: "0123", Browser: v.said, Since: v.at, Seen: v.at, Current: true}
	other := SessionLine{Handle: "4567", Browser: v.said, Since: v.at, Seen: v.at}
	tiles := store.TicketTiles{Open: 20, Claimed: 3, ClosedToday: 4, Closed: 90, LongestWaiting: &v.at, Late: 1}
	busy := OverviewView{
		Giveaways: v.giveaways, GiveawayTiles: store.GiveawayTiles{Active: 30, Pending: 9, Ended: 9, Entries: 1234},
		Tickets: v.tickets, TicketTiles: tiles, Drifts: drifts, Asked: v.asked,
	}
	return []State{
		{"Landing", "stranger", Landing(v.stranger)},
		{"Login", "demo", Login(two, v.text)},
		{"Login", "discord", Login(discord, v.text)},
		{"Sessions", "one", Sessions(outside, []SessionLine{session})},
		{"Sessions", "many", Sessions(outside, []SessionLine{session, other})},
		{"Preferences", "saved", Preferences(outside, PreferencesForm{Zone: "Asia/Tokyo"})},
		{"Preferences", "problems", Preferences(outside, PreferencesForm{Zone: v.text, Problems: map[string]string{"zone": v.said}})},
		{"GuildPicker", "none", GuildPicker(outside, v.region, true, nil, uninvited)},
		{"GuildPicker", "one", GuildPicker(outside, v.live(GuildCards(outside, []GuildLink{v.guild}, counts)), false, nil, uninvited)},
		{"GuildPicker", "invite", GuildPicker(outside, v.region, true, away, invite)},
		{"GuildPicker", "no-bot", GuildPicker(outside, v.region, true, away, uninvited)},
		{"GuildCards", "many", GuildCards(outside, []GuildLink{v.guild, helper, {ID: "3", Name: ""}}, counts)},
		{"Across", "empty", Across(outside, v.live(AcrossFacts(outside, AcrossView{Guilds: []GuildLink{v.guild}})))},
		{"AcrossFacts", "none", AcrossFacts(outside, AcrossView{})},
		{"AcrossFacts", "many", AcrossFacts(outside, AcrossView{Guilds: []GuildLink{v.guild, helper}, Counts: counts, Ending: v.giveaways, Waiting: v.tickets})},
		{"Overview", "empty", Overview(v.p, v.live(OverviewFacts(v.p, OverviewView{})))},
		{"OverviewFacts", "many", OverviewFacts(v.p, busy)},
		{"OverviewFacts", "watcher", OverviewFacts(v.watcher, busy)},
		{"OverviewFacts", "no-permission", OverviewFacts(outsider(v), busy)},
		{"OverviewFacts", "bot-silent", OverviewFacts(v.p, OverviewView{Asked: Asked{Bot: v.silent}})},
	}
}

// outsider may see nothing but the server's name.
func outsider(v values) Page {
	p := v.p
	p.Rights = store.Rights{}
	return p
}

// counts are n hours in which people entered, more or fewer of them.
func (v values) counts(n int) (counts []store.EntryCount) {
	from := v.at.Truncate(time.Hour).Add(-time.Duration(n) * time.Hour)
	for i := range n {
		counts = append(counts, store.EntryCount{From: from.Add(time.Duration(i) * time.Hour), N: 1 + i*i*7%23})
	}
	return counts
}
