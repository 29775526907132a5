package views

import (
	"slices"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
)

// giveawayTabOrder are the tabs of the list, as they stand beside each other.
var giveawayTabOrder = []store.GiveawayStatus{
	store.GiveawayActive, store.GiveawayPending, store.GiveawayPaused,
	store.GiveawayHistory, store.GiveawayEnded, store.GiveawayCancelled,
}

// giveawayListURL is the address of the list under a tab.
func giveawayListURL(p Page, status string) string {
	return Filter{Path: p.guildPath("/giveaways"), Status: status, Page: 1}.URL()
}

// entryWeightText say what an entry's weight is made of.
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

// claimPeriodText says how long winners have to claim their prize, and what comes of it if they do not; "" when that is for ever.
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

// EntrantVerb is what can be done with somebody in a giveaway: to take them out, or let them in again.
func EntrantVerb(e store.Entry) store.Verb {
	if e.DisqualifiedAt != nil {
		return store.VerbEntrantReinstate
	}
	return store.VerbEntrantDisqualify
}

// entrantVerbs are those that the reader may ask for in the giveaway, and the bot knows.
func entrantVerbs(p Page, g store.Giveaway, requests BotRequests) []store.Verb {
	if !store.CanDisqualify(g) {
		return nil
	}
	return slices.DeleteFunc(p.allowedVerbs([]store.Verb{store.VerbEntrantDisqualify, store.VerbEntrantReinstate}), func(v store.Verb) bool { return !requests.Bot.Supports(v) })
}

func entrantsPath(p Page, g store.Giveaway) string { return p.guildPath("/giveaways/" + g.ID) }

func entryState(e store.Entry) string {
	if e.DisqualifiedAt != nil {
		return "removed"
	}
	return "in"
}

// giveawayListRows are the rows of the list.
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

// giveawayCacheKey is what tells a giveaway's row from what it was, its winners apart.
func giveawayCacheKey(g *store.Giveaway) any {
	if g.Version != 0 {
		return g.Version
	}
	return *g
}

// tabStats are the totals but for the entries, which no tab tells.
func tabStats(t store.GiveawayStats) store.GiveawayStats {
	t.Entries = 0
	return t
}
