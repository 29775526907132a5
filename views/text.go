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

// GiveawaySorts and TicketSorts are the sort orders of the lists, the default first.
var (
	GiveawaySorts = []string{
		string(store.GiveawaysNewest), string(store.GiveawaysOldest), string(store.GiveawaysEnding),
		string(store.GiveawaysEntries), string(store.GiveawaysPrize),
	}
	TicketSorts = []string{string(store.TicketsNewest), string(store.TicketsOldest), string(store.TicketsWaiting)}
)

// SessionRow is one session of the viewer.
type SessionRow struct {
	Handle     string // identifies the session in the request that ends it
	Browser    string
	SignedInAt time.Time
	LastSeenAt time.Time
	IsCurrent  bool
}

func (p Page) title() string {
	if p.Title == "" {
		return p.Site.Brand
	}
	if p.Guild != nil && p.Guild.Name != p.Title {
		return sanitizeLine(p.Title) + " · " + p.Guild.displayName()
	}
	return sanitizeLine(p.Title) + " · " + p.Site.Brand
}

// switchPath returns the path of the current section on another server, for the server switcher.
func (p Page) switchPath(g GuildLink) string {
	path := "/guilds/" + g.ID
	if p.Section == SectionGiveaways || p.Section == SectionTickets {
		path += "/" + string(p.Section)
	}
	return path
}

func (p Page) signInURL() string { return "/login?return=" + url.QueryEscape(p.Path) }

func signInStartURL(back string) string {
	if back == "" {
		return "/login/start"
	}
	return "/login/start?return=" + url.QueryEscape(back)
}

func homePath(p Page) string {
	switch {
	case p.Guild != nil:
		return p.guildPath("")
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

func (r Region) pollTrigger() string {
	return fmt.Sprintf("every %dms, live:poll", (r.PollInterval * 4 / 5).Milliseconds()) // live.js adds up to a fifth
}

func ariaPressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

func alertRole(k AlertKind) string {
	if k == AlertProblem {
		return "alert"
	}
	return "status"
}

// problemAttributes marks a field as invalid and links it to its error message, if it has one.
func problemAttributes(problems map[string]string, field string) templ.Attributes {
	if problems[field] == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "problem-" + field}
}

func lower[S ~string](s S) string { return strings.ToLower(string(s)) }

func orAll(status string) string  { return orDefault(status, "all") }
func orNewest(sort string) string { return orDefault(sort, "newest") }
func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// listSummary describes how many rows a list has and which page is shown.
func listSummary(p Page, noun string, total int, atLeast bool, page, pages int) string {
	text := p.N(noun+".n", total)
	if atLeast {
		text = p.T(noun+".more", "n", total-1)
	}
	if pages > 1 {
		text += ", " + p.T("list.page", "page", page, "pages", pages)
	}
	return text
}

// sanitizeLine makes untrusted text safe to show within a line: it removes control characters and characters that
// change the direction of the surrounding text (Unicode UAX #9).
func sanitizeLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069',
			r == '\u200e' || r == '\u200f', r == utf8.RuneError:
			return -1
		}
		return r
	}, s))
}

func truncate(s string, maxRunes int) string {
	runes := []rune(sanitizeLine(truncateRunes(s, 8*maxRunes)))
	if len(runes) <= maxRunes {
		return string(runes)
	}
	return strings.TrimSpace(string(runes[:maxRunes-1])) + "…"
}

// Bounds on texts and values that a page shows outside lists.
const (
	maxLongText   = 4096   // characters, as in Discord's longest text
	maxAnswers    = 25     // answers to a form
	maxAnswerText = 20_000 // characters of all answers: Discord's five of 4,000 each
	maxQuestion   = 200
	maxOptionName = 60  // characters of a role or channel: forms offer hundreds of them, several times over
	maxRolesShown = 25  // prize tiers, and roles, of a giveaway
	maxWinners    = 100 // winners, including rerolled ones
	maxDraws      = 20
)

// visibleAnswers returns the answers to a ticket's form within the bounds of a page. The export has all of them.
func visibleAnswers(t store.Ticket) []store.FormResponse {
	remaining := maxAnswerText
	var visible []store.FormResponse
	for _, a := range t.FormResponses[:min(len(t.FormResponses), maxAnswers)] {
		a.Question, a.Answer = truncate(a.Question, maxQuestion), truncateRunes(a.Answer, remaining)
		remaining -= min(remaining, utf8.RuneCountInString(a.Answer))
		visible = append(visible, a)
	}
	return visible
}

func prizeText(p Page, s string) string { return orDefault(truncate(s, 240), p.T("giveaway.noPrize")) }

func subjectText(p Page, t store.Ticket) string {
	if t.Subject == nil {
		return p.T("ticket.noSubject")
	}
	return orDefault(truncate(*t.Subject, 240), p.T("ticket.noSubject"))
}

func userName(user store.User) string {
	if name := truncate(user.Username, 40); name != "" {
		return name
	}
	return user.ID
}

