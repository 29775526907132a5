package store

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a giveaway's form, in characters where they are of a text. A prize goes into the title of an embed, which
// holds 256 with what stands around it; a button's label holds 80 with the number of entries behind it; a description
// shares the embed's 4,096 with the rest of it.
// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
const (
	MaxPrize        = 240
	MaxDescription  = 3000
	MaxButtonText   = 68
	MaxNote         = 1000 // PrizeSecret, Notes, DMWinnerMessage
	MaxURL          = 2048
	MaxWinners      = 20
	MaxPrizeTiers   = 5
	MaxRoles        = 10 // of each list of roles
	MaxBonusEntries = 10
	MaxRequirement  = 1_000_000
	MaxRerolls      = 10
	MaxClaimTimeout = 30 * 24 // hours
	MaxDuration     = 365 * 24 * time.Hour
)

// ButtonStyles are the colours that Discord has for a button.
var ButtonStyles = []string{"PRIMARY", "SECONDARY", "SUCCESS", "DANGER"}

// GiveawayForm is what a person says of a giveaway: the data of GIVEAWAY_CREATE and GIVEAWAY_EDIT. What another dashboard
// leaves out is as in NewGiveawayForm, or stays as it is when the giveaway is edited. Times are RFC 3339.
type GiveawayForm struct {
	Prize       string      `json:"prize"`
	Description string      `json:"description"`
	PrizeSecret string      `json:"prizeSecret"` // told to winners only
	Notes       string      `json:"notes"`       // told to nobody outside the dashboard
	ChannelID   string      `json:"channelId"`   // cannot be changed once it is posted
	WinnerCount int         `json:"winnerCount"`
	PrizeTiers  []PrizeTier `json:"prizeTiers"` // their counts add up to WinnerCount; empty: one prize for all

	StartsAt *time.Time `json:"startsAt"` // nil: at once
	EndsAt   time.Time  `json:"endsAt"`

	ImageURL    string `json:"imageUrl"`
	EmbedColor  string `json:"embedColor"` // #rrggbb
	ButtonText  string `json:"buttonText"`
	ButtonStyle string `json:"buttonStyle"`

	RequiredRoleIDs    []string `json:"requiredRoleIds"`  // all of them
	BlacklistRoleIDs   []string `json:"blacklistRoleIds"` // none of them
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

// NewGiveawayForm is the form that nobody has touched: one winner, ending a day from now.
func NewGiveawayForm(now time.Time) GiveawayForm {
	return GiveawayForm{
		WinnerCount: 1, EndsAt: utc(now.Add(24 * time.Hour)),
		EmbedColor: "#14b8a6", ButtonText: "🎉 Enter Giveaway", ButtonStyle: "PRIMARY",
		DMWinners: true, PingOnEnd: true, MaxRerolls: 3,
	}
}

// GiveawayFormOf is the form that makes g again, to be edited. A start that is past is left out.
func GiveawayFormOf(g Giveaway) GiveawayForm {
	f := GiveawayForm{
		Prize: g.Prize, Description: deref(g.Description), PrizeSecret: deref(g.PrizeSecret), Notes: deref(g.Notes),
		ChannelID: g.ChannelID, WinnerCount: g.WinnerCount, PrizeTiers: g.PrizeTiers, EndsAt: g.EndsAt,
		ImageURL: deref(g.ImageURL), EmbedColor: g.EmbedColor, ButtonText: g.ButtonText, ButtonStyle: g.ButtonStyle,
		RequiredRoleIDs: g.RequiredRoleIDs, BlacklistRoleIDs: g.BlacklistRoleIDs,
		RequiredLevel: g.RequiredLevel, RequiredMessages: g.RequiredMessages, RequiredInvites: g.RequiredInvites,
		RequiredReputation: g.RequiredReputation, RequiredAccountAge: g.RequiredAccountAge, RequiredServerAge: g.RequiredServerAge,
		BonusEntryRoles: g.BonusEntryRoles, BoosterBonusEntries: g.BoosterBonusEntries,
		DMWinners: g.DMWinners, DMWinnerMessage: deref(g.DMWinnerMessage), PingRoleID: deref(g.PingRoleID), PingOnEnd: g.PingOnEnd,
		AutoReroll: g.AutoReroll, MaxRerolls: g.MaxRerolls, WinnerClaimTimeout: g.WinnerClaimTimeout,
	}
	if g.Status == GiveawayPending {
		f.StartsAt = g.StartsAt
	}
	return f
}

// ApplyTo puts what the form says into g and leaves the rest as it is. The channel of a giveaway that has been posted, and
// the start of one that runs, stay.
func (f GiveawayForm) ApplyTo(g Giveaway) Giveaway {
	if g.MessageID == nil {
		g.ChannelID = f.ChannelID
	}
	if g.Status == GiveawayPending || g.Status == "" {
		g.StartsAt = utcOrNil(f.StartsAt)
	}
	g.Prize, g.Description, g.PrizeSecret, g.Notes = f.Prize, nilIfEmpty(f.Description), nilIfEmpty(f.PrizeSecret), nilIfEmpty(f.Notes)
	g.WinnerCount, g.PrizeTiers, g.EndsAt = f.WinnerCount, f.PrizeTiers, utc(f.EndsAt)
	g.ImageURL, g.EmbedColor, g.ButtonText, g.ButtonStyle = nilIfEmpty(f.ImageURL), f.EmbedColor, f.ButtonText, f.ButtonStyle
	g.RequiredRoleIDs, g.BlacklistRoleIDs = f.RequiredRoleIDs, f.BlacklistRoleIDs
	g.RequiredLevel, g.RequiredMessages, g.RequiredInvites = f.RequiredLevel, f.RequiredMessages, f.RequiredInvites
	g.RequiredReputation, g.RequiredAccountAge, g.RequiredServerAge = f.RequiredReputation, f.RequiredAccountAge, f.RequiredServerAge
	g.BonusEntryRoles, g.BoosterBonusEntries = f.BonusEntryRoles, f.BoosterBonusEntries
	g.DMWinners, g.DMWinnerMessage = f.DMWinners, nilIfEmpty(f.DMWinnerMessage)
	g.PingRoleID, g.PingOnEnd = nilIfEmpty(f.PingRoleID), f.PingOnEnd
	g.AutoReroll, g.MaxRerolls, g.WinnerClaimTimeout = f.AutoReroll, f.MaxRerolls, f.WinnerClaimTimeout
	return g
}

// DiscordIDs are the channel and the roles that the form names, by the name of the field in JSON. Fields may be empty.
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

// What may be wrong with a field, as keys of the page's words.
const (
	ProblemMissing        = "form.missing"
	ProblemTooLong        = "form.long"    // longer than its Max…
	ProblemOutOfRange     = "form.range"   // not between its bounds
	ProblemTooMany        = "form.many"    // more of them than its Max…
	ProblemChannel        = "form.channel" // not a channel's id
	ProblemRole           = "form.role"    // not a role's id
	ProblemDuplicate      = "form.twice"   // the same role twice, or one that is both required and barred
	ProblemURL            = "form.url"     // not an http or https address
	ProblemColor          = "form.color"   // not #rrggbb
	ProblemStyle          = "form.style"
	ProblemChoice         = "form.choice" // not one of those offered
	ProblemID             = "form.id"     // not an id of Discord's
	ProblemInPast         = "form.past"   // the time is over
	ProblemEndBeforeStart = "form.order"  // it ends before it starts
	ProblemDuration       = "form.lasts"  // longer than MaxDuration
	ProblemTier           = "form.tier"   // a tier without a prize, a place or a count
	ProblemTierSum        = "form.tiers"  // the tiers' counts do not add up to WinnerCount
	ProblemClaimTimeout   = "form.window" // others are to be drawn for who is late, and nobody can be
	ProblemBonus          = "form.bonus"  // a bonus of other than 1 to MaxBonusEntries
)

// startGracePeriod is how long a start may be past: the form was sent in time, and has been under way.
const startGracePeriod = 2 * time.Minute

// Problems is what is wrong with the form now: by the name of the field in JSON, the key of what to say about it. It is
// empty when all is in order. The page asks before it sends the form, the bot before it carries it out.
func (f GiveawayForm) Problems() map[string]string {
	p := make(formProblems)
	f.checkTexts(p)
	f.checkTimes(p, time.Now())
	f.checkWinners(p)
	f.checkRoles(p)
	for field, value := range map[string]int{
		"requiredLevel": f.RequiredLevel, "requiredMessages": f.RequiredMessages, "requiredInvites": f.RequiredInvites,
		"requiredReputation": f.RequiredReputation, "requiredAccountAge": f.RequiredAccountAge, "requiredServerAge": f.RequiredServerAge,
	} {
		p.require(isBetween(value, 0, MaxRequirement), field, ProblemOutOfRange)
	}
	p.require(isBetween(f.BoosterBonusEntries, 0, MaxBonusEntries), "boosterBonusEntries", ProblemOutOfRange)
	p.require(isBetween(f.MaxRerolls, 0, MaxRerolls), "maxRerolls", ProblemOutOfRange)
	p.require(isBetween(f.WinnerClaimTimeout, 0, MaxClaimTimeout), "winnerClaimTimeout", ProblemOutOfRange)
	return p
}

// formProblems keeps the first thing that is wrong with each field.
type formProblems map[string]string

func (p formProblems) require(ok bool, field, problem string) {
	if _, isReported := p[field]; !ok && !isReported {
		p[field] = problem
	}
}

func isBetween(n, low, high int) bool { return low <= n && n <= high }

var hexColorPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func (f GiveawayForm) checkTexts(p formProblems) {
	p.require(strings.TrimSpace(f.Prize) != "", "prize", ProblemMissing)
	p.require(f.ChannelID != "", "channelId", ProblemMissing)
	p.require(isSnowflake(f.ChannelID), "channelId", ProblemChannel)
	p.require(strings.TrimSpace(f.ButtonText) != "", "buttonText", ProblemMissing)
	for _, t := range []struct {
		field, text string
		maxRunes    int
	}{
		{"prize", f.Prize, MaxPrize}, {"description", f.Description, MaxDescription}, {"buttonText", f.ButtonText, MaxButtonText},
		{"prizeSecret", f.PrizeSecret, MaxNote}, {"notes", f.Notes, MaxNote}, {"dmWinnerMessage", f.DMWinnerMessage, MaxNote},
		{"imageUrl", f.ImageURL, MaxURL},
	} {
		p.require(utf8.RuneCountInString(t.text) <= t.maxRunes, t.field, ProblemTooLong)
	}
	p.require(f.ImageURL == "" || isWebAddress(f.ImageURL), "imageUrl", ProblemURL)
	p.require(hexColorPattern.MatchString(f.EmbedColor), "embedColor", ProblemColor)
	p.require(slices.Contains(ButtonStyles, f.ButtonStyle), "buttonStyle", ProblemStyle)
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

func (f GiveawayForm) checkTimes(p formProblems, now time.Time) {
	start := now
	if f.StartsAt != nil {
		p.require(f.StartsAt.After(now.Add(-startGracePeriod)), "startsAt", ProblemInPast)
		p.require(f.StartsAt.Before(now.Add(MaxDuration)), "startsAt", ProblemDuration)
		if f.StartsAt.After(now) {
			start = *f.StartsAt
		}
	}
	p.require(!f.EndsAt.IsZero(), "endsAt", ProblemMissing)
	p.require(f.EndsAt.After(now), "endsAt", ProblemInPast)
	p.require(f.EndsAt.After(start), "endsAt", ProblemEndBeforeStart)
	p.require(f.EndsAt.Sub(start) <= MaxDuration, "endsAt", ProblemDuration)
}

func (f GiveawayForm) checkWinners(p formProblems) {
	p.require(isBetween(f.WinnerCount, 1, MaxWinners), "winnerCount", ProblemOutOfRange)
	if len(f.PrizeTiers) == 0 {
		return
	}
	p.require(len(f.PrizeTiers) <= MaxPrizeTiers, "prizeTiers", ProblemTooMany)
	sum := 0
	for _, tier := range f.PrizeTiers {
		p.require(strings.TrimSpace(tier.Prize) != "" && tier.Place >= 1 && isBetween(tier.Count, 1, MaxWinners), "prizeTiers", ProblemTier)
		p.require(utf8.RuneCountInString(tier.Prize) <= MaxPrize, "prizeTiers", ProblemTooLong)
		sum += tier.Count
	}
	p.require(sum == f.WinnerCount, "prizeTiers", ProblemTierSum)
}

func (f GiveawayForm) checkRoles(p formProblems) {
	bonus := make([]string, len(f.BonusEntryRoles))
	for i, role := range f.BonusEntryRoles {
		bonus[i] = role.RoleID
		p.require(isBetween(role.Entries, 1, MaxBonusEntries), "bonusEntryRoles", ProblemBonus)
	}
	for field, roles := range map[string][]string{
		"requiredRoleIds": f.RequiredRoleIDs, "blacklistRoleIds": f.BlacklistRoleIDs, "bonusEntryRoles": bonus,
	} {
		p.require(len(roles) <= MaxRoles, field, ProblemTooMany)
		for i, role := range roles {
			p.require(isSnowflake(role), field, ProblemRole)
			p.require(!slices.Contains(roles[:i], role), field, ProblemDuplicate)
		}
	}
	for _, role := range f.BlacklistRoleIDs {
		p.require(!slices.Contains(f.RequiredRoleIDs, role), "blacklistRoleIds", ProblemDuplicate)
	}
	p.require(f.PingRoleID == "" || isSnowflake(f.PingRoleID), "pingRoleId", ProblemRole)
}
