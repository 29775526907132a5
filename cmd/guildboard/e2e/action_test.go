//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"guildboard/store"
)

// create fills in the form for a new giveaway and sends it.
func (b *tab) create(prize string) {
	b.t.Helper()
	b.visit(giveawaysPath(smallGuild) + "/new")
	b.do(chromedp.SendKeys(chromedp.CSS("#prize"), prize), chromedp.SendKeys(chromedp.CSS("#channelId"), "400000000000000001"))
	b.follow("#form-send")
}

// named is the id of the giveaway with the prize, once it is listed.
func (b *tab) named(prize string) string {
	b.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll('#rows .cell-main a')].find(a => a.textContent.trim() === %s)`, quoted(prize))
	b.within(soon, "the giveaway is listed", find)
	return js[string](b, find+`.closest('tr').dataset.subject`)
}

// choose takes a verb out of a row's menu, once the row has come to rest: what was asked before is answered.
func (b *tab) choose(verb, id string) {
	b.t.Helper()
	b.until("the row is at rest", fmt.Sprintf(`!document.querySelector('#command-%s[data-level=waits]')`, id))
	b.click("#menu-" + id + " > summary")
	b.click("#" + verb + "-" + id)
}

// inState waits until the row, or the page of it, is in a state.
func inState(tabs []*tab, id, state string) {
	each(tabs, "it is "+state, `document.querySelector('[data-subject="%s"]')?.dataset.state === '%s'`, id, state)
}

func (b *tab) confirms() {
	b.t.Helper()
	b.until("the question is asked", `document.getElementById('dialog-box').open && document.getElementById('confirm-go')`)
	b.click("#confirm-go")
	b.until("the question is gone", `!document.getElementById('dialog-box').open`)
}

func TestEachVerbOfAGiveawayIsSeenByASecondAdmin(t *testing.T) {
	d := demo(t)
	one, two := newMember(t, d.url), newMember(t, d.url)
	acting := one.window("/guilds")
	other := two.window(giveawaysPath(smallGuild))
	other.live()
	stillSo := untouched(other)
	acting.create("A lamp to act on")
	acting.live()
	id := acting.named("A lamp to act on")
	both := []*tab{acting, other}
	inState(both, id, "active")

	acting.choose("pause", id)
	inState(both, id, "paused")
	acting.choose("resume", id)
	inState(both, id, "active")
	acting.choose("end", id)
	acting.confirms()
	inState(both, id, "ended")

	acting.visitLive(giveawaysPath(smallGuild) + "/" + id)
	acting.click("#delete-" + id)
	acting.confirms()
	acting.within(soon, "the page says that it is gone", `document.getElementById('gone')`)
	other.within(soon, "it is not listed any more", fmt.Sprintf(`!document.querySelector('[data-subject="%s"]')`, id))
	stillSo()
}

func TestAGiveawayIsEditedAndCalledOffFromItsPage(t *testing.T) {
	d := demo(t)
	b := newMember(t, d.url).window("/guilds")
	b.create("A rug to change")
	id := b.named("A rug to change")
	b.visit(giveawaysPath(smallGuild) + "/" + id)
	b.follow("#edit-" + id)
	b.run(`document.getElementById('prize').value = 'A carpet'`)
	b.follow("#form-send")
	b.within(soon, "the prize is another", textOf("#giveaway h1")+` === 'A carpet'`)
	b.click("#cancel-" + id)
	b.confirms()
	inState([]*tab{b}, id, "cancelled")
}

func TestEachVerbOfATicketIsSeenByASecondAdmin(t *testing.T) {
	d := demo(t)
	one, two := newMember(t, d.url), newMember(t, d.url)
	acting, other := one.window(ticketsPath(smallGuild)+"?sort=oldest"), two.window(ticketsPath(smallGuild)+"?sort=oldest")
	acting.live()
	other.live()
	id := js[string](acting, `document.querySelector('#rows tr[data-state=closed]').dataset.subject`)
	both := []*tab{acting, other}
	acting.choose("reopen", id)
	inState(both, id, "open")
	acting.choose("claim", id)
	inState(both, id, "claimed")

	acting.visitLive(ticketsPath(smallGuild) + "/" + id)
	acting.click("#unclaim-" + id)
	inState(both, id, "open")
	acting.click("#close-" + id)
	acting.until("the question is asked", `document.getElementById('reason')`)
	acting.do(chromedp.SendKeys(chromedp.CSS("#reason"), "Solved <b>for good</b>"))
	acting.confirms()
	inState(both, id, "closed")

	acting.visit("/guilds/" + smallGuild + "/audit?verb=TICKET_CLOSE")
	acting.until("the reason stands in the audit log", `document.getElementById('rows').textContent.includes('Solved <b>for good</b>')`)
}

func TestAQuestionIsMootOnceTheRowHasChanged(t *testing.T) {
	d := demo(t)
	one, two := newMember(t, d.url), newMember(t, d.url)
	asked := one.window("/guilds")
	asked.create("A lamp for two")
	id := asked.named("A lamp for two")
	asked.live()
	quick := two.window(giveawaysPath(smallGuild) + "/" + id)
	quick.live()
	inState([]*tab{quick}, id, "active")

	asked.choose("end", id)
	asked.until("the question is asked", `document.getElementById('dialog-box').open && document.getElementById('confirm-go')`)
	quick.click("#end-" + id)
	quick.confirms()
	asked.within(soon, "the question says that it is moot", `!document.getElementById('moot').hidden && document.getElementById('confirm-go').disabled`)
	asked.press("\x1b") // Escape
	asked.until("it can be closed", `!document.getElementById('dialog-box').open`)
}

func TestARefusalSaysWhyAndWhatWasTypedIsNotLost(t *testing.T) {
	d := demo(t)
	var gone string // a channel that somebody has deleted in the demo's Discord
	eventually(t, "the bot's sweep finds the channel that is gone", func() (bool, string) {
		drifts, err := d.store.Drifts(t.Context(), busyGuild)
		if err != nil || len(drifts) == 0 {
			return false, fmt.Sprint(drifts, err)
		}
		ticket, err := d.store.Ticket(t.Context(), busyGuild, drifts[0].Target)
		gone = ticket.ChannelID
		return err == nil, fmt.Sprint(err)
	})
	b := newMember(t, d.url).window(giveawaysPath(busyGuild) + "/new")
	b.do(chromedp.SendKeys(chromedp.CSS("#prize"), "A lamp for nobody"), chromedp.SendKeys(chromedp.CSS("#channelId"), gone))
	b.follow("#form-send")
	b.within(soon, "the refusal is said", textOf("#creates")+`.includes('The channel is gone')`)
	b.follow("#creates a")
	b.until("the form holds what was typed", `document.getElementById('prize').value === 'A lamp for nobody'`)
}

func TestVerbsWorkWithoutScripts(t *testing.T) {
	d := demo(t)
	r := newReader(t, d.url)
	b := r.first
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.visit("/login")
	b.follow("#sign-in")
	b.create("A lamp without scripts")
	state := func(id string, want store.GiveawayStatus) {
		t.Helper()
		within(t, soon, "it is "+string(want), func() (bool, string) {
			g, err := d.store.Giveaway(t.Context(), smallGuild, id)
			return err == nil && g.Status == want, fmt.Sprint(g.Status, err)
		})
	}
	var id string
	within(t, soon, "it is posted", func() (bool, string) {
		list, _, err := d.store.Giveaways(t.Context(), smallGuild, store.GiveawayQuery{Text: "lamp without scripts"})
		if err != nil || len(list.Items) != 1 {
			return false, fmt.Sprint(len(list.Items), err)
		}
		id = list.Items[0].ID
		return true, ""
	})
	b.visit(giveawaysPath(smallGuild))
	b.do(chromedp.Click(chromedp.CSS("#menu-" + id + " > summary")))
	b.follow("#pause-" + id)
	state(id, store.GiveawayPaused)
	b.visit(giveawaysPath(smallGuild) + "/" + id)
	b.follow("#resume-" + id)
	state(id, store.GiveawayActive)
	b.visit(giveawaysPath(smallGuild) + "/" + id)
	b.follow("#end-" + id)
	b.at(giveawaysPath(smallGuild) + "/" + id + "/end")
	b.follow("#confirm-go")
	state(id, store.GiveawayEnded)
}
