//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"guildboard/store"
	"guildboard/store/storetest"
)

// A actionMode is how an admin acts: out of a row's menu in the list or on the row's own page, with scripts or without, with a
// mouse or by the keyboard alone.
type actionMode struct{ inList, scripts, byKeyboard bool }

var actionModes = []actionMode{
	{true, true, false}, {false, true, false}, {true, false, false}, {false, false, false},
	{true, true, true}, {false, true, true},
}

func (w actionMode) String() string {
	name := "page"
	if w.inList {
		name = "list"
	}
	if !w.scripts {
		name += " without scripts"
	}
	if w.byKeyboard {
		name += " by keyboard"
	}
	return name
}

// An actor is an admin who acts one way on one row while another looks on, at the same place, in a browser of their own.
type actor struct {
	actionMode
	*tab
	observer *tab
	site     *testServer
	list, id string
	delays   *propagationDelays
}

// propagationDelays are how long after its answer the onlooker saw each change.
type propagationDelays []propagationDelay

type propagationDelay struct {
	verb     store.Verb
	duration time.Duration
}

func (d propagationDelays) String() string {
	if len(d) == 0 {
		return "no change was seen by another admin"
	}
	slices.SortFunc(d, func(a, b propagationDelay) int { return cmp.Compare(a.duration, b.duration) })
	last := d[len(d)-1]
	return fmt.Sprintf("%d changes were seen by another admin, half of them within %v of the answer, all within %v (%s)",
		len(d), d[len(d)/2].duration, last.duration, last.verb)
}

// verbs that are asked about before they are sent.
var confirmedVerbs = []store.Verb{
	store.VerbGiveawayEnd, store.VerbGiveawayReroll, store.VerbGiveawayCancel, store.VerbGiveawayDelete, store.VerbTicketClose, store.VerbTicketAssign,
}

