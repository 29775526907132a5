package contract

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guildboard/store/forms"
	"guildboard/store/snowflake"
)

// Limits of a giveaway's form; of texts, in characters. The prize is part of an embed title of at most 256
// characters, the button text is followed by the number of entries in a label of at most 80, and the description is
// part of an embed description of at most 4,096.
// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
const (
	MaxPrizeLength        = 240
	MaxDescriptionLength  = 3000
	MaxButtonTextLength   = 68
	MaxGiveawayNoteLength = 1000 // PrizeSecret, Notes, DMWinnerMessage
	MaxWinners            = 20
	MaxPrizeTiers         = 5
	MaxRoles              = 10 // of each list of roles
	MaxBonusEntries       = 10
	MaxRequirement        = 1_000_000
	MaxRerolls            = 10
	MaxClaimTimeout       = 30 * 24 // hours
	MaxDuration           = 365 * 24 * time.Hour
)

// ButtonStyles lists Discord's button styles.
var ButtonStyles = []string{"PRIMARY", "SECONDARY", "SUCCESS", "DANGER"}

// GiveawayForm contains the fields of a giveaway that users can edit. It is the data of VerbGiveawayCreate and
// VerbGiveawayEdit. Missing members have the values of NewGiveawayForm, or leave an edited giveaway unchanged. Times
// are in RFC 3339 format.
type GiveawayForm struct {
	Prize       string      `json:"prize"`
	Description string      `json:"description"`
	PrizeSecret string      `json:"prizeSecret"` // shown to winners only
	Notes       string      `json:"notes"`       // shown on the dashboard only
	ChannelID   string      `json:"channelId"`   // fixed once the giveaway is posted
	WinnerCount int         `json:"winnerCount"`
	PrizeTiers  []PrizeTier `json:"prizeTiers"` // their counts add up to WinnerCount; empty: one prize for all winners

	StartsAt *time.Time `json:"startsAt"` // nil: immediately
	EndsAt   time.Time  `json:"endsAt"`

	ImageURL    string `json:"imageUrl"`
	EmbedColor  string `json:"embedColor"` // #rrggbb
	ButtonText  string `json:"buttonText"`
	ButtonStyle string `json:"buttonStyle"`

	RequiredRoleIDs    []string `json:"requiredRoleIds"`  // entrants must have all of them
	BlacklistRoleIDs   []string `json:"blacklistRoleIds"` // entrants must have none of them
	RequiredLevel      int      `json:"requiredLevel"`
	RequiredMessages   int      `json:"requiredMessages"`
	RequiredInvites    int      `json:"requiredInvites"`
	RequiredReputation int      `json:"requiredReputation"`
	RequiredAccountAge int      `json:"requiredAccountAge"` // days
	RequiredServerAge  int      `json:"requiredServerAge"`  // days

	BonusEntryRoles     []BonusRole `json:"bonusEntryRoles"`
	BoosterBonusEntries int         `json:"boosterBonusEntries"`

	DMWinners          bool   `json:"dmWinners"`
	DMWinnerMessage    string `json:"dmWinnerMessage"` // {prize}, {server} and {host} are replaced
	PingRoleID         string `json:"pingRoleId"`
	PingOnEnd          bool   `json:"pingOnEnd"`
	AutoReroll         bool   `json:"autoReroll"`
	MaxRerolls         int    `json:"maxRerolls"`
	WinnerClaimTimeout int    `json:"winnerClaimTimeout"` // hours; 0: none
}

// NewGiveawayForm returns the defaults of a new giveaway: one winner, ending a day from now.
func NewGiveawayForm(now time.Time) GiveawayForm {
	return GiveawayForm{
		WinnerCount: 1, EndsAt: now.Add(24 * time.Hour).UTC().Truncate(time.Millisecond),
		EmbedColor: "#14b8a6", ButtonText: "🎉 Enter Giveaway", ButtonStyle: "PRIMARY",
		DMWinners: true, PingOnEnd: true, MaxRerolls: 3,
	}
}

// DiscordIDs returns the ids of channels and roles in the form, by JSON field name. They may be empty.
func (f GiveawayForm) DiscordIDs() map[string][]string {
	bonus := make([]string, len(f.BonusEntryRoles))
	for i, role := range f.BonusEntryRoles {
		bonus[i] = role.RoleID
	}
	return map[string][]string{
		"channelId": {f.ChannelID}, "pingRoleId": {f.PingRoleID},
		"requiredRoleIds": f.RequiredRoleIDs, "blacklistRoleIds": f.BlacklistRoleIDs, "bonusEntryRoles": bonus,
	}
}

// startGracePeriod is how far in the past a start may be, since sending a form takes time.
const startGracePeriod = 2 * time.Minute

// Problems validates the form at the current time and returns the message keys of the problems by JSON field name.
// Pages validate a form before they send it, and the bot before it carries it out.
func (f GiveawayForm) Problems() map[string]string {
	p := make(forms.Problems)
	f.checkTexts(p)
	f.checkTimes(p, time.Now())
	f.checkWinners(p)
	f.checkRoles(p)
	for field, value := range map[string]int{
		"requiredLevel": f.RequiredLevel, "requiredMessages": f.RequiredMessages, "requiredInvites": f.RequiredInvites,
		"requiredReputation": f.RequiredReputation,
		"requiredAccountAge": f.RequiredAccountAge, "requiredServerAge": f.RequiredServerAge,
	} {
		p.RequireBetween(field, value, 0, MaxRequirement)
	}
	p.RequireBetween("boosterBonusEntries", f.BoosterBonusEntries, 0, MaxBonusEntries)
	p.RequireBetween("maxRerolls", f.MaxRerolls, 0, MaxRerolls)
	p.RequireBetween("winnerClaimTimeout", f.WinnerClaimTimeout, 0, MaxClaimTimeout)
	return p
}

