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
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// An actionMode is a way to perform an action: from the list or the row's own page, with or without scripts, by mouse
// or by keyboard.
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

// An actor is an admin who performs actions on a row in one mode. A second admin has the same page open in another
// browser.
type actor struct {
	actionMode
	*tab
	observer *tab
	site     *testServer
	list, id string
	delays   *propagationDelays
}

// propagationDelays are the times from a command's result until the observer's page showed the change.
type propagationDelays []propagationDelay

type propagationDelay struct {
	verb     contract.Verb
	duration time.Duration
}

func (d propagationDelays) String() string {
	if len(d) == 0 {
		return "the observer saw no change"
	}
	slices.SortFunc(d, func(a, b propagationDelay) int { return cmp.Compare(a.duration, b.duration) })
	last := d[len(d)-1]
	return fmt.Sprintf("the observer saw %d changes, half of them within %v of the result, all within %v (%s)",
		len(d), d[len(d)/2].duration, last.duration, last.verb)
}

// confirmedVerbs need a confirmation.
var confirmedVerbs = []contract.Verb{
	contract.VerbGiveawayEnd, contract.VerbGiveawayReroll, contract.VerbGiveawayCancel, contract.VerbGiveawayDelete,
	contract.VerbTicketClose, contract.VerbTicketAssign,
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

// stateRecorderScript records when the page first showed each state of each row, together with the row's newest
// command.
const stateRecorderScript = `window.firstSeen = {};
	new MutationObserver(() => {
		const now = Date.now(), rows = [...document.querySelectorAll('[data-target]')];
		for (const row of rows) {
			const command = document.getElementById('command-' + row.dataset.target)?.dataset;
			firstSeen[[row.dataset.target, row.dataset.state, command?.verb, command?.command].join(' ')] ??= now;
		}
		for (const id of window.before ?? []) if (!rows.some(row => row.dataset.target === id)) firstSeen[id + ' gone'] ??= now;
		window.before = rows.map(row => row.dataset.target);
	}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state', 'data-command'] });`

// openRow makes both pages show a row: its own page, or the list.
func (a *actor) openRow(id string) {
	a.t.Helper()
	if a.id = id; !a.inList {
		a.observer.visitLive(a.list + "/" + id)
	}
	a.observer.waitFor("the row is shown", fmt.Sprintf(`document.querySelector('[data-target="%s"]')`, id))
	a.reload()
}

// reload opens the actor's page of the row again.
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

// clickVerb clicks the control of a verb.
func (a *actor) clickVerb(verb contract.Verb) {
	a.t.Helper()
	_, name, _ := strings.Cut(strings.ToLower(string(verb)), "_")
	button := "#" + name + "-" + a.id
	if a.scripts {
		a.waitFor(name+" is available",
			fmt.Sprintf(`document.querySelector('%s') && !document.querySelector('#command-%s[data-level=waits]')`, button, a.id))
	} else {
		a.reload()
	}
	if !evaluate[bool](a.tab, `document.querySelector(`+quoteJS(button)+`).checkVisibility()`) {
		a.click("#menu-" + a.id + " > summary")
		if a.scripts {
			a.waitForFrame() // the menu may open upwards
		}
	}
	if a.scripts && verb != contract.VerbGiveawayEdit {
		a.click(button)
	} else {
		a.clickAndWaitForPage(button)
	}
}

// A formField is a field of a form and the text to type into it.
type formField struct{ selector, text string }

func (a *actor) fillFields(fields []formField) {
	a.t.Helper()
	for _, f := range fields {
		if f.text == "" { // a choice
			a.click(f.selector)
			continue
		}
		a.typeText(f.selector, f.text)
	}
}

// perform submits a verb, with the fields of its form filled in, and waits until both pages show wantState.
func (a *actor) perform(verb contract.Verb, wantState string, fields ...formField) {
	a.t.Helper()
	a.clickVerb(verb)
	switch {
	case verb == contract.VerbGiveawayEdit:
		a.fillFields(fields)
		a.clickAndWaitForPage("#form-send")
	case !slices.Contains(confirmedVerbs, verb):
	case a.scripts:
		a.waitFor("the confirm dialog is open",
			`document.getElementById('dialog-box').open && document.getElementById('confirm-submit')`)
		a.fillFields(fields)
		a.confirmDialog()
	default:
		a.fillFields(fields)
		a.clickAndWaitForPage("#confirm-submit")
	}
	a.waitForDone(verb, wantState)
	if verb == contract.VerbGiveawayEdit {
		a.reload()
	}
}

// waitForDone waits until the command is done and both pages show the state. It records the propagation delay.
func (a *actor) waitForDone(verb contract.Verb, wantState string) {
	a.t.Helper()
	command := a.waitForAnswer(verb)
	key := strings.Join([]string{a.id, wantState, string(verb), "done"}, " ")
	if wantState == "gone" {
		key = a.id + " gone"
	}
	a.observer.waitForWithin(changeTimeout, string(verb)+" is shown to the observer",
		fmt.Sprintf(`firstSeen[%s]`, quoteJS(key)))
	at := time.UnixMilli(evaluate[int64](a.observer, fmt.Sprintf(`firstSeen[%s]`, quoteJS(key))))
	*a.delays = append(*a.delays, propagationDelay{verb, max(0, at.Sub(*command.AnsweredAt))}) // the event may precede the result
	if a.scripts && wantState != "gone" {
		a.waitForWithin(changeTimeout, string(verb)+" is shown to the actor",
			fmt.Sprintf(`document.querySelector('[data-target="%s"]')?.dataset.state === '%s'`, a.id, wantState))
	}
}

// waitForAnswer waits until the newest command with the verb on the row is done, and returns it.
func (a *actor) waitForAnswer(verb contract.Verb) (c contract.Command) {
	a.t.Helper()
	guild := strings.Split(a.list, "/")[2]
	eventually(a.t, string(verb)+" is done", func() (bool, string) {
		list, err := a.site.store.Commands(a.t.Context(), guild, store.CommandQuery{Verb: verb, Target: a.id, PerPage: 1})
		if err != nil || len(list.Items) == 0 {
			return false, fmt.Sprint("no command ", err)
		}
		c = list.Items[0]
		return c.Status == contract.CommandDone && c.AnsweredAt != nil, fmt.Sprint(c.Status, " ", c.Code, " ", c.Message)
	})
	return c
}

// createFromList creates a giveaway from the list's form and opens its row.
func (a *actor) createFromList(prize string) {
	a.t.Helper()
	a.clickAndWaitForPage("#new")
	a.typeText("#prize", prize)
	a.selectChannel(giveawayChannel)
	a.clickAndWaitForPage("#form-send")
	a.id = a.observer.waitForGiveaway(prize)
	a.waitForDone(contract.VerbGiveawayCreate, "active")
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
			a.perform(contract.VerbGiveawayPause, "paused")
			a.perform(contract.VerbGiveawayResume, "active")
			a.perform(contract.VerbGiveawayEdit, "active", formField{"#prize", "A carpet: " + w.String()})
			a.observer.waitFor("the new prize is shown",
				fmt.Sprintf(`document.querySelector('[data-target="%s"]').textContent.includes('A carpet: %s')`, a.id, w))
			for range 3 {
				d.enterGiveaway(t, store.Giveaway{ID: a.id, GuildID: smallGuild})
			}
			a.perform(contract.VerbGiveawayEnd, "ended")
			first := a.currentWinner(t)
			a.perform(contract.VerbGiveawayReroll, "ended") // the only winner is preselected
			if rerolled := a.currentWinner(t); rerolled.User.ID == first.User.ID {
				t.Errorf("rerolled winner %s won again", first.User.Username)
			}
			a.perform(contract.VerbGiveawayDelete, "gone")

			a.visit(a.list)
			if !w.inList {
				a.observer.visitLive(a.list)
			}
			a.createFromList("A rug to cancel: " + w.String())
			a.perform(contract.VerbGiveawayCancel, "cancelled")
		})
	}
}

