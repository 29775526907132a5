// Package giveaway renders giveaways, their entrants, forms and templates.
package giveaway

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/link"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// Bounds on what the page of a giveaway shows.
const (
	maxRolesShown = 25  // prize tiers, and roles, of a giveaway
	maxWinners    = 100 // winners, including rerolled ones
	maxDraws      = 20
)

// entryWeightText describes what the entry count of an entrant consists of, or why they are disqualified.
func entryWeightText(p ui.Page, e store.Entry) string {
	switch {
	case e.DisqualifiedAt != nil:
		return p.T("entry.disqualified", "who", ui.UserName(e.DisqualifiedBy), "why", text.Truncate(e.DisqualifiedReason, 200))
	case e.BonusEntries == 0:
		return p.N("entry.base", e.BaseEntries)
	}
	source := p.T("entry.bonus")
	if e.BonusSource != nil {
		source = cmp.Or(text.Truncate(*e.BonusSource, 60), source)
	}
	return p.T("entry.more", "n", e.BaseEntries, "bonus", e.BonusEntries, "source", source)
}

// claimPeriodText describes how long winners have to claim and what happens afterwards; "" if there is no limit.
func claimPeriodText(p ui.Page, g store.Giveaway) string {
	if g.WinnerClaimTimeout == 0 {
		return ""
	}
	key := "giveaway.claimWithin"
	if g.AutoReroll {
		key = "giveaway.claimOrReroll"
	}
	return p.T(key, "span", intervalText(p, time.Duration(g.WinnerClaimTimeout)*time.Hour))
}

// EntrantVerb returns the verb for an entrant: reinstate if they are disqualified, otherwise disqualify.
func EntrantVerb(e store.Entry) contract.Verb {
	if e.DisqualifiedAt != nil {
		return contract.VerbEntrantReinstate
	}
	return contract.VerbEntrantDisqualify
}

// entrantVerbs returns the verbs for entrants that the viewer may request and the bot supports.
func entrantVerbs(p ui.Page, g store.Giveaway, requests ui.BotRequests) []contract.Verb {
	if !store.CanDisqualify(g) {
		return nil
	}
	allowed := p.AllowedVerbs([]contract.Verb{contract.VerbEntrantDisqualify, contract.VerbEntrantReinstate})
	return slices.DeleteFunc(allowed, func(v contract.Verb) bool { return !requests.Bot.Supports(v) })
}

func entrantsPath(p ui.Page, g store.Giveaway) string { return link.Giveaway(p.Guild.ID, g.ID) }

func entryState(e store.Entry) string {
	if e.DisqualifiedAt != nil {
		return "removed"
	}
	return "in"
}

// giveawayListRows renders the rows of the list, from the fragment cache where possible.
func giveawayListRows(p ui.Page, v ListView) templ.Component {
	rows := v.List.Items
	return p.Fragments.CachedList([]any{v.Requests.RowBotState()}, len(rows),
		func(i int) string { return rows[i].ID },
		func(i int) templ.Component {
			return giveawayRow(p, v.Filter.Path, rows[i], v.Requests.ForRow(rows[i].ID))
		},
		func(i int) []any {
			return []any{giveawayCacheKey(&rows[i]), rows[i].IsOverdue(p.Now), rows[i].Winners, v.Requests.Command(rows[i].ID)}
		})
}

// primaryVerbs returns the verbs that have a button of their own on the page of the giveaway, for its state.
func primaryVerbs(g store.Giveaway) []contract.Verb {
	switch g.Status {
	case store.GiveawayPaused:
		return []contract.Verb{contract.VerbGiveawayResume, contract.VerbGiveawayEdit}
	case store.GiveawayEnded:
		return []contract.Verb{contract.VerbGiveawayReroll}
	}
	return []contract.Verb{contract.VerbGiveawayEnd, contract.VerbGiveawayEdit}
}

// endOf returns when the giveaway ended, or when it will end.
func endOf(g store.Giveaway) time.Time {
	if g.EndedAt != nil {
		return *g.EndedAt
	}
	return g.EndsAt
}

// withoutEnd returns the verbs of a row's menu, which leaves out ending if the row has a button for it.
func withoutEnd(available []contract.Verb, hasButton bool) []contract.Verb {
	return slices.DeleteFunc(slices.Clone(available), func(v contract.Verb) bool {
		return hasButton && v == contract.VerbGiveawayEnd
	})
}

// giveawayCacheKey returns the version of a giveaway, which changes with every change except of its winners, or the
// giveaway itself if it has no version.
func giveawayCacheKey(g *store.Giveaway) any {
	if g.Version != 0 {
		return g.Version
	}
	return *g
}

// tabStats returns the totals without the entries, which no tab shows.
func tabStats(t store.GiveawayStats) store.GiveawayStats {
	t.Entries = 0
	return t
}

// canReroll reports whether the viewer may request a reroll of the giveaway in its current state.
func canReroll(p ui.Page, v View) bool {
	available := v.Requests.AvailableVerbs(v.Giveaway.ID, store.AvailableGiveawayVerbs(v.Giveaway))
	return slices.Contains(p.AllowedVerbs(available), contract.VerbGiveawayReroll)
}

// willEnd reports whether the giveaway still ends at EndsAt: it has neither ended early nor been cancelled.
func willEnd(g store.Giveaway) bool {
	return g.Status != store.GiveawayEnded && g.Status != store.GiveawayCancelled
}

func currentWinners(g store.Giveaway) (current []store.Winner) {
	for _, w := range g.Winners {
		if !w.Rerolled {
			current = append(current, w)
		}
	}
	return current
}

// winnerNames lists the names of winners.
func winnerNames(list []store.Winner) string {
	names := make([]string, len(list))
	for i, w := range list {
		names[i] = ui.UserName(w.User)
	}
	return strings.Join(names, ", ")
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
		return "expired"
	case w.DMSent:
		return "notified"
	}
	return "drawn"
}

// stepTime returns at, or the time of the row if the step has happened and at is not recorded.
func stepTime(happened bool, at *time.Time, row time.Time) *time.Time {
	if happened && at == nil {
		return &row
	}
	return at
}

func requirementLines(p ui.Page, g store.Giveaway) (lines []string) {
	for _, role := range g.RequiredRoleIDs[:min(len(g.RequiredRoleIDs), maxRolesShown)] {
		lines = append(lines, p.T("role.required", "role", p.RoleLabel(role)))
	}
	for _, role := range g.BlacklistRoleIDs[:min(len(g.BlacklistRoleIDs), maxRolesShown)] {
		lines = append(lines, p.T("role.barred", "role", p.RoleLabel(role)))
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
func bonusRoleLabel(p ui.Page, b contract.BonusRole) string {
	if _, known := p.Names.Role(b.RoleID); known {
		return p.RoleLabel(b.RoleID)
	}
	return cmp.Or(text.Truncate(b.RoleName, 100), b.RoleID)
}