func (f GiveawayForm) checkTexts(p forms.Problems) {
	p.Require(strings.TrimSpace(f.Prize) != "", "prize", forms.ProblemMissing)
	p.Require(f.ChannelID != "", "channelId", forms.ProblemMissing)
	p.Require(snowflake.IsValid(f.ChannelID), "channelId", forms.ProblemChannel)
	p.Require(strings.TrimSpace(f.ButtonText) != "", "buttonText", forms.ProblemMissing)
	for _, t := range []struct {
		field, text string
		maxRunes    int
	}{
		{"prize", f.Prize, MaxPrizeLength}, {"description", f.Description, MaxDescriptionLength},
		{"buttonText", f.ButtonText, MaxButtonTextLength},
		{"prizeSecret", f.PrizeSecret, MaxGiveawayNoteLength}, {"notes", f.Notes, MaxGiveawayNoteLength},
		{"dmWinnerMessage", f.DMWinnerMessage, MaxGiveawayNoteLength},
		{"imageUrl", f.ImageURL, forms.MaxURLLength},
	} {
		p.Require(utf8.RuneCountInString(t.text) <= t.maxRunes, t.field, forms.ProblemTooLong)
	}
	p.Require(f.ImageURL == "" || forms.IsWebAddress(f.ImageURL), "imageUrl", forms.ProblemURL)
	p.Require(forms.IsColor(f.EmbedColor), "embedColor", forms.ProblemColor)
	p.Require(slices.Contains(ButtonStyles, f.ButtonStyle), "buttonStyle", forms.ProblemStyle)
}

func (f GiveawayForm) checkTimes(p forms.Problems, now time.Time) {
	start := now
	if f.StartsAt != nil {
		p.Require(f.StartsAt.After(now.Add(-startGracePeriod)), "startsAt", forms.ProblemInPast)
		p.Require(f.StartsAt.Before(now.Add(MaxDuration)), "startsAt", forms.ProblemDuration)
		if f.StartsAt.After(now) {
			start = *f.StartsAt
		}
	}
	p.Require(!f.EndsAt.IsZero(), "endsAt", forms.ProblemMissing)
	p.Require(f.EndsAt.After(now), "endsAt", forms.ProblemInPast)
	p.Require(f.EndsAt.After(start), "endsAt", forms.ProblemEndBeforeStart)
	p.Require(f.EndsAt.Sub(start) <= MaxDuration, "endsAt", forms.ProblemDuration)
}

func (f GiveawayForm) checkWinners(p forms.Problems) {
	p.RequireBetween("winnerCount", f.WinnerCount, 1, MaxWinners)
	if len(f.PrizeTiers) == 0 {
		return
	}
	p.Require(len(f.PrizeTiers) <= MaxPrizeTiers, "prizeTiers", forms.ProblemTooMany)
	sum := 0
	for _, tier := range f.PrizeTiers {
		isComplete := strings.TrimSpace(tier.Prize) != "" && tier.Place >= 1 && tier.Count >= 1 && tier.Count <= MaxWinners
		p.Require(isComplete, "prizeTiers", forms.ProblemTier)
		p.Require(utf8.RuneCountInString(tier.Prize) <= MaxPrizeLength, "prizeTiers", forms.ProblemTooLong)
		sum += tier.Count
	}
	p.Require(sum == f.WinnerCount, "prizeTiers", forms.ProblemTierSum)
}

func (f GiveawayForm) checkRoles(p forms.Problems) {
	bonus := make([]string, len(f.BonusEntryRoles))
	for i, role := range f.BonusEntryRoles {
		bonus[i] = role.RoleID
		p.Require(role.Entries >= 1 && role.Entries <= MaxBonusEntries, "bonusEntryRoles", forms.ProblemBonus)
	}
	for field, roles := range map[string][]string{
		"requiredRoleIds": f.RequiredRoleIDs, "blacklistRoleIds": f.BlacklistRoleIDs, "bonusEntryRoles": bonus,
	} {
		p.Require(len(roles) <= MaxRoles, field, forms.ProblemTooMany)
		for i, role := range roles {
			p.Require(snowflake.IsValid(role), field, forms.ProblemRole)
			p.Require(!slices.Contains(roles[:i], role), field, forms.ProblemDuplicate)
		}
	}
	for _, role := range f.BlacklistRoleIDs {
		p.Require(!slices.Contains(f.RequiredRoleIDs, role), "blacklistRoleIds", forms.ProblemDuplicate)
	}
	p.Require(f.PingRoleID == "" || snowflake.IsValid(f.PingRoleID), "pingRoleId", forms.ProblemRole)
}

// PrizeTier is a prize of a giveaway with several prizes, for Count winners.
type PrizeTier struct {
	Place int    `json:"place"`
	Prize string `json:"prize"`
	Count int    `json:"count"`
}

// BonusRole gives the members with a role additional entries.
type BonusRole struct {
	RoleID   string `json:"roleId"`
	RoleName string `json:"roleName,omitempty"`
	Entries  int    `json:"entries"`
}
