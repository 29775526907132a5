package store

import (
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// Form returns the form with the values of g. StartsAt is nil unless g is pending.
func (g Giveaway) Form() contract.GiveawayForm {
	f := contract.GiveawayForm{
		Prize: g.Prize, Description: deref(g.Description), PrizeSecret: deref(g.PrizeSecret), Notes: deref(g.Notes),
		ChannelID: g.ChannelID, WinnerCount: g.WinnerCount, PrizeTiers: g.PrizeTiers, EndsAt: g.EndsAt,
		ImageURL: deref(g.ImageURL), EmbedColor: g.EmbedColor, ButtonText: g.ButtonText, ButtonStyle: g.ButtonStyle,
		RequiredRoleIDs: g.RequiredRoleIDs, BlacklistRoleIDs: g.BlacklistRoleIDs,
		RequiredLevel: g.RequiredLevel, RequiredMessages: g.RequiredMessages, RequiredInvites: g.RequiredInvites,
		RequiredReputation: g.RequiredReputation,
		RequiredAccountAge: g.RequiredAccountAge, RequiredServerAge: g.RequiredServerAge,
		BonusEntryRoles: g.BonusEntryRoles, BoosterBonusEntries: g.BoosterBonusEntries,
		DMWinners: g.DMWinners, DMWinnerMessage: deref(g.DMWinnerMessage),
		PingRoleID: deref(g.PingRoleID), PingOnEnd: g.PingOnEnd,
		AutoReroll: g.AutoReroll, MaxRerolls: g.MaxRerolls, WinnerClaimTimeout: g.WinnerClaimTimeout,
	}
	if g.Status == GiveawayPending {
		f.StartsAt = g.StartsAt
	}
	return f
}

// WithForm returns g with the values of the form. The channel of a posted giveaway and the start of a started one stay
// unchanged.
func (g Giveaway) WithForm(f contract.GiveawayForm) Giveaway {
	if g.MessageID == nil {
		g.ChannelID = f.ChannelID
	}
	if g.Status == GiveawayPending || g.Status == "" {
		g.StartsAt = utcOrNil(f.StartsAt)
	}
	g.Prize, g.Description = f.Prize, nilIfEmpty(f.Description)
	g.PrizeSecret, g.Notes = nilIfEmpty(f.PrizeSecret), nilIfEmpty(f.Notes)
	g.WinnerCount, g.PrizeTiers, g.EndsAt = f.WinnerCount, f.PrizeTiers, sqldb.UTC(f.EndsAt)
	g.ImageURL, g.EmbedColor = nilIfEmpty(f.ImageURL), f.EmbedColor
	g.ButtonText, g.ButtonStyle = f.ButtonText, f.ButtonStyle
	g.RequiredRoleIDs, g.BlacklistRoleIDs = f.RequiredRoleIDs, f.BlacklistRoleIDs
	g.RequiredLevel, g.RequiredMessages, g.RequiredInvites = f.RequiredLevel, f.RequiredMessages, f.RequiredInvites
	g.RequiredReputation = f.RequiredReputation
	g.RequiredAccountAge, g.RequiredServerAge = f.RequiredAccountAge, f.RequiredServerAge
	g.BonusEntryRoles, g.BoosterBonusEntries = f.BonusEntryRoles, f.BoosterBonusEntries
	g.DMWinners, g.DMWinnerMessage = f.DMWinners, nilIfEmpty(f.DMWinnerMessage)
	g.PingRoleID, g.PingOnEnd = nilIfEmpty(f.PingRoleID), f.PingOnEnd
	g.AutoReroll, g.MaxRerolls, g.WinnerClaimTimeout = f.AutoReroll, f.MaxRerolls, f.WinnerClaimTimeout
	return g
}

// Redacted returns the giveaway without the fields that a user with the rights may not see. See Rights.RedactEvent.
func (g Giveaway) Redacted(rights access.Rights) Giveaway {
	if !rights.CanSeeWinnerFields() {
		g.PrizeSecret, g.DMWinnerMessage, g.Notes = nil, nil, nil // the same fields as in events
	}
	return g
}

// RedactGiveaways redacts each giveaway, in place, and returns all of them.
func RedactGiveaways(all []Giveaway, rights access.Rights) []Giveaway {
	for i := range all {
		all[i] = all[i].Redacted(rights)
	}
	return all
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func nilIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
