package giveaway

import (
	"strconv"
	"strings"
	"time"

	"guildboard/store/contract"
	"guildboard/views/ui"
)

// bonusRows returns the rows for bonus entry roles: the filled ones, and empty ones up to five.
func bonusRows(f contract.GiveawayForm) []contract.BonusRole {
	rows := append([]contract.BonusRole(nil), f.BonusEntryRoles[:min(len(f.BonusEntryRoles), 2*contract.MaxRoles)]...)
	for len(rows) < 5 {
		rows = append(rows, contract.BonusRole{Entries: 2})
	}
	return rows
}

// tierRows returns the rows for prize tiers: the filled ones, and empty ones up to contract.MaxPrizeTiers.
func tierRows(f contract.GiveawayForm) []contract.PrizeTier {
	rows := append([]contract.PrizeTier(nil), f.PrizeTiers[:min(len(f.PrizeTiers), 2*contract.MaxPrizeTiers)]...)
	for len(rows) < contract.MaxPrizeTiers {
		rows = append(rows, contract.PrizeTier{Count: 1})
	}
	return rows
}

// The ways to enter the end of a giveaway.
const (
	EndAfterDuration = "duration"
	EndAtDate        = "date"
)

// TimeNote describes a local time that clocks do not show exactly once.
type TimeNote struct {
	Next     string   // of a skipped time: the local time to use instead
	Offsets  []string // of a time that occurs twice: the two offsets from UTC, the earlier time first
	Selected string   // one of Offsets, or ""
}

// whichTimeKeys are the message keys of the first and the second occurrence of a local time.
var whichTimeKeys = [2]string{"form.timeFirst", "form.timeSecond"}

// formFields lists the fields of the form with their element ids, in the order of the form.
var formFields = []struct{ name, id string }{
	{"prize", "prize"}, {"description", "description"}, {"winnerCount", "winnerCount"}, {"channelId", "channelId"},
	{"endsIn", "endsIn"}, {"endsAt", "endsAt"}, {"startsAt", "startsAt"}, {"zone", "zone"},
	{"requiredRoleIds", "requiredRoleIds"}, {"blacklistRoleIds", "blacklistRoleIds"}, {"requiredLevel", "requiredLevel"},
	{"requiredMessages", "requiredMessages"}, {"requiredInvites", "requiredInvites"},
	{"requiredReputation", "requiredReputation"}, {"requiredAccountAge", "requiredAccountAge"},
	{"requiredServerAge", "requiredServerAge"}, {"boosterBonusEntries", "boosterBonusEntries"},
	{"bonusEntryRoles", "bonusRole-0"}, {"prizeTiers", "tierPrize-0"},
	{"embedColor", "embedColor"}, {"buttonText", "buttonText"}, {"buttonStyle", "buttonStyle"}, {"imageUrl", "imageUrl"},
	{"winnerClaimTimeout", "winnerClaimTimeout"}, {"maxRerolls", "maxRerolls"}, {"pingRoleId", "pingRoleId"},
	{"dmWinnerMessage", "dmWinnerMessage"}, {"prizeSecret", "prizeSecret"}, {"notes", "notes"},
}

// formProblems returns the problems of the form in the order of its fields.
func formProblems(p ui.Page, v FormView) (problems []ui.FieldProblem) {
	for _, f := range formFields {
		if text := v.Problems[f.name]; text != "" {
			problems = append(problems, ui.FieldProblem{ID: f.id, Label: p.T("field." + f.name), Text: text})
		}
	}
	return problems
}

// isAppearanceOpen and isAfterEndOpen report whether a section is unfolded: a field differs from the default of a new
// giveaway, or has a problem.
func isAppearanceOpen(v FormView) bool {
	f, defaults := v.Form, contract.NewGiveawayForm(time.Time{})
	return f.ImageURL != "" || f.EmbedColor != defaults.EmbedColor || f.ButtonText != defaults.ButtonText ||
		f.ButtonStyle != defaults.ButtonStyle ||
		hasProblem(v.Problems, "embedColor", "buttonText", "imageUrl", "buttonStyle")
}