// userNames joins the names of up to maxViewersShown users with commas.
func userNames(users []store.User) string {
	names := make([]string, 0, maxViewersShown)
	for _, user := range users[:min(len(users), maxViewersShown)] {
		names = append(names, userName(user))
	}
	if len(users) > maxViewersShown {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

func ticketCategoryLabel(t store.Ticket) string {
	if t.Category == nil {
		return ""
	}
	return categoryLabel(*t.Category)
}

func extraAnswers(p Page, t store.Ticket) (extras []store.FormResponse) {
	for _, extra := range []struct {
		key   string
		value *string
	}{{"ticket.platform", t.PlatformUsername}, {"ticket.issue", t.IssueType}, {"ticket.details", t.IssueDetails}} {
		if extra.value != nil && *extra.value != "" {
			extras = append(extras, store.FormResponse{Question: p.T(extra.key), Answer: truncateRunes(*extra.value, maxLongText)})
		}
	}
	return extras
}

func closedByText(p Page, t store.Ticket) string {
	if t.ClosedBy.ID == "" {
		return p.T("ticket.closed")
	}
	return p.T("ticket.closedBy", "name", userName(t.ClosedBy))
}

func starText(n int) string {
	n = min(max(n, 0), 5)
	return strings.Repeat("★", n) + strings.Repeat("☆", 5-n)
}

// transcriptLink returns the URL of the transcript if it is https, otherwise "": bots may record local file paths.
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

// messageLink returns the URL of the giveaway's message in Discord, or of its channel if there is no message yet.
func messageLink(g store.Giveaway) string {
	link := channelLink(g.GuildID, g.ChannelID)
	if link != "" && g.MessageID != nil && IsSnowflake(*g.MessageID) {
		link += "/" + *g.MessageID
	}
	return link
}

// IsSnowflake reports whether id has the form of a Discord id.
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

// hasClaims reports whether any winner has claimed the prize or has a deadline for it.
func hasClaims(winners []store.Winner) bool {
	return slices.ContainsFunc(winners, func(w store.Winner) bool { return w.Claimed || w.ClaimDeadline != nil })
}

func winnerState(w store.Winner) string {
	switch {
	case w.Rerolled && w.ClaimExpiredAt != nil:
		return "replaced"
	case w.Rerolled:
		return "rerolled"
	case w.Claimed:
		return "claimed"
	case w.ClaimExpiredAt != nil:
		return "late"
	case w.DMSent:
		return "notified"
	}
	return "drawn"
}

// stepTime returns the time of an event that has happened, or the time of the row if the bot has recorded none.
func stepTime(happened bool, at *time.Time, row time.Time) *time.Time {
	if happened && at == nil {
		return &row
	}
	return at
}

func requirementLines(p Page, g store.Giveaway) (lines []string) {
	for _, role := range g.RequiredRoleIDs[:min(len(g.RequiredRoleIDs), maxRolesShown)] {
		lines = append(lines, p.T("role.required", "role", p.roleLabel(role)))
	}
	for _, role := range g.BlacklistRoleIDs[:min(len(g.BlacklistRoleIDs), maxRolesShown)] {
		lines = append(lines, p.T("role.barred", "role", p.roleLabel(role)))
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
	for _, bonus := range g.BonusEntryRoles[:min(len(g.BonusEntryRoles), maxRolesShown)] {
		lines = append(lines, p.N("bonus.role", bonus.Entries, "role", bonusRoleLabel(p, bonus)))
	}
	hidden := max(0, len(g.RequiredRoleIDs)-maxRolesShown) + max(0, len(g.BlacklistRoleIDs)-maxRolesShown) +
		max(0, len(g.BonusEntryRoles)-maxRolesShown)
	if hidden > 0 {
		lines = append(lines, p.T("list.hidden", "n", hidden))
	}
	return lines
}

// bonusRoleLabel returns the current name of a role with bonus entries, or the name at the creation of the giveaway.
func bonusRoleLabel(p Page, b store.BonusRole) string {
	if _, known := p.Names.Role(b.RoleID); known {
		return p.roleLabel(b.RoleID)
	}
	return orDefault(truncate(b.RoleName, 100), b.RoleID)
}

// overviewSummary returns the text that screen readers announce when the overview changes.
func overviewSummary(p Page, v OverviewView) string {
	var parts []string
	if p.Rights.Can(store.ModuleGiveaways, store.LevelSee) {
		parts = append(parts, p.N("overview.active", v.GiveawayStats.Active))
	}
	if p.Rights.Can(store.ModuleTickets, store.LevelSee) {
		parts = append(parts, p.N("overview.waiting", v.TicketStats.Open))
	}
	return strings.Join(parts, ", ")
}

func guildRoleText(p Page, g GuildLink) string {
	switch {
	case g.IsOwner:
		return p.T("guilds.owner")
	case g.IsStaff:
		return p.T("guilds.staff")
	}
	return p.T("guilds.manager")
}

// initials returns the first letters of up to maxLetters words, shown in place of a missing picture as in Discord.
func initials(name string, maxLetters int) string {
	var letters []rune
	for _, word := range strings.Fields(sanitizeLine(name)) {
		letters = append(letters, []rune(word)[0])
		if len(letters) == maxLetters {
			break
		}
	}
	return orDefault(string(letters), "?")
}

// tintClass returns the CSS class of one of six colours for a missing picture. It depends only on id.
func tintClass(id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	return fmt.Sprintf("tint-%d", h.Sum32()%6)
}

// imageSize returns the size to request from Discord's CDN: the smallest power of two that is at least twice the pixels
// shown.
func imageSize(shown int) int {
	size := 16
	for size < 2*shown {
		size *= 2
	}
	return size
}

func noteDeletePath(p Page, ticket, note string) string {
	return p.guildPath("/tickets/" + ticket + "/notes/" + note + "/delete")
}
