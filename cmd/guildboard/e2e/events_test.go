//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// changeTimeout is how long a change may take from the bot's word to the screen, on a machine that has other work.
const changeTimeout = 30 * time.Second

// markLoaded marks a page, so that a reload does not go unnoticed.
func markLoaded(tabs ...*tab) (requireNotReloaded func()) {
	for _, b := range tabs {
		b.runScript(`window.untouched = true`)
	}
	return func() {
		for _, b := range tabs {
			b.t.Helper()
			if !evaluate[bool](b, `window.untouched === true`) {
				b.t.Errorf("the page was loaded again: %s", b.describe())
			}
		}
	}
}

// numberIn is the number that an element shows.
func numberIn(b *tab, selector string) int {
	b.t.Helper()
	return evaluate[int](b, fmt.Sprintf(`parseInt(%s.replace(/\D/g, '')) || 0`, textExpression(selector)))
}

// waitInAll waits, within soon, for something to be true in all tabs.
func waitInAll(tabs []*tab, what, expression string, args ...any) {
	for _, b := range tabs {
		b.t.Helper()
		b.waitForWithin(changeTimeout, what, fmt.Sprintf(expression, args...))
	}
}

func TestGiveawayEventsShowOnEveryOpenPage(t *testing.T) {
	d := demoServer(t)
	p := newProxy(t, d.url)
	user, other := newSignedInUser(t, p.url), newSignedInUser(t, p.url)
	lists := []*tab{user.openWindow(giveawaysPath(smallGuild)), other.openWindow(giveawaysPath(smallGuild))}
	overviews := []*tab{user.openWindow(overviewPath(smallGuild)), other.openWindow(overviewPath(smallGuild))}
	for _, b := range append(lists, overviews...) {
		b.waitLive()
	}
	requireNotReloaded := markLoaded(append(lists, overviews...)...)
	running, entries := numberIn(overviews[0], "#tile-active dd"), numberIn(overviews[0], "#tile-entries dd")

	g := d.createGiveaway(t, smallGuild, "A lantern")
	waitInAll(lists, "the new giveaway is listed", `document.querySelector('#g-%s')?.dataset.state === 'active'`, g.ID)
	waitInAll(overviews, "one more runs", `%s === '%d'`, textExpression("#tile-active dd"), running+1)

	details := []*tab{user.openWindow(giveawayPath(g)), other.openWindow(giveawayPath(g))}
	for _, b := range details {
		b.waitLive()
	}
	entrant := d.enterGiveaway(t, g)
	waitInAll(lists, "the entry is counted", `document.querySelector('#entries-%s').dataset.entries === '1'`, g.ID)
	waitInAll(overviews, "the entry is counted", `%s === '%d'`, textExpression("#tile-entries dd"), entries+1)
	waitInAll(details, "who entered is named", `document.querySelector('#giveaway').textContent.includes(%s)`, quoteJS(*entrant.Username))

	d.endGiveaway(t, g, entrant)
	waitInAll(lists, "it has ended", `document.querySelector('#g-%s').dataset.state === 'ended'`, g.ID)
	waitInAll(lists, "the winner is named", `document.querySelector('#g-%s .people')?.textContent.includes(%s)`, g.ID, quoteJS(*entrant.Username))
	waitInAll(overviews, "one less runs", `%s === '%d'`, textExpression("#tile-active dd"), running)
	waitInAll(details, "it has ended", `document.querySelector('#giveaway').dataset.state === 'ended'`)
	waitInAll(details, "the winner is named", `document.querySelector('.winners')?.textContent.includes(%s)`, quoteJS(*entrant.Username))

	for _, b := range append(append(lists, overviews...), details...) {
		b.waitMatchesFreshPage()
	}
	requireNotReloaded()
	if n := p.count(isPoll); n > 0 {
		t.Errorf("pages polled %d times while they were live", n)
	}
}