func isAfterEndOpen(v FormView) bool {
	f, defaults := v.Form, contract.NewGiveawayForm(time.Time{})
	return v.ClaimWithin != "" || f.PrizeSecret+f.Notes+f.DMWinnerMessage+f.PingRoleID != "" ||
		f.DMWinners != defaults.DMWinners || f.PingOnEnd != defaults.PingOnEnd || f.AutoReroll ||
		f.MaxRerolls != defaults.MaxRerolls ||
		hasProblem(v.Problems, "prizeSecret", "notes", "dmWinnerMessage", "pingRoleId", "maxRerolls", "winnerClaimTimeout")
}

func hasRequirements(v FormView) bool {
	f := v.Form
	return v.RequiredRoles+v.ExcludedRoles != "" || len(f.BonusEntryRoles) > 0 ||
		f.RequiredLevel+f.RequiredMessages+f.RequiredInvites+f.RequiredReputation+
			f.RequiredAccountAge+f.RequiredServerAge+f.BoosterBonusEntries > 0 ||
		hasProblem(v.Problems, "requiredRoleIds", "blacklistRoleIds", "requiredLevel", "requiredMessages", "requiredInvites",
			"requiredReputation", "requiredAccountAge", "requiredServerAge", "boosterBonusEntries", "bonusEntryRoles")
}

func submitLabel(p ui.Page, v FormView) string {
	if v.IsEditing {
		return p.T("form.save")
	}
	return p.T("form.send")
}

func hasProblem(problems map[string]string, fields ...string) bool {
	for _, field := range fields {
		if problems[field] != "" {
			return true
		}
	}
	return false
}

// previewLine is a line of the preview: a requirement, or a rule for claims.
type previewLine struct{ field, label, value string }

// previewLines returns the lines of all fields, with an empty value for those that are not filled.
func previewLines(p ui.Page, v FormView) []previewLine {
	f := v.Form
	lines := []previewLine{
		{"requiredRoleIds", p.T("field.requiredRoleIds"), rolesText(p, v.RequiredRoles)},
		{"blacklistRoleIds", p.T("field.blacklistRoleIds"), rolesText(p, v.ExcludedRoles)},
	}
	for _, r := range []struct {
		field string
		n     int
	}{
		{"requiredLevel", f.RequiredLevel}, {"requiredMessages", f.RequiredMessages}, {"requiredInvites", f.RequiredInvites},
		{"requiredReputation", f.RequiredReputation}, {"requiredAccountAge", f.RequiredAccountAge},
		{"requiredServerAge", f.RequiredServerAge}, {"boosterBonusEntries", f.BoosterBonusEntries},
	} {
		value := ""
		if r.n > 0 {
			value = strconv.Itoa(r.n)
		}
		lines = append(lines, previewLine{r.field, p.T("field." + r.field), value})
	}
	autoReroll := ""
	if f.AutoReroll {
		autoReroll = p.T("set.yes")
	}
	return append(lines, previewLine{"winnerClaimTimeout", p.T("giveaway.claim"), v.ClaimWithin},
		previewLine{"autoReroll", p.T("field.autoReroll"), autoReroll})
}

// rolesText returns the names of roles whose ids are separated by spaces or commas.
func rolesText(p ui.Page, ids string) string {
	return p.RoleLabelList(strings.FieldsFunc(ids, func(r rune) bool { return r == ' ' || r == ',' }))
}

// wallTimeText formats the value of a datetime-local field, as forms.js does.
func wallTimeText(p ui.Page, value string) string {
	at, err := time.Parse("2006-01-02T15:04", value)
	if err != nil {
		return value
	}
	return p.Locale.FormatWallTime(at)
}
