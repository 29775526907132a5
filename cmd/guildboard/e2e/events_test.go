//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store/contract"
)

// changeTimeout bounds the time from a bot's event until pages show the change, on a busy machine.
const changeTimeout = 30 * time.Second

// markLoaded marks the pages of tabs. The returned function fails the test if one of them was loaded again.
func markLoaded(tabs ...*tab) (requireNotReloaded func()) {
	for _, b := range tabs {
		b.runScript(`window.untouched = true`)
	}
	return func() {
		for _, b := range tabs {
			b.t.Helper()
			if !evaluate[bool](b, `window.untouched === true`) {
				b.t.Errorf("page was reloaded: %s", b.describe())
			}
		}
	}
}

// numberIn returns the number in an element's text; 0 without one.
func numberIn(b *tab, selector string) int {
	b.t.Helper()
	return evaluate[int](b, fmt.Sprintf(`parseInt(%s.replace(/\D/g, '')) || 0`, textExpression(selector)))
}

// waitInAll waits until an expression is true in all tabs. It fails the test after changeTimeout.
func waitInAll(tabs []*tab, label, expression string, args ...any) {
	for _, b := range tabs {
		b.t.Helper()
		b.waitForWithin(changeTimeout, label, fmt.Sprintf(expression, args...))
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
	running, entries := numberIn(overviews[0], "#stat-active dd"), numberIn(overviews[0], "#stat-entries dd")

	g := d.createGiveaway(t, smallGuild, "A lantern")
	waitInAll(lists, "the new giveaway is listed", `document.querySelector('#g-%s')?.dataset.state === 'active'`, g.ID)
	waitInAll(overviews, "the number of running giveaways has grown",
		`%s === '%d'`, textExpression("#stat-active dd"), running+1)

	details := []*tab{user.openWindow(giveawayPath(g)), other.openWindow(giveawayPath(g))}
	for _, b := range details {
		b.waitLive()
	}
	entrant := d.enterGiveaway(t, g)
	waitInAll(lists, "the entry count has grown", `document.querySelector('#entries-%s').dataset.entries === '1'`, g.ID)
	waitInAll(overviews, "the entry count has grown", `%s === '%d'`, textExpression("#stat-entries dd"), entries+1)
	waitInAll(details, "the entrant is listed",
		`document.querySelector('#giveaway').textContent.includes(%s)`, quoteJS(*entrant.Username))

	d.endGiveaway(t, g, entrant)
	waitInAll(lists, "the giveaway has ended", `document.querySelector('#g-%s').dataset.state === 'ended'`, g.ID)
	waitInAll(lists, "the winner is shown",
		`document.querySelector('#g-%s .people')?.textContent.includes(%s)`, g.ID, quoteJS(*entrant.Username))
	waitInAll(overviews, "the number of running giveaways has shrunk",
		`%s === '%d'`, textExpression("#stat-active dd"), running)
	waitInAll(details, "the giveaway has ended", `document.querySelector('#giveaway').dataset.state === 'ended'`)
	waitInAll(details, "the winner is shown",
		`document.querySelector('.winners')?.textContent.includes(%s)`, quoteJS(*entrant.Username))

	for _, b := range append(append(lists, overviews...), details...) {
		b.waitMatchesFreshPage()
	}
	requireNotReloaded()
	if n := p.count(isPoll); n > 0 {
		t.Errorf("pages polled %d times while they were live, want 0", n)
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
	open, claimed := numberIn(overviews[0], "#stat-open dd"), numberIn(overviews[0], "#stat-claimed dd")
	today := numberIn(overviews[0], "#stat-today dd")

	ticket := d.openTicket(t, smallGuild, "The bridge is out")
	waitInAll(lists, "the new ticket is listed", `document.querySelector('#t-%s')?.dataset.state === 'open'`, ticket.ID)
	waitInAll(overviews, "the number of open tickets has grown", `%s === '%d'`, textExpression("#stat-open dd"), open+1)

	details := []*tab{user.openWindow(ticketPath(ticket)), other.openWindow(ticketPath(ticket))}
	for _, b := range details {
		b.waitLive()
	}
	claimer := d.newGuildMember(t, smallGuild)
	d.claimTicket(t, ticket, claimer)
	waitInAll(lists, "the ticket is claimed", `document.querySelector('#t-%s').dataset.state === 'claimed'`, ticket.ID)
	waitInAll(lists, "the staff member is shown",
		`document.querySelector('#t-%s').textContent.includes(%s)`, ticket.ID, quoteJS(*claimer.Username))
	waitInAll(overviews, "the ticket is claimed",
		`%s === '%d' && %s === '%d'`, textExpression("#stat-open dd"), open, textExpression("#stat-claimed dd"), claimed+1)
	waitInAll(details, "the staff member is shown", `document.querySelector('#ticket').dataset.state === 'claimed' &&
		document.querySelector('.timeline').textContent.includes(%s)`, quoteJS(*claimer.Username))

	d.closeTicket(t, ticket, claimer)
	waitInAll(lists, "the ticket is closed", `document.querySelector('#t-%s').dataset.state === 'closed'`, ticket.ID)
	waitInAll(overviews, "the number of tickets closed today has grown",
		`%s === '%d' && %s === '%d'`, textExpression("#stat-claimed dd"), claimed, textExpression("#stat-today dd"), today+1)
	waitInAll(details, "the ticket is closed", `document.querySelector('#ticket').dataset.state === 'closed'`)

	for _, b := range append(append(lists, overviews...), details...) {
		b.waitMatchesFreshPage()
	}
	requireNotReloaded()
	if n := p.count(isPoll); n > 0 {
		t.Errorf("pages polled %d times while they were live, want 0", n)
	}
}

func TestEventStreamDeliversEventsUnchanged(t *testing.T) {
	s := newGuildFixture(t)
	b := s.member.openWindow(giveawaysPath(s.guild))
	b.runScript(`window.received = []; window.source = new EventSource('/api/events/stream?guildId=` + s.guild + `');
		source.onmessage = e => received.push(JSON.parse(e.data))`)
	b.waitFor("the stream is open", `source.readyState === EventSource.OPEN`)
	g := s.createGiveaway(t, s.guild, "A lantern")
	s.enterGiveaway(t, g)
	b.waitFor("both events arrived in order", `received.length === 2 &&
		received[0].type === 'GIVEAWAY_CREATE' && received[1].type === 'GIVEAWAY_ENTRY' &&
		received[0].guildId === '`+s.guild+`' && received[0].data.giveawayId === '`+g.ID+`' && received[0].timestamp > 0`)
}

func TestOpenPageReportsDeletedGiveaway(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveawaySilently(t, s.guild, "A lantern")
	b := s.member.openWindow(giveawayPath(g))
	b.waitLive()
	must(t, s.store.DeleteGiveaway(t.Context(), s.guild, g.ID))
	s.publish(t, "GIVEAWAY_UPDATE", s.guild, contract.GiveawayUpdateData{GiveawayID: g.ID})
	b.waitForWithin(changeTimeout, "the page reports the deleted giveaway",
		`!document.querySelector('#giveaway') && document.querySelector('#live a[href$="/giveaways"]')`)
	b.waitLive()
}
