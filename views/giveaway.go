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

// giveawaysUnder is the address of the list under a tab.
func giveawaysUnder(p Page, status string) string {
	return Filter{Path: p.under("/giveaways"), Status: status, Page: 1}.URL()
}

// weightWords say what an entry's weight is made of.
func weightWords(p Page, e store.Entry) string {
	switch {
	case e.RemovedAt != nil:
		return p.T("entry.out", "who", personName(e.RemovedBy), "why", shorten(e.RemovedWhy, 200))
	case e.BonusEntries == 0:
		return p.T("entry.base", "n", e.BaseEntries)
	}
	source := p.T("entry.bonus")
	if e.BonusSource != nil {
		source = or(shorten(*e.BonusSource, 60), source)
	}
	return p.T("entry.more", "n", e.BaseEntries, "bonus", e.BonusEntries, "source", source)
}

// claimWithin says how long winners have to claim their prize, and what comes of it if they do not; "" when that is for ever.
func claimWithin(p Page, g store.Giveaway) string {
	if g.WinnerClaimTimeout == 0 {
		return ""
	}
	key := "giveaway.within"
	if g.AutoReroll {
		key = "giveaway.orAnother"
	}
	return p.T(key, "span", spanWords(p, time.Duration(g.WinnerClaimTimeout)*time.Hour))
}

// EntrantVerb is what can be done with somebody in a giveaway: to take them out, or let them in again.
func EntrantVerb(e store.Entry) store.Verb {
	if e.RemovedAt != nil {
		return store.VerbGiveawayReadmit
	}
	return store.VerbGiveawayRemove
}

// entrantVerbs are those that the reader may ask for in the giveaway, and the bot knows.
func entrantVerbs(p Page, g store.Giveaway, asked Asked) []store.Verb {
	if !store.CanRemove(g) {
		return nil
	}
	return slices.DeleteFunc(p.may([]store.Verb{store.VerbGiveawayRemove, store.VerbGiveawayReadmit}), func(v store.Verb) bool { return !asked.Bot.Offers(v) })
}

func entrantsPath(p Page, g store.Giveaway) string { return p.under("/giveaways/" + g.ID) }

func entryState(e store.Entry) string {
	if e.RemovedAt != nil {
		return "removed"
	}
	return "in"
}

// listedGiveaways are the rows of the list.
func listedGiveaways(p Page, v GiveawayList) templ.Component {
	rows := v.List.Items
	return p.Memo.list([]any{v.Asked.ofAll()}, len(rows),
		func(i int) string { return rows[i].ID },
		func(i int) templ.Component {
			return giveawayRow(p, v.Filter.Path, rows[i], v.Asked.about(rows[i].ID))
		},
		func(i int) []any { return []any{readingOf(&rows[i]), rows[i].Winners, v.Asked.command(rows[i].ID)} })
}

// readingOf is what tells a giveaway's row from what it was, its winners apart.
func readingOf(g *store.Giveaway) any {
	if g.Reading != 0 {
		return g.Reading
	}
	return *g
}

// countsOf are the totals but for the entries, which no tab tells.
func countsOf(t store.GiveawayTiles) store.GiveawayTiles {
	t.Entries = 0
	return t
}