func newActor(t *testing.T, d *testServer, mode actionMode, list string, delays *propagationDelays) *actor {
	t.Helper()
	admin, observer := newBrowserUser(t, d.url), newSignedInUser(t, d.url)
	if mode.scripts {
		admin.signIn()
	} else {
		b := admin.firstTab
		callCDP(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		b.visit("/login")
		b.clickAndWaitForPage("#sign-in")
	}
	b := admin.openWindow(list)
	b.isKeyboardOnly = mode.byKeyboard
	a := &actor{actionMode: mode, tab: b, observer: observer.firstTab, site: d, list: list, delays: delays}
	a.observer.addInitScript(stateRecorderScript)
	a.observer.visitLive(list)
	return a
}

// stateRecorderScript keeps when each state of each row was first on the screen, and with what said of the newest request.
const stateRecorderScript = `window.noted = {};
	new MutationObserver(() => {
		const now = Date.now(), rows = [...document.querySelectorAll('[data-target]')];
		for (const row of rows) {
			const said = document.getElementById('command-' + row.dataset.target)?.dataset;
			noted[[row.dataset.target, row.dataset.state, said?.verb, said?.command].join(' ')] ??= now;
		}
		for (const id of window.before ?? []) if (!rows.some(row => row.dataset.target === id)) noted[id + ' gone'] ??= now;
		window.before = rows.map(row => row.dataset.target);
	}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state', 'data-command'] });`

// openRow turns both to a row: its own page, or the list that they are at.
func (a *actor) openRow(id string) {
	a.t.Helper()
	if a.id = id; !a.inList {
		a.observer.visitLive(a.list + "/" + id)
	}
	a.observer.waitFor("the row is there", fmt.Sprintf(`document.querySelector('[data-target="%s"]')`, id))
	a.reload()
}

// reload has the actor see the row as it stands.
func (a *actor) reload() {
	a.t.Helper()
	path := a.list
	if !a.inList {
		path += "/" + a.id
	}
	a.visit(path)
	if a.scripts {
		a.waitLive()
	}
}

// clickVerb clicks a verb.
func (a *actor) clickVerb(verb store.Verb) {
	a.t.Helper()
	_, name, _ := strings.Cut(strings.ToLower(string(verb)), "_")
	button := "#" + name + "-" + a.id
	if a.scripts {
		a.waitFor(name+" is offered", fmt.Sprintf(`document.querySelector('%s') && !document.querySelector('#command-%s[data-level=waits]')`, button, a.id))
	} else {
		a.reload()
	}
	if a.inList {
		a.click("#menu-" + a.id + " > summary")
	}
	if a.scripts && verb != store.VerbGiveawayEdit {
		a.click(button)
	} else {
		a.clickAndWaitForPage(button)
	}
}

// A formField of a question, and what is answered.
type formField struct{ selector, text string }

func (a *actor) fillFields(fields []formField) {
	a.t.Helper()
	for _, f := range fields {
		a.typeText(f.selector, f.text)
	}
}

// perform has the actor ask for a verb and the onlooker see what comes of it, with fill between the question and its answer.
func (a *actor) perform(verb store.Verb, wantState string, fields ...formField) {
	a.t.Helper()
	a.clickVerb(verb)
	switch {
	case verb == store.VerbGiveawayEdit:
		a.fillFields(fields)
		a.clickAndWaitForPage("#form-send")
	case !slices.Contains(confirmedVerbs, verb):
	case a.scripts:
		a.waitFor("the question is asked", `document.getElementById('dialog-box').open && document.getElementById('confirm-submit')`)
		a.fillFields(fields)
		a.confirmDialog()
	default:
		a.fillFields(fields)
		a.clickAndWaitForPage("#confirm-submit")
	}
	a.waitForDone(verb, wantState)
	if verb == store.VerbGiveawayEdit {
		a.reload()
	}
}

// waitForDone waits until the verb is done, both pages show it, and notes how long after the answer that was.
func (a *actor) waitForDone(verb store.Verb, wantState string) {
	a.t.Helper()
	command := a.waitForAnswer(verb)
	key := strings.Join([]string{a.id, wantState, string(verb), "done"}, " ")
	if wantState == "gone" {
		key = a.id + " gone"
	}
	a.observer.waitForWithin(changeTimeout, string(verb)+" is seen by another admin", fmt.Sprintf(`noted[%s]`, quoteJS(key)))
	at := time.UnixMilli(evaluate[int64](a.observer, fmt.Sprintf(`noted[%s]`, quoteJS(key))))
	*a.delays = append(*a.delays, propagationDelay{verb, max(0, at.Sub(*command.AnsweredAt))}) // what is told before the answer may be seen before it
	if a.scripts && wantState != "gone" {
		a.waitForWithin(changeTimeout, string(verb)+" is seen by who asked", fmt.Sprintf(`document.querySelector('[data-target="%s"]')?.dataset.state === '%s'`, a.id, wantState))
	}
}

// waitForAnswer waits for the answer to the newest such command about the row, which must be "done".
func (a *actor) waitForAnswer(verb store.Verb) (c store.Command) {
	a.t.Helper()
	guild := strings.Split(a.list, "/")[2]
	eventually(a.t, string(verb)+" is done", func() (bool, string) {
		list, err := a.site.store.Commands(a.t.Context(), guild, store.CommandQuery{Verb: verb, Target: a.id, PerPage: 1})
		if err != nil || len(list.Items) == 0 {
			return false, fmt.Sprint("no such command ", err)
		}
		c = list.Items[0]
		return c.Status == store.CommandDone && c.AnsweredAt != nil, fmt.Sprint(c.Status, " ", c.Code, " ", c.Message)
	})
	return c
}

// createFromList fills in the form for a new giveaway from the list, and turns to what comes of it.
func (a *actor) createFromList(prize string) {
	a.t.Helper()
	a.clickAndWaitForPage("#new")
	a.typeText("#prize", prize)
	a.selectChannel(giveawayChannel)
	a.clickAndWaitForPage("#form-send")
	a.id = a.observer.waitForGiveaway(prize)
	a.waitForDone(store.VerbGiveawayCreate, "active")
	a.openRow(a.id)
}

func TestGiveawayVerbsInEveryMode(t *testing.T) {
	d := demoServer(t)
	var delays propagationDelays
	t.Cleanup(func() { t.Log(&delays) })
	for _, w := range actionModes {
		t.Run(w.String(), func(t *testing.T) {
			a := newActor(t, d, w, giveawaysPath(smallGuild), &delays)
			prize := "A lamp to act on: " + w.String()
			a.createFromList(prize)
			a.perform(store.VerbGiveawayPause, "paused")
			a.perform(store.VerbGiveawayResume, "active")
			a.perform(store.VerbGiveawayEdit, "active", formField{"#prize", "A carpet: " + w.String()})
			a.observer.waitFor("the prize is another", fmt.Sprintf(`document.querySelector('[data-target="%s"]').textContent.includes('A carpet: %s')`, a.id, w))
			for range 3 {
				d.enterGiveaway(t, store.Giveaway{ID: a.id, GuildID: smallGuild})
			}
			a.perform(store.VerbGiveawayEnd, "ended")
			first := a.currentWinner(t)
			a.perform(store.VerbGiveawayReroll, "ended")
			if rerolled := a.currentWinner(t); rerolled.User.ID == first.User.ID {
				t.Errorf("%s was rerolled, and won again", first.User.Username)
			}
			a.perform(store.VerbGiveawayDelete, "gone")

			a.visit(a.list)
			if !w.inList {
				a.observer.visitLive(a.list)
			}
			a.createFromList("A rug to call off: " + w.String())
			a.perform(store.VerbGiveawayCancel, "cancelled")
		})
	}
}

// currentWinner is who has won for now, once the onlooker sees them.
func (a *actor) currentWinner(t *testing.T) store.Winner {
	t.Helper()
	g, err := a.site.store.Giveaway(t.Context(), smallGuild, a.id)
	must(t, err)
	i := slices.IndexFunc(g.Winners, func(w store.Winner) bool { return !w.Rerolled })
	if i < 0 {
		t.Fatalf("nobody has won: %+v", g.Winners)
	}
	a.observer.waitForWithin(changeTimeout, "the winner is shown", fmt.Sprintf(`document.querySelector('[data-target="%s"]').textContent.includes(%s)`,
		a.id, quoteJS(g.Winners[i].User.Username)))
	return g.Winners[i]
}

func TestTicketVerbsInEveryMode(t *testing.T) {
	d := demoServer(t)
	must(t, d.store.SaveGrants(t.Context(), smallGuild, store.User{ID: "1", Username: "Owner"}, nil, []store.Grant{
		{RoleID: staffRole, Module: store.ModuleTickets, Level: store.LevelAct},
	}))
	var delays propagationDelays
	t.Cleanup(func() { t.Log(&delays) })
	for _, w := range actionModes {
		t.Run(w.String(), func(t *testing.T) {
			a := newActor(t, d, w, ticketsPath(smallGuild), &delays)
			a.openRow(d.openTicket(t, smallGuild, "To be helped from the "+w.String()).ID)
			a.perform(store.VerbTicketClaim, "claimed")
			a.perform(store.VerbTicketAssign, "claimed", formField{"#whom", d.waitForStaffMember(t)})
			a.perform(store.VerbTicketUnclaim, "open")
			reason := "Solved <b>for good</b> from the " + w.String()
			a.perform(store.VerbTicketClose, "closed", formField{"#reason", reason})
			a.perform(store.VerbTicketReopen, "open")
			a.observer.visit("/guilds/" + smallGuild + "/audit?verb=TICKET_CLOSE")
			a.observer.waitFor("the reason stands in the audit log", fmt.Sprintf(`document.getElementById('rows').textContent.includes(%s)`, quoteJS(reason)))
		})
	}
}

// waitForStaffMember is the name of somebody who can be given a ticket, as the bot soon says.
func (d *testServer) waitForStaffMember(t *testing.T) (name string) {
	t.Helper()
	eventually(t, "somebody can be given a ticket", func() (bool, string) {
		staff, err := d.store.AssignableStaff(t.Context(), smallGuild, time.Now())
		must(t, err)
		if len(staff) > 0 {
			name = staff[0].Username
		}
		return name != "", "the bot has said of nobody that they act on tickets"
	})
	return name
}

// An answer is written on the ticket's page, and stands in the transcript under the name of who wrote it.
func TestTicketReplyInEveryMode(t *testing.T) {
	d := demoServer(t)
	channels := []string{"420000000000000003", "420000000000000005", "420000000000000006"} // of the small guild
	var delays propagationDelays
	for _, w := range actionModes {
		if w.inList {
			continue
		}
		t.Run(w.String(), func(t *testing.T) {
			a := newActor(t, d, w, ticketsPath(smallGuild), &delays)
			subject := "To be answered from the " + w.String()
			a.openRow(storetest.Ticket(t, d.store, d.newGuildMember(t, smallGuild), store.Ticket{
				ChannelID: channels[0], Subject: &subject, Status: store.TicketOpen, CreatedAt: time.Now().UTC(),
			}).ID)
			channels = channels[1:]
			for _, text := range []string{"We look into it <b>now</b>.", "It is solved, @everyone."} {
				a.typeText("#answer-text", text)
				if a.scripts {
					a.click("#answer-submit")
					a.waitFor("the field is empty again", `document.getElementById('answer-text').value === ''`)
				} else {
					a.clickAndWaitForPage("#answer-submit")
				}
				a.waitForAnswer(store.VerbTicketReply)
				a.observer.waitForWithin(changeTimeout, "another admin reads it", fmt.Sprintf(`document.getElementById('messages').textContent.includes(%s)`, quoteJS(text)))
				a.observer.waitFor("and whose it is", `[...document.querySelectorAll('.message-head strong')].some(e => e.textContent === 'Robin')`)
				a.reload()
			}
		})
	}
}
