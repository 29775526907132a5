package views

import (
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"guildboard/store"
)

// GiveawaySorts and TicketSorts are the orders a list offers, the default first.
var (
	GiveawaySorts = []string{string(store.GiveawaysNewest), string(store.GiveawaysOldest), string(store.GiveawaysEnding), string(store.GiveawaysEntries), string(store.GiveawaysPrize)}
	TicketSorts   = []string{string(store.TicketsNewest), string(store.TicketsOldest), string(store.TicketsWaiting)}
)

// SessionLine is one place where a person is signed in.
type SessionLine struct {
	Handle  string // what ends it
	Browser string
	Since   time.Time
	Seen    time.Time
	Current bool
}

func (p Page) title() string {
	if p.Title == "" {
		return p.Site.Brand
	}
	if p.Guild != nil && p.Guild.Name != p.Title {
		return clean(p.Title) + " · " + p.Guild.name()
	}
	return clean(p.Title) + " · " + p.Site.Brand
}

// switchTo is where the switcher leads: the same section of another server.
func (p Page) switchTo(g GuildLink) string {
	path := "/guilds/" + g.ID
	if p.Section == SectionGiveaways || p.Section == SectionTickets {
		path += "/" + string(p.Section)
	}
	return path
}

func (p Page) signInAgain() string { return "/login?return=" + url.QueryEscape(p.Path) }

func startURL(back string) string {
	if back == "" {
		return "/login/start"
	}
	return "/login/start?return=" + url.QueryEscape(back)
}

func homeOf(p Page) string {
	switch {
	case p.Guild != nil:
		return p.under("")
	case p.User != nil:
		return "/guilds"
	}
	return "/"
}

func (t Theme) name() string {
	if t == ThemeSystem {
		return "system"
	}
	return string(t)
}

func (r Region) trigger() string {
	return fmt.Sprintf("every %dms, live:poll", (r.Poll * 4 / 5).Milliseconds()) // live.js adds up to a fifth
}

func pressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

func noteRole(k NoteKind) string {
	if k == NoteProblem {
		return "alert"
	}
	return "status"
}

// problemOf ties a field to the sentence below it that says what is wrong.
func problemOf(problems map[string]string, field string) templ.Attributes {
	if problems[field] == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "problem-" + field}
}

func lower[S ~string](s S) string { return strings.ToLower(string(s)) }

func orAll(status string) string  { return or(status, "all") }
func orNewest(sort string) string { return or(sort, "newest") }
func or(value, other string) string {
	if value == "" {
		return other
	}
	return value
}

// summary says how much a list selects, and which part of it is shown.
func summary(p Page, noun string, total int, atLeast bool, page, pages int) string {
	text := p.N(noun+".n", total)
	if atLeast {
		text = p.T(noun+".more", "n", total-1)
	}
	if pages > 1 {
		text += ", " + p.T("list.page", "page", page, "pages", pages)
	}
	return text
}

// clean makes a stranger's text safe to stand in a line: no control characters, and none that turn the direction of
// the text around them (Unicode UAX #9).
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069', r == '\u200e' || r == '\u200f', r == utf8.RuneError:
			return -1
		}
		return r
	}, s))
}

func shorten(s string, most int) string {
	runes := []rune(clean(cutRunes(s, 8*most)))
	if len(runes) <= most {
		return string(runes)
	}
	return strings.TrimSpace(string(runes[:most-1])) + "…"
}

// Bounds on texts and values that a page shows outside lists.
const (
	maxProse      = 4096   // characters, as in Discord's longest text
	maxAnswers    = 25     // answers to a form
	maxAnswerText = 20_000 // characters of all answers: Discord's five of 4,000 each
	maxQuestion   = 200
	maxOption     = 60  // characters of a role or channel: forms offer hundreds of them, several times over
	maxShown      = 25  // prize tiers, and roles, of a giveaway
	maxWinners    = 100 // winners, including rerolled ones
	maxDraws      = 20
)