func TestTicketEventsShowOnEveryOpenPage(t *testing.T) {
	d := demoServer(t)
	p := newProxy(t, d.url)
	user, other := newSignedInUser(t, p.url), newSignedInUser(t, p.url)
	lists := []*tab{user.openWindow(ticketsPath(smallGuild)), other.openWindow(ticketsPath(smallGuild))}
	overviews := []*tab{user.openWindow(overviewPath(smallGuild)), other.openWindow(overviewPath(smallGuild))}
	for _, b := range append(lists, overviews...) {
		b.waitLive()
	}
	requireNotReloaded := markLoaded(append(lists, overviews...)...)
	open, claimed, today := numberIn(overviews[0], "#tile-open dd"), numberIn(overviews[0], "#tile-claimed dd"), numberIn(overviews[0], "#tile-today dd")

	ticket := d.openTicket(t, smallGuild, "The bridge is out")
	waitInAll(lists, "the new ticket is listed", `document.querySelector('#t-%s')?.dataset.state === 'open'`, ticket.ID)
	waitInAll(overviews, "one more waits", `%s === '%d'`, textExpression("#tile-open dd"), open+1)

	details := []*tab{user.openWindow(ticketPath(ticket)), other.openWindow(ticketPath(ticket))}
	for _, b := range details {
		b.waitLive()
	}
	claimer := d.newGuildMember(t, smallGuild)
	d.claimTicket(t, ticket, claimer)
	waitInAll(lists, "it is claimed", `document.querySelector('#t-%s').dataset.state === 'claimed'`, ticket.ID)
	waitInAll(lists, "the helper is named", `document.querySelector('#t-%s').textContent.includes(%s)`, ticket.ID, quoteJS(*claimer.Username))
	waitInAll(overviews, "it is claimed", `%s === '%d' && %s === '%d'`, textExpression("#tile-open dd"), open, textExpression("#tile-claimed dd"), claimed+1)
	waitInAll(details, "the helper is named", `document.querySelector('#ticket').dataset.state === 'claimed' &&
		document.querySelector('.timeline').textContent.includes(%s)`, quoteJS(*claimer.Username))

	d.closeTicket(t, ticket, claimer)
	waitInAll(lists, "it is closed", `document.querySelector('#t-%s').dataset.state === 'closed'`, ticket.ID)
	waitInAll(overviews, "one more was closed today", `%s === '%d' && %s === '%d'`, textExpression("#tile-claimed dd"), claimed, textExpression("#tile-today dd"), today+1)
	waitInAll(details, "it is closed", `document.querySelector('#ticket').dataset.state === 'closed'`)

	for _, b := range append(append(lists, overviews...), details...) {
		b.waitMatchesFreshPage()
	}
	requireNotReloaded()
	if n := p.count(isPoll); n > 0 {
		t.Errorf("pages polled %d times while they were live", n)
	}
}

func TestEventStreamDeliversEventsUnchanged(t *testing.T) {
	s := newGuildFixture(t)
	b := s.member.openWindow(giveawaysPath(s.guild))
	b.runScript(`window.heard = []; window.source = new EventSource('/api/events/stream?guildId=` + s.guild + `');
		source.onmessage = e => heard.push(JSON.parse(e.data))`)
	b.waitFor("the stream is open", `source.readyState === EventSource.OPEN`)
	g := s.createGiveaway(t, s.guild, "A lantern")
	s.enterGiveaway(t, g)
	b.waitFor("both events are heard, in their order", `heard.length === 2 &&
		heard[0].type === 'GIVEAWAY_CREATE' && heard[1].type === 'GIVEAWAY_ENTRY' &&
		heard[0].guildId === '`+s.guild+`' && heard[0].data.giveawayId === '`+g.ID+`' && heard[0].timestamp > 0`)
}

func TestOpenPageReportsDeletedGiveaway(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveawaySilently(t, s.guild, "A lantern")
	b := s.member.openWindow(giveawayPath(g))
	b.waitLive()
	must(t, s.store.DeleteGiveaway(t.Context(), s.guild, g.ID))
	s.publish(t, "GIVEAWAY_UPDATE", s.guild, map[string]any{"giveawayId": g.ID})
	b.waitForWithin(changeTimeout, "the page says that it is gone", `!document.querySelector('#giveaway') && document.querySelector('#live a[href$="/giveaways"]')`)
	b.waitLive()
}
