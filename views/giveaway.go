package views

import (
	"slices"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
)

// giveawayTabOrder lists the tabs of the giveaway list in order.
var giveawayTabOrder = []store.GiveawayStatus{
	store.GiveawayActive, store.GiveawayPending, store.GiveawayPaused,
	store.GiveawayHistory, store.GiveawayEnded, store.GiveawayCancelled,
}

// giveawayListURL returns the URL of the giveaway list under a tab.
func giveawayListURL(p Page, status string) string {
	return Filter{Path: p.guildPath("/giveaways"), Status: status, Page: 1}.URL()
}

// entryWeightText describes what the entry count of an entrant consists of, or why they are disqualified.
func entryWeightText(p Page, e store.Entry) string {
	switch {
	case e.DisqualifiedAt != nil:
		return p.T("entry.out", "who", userName(e.DisqualifiedBy), "why", truncate(e.DisqualifiedReason, 200))
	case e.BonusEntries == 0:
		return p.T("entry.base", "n", e.BaseEntries)
	}
	source := p.T("entry.bonus")
	if e.BonusSource != nil {
		source = orDefault(truncate(*e.BonusSource, 60), source)
	}
	return p.T("entry.more", "n", e.BaseEntries, "bonus", e.BonusEntries, "source", source)
}

// claimPeriodText describes how long winners have to claim and what happens afterwards; "" if there is no limit.
func claimPeriodText(p Page, g store.Giveaway) string {
	if g.WinnerClaimTimeout == 0 {
		return ""
	}
	key := "giveaway.within"
	if g.AutoReroll {
		key = "giveaway.orAnother"
	}
	return p.T(key, "span", spanText(p, time.Duration(g.WinnerClaimTimeout)*time.Hour))
}

// EntrantVerb returns the verb for an entrant: reinstate if they are disqualified, otherwise disqualify.
func EntrantVerb(e store.Entry) store.Verb {
	if e.DisqualifiedAt != nil {
		return store.VerbEntrantReinstate
	}
	return store.VerbEntrantDisqualify
}

// entrantVerbs returns the verbs for entrants that the viewer may request and the bot supports.
func entrantVerbs(p Page, g store.Giveaway, requests BotRequests) []store.Verb {
	if !store.CanDisqualify(g) {
		return nil
	}
	allowed := p.allowedVerbs([]store.Verb{store.VerbEntrantDisqualify, store.VerbEntrantReinstate})
	return slices.DeleteFunc(allowed, func(v store.Verb) bool { return !requests.Bot.Supports(v) })
}

func entrantsPath(p Page, g store.Giveaway) string { return p.guildPath("/giveaways/" + g.ID) }

func entryState(e store.Entry) string {
	if e.DisqualifiedAt != nil {
		return "removed"
	}
	return "in"
}

// giveawayListRows renders the rows of the list, from the fragment cache where possible.
func giveawayListRows(p Page, v GiveawayList) templ.Component {
	rows := v.List.Items
	return p.Fragments.cachedList([]any{v.Requests.rowBotState()}, len(rows),
		func(i int) string { return rows[i].ID },
		func(i int) templ.Component {
			return giveawayRow(p, v.Filter.Path, rows[i], v.Requests.forRow(rows[i].ID))
		},
		func(i int) []any {
			return []any{giveawayCacheKey(&rows[i]), rows[i].Winners, v.Requests.command(rows[i].ID)}
		})
}

// giveawayCacheKey returns a value that changes with every change of a giveaway except of its winners.
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
