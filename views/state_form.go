package views

import "guildboard/store"

// statesOfForms are the forms that make or change something.
func statesOfForms(v values) []State {
	empty := GiveawayFormView{Form: store.NewGiveawayForm(v.at), Action: "/guilds/1/giveaways", Back: "/guilds/1", Zone: "UTC", AnyZone: true, Bot: v.asked.Bot}
	filled := GiveawayFormView{
		Form: store.GiveawayForm{
			Prize: v.text, Description: v.text, PrizeSecret: v.text, Notes: v.text, ChannelID: v.text, ImageURL: v.text, EmbedColor: v.text, ButtonText: v.text,
			ButtonStyle: v.text, PrizeTiers: []store.PrizeTier{{Place: 1, Prize: v.text, Count: 1}}, BonusEntryRoles: []store.BonusRole{{RoleID: v.text, Entries: 2}},
			DMWinnerMessage: v.text, PingRoleID: v.text,
		},
		Action: "/guilds/1/giveaways", Back: "/guilds/1", EndsIn: v.text, EndsAt: v.text, StartsAt: v.text, Zone: v.text, Within: v.text, Required: v.text, Barred: v.text,
		Channels: []string{v.text}, Bot: v.silent,
	}
	wrong := filled
	wrong.Problems = map[string]string{}
	for _, field := range []string{
		"prize", "description", "winnerCount", "channelId", "endsIn", "endsAt", "startsAt", "zone", "requiredRoleIds", "blacklistRoleIds", "requiredLevel",
		"bonusEntryRoles", "prizeTiers", "embedColor", "buttonText", "buttonStyle", "imageUrl", "winnerClaimTimeout", "maxRerolls", "pingRoleId", "dmWinnerMessage", "prizeSecret", "notes",
	} {
		wrong.Problems[field] = v.said
	}
	named := wrong
	named.Required, named.Barred = "7 9", "8"
	editing := filled
	editing.Editing, editing.Bot = true, v.asked.Bot
	refused := filled
	refused.Refused = v.said
	return []State{
		{"GiveawayForm", "refused", GiveawayForm(v.p, refused)},
		{"GiveawayForm", "empty", GiveawayForm(v.p, empty)},
		{"GiveawayForm", "problems", GiveawayForm(v.p, wrong)},
		{"GiveawayForm", "editing", GiveawayForm(v.p, editing)},
		{"GiveawayForm", "named", GiveawayForm(v.named, named)},
		{"embed", "empty", embed(v.p, empty.Form)},
		{"embed", "one", embed(v.p, filled.Form)},
	}
}
