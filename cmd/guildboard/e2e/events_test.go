//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// soon is how long a change may take from the bot's word to the screen, on a machine that has other work.
const soon = 30 * time.Second

// untouched marks a page, so that a reload does not go unnoticed.
func untouched(tabs ...*tab) (stillSo func()) {
	for _, b := range tabs {
		b.run(`window.untouched = true`)
	}
	return func() {
		for _, b := range tabs {
			b.t.Helper()
			if !js[bool](b, `window.untouched === true`) {
				b.t.Errorf("the page was loaded again: %s", b.state())
			}
		}
	}
}

// figure is the number that an element shows.
func figure(b *tab, selector string) int {
	b.t.Helper()
	return js[int](b, fmt.Sprintf(`parseInt(%s.replace(/\D/g, '')) || 0`, textOf(selector)))
}

// each waits, within soon, for something to be true in all tabs.
func each(tabs []*tab, what, expression string, args ...any) {
	for _, b := range tabs {
		b.t.Helper()
		b.within(soon, what, fmt.Sprintf(expression, args...))
	}
}

func TestGiveawayEventsShowOnEveryOpenPage(t *testing.T) {
	d := demo(t)
	p := newProxy(t, d.url)
	one, two := newMember(t, p.url), newMember(t, p.url)
	lists := []*tab{one.window(giveawaysPath(smallGuild)), two.window(giveawaysPath(smallGuild))}
	overviews := []*tab{one.window(overviewPath(smallGuild)), two.window(overviewPath(smallGuild))}
	for _, b := range append(lists, overviews...) {
		b.live()
	}
	stillSo := untouched(append(lists, overviews...)...)
	running, entries := figure(overviews[0], "#tile-active dd"), figure(overviews[0], "#tile-entries dd")

	g := d.giveaway(t, smallGuild, "A lantern")
	each(lists, "the new giveaway is listed", `document.querySelector('#g-%s')?.dataset.state === 'active'`, g.ID)
	each(overviews, "one more runs", `%s === '%d'`, textOf("#tile-active dd"), running+1)

	details := []*tab{one.window(giveawayPath(g)), two.window(giveawayPath(g))}
	for _, b := range details {
		b.live()
	}
	entrant := d.entry(t, g)
	each(lists, "the entry is counted", `document.querySelector('#entries-%s').dataset.entries === '1'`, g.ID)
	each(overviews, "the entry is counted", `%s === '%d'`, textOf("#tile-entries dd"), entries+1)
	each(details, "who entered is named", `document.querySelector('#giveaway').textContent.includes(%s)`, quoted(*entrant.Username))

	d.end(t, g, entrant)
	each(lists, "it has ended", `document.querySelector('#g-%s').dataset.state === 'ended'`, g.ID)
	each(lists, "the winner is named", `document.querySelector('#g-%s .people')?.textContent.includes(%s)`, g.ID, quoted(*entrant.Username))
	each(overviews, "one less runs", `%s === '%d'`, textOf("#tile-active dd"), running)
	each(details, "it has ended", `document.querySelector('#giveaway').dataset.state === 'ended'`)
	each(details, "the winner is named", `document.querySelector('.winners')?.textContent.includes(%s)`, quoted(*entrant.Username))

	for _, b := range append(append(lists, overviews...), details...) {
		b.asFresh()
	}
	stillSo()
	if n := p.count(polls); n > 0 {
		t.Errorf("pages polled %d times while they were live", n)
	}
}

func TestTicketEventsShowOnEveryOpenPage(t *testing.T) {
	d := demo(t)
	p := newProxy(t, d.url)
	one, two := newMember(t, p.url), newMember(t, p.url)
	lists := []*tab{one.window(ticketsPath(smallGuild)), two.window(ticketsPath(smallGuild))}
	overviews := []*tab{one.window(overviewPath(smallGuild)), two.window(overviewPath(smallGuild))}
	for _, b := range append(lists, overviews...) {
		b.live()
	}
	stillSo := untouched(append(lists, overviews...)...)
	open, claimed, today := figure(overviews[0], "#tile-open dd"), figure(overviews[0], "#tile-claimed dd"), figure(overviews[0], "#tile-today dd")

	ticket := d.ticket(t, smallGuild, "The bridge is out")
	each(lists, "the new ticket is listed", `document.querySelector('#t-%s')?.dataset.state === 'open'`, ticket.ID)
	each(overviews, "one more waits", `%s === '%d'`, textOf("#tile-open dd"), open+1)

	details := []*tab{one.window(ticketPath(ticket)), two.window(ticketPath(ticket))}
	for _, b := range details {
		b.live()
	}
	helper := d.newcomer(t, smallGuild)
	d.claim(t, ticket, helper)
	each(lists, "it is claimed", `document.querySelector('#t-%s').dataset.state === 'claimed'`, ticket.ID)
	each(lists, "the helper is named", `document.querySelector('#t-%s').textContent.includes(%s)`, ticket.ID, quoted(*helper.Username))
	each(overviews, "it is claimed", `%s === '%d' && %s === '%d'`, textOf("#tile-open dd"), open, textOf("#tile-claimed dd"), claimed+1)
	each(details, "the helper is named", `document.querySelector('#ticket').dataset.state === 'claimed' &&
		document.querySelector('.timeline').textContent.includes(%s)`, quoted(*helper.Username))

	d.close(t, ticket, helper)
	each(lists, "it is closed", `document.querySelector('#t-%s').dataset.state === 'closed'`, ticket.ID)
	each(overviews, "one more was closed today", `%s === '%d' && %s === '%d'`, textOf("#tile-claimed dd"), claimed, textOf("#tile-today dd"), today+1)
	each(details, "it is closed", `document.querySelector('#ticket').dataset.state === 'closed'`)

	for _, b := range append(append(lists, overviews...), details...) {
		b.asFresh()
	}
	stillSo()
	if n := p.count(polls); n > 0 {
		t.Errorf("pages polled %d times while they were live", n)
	}
}

func TestTheRawStreamHasEachEventAsItWasSent(t *testing.T) {
	s := newScene(t)
	b := s.member.window(giveawaysPath(s.guild))
	b.run(`window.heard = []; window.source = new EventSource('/api/events/stream?guildId=` + s.guild + `');
		source.onmessage = e => heard.push(JSON.parse(e.data))`)
	b.until("the stream is open", `source.readyState === EventSource.OPEN`)
	g := s.giveaway(t, s.guild, "A lantern")
	s.entry(t, g)
	b.until("both events are heard, in their order", `heard.length === 2 &&
		heard[0].type === 'GIVEAWAY_CREATE' && heard[1].type === 'GIVEAWAY_ENTRY' &&
		heard[0].guildId === '`+s.guild+`' && heard[0].data.giveawayId === '`+g.ID+`' && heard[0].timestamp > 0`)
}

func TestADeletedGiveawaySaysSoWhereItIsOpen(t *testing.T) {
	s := newScene(t)
	g := s.quietGiveaway(t, s.guild, "A lantern")
	b := s.member.window(giveawayPath(g))
	b.live()
	must(t, s.store.DeleteGiveaway(t.Context(), s.guild, g.ID))
	s.publish(t, "GIVEAWAY_UPDATE", s.guild, map[string]any{"giveawayId": g.ID})
	b.within(soon, "the page says that it is gone", `!document.querySelector('#giveaway') && document.querySelector('#live a[href$="/giveaways"]')`)
	b.live()
}
