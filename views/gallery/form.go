package gallery

import (
	"guildboard/store/contract"
	giveawayview "guildboard/views/giveaway"
)

// statesOfForms returns the gallery states of the forms that create or change giveaways.
func statesOfForms(v stateFixtures) []State {
	empty := giveawayview.FormView{Form: contract.NewGiveawayForm(v.now), Action: "/guilds/1/giveaways",
		Back: "/guilds/1", Zone: "UTC", IsDefaultZone: true, Bot: v.requests.Bot}
	filled := giveawayview.FormView{
		Form: contract.GiveawayForm{
			Prize: v.text, Description: v.text, PrizeSecret: v.text, Notes: v.text, ChannelID: v.text, ImageURL: v.text,
			EmbedColor: v.text, ButtonText: v.text,
			ButtonStyle: v.text, PrizeTiers: []contract.PrizeTier{{Place: 1, Prize: v.text, Count: 1}},
			BonusEntryRoles: []contract.BonusRole{{RoleID: v.text, Entries: 2}},
			DMWinnerMessage: v.text, PingRoleID: v.text,
		},
		Action: "/guilds/1/giveaways", Back: "/guilds/1", EndsIn: v.text, EndsAt: v.text, StartsAt: v.text,
		Zone: v.text, ClaimWithin: v.text, RequiredRoles: v.text, ExcludedRoles: v.text,
		RecentChannels: []string{v.text}, Bot: v.silentBot,
	}
	invalid := filled
	invalid.Problems = map[string]string{}
	for _, field := range []string{
		"prize", "description", "winnerCount", "channelId", "endsIn", "endsAt", "startsAt", "zone", "requiredRoleIds",
		"blacklistRoleIds", "requiredLevel",
		"bonusEntryRoles", "prizeTiers", "embedColor", "buttonText", "buttonStyle", "imageUrl", "winnerClaimTimeout",
		"maxRerolls", "pingRoleId", "dmWinnerMessage", "prizeSecret", "notes",
	} {
		invalid.Problems[field] = v.cleanText
	}
	named := invalid
	named.RequiredRoles, named.ExcludedRoles = "7 9", "8"
	editing := filled
	editing.IsEditing, editing.Bot = true, v.requests.Bot
	refused := filled
	refused.RefusedReason = v.cleanText
	return []State{
		{"giveaway.Form", "refused", giveawayview.Form(v.page, refused)},
		{"giveaway.Form", "empty", giveawayview.Form(v.page, empty)},
		{"giveaway.Form", "problems", giveawayview.Form(v.page, invalid)},
		{"giveaway.Form", "editing", giveawayview.Form(v.page, editing)},
		{"giveaway.Form", "named", giveawayview.Form(v.namedPage, named)},
		{"giveaway.EmbedPreview", "empty", giveawayview.EmbedPreview(v.page, empty)},
		{"giveaway.EmbedPreview", "one", giveawayview.EmbedPreview(v.page, filled)},
	}
}
