package store

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guildboard/store/internal/sqldb"
)

// Limits of a giveaway's form; of texts, in characters. The prize is part of an embed title of at most 256
// characters, the button text is followed by the number of entries in a label of at most 80, and the description is
// part of an embed description of at most 4,096.
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
		WinnerCount: 1, EndsAt: sqldb.UTC(now.Add(24 * time.Hour)),
		EmbedColor: "#14b8a6", ButtonText: "🎉 Enter Giveaway", ButtonStyle: "PRIMARY",
		DMWinners: true, PingOnEnd: true, MaxRerolls: 3,
	}
}

// GiveawayFormOf returns the form with the values of g. StartsAt is nil unless g is pending.
func GiveawayFormOf(g Giveaway) GiveawayForm {
	f := GiveawayForm{
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

// ApplyTo returns g with the values of the form. The channel of a posted giveaway and the start of a started one stay
// unchanged.
func (f GiveawayForm) ApplyTo(g Giveaway) Giveaway {
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

// Problems of form fields, as message keys.
const (
	ProblemMissing        = "form.missing"
	ProblemTooLong        = "form.long"    // longer than its maximum
	ProblemOutOfRange     = "form.range"   // not between its bounds
	problemTooMany        = "form.many"    // more items than its maximum
	problemChannel        = "form.channel" // not a channel's id
	problemRole           = "form.role"    // not a role's id
	problemDuplicate      = "form.twice"   // the same item twice, or a role that is both required and excluded
	problemURL            = "form.url"     // not an http or https address
	problemColor          = "form.color"   // not #rrggbb
	problemStyle          = "form.style"
	ProblemChoice         = "form.choice" // not one of the options
	problemID             = "form.id"     // not a Discord id
	problemInPast         = "form.past"   // the time has passed
	problemEndBeforeStart = "form.order"  // the end is before the start
	problemDuration       = "form.lasts"  // longer than MaxDuration
	ProblemTier           = "form.tier"   // a tier without a prize, a place or a count
	problemTierSum        = "form.tiers"  // the tiers' counts do not add up to WinnerCount
	ProblemClaimTimeout   = "form.window" // automatic rerolls without a deadline for claims
	ProblemBonus          = "form.bonus"  // a bonus of other than 1 to MaxBonusEntries
)

// startGracePeriod is how far in the past a start may be, since sending a form takes time.
const startGracePeriod = 2 * time.Minute

// Problems validates the form at the current time and returns the message keys of the problems by JSON field name.
// Pages validate a form before they send it, and the bot before it carries it out.
func (f GiveawayForm) Problems() map[string]string {
	p := make(formProblems)
	f.checkTexts(p)
	f.checkTimes(p, time.Now())
	f.checkWinners(p)
	f.checkRoles(p)
	for field, value := range map[string]int{
		"requiredLevel": f.RequiredLevel, "requiredMessages": f.RequiredMessages, "requiredInvites": f.RequiredInvites,
		"requiredReputation": f.RequiredReputation,
		"requiredAccountAge": f.RequiredAccountAge, "requiredServerAge": f.RequiredServerAge,
	} {
		p.require(isBetween(value, 0, MaxRequirement), field, ProblemOutOfRange)
	}
	p.require(isBetween(f.BoosterBonusEntries, 0, MaxBonusEntries), "boosterBonusEntries", ProblemOutOfRange)
	p.require(isBetween(f.MaxRerolls, 0, MaxRerolls), "maxRerolls", ProblemOutOfRange)
	p.require(isBetween(f.WinnerClaimTimeout, 0, MaxClaimTimeout), "winnerClaimTimeout", ProblemOutOfRange)
	return p
}

// formProblems maps each invalid field to its first problem.
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
	p.require(IsSnowflake(f.ChannelID), "channelId", problemChannel)
	p.require(strings.TrimSpace(f.ButtonText) != "", "buttonText", ProblemMissing)
	for _, t := range []struct {
		field, text string
		maxRunes    int
	}{
		{"prize", f.Prize, MaxPrize}, {"description", f.Description, MaxDescription},
		{"buttonText", f.ButtonText, MaxButtonText},
		{"prizeSecret", f.PrizeSecret, MaxNote}, {"notes", f.Notes, MaxNote},
		{"dmWinnerMessage", f.DMWinnerMessage, MaxNote},
		{"imageUrl", f.ImageURL, MaxURL},
	} {
		p.require(utf8.RuneCountInString(t.text) <= t.maxRunes, t.field, ProblemTooLong)
	}
	p.require(f.ImageURL == "" || isWebAddress(f.ImageURL), "imageUrl", problemURL)
	p.require(hexColorPattern.MatchString(f.EmbedColor), "embedColor", problemColor)
	p.require(slices.Contains(ButtonStyles, f.ButtonStyle), "buttonStyle", problemStyle)
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

func (f GiveawayForm) checkTimes(p formProblems, now time.Time) {
	start := now
	if f.StartsAt != nil {
		p.require(f.StartsAt.After(now.Add(-startGracePeriod)), "startsAt", problemInPast)
		p.require(f.StartsAt.Before(now.Add(MaxDuration)), "startsAt", problemDuration)
		if f.StartsAt.After(now) {
			start = *f.StartsAt
		}
	}
	p.require(!f.EndsAt.IsZero(), "endsAt", ProblemMissing)
	p.require(f.EndsAt.After(now), "endsAt", problemInPast)
	p.require(f.EndsAt.After(start), "endsAt", problemEndBeforeStart)
	p.require(f.EndsAt.Sub(start) <= MaxDuration, "endsAt", problemDuration)
}

func (f GiveawayForm) checkWinners(p formProblems) {
	p.require(isBetween(f.WinnerCount, 1, MaxWinners), "winnerCount", ProblemOutOfRange)
	if len(f.PrizeTiers) == 0 {
		return
	}
	p.require(len(f.PrizeTiers) <= MaxPrizeTiers, "prizeTiers", problemTooMany)
	sum := 0
	for _, tier := range f.PrizeTiers {
		isComplete := strings.TrimSpace(tier.Prize) != "" && tier.Place >= 1 && isBetween(tier.Count, 1, MaxWinners)
		p.require(isComplete, "prizeTiers", ProblemTier)
		p.require(utf8.RuneCountInString(tier.Prize) <= MaxPrize, "prizeTiers", ProblemTooLong)
		sum += tier.Count
	}
	p.require(sum == f.WinnerCount, "prizeTiers", problemTierSum)
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
		p.require(len(roles) <= MaxRoles, field, problemTooMany)
		for i, role := range roles {
			p.require(IsSnowflake(role), field, problemRole)
			p.require(!slices.Contains(roles[:i], role), field, problemDuplicate)
		}
	}
	for _, role := range f.BlacklistRoleIDs {
		p.require(!slices.Contains(f.RequiredRoleIDs, role), "blacklistRoleIds", problemDuplicate)
	}
	p.require(f.PingRoleID == "" || IsSnowflake(f.PingRoleID), "pingRoleId", problemRole)
}
