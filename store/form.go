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

// FormOf is the form that makes g again, to be edited. A start that is past is left out.
func FormOf(g Giveaway) GiveawayForm {
	f := GiveawayForm{
		Prize: g.Prize, Description: text(g.Description), PrizeSecret: text(g.PrizeSecret), Notes: text(g.Notes),
		ChannelID: g.ChannelID, WinnerCount: g.WinnerCount, PrizeTiers: g.PrizeTiers, EndsAt: g.EndsAt,
		ImageURL: text(g.ImageURL), EmbedColor: g.EmbedColor, ButtonText: g.ButtonText, ButtonStyle: g.ButtonStyle,
		RequiredRoleIDs: g.RequiredRoleIDs, BlacklistRoleIDs: g.BlacklistRoleIDs,
		RequiredLevel: g.RequiredLevel, RequiredMessages: g.RequiredMessages, RequiredInvites: g.RequiredInvites,
		RequiredReputation: g.RequiredReputation, RequiredAccountAge: g.RequiredAccountAge, RequiredServerAge: g.RequiredServerAge,
		BonusEntryRoles: g.BonusEntryRoles, BoosterBonusEntries: g.BoosterBonusEntries,
		DMWinners: g.DMWinners, DMWinnerMessage: text(g.DMWinnerMessage), PingRoleID: text(g.PingRoleID), PingOnEnd: g.PingOnEnd,
		AutoReroll: g.AutoReroll, MaxRerolls: g.MaxRerolls, WinnerClaimTimeout: g.WinnerClaimTimeout,
	}
	if g.Status == GiveawayPending {
		f.StartsAt = g.StartsAt
	}
	return f
}