// currentWinner returns the winner who was not rerolled, after the observer's page shows the name.
func (a *actor) currentWinner(t *testing.T) store.Winner {
	t.Helper()
	g, err := a.site.store.Giveaway(t.Context(), smallGuild, a.id)
	must(t, err)
	i := slices.IndexFunc(g.Winners, func(w store.Winner) bool { return !w.Rerolled })
	if i < 0 {
		t.Fatalf("no current winner: %+v", g.Winners)
	}
	a.observer.waitForWithin(changeTimeout, "the winner is shown",
		fmt.Sprintf(`document.querySelector('[data-target="%s"]').textContent.includes(%s)`,
			a.id, quoteJS(g.Winners[i].User.Username)))
	return g.Winners[i]
}

func TestTicketVerbsInEveryMode(t *testing.T) {
	d := demoServer(t)
	must(t, d.store.SaveGrants(t.Context(), smallGuild, contract.User{ID: "1", Username: "Owner"}, nil, []access.Grant{
		{RoleID: staffRole, Module: access.ModuleTickets, Level: access.LevelAct},
	}))
	var delays propagationDelays
	t.Cleanup(func() { t.Log(&delays) })
	for _, w := range actionModes {
		t.Run(w.String(), func(t *testing.T) {
			a := newActor(t, d, w, ticketsPath(smallGuild), &delays)
			a.openRow(d.openTicket(t, smallGuild, "To be helped from the "+w.String()).ID)
			a.perform(contract.VerbTicketClaim, "claimed")
			a.perform(contract.VerbTicketAssign, "claimed", formField{"#whom", d.waitForStaffMember(t)})
			a.perform(contract.VerbTicketUnclaim, "open")
			reason := "Solved <b>for good</b> from the " + w.String()
			a.perform(contract.VerbTicketClose, "closed", formField{"#reason", reason})
			a.perform(contract.VerbTicketReopen, "open")
			a.observer.visit("/guilds/" + smallGuild + "/audit?verb=TICKET_CLOSE")
			a.observer.waitFor("the audit log shows the reason",
				fmt.Sprintf(`document.getElementById('rows').textContent.includes(%s)`, quoteJS(reason)))
		})
	}
}

// waitForStaffMember waits until the bot has reported a staff member to whom tickets can be assigned, and returns the
// name.
func (d *testServer) waitForStaffMember(t *testing.T) (name string) {
	t.Helper()
	eventually(t, "a staff member is assignable", func() (bool, string) {
		staff, err := d.store.AssignableStaff(t.Context(), smallGuild, time.Now())
		must(t, err)
		if len(staff) > 0 {
			name = staff[0].Username
		}
		return name != "", "no assignable staff member"
	})
	return name
}

// TestTicketReplyInEveryMode writes replies on the ticket's page. The transcript shows them under the author's name.
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
					a.waitFor("the field is empty", `document.getElementById('answer-text').value === ''`)
				} else {
					a.clickAndWaitForPage("#answer-submit")
				}
				a.waitForAnswer(contract.VerbTicketReply)
				a.observer.waitForWithin(changeTimeout, "the observer sees the reply",
					fmt.Sprintf(`document.getElementById('messages').textContent.includes(%s)`, quoteJS(text)))
				a.observer.waitFor("the reply shows its author",
					`[...document.querySelectorAll('.message-head strong')].some(e => e.textContent === 'Robin')`)
				a.reload()
			}
		})
	}
}