// shownAnswers returns the answers to a ticket's form within the bounds of a page. The export has all of them.
func shownAnswers(t store.Ticket) []store.FormResponse {
	left := maxAnswerText
	var shown []store.FormResponse
	for _, a := range t.FormResponses[:min(len(t.FormResponses), maxAnswers)] {
		a.Question, a.Answer = shorten(a.Question, maxQuestion), cutRunes(a.Answer, left)
		left -= min(left, utf8.RuneCountInString(a.Answer))
		shown = append(shown, a)
	}
	return shown
}

func prize(p Page, s string) string { return or(shorten(s, 240), p.T("giveaway.noPrize")) }

func subject(p Page, t store.Ticket) string {
	if t.Subject == nil {
		return p.T("ticket.noSubject")
	}
	return or(shorten(*t.Subject, 240), p.T("ticket.noSubject"))
}

func personName(who store.Person) string {
	if name := shorten(who.Username, 40); name != "" {
		return name
	}
	return who.ID
}

// personNames are some names in a sentence.
func personNames(people []store.Person) string {
	all := make([]string, 0, looksShown)
	for _, who := range people[:min(len(people), looksShown)] {
		all = append(all, personName(who))
	}
	if len(people) > looksShown {
		all = append(all, "…")
	}
	return strings.Join(all, ", ")
}

func categoryName(t store.Ticket) string {
	if t.Category == nil {
		return ""
	}
	return kindName(*t.Category)
}

func ticketExtras(p Page, t store.Ticket) (extras []store.FormResponse) {
	for _, extra := range []struct {
		key   string
		value *string
	}{{"ticket.platform", t.PlatformUsername}, {"ticket.issue", t.IssueType}, {"ticket.details", t.IssueDetails}} {
		if extra.value != nil && *extra.value != "" {
			extras = append(extras, store.FormResponse{Question: p.T(extra.key), Answer: cutRunes(*extra.value, maxProse)})
		}
	}
	return extras
}

func closedBy(p Page, t store.Ticket) string {
	if t.ClosedBy.ID == "" {
		return p.T("ticket.closed")
	}
	return p.T("ticket.closedBy", "name", personName(t.ClosedBy))
}

func stars(n int) string {
	n = min(max(n, 0), 5)
	return strings.Repeat("★", n) + strings.Repeat("☆", 5-n)
}

// transcriptLink is the transcript's address where a browser can open it; local files of the bot's host cannot be.
func transcriptLink(t store.Ticket) string {
	if t.TranscriptURL == nil || !strings.HasPrefix(*t.TranscriptURL, "https://") {
		return ""
	}
	return *t.TranscriptURL
}

func channelLink(guild, channel string) string {
	if !IsSnowflake(guild) || !IsSnowflake(channel) {
		return ""
	}
	return "https://discord.com/channels/" + guild + "/" + channel
}

// messageLink leads to the giveaway's message, or to its channel while nothing is posted.
func messageLink(g store.Giveaway) string {
	link := channelLink(g.GuildID, g.ChannelID)
	if link != "" && g.MessageID != nil && IsSnowflake(*g.MessageID) {
		link += "/" + *g.MessageID
	}
	return link
}

// IsSnowflake tells whether id has the form of a Discord id.
func IsSnowflake(id string) bool {
	return id != "" && len(id) <= 20 && strings.Trim(id, "0123456789") == ""
}

func currentWinners(g store.Giveaway) (current []store.Winner) {
	for _, w := range g.Winners {
		if !w.Rerolled {
			current = append(current, w)
		}
	}
	return current
}

// claimable tells whether winners have claimed their prize, or are to, by some time.
func claimable(winners []store.Winner) bool {
	return slices.ContainsFunc(winners, func(w store.Winner) bool { return w.Claimed || w.ClaimUntil != nil })
}