// Fill puts what the form says into g and leaves the rest as it is. The channel of a giveaway that has been posted, and
// the start of one that runs, stay.
func (f GiveawayForm) Fill(g Giveaway) Giveaway {
	if g.MessageID == nil {
		g.ChannelID = f.ChannelID
	}
	if g.Status == GiveawayPending || g.Status == "" {
		g.StartsAt = utcOrNil(f.StartsAt)
	}
	g.Prize, g.Description, g.PrizeSecret, g.Notes = f.Prize, orNil(f.Description), orNil(f.PrizeSecret), orNil(f.Notes)
	g.WinnerCount, g.PrizeTiers, g.EndsAt = f.WinnerCount, f.PrizeTiers, utc(f.EndsAt)
	g.ImageURL, g.EmbedColor, g.ButtonText, g.ButtonStyle = orNil(f.ImageURL), f.EmbedColor, f.ButtonText, f.ButtonStyle
	g.RequiredRoleIDs, g.BlacklistRoleIDs = f.RequiredRoleIDs, f.BlacklistRoleIDs
	g.RequiredLevel, g.RequiredMessages, g.RequiredInvites = f.RequiredLevel, f.RequiredMessages, f.RequiredInvites
	g.RequiredReputation, g.RequiredAccountAge, g.RequiredServerAge = f.RequiredReputation, f.RequiredAccountAge, f.RequiredServerAge
	g.BonusEntryRoles, g.BoosterBonusEntries = f.BonusEntryRoles, f.BoosterBonusEntries
	g.DMWinners, g.DMWinnerMessage = f.DMWinners, orNil(f.DMWinnerMessage)
	g.PingRoleID, g.PingOnEnd = orNil(f.PingRoleID), f.PingOnEnd
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

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// What may be wrong with a field, as keys of the page's words.
const (
	ProblemMissing = "form.missing"
	ProblemLong    = "form.long"    // longer than its Max…
	ProblemRange   = "form.range"   // not between its bounds
	ProblemMany    = "form.many"    // more of them than its Max…
	ProblemChannel = "form.channel" // not a channel's id
	ProblemRole    = "form.role"    // not a role's id
	ProblemTwice   = "form.twice"   // the same role twice, or one that is both required and barred
	ProblemURL     = "form.url"     // not an http or https address
	ProblemColor   = "form.color"   // not #rrggbb
	ProblemStyle   = "form.style"
	ProblemChoice  = "form.choice" // not one of those offered
	ProblemID      = "form.id"     // not an id of Discord's
	ProblemPast    = "form.past"   // the time is over
	ProblemOrder   = "form.order"  // it ends before it starts
	ProblemLasts   = "form.lasts"  // longer than MaxDuration
	ProblemTier    = "form.tier"   // a tier without a prize, a place or a count
	ProblemTiers   = "form.tiers"  // the tiers' counts do not add up to WinnerCount
	ProblemWindow  = "form.window" // others are to be drawn for who is late, and nobody can be
	ProblemBonus   = "form.bonus"  // a bonus of other than 1 to MaxBonusEntries
)

// late is how long a start may be past: the form was sent in time, and has been under way.
const late = 2 * time.Minute

// Problems is what is wrong with the form now: by the name of the field in JSON, the key of what to say about it. It is
// empty when all is in order. The page asks before it sends the form, the bot before it carries it out.
func (f GiveawayForm) Problems() map[string]string {
	p := make(problems)
	f.texts(p)
	f.times(p, time.Now())
	f.winners(p)
	f.roles(p)
	for field, value := range map[string]int{
		"requiredLevel": f.RequiredLevel, "requiredMessages": f.RequiredMessages, "requiredInvites": f.RequiredInvites,
		"requiredReputation": f.RequiredReputation, "requiredAccountAge": f.RequiredAccountAge, "requiredServerAge": f.RequiredServerAge,
	} {
		p.unless(within(value, 0, MaxRequirement), field, ProblemRange)
	}
	p.unless(within(f.BoosterBonusEntries, 0, MaxBonusEntries), "boosterBonusEntries", ProblemRange)
	p.unless(within(f.MaxRerolls, 0, MaxRerolls), "maxRerolls", ProblemRange)
	p.unless(within(f.WinnerClaimTimeout, 0, MaxClaimTimeout), "winnerClaimTimeout", ProblemRange)
	return p
}

// problems keeps the first thing that is wrong with each field.
type problems map[string]string

func (p problems) unless(fine bool, field, problem string) {
	if _, told := p[field]; !fine && !told {
		p[field] = problem
	}
}

func within(n, least, most int) bool { return least <= n && n <= most }

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func (f GiveawayForm) texts(p problems) {
	p.unless(strings.TrimSpace(f.Prize) != "", "prize", ProblemMissing)
	p.unless(f.ChannelID != "", "channelId", ProblemMissing)
	p.unless(isSnowflake(f.ChannelID), "channelId", ProblemChannel)
	p.unless(strings.TrimSpace(f.ButtonText) != "", "buttonText", ProblemMissing)
	for _, t := range []struct {
		field, text string
		most        int
	}{
		{"prize", f.Prize, MaxPrize}, {"description", f.Description, MaxDescription}, {"buttonText", f.ButtonText, MaxButtonText},
		{"prizeSecret", f.PrizeSecret, MaxNote}, {"notes", f.Notes, MaxNote}, {"dmWinnerMessage", f.DMWinnerMessage, MaxNote},
		{"imageUrl", f.ImageURL, MaxURL},
	} {
		p.unless(utf8.RuneCountInString(t.text) <= t.most, t.field, ProblemLong)
	}
	p.unless(f.ImageURL == "" || isWebAddress(f.ImageURL), "imageUrl", ProblemURL)
	p.unless(hexColor.MatchString(f.EmbedColor), "embedColor", ProblemColor)
	p.unless(slices.Contains(ButtonStyles, f.ButtonStyle), "buttonStyle", ProblemStyle)
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

func (f GiveawayForm) times(p problems, now time.Time) {
	begins := now
	if f.StartsAt != nil {
		p.unless(f.StartsAt.After(now.Add(-late)), "startsAt", ProblemPast)
		p.unless(f.StartsAt.Before(now.Add(MaxDuration)), "startsAt", ProblemLasts)
		if f.StartsAt.After(now) {
			begins = *f.StartsAt
		}
	}
	p.unless(!f.EndsAt.IsZero(), "endsAt", ProblemMissing)
	p.unless(f.EndsAt.After(now), "endsAt", ProblemPast)
	p.unless(f.EndsAt.After(begins), "endsAt", ProblemOrder)
	p.unless(f.EndsAt.Sub(begins) <= MaxDuration, "endsAt", ProblemLasts)
}

func (f GiveawayForm) winners(p problems) {
	p.unless(within(f.WinnerCount, 1, MaxWinners), "winnerCount", ProblemRange)
	if len(f.PrizeTiers) == 0 {
		return
	}
	p.unless(len(f.PrizeTiers) <= MaxPrizeTiers, "prizeTiers", ProblemMany)
	sum := 0
	for _, tier := range f.PrizeTiers {
		p.unless(strings.TrimSpace(tier.Prize) != "" && tier.Place >= 1 && within(tier.Count, 1, MaxWinners), "prizeTiers", ProblemTier)
		p.unless(utf8.RuneCountInString(tier.Prize) <= MaxPrize, "prizeTiers", ProblemLong)
		sum += tier.Count
	}
	p.unless(sum == f.WinnerCount, "prizeTiers", ProblemTiers)
}

func (f GiveawayForm) roles(p problems) {
	bonus := make([]string, len(f.BonusEntryRoles))
	for i, role := range f.BonusEntryRoles {
		bonus[i] = role.RoleID
		p.unless(within(role.Entries, 1, MaxBonusEntries), "bonusEntryRoles", ProblemBonus)
	}
	for field, roles := range map[string][]string{
		"requiredRoleIds": f.RequiredRoleIDs, "blacklistRoleIds": f.BlacklistRoleIDs, "bonusEntryRoles": bonus,
	} {
		p.unless(len(roles) <= MaxRoles, field, ProblemMany)
		for i, role := range roles {
			p.unless(isSnowflake(role), field, ProblemRole)
			p.unless(!slices.Contains(roles[:i], role), field, ProblemTwice)
		}
	}
	for _, role := range f.BlacklistRoleIDs {
		p.unless(!slices.Contains(f.RequiredRoleIDs, role), "blacklistRoleIds", ProblemTwice)
	}
	p.unless(f.PingRoleID == "" || isSnowflake(f.PingRoleID), "pingRoleId", ProblemRole)
}