func winnerState(w store.Winner) string {
	switch {
	case w.Rerolled && w.LapsedAt != nil:
		return "replaced"
	case w.Rerolled:
		return "rerolled"
	case w.Claimed:
		return "claimed"
	case w.LapsedAt != nil:
		return "late"
	case w.DMSent:
		return "notified"
	}
	return "drawn"
}

// stepAt is when something happened; with the row itself where the bot noted no time.
func stepAt(happened bool, at *time.Time, row time.Time) *time.Time {
	if happened && at == nil {
		return &row
	}
	return at
}

func requirementLines(p Page, g store.Giveaway) (lines []string) {
	for _, role := range g.RequiredRoleIDs[:min(len(g.RequiredRoleIDs), maxShown)] {
		lines = append(lines, p.T("role.required", "role", p.roleCalled(role)))
	}
	for _, role := range g.BlacklistRoleIDs[:min(len(g.BlacklistRoleIDs), maxShown)] {
		lines = append(lines, p.T("role.barred", "role", p.roleCalled(role)))
	}
	for _, r := range []struct {
		key string
		n   int
	}{
		{"require.invites", g.RequiredInvites}, {"require.level", g.RequiredLevel},
		{"require.reputation", g.RequiredReputation}, {"require.messages", g.RequiredMessages},
		{"require.accountAge", g.RequiredAccountAge}, {"require.serverAge", g.RequiredServerAge},
		{"bonus.booster", g.BoosterBonusEntries}, {"bonus.invite", g.InviteBonusEntries},
	} {
		if r.n > 0 {
			lines = append(lines, p.N(r.key, r.n))
		}
	}
	for _, bonus := range g.BonusEntryRoles[:min(len(g.BonusEntryRoles), maxShown)] {
		lines = append(lines, p.N("bonus.role", bonus.Entries, "role", bonusRole(p, bonus)))
	}
	hidden := max(0, len(g.RequiredRoleIDs)-maxShown) + max(0, len(g.BlacklistRoleIDs)-maxShown) + max(0, len(g.BonusEntryRoles)-maxShown)
	if hidden > 0 {
		lines = append(lines, p.T("list.hidden", "n", hidden))
	}
	return lines
}

// bonusRole is a role with more entries: as it is called now, or was when the giveaway was made.
func bonusRole(p Page, b store.BonusRole) string {
	if _, known := p.Names.Role(b.RoleID); known {
		return p.roleCalled(b.RoleID)
	}
	return or(shorten(b.RoleName, 100), b.RoleID)
}

// overviewSummary is what is read aloud when the overview changes.
func overviewSummary(p Page, v OverviewView) string {
	var parts []string
	if p.Rights.May(store.ModuleGiveaways, store.LevelSee) {
		parts = append(parts, p.N("overview.active", v.GiveawayTiles.Active))
	}
	if p.Rights.May(store.ModuleTickets, store.LevelSee) {
		parts = append(parts, p.N("overview.waiting", v.TicketTiles.Open))
	}
	return strings.Join(parts, ", ")
}

func guildRole(p Page, g GuildLink) string {
	switch {
	case g.Owner:
		return p.T("guilds.owner")
	case g.Staff:
		return p.T("guilds.staff")
	}
	return p.T("guilds.manager")
}

// initials stand in for a missing picture, as in Discord: the first letters of at most so many words.
func initials(name string, most int) string {
	var letters []rune
	for _, word := range strings.Fields(clean(name)) {
		letters = append(letters, []rune(word)[0])
		if len(letters) == most {
			break
		}
	}
	return or(string(letters), "?")
}

// tint spreads those without a picture over a few colours, the same for an id every time.
func tint(id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	return fmt.Sprintf("tint-%d", h.Sum32()%6)
}

// imageSize is the size to ask Discord's CDN for: a power of two of at least twice the pixels shown.
func imageSize(shown int) int {
	size := 16
	for size < 2*shown {
		size *= 2
	}
	return size
}

func notePath(p Page, ticket, note string) string {
	return p.under("/tickets/" + ticket + "/notes/" + note + "/delete")
}
