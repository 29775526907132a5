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

// A way is how an admin acts: out of a row's menu in the list or on the row's own page, with scripts or without, with a
// mouse or by the keyboard alone.
type way struct{ inList, scripts, keys bool }

var ways = []way{
	{true, true, false}, {false, true, false}, {true, false, false}, {false, false, false},
	{true, true, true}, {false, true, true},
}

func (w way) String() string {
	name := "page"
	if w.inList {
		name = "list"
	}
	if !w.scripts {
		name += " without scripts"
	}
	if w.keys {
		name += " by keyboard"
	}
	return name
}

// An actor is an admin who acts one way on one row while another looks on, at the same place, in a browser of their own.
type actor struct {
	way
	*tab
	onlooker *tab
	site     *site
	list, id string
	seen     *delays
}

// delays are how long after its answer the onlooker saw each change.
type delays []delay

type delay struct {
	verb store.Verb
	long time.Duration
}

func (d delays) String() string {
	if len(d) == 0 {
		return "no change was seen by another admin"
	}
	slices.SortFunc(d, func(a, b delay) int { return cmp.Compare(a.long, b.long) })
	last := d[len(d)-1]
	return fmt.Sprintf("%d changes were seen by another admin, half of them within %v of the answer, all within %v (%s)",
		len(d), d[len(d)/2].long, last.long, last.verb)
}

// verbs that are asked about before they are sent.
var askedFirst = []store.Verb{
	store.VerbGiveawayEnd, store.VerbGiveawayReroll, store.VerbGiveawayCancel, store.VerbGiveawayDelete, store.VerbTicketClose, store.VerbTicketAssign,
}

func newActor(t *testing.T, d *site, w way, list string, seen *delays) *actor {
	t.Helper()
	acting, looking := newReader(t, d.url), newMember(t, d.url)
	if w.scripts {
		acting.signIn()
	} else {
		b := acting.first
		call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		b.visit("/login")
		b.follow("#sign-in")
	}
	b := acting.window(list)
	b.keys = w.keys
	a := &actor{way: w, tab: b, onlooker: looking.first, site: d, list: list, seen: seen}
	a.onlooker.atStart(noting)
	a.onlooker.visitLive(list)
	return a
}

// noting keeps when each state of each row was first on the screen, and with what said of the newest request.
const noting = `window.noted = {};
	new MutationObserver(() => {
		const now = Date.now(), rows = [...document.querySelectorAll('[data-target]')];
		for (const row of rows) {
			const said = document.getElementById('command-' + row.dataset.target)?.dataset;
			noted[[row.dataset.target, row.dataset.state, said?.verb, said?.command].join(' ')] ??= now;
		}
		for (const id of window.before ?? []) if (!rows.some(row => row.dataset.target === id)) noted[id + ' gone'] ??= now;
		window.before = rows.map(row => row.dataset.target);
	}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state', 'data-command'] });`

// about turns both to a row: its own page, or the list that they are at.
func (a *actor) about(id string) {
	a.t.Helper()
	if a.id = id; !a.inList {
		a.onlooker.visitLive(a.list + "/" + id)
	}
	a.onlooker.until("the row is there", fmt.Sprintf(`document.querySelector('[data-target="%s"]')`, id))
	a.turn()
}

// turn has the actor see the row as it stands.
func (a *actor) turn() {
	a.t.Helper()
	path := a.list
	if !a.inList {
		path += "/" + a.id
	}
	a.visit(path)
	if a.scripts {
		a.live()
	}
}

// picks clicks a verb.
func (a *actor) picks(verb store.Verb) {
	a.t.Helper()
	_, name, _ := strings.Cut(strings.ToLower(string(verb)), "_")
	button := "#" + name + "-" + a.id
	if a.scripts {
		a.until(name+" is offered", fmt.Sprintf(`document.querySelector('%s') && !document.querySelector('#command-%s[data-level=waits]')`, button, a.id))
	} else {
		a.turn()
	}
	if a.inList {
		a.click("#menu-" + a.id + " > summary")
	}
	if a.scripts && verb != store.VerbGiveawayEdit {
		a.click(button)
	} else {
		a.follow(button)
	}
}

// A field of a question, and what is answered.
type field struct{ selector, text string }

func (a *actor) fills(fields []field) {
	a.t.Helper()
	for _, f := range fields {
		a.types(f.selector, f.text)
	}
}

// does has the actor ask for a verb and the onlooker see what comes of it, with fill between the question and its answer.
func (a *actor) does(verb store.Verb, becomes string, fill ...field) {
	a.t.Helper()
	a.picks(verb)
	switch {
	case verb == store.VerbGiveawayEdit:
		a.fills(fill)
		a.follow("#form-send")
	case !slices.Contains(askedFirst, verb):
	case a.scripts:
		a.until("the question is asked", `document.getElementById('dialog-box').open && document.getElementById('confirm-submit')`)
		a.fills(fill)
		a.confirms()
	default:
		a.fills(fill)
		a.follow("#confirm-submit")
	}
	a.sees(verb, becomes)
	if verb == store.VerbGiveawayEdit {
		a.turn()
	}
}

// sees waits until the verb is done, both pages show it, and notes how long after the answer that was.
func (a *actor) sees(verb store.Verb, becomes string) {
	a.t.Helper()
	done := a.answered(verb)
	seen := strings.Join([]string{a.id, becomes, string(verb), "done"}, " ")
	if becomes == "gone" {
		seen = a.id + " gone"
	}
	a.onlooker.within(soon, string(verb)+" is seen by another admin", fmt.Sprintf(`noted[%s]`, quoted(seen)))
	at := time.UnixMilli(js[int64](a.onlooker, fmt.Sprintf(`noted[%s]`, quoted(seen))))
	*a.seen = append(*a.seen, delay{verb, max(0, at.Sub(*done.AnsweredAt))}) // what is told before the answer may be seen before it
	if a.scripts && becomes != "gone" {
		a.within(soon, string(verb)+" is seen by who asked", fmt.Sprintf(`document.querySelector('[data-target="%s"]')?.dataset.state === '%s'`, a.id, becomes))
	}
}

// answered waits for the answer to the newest such command about the row, which must be "done".
func (a *actor) answered(verb store.Verb) (c store.Command) {
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

// creates fills in the form for a new giveaway from the list, and turns to what comes of it.
func (a *actor) creates(prize string) {
	a.t.Helper()
	a.follow("#new")
	a.types("#prize", prize)
	a.channel(lampChannel)
	a.follow("#form-send")
	a.id = a.onlooker.named(prize)
	a.sees(store.VerbGiveawayCreate, "active")
	a.about(a.id)
}

func TestEachVerbOfAGiveawayFromEachPlaceInEachWay(t *testing.T) {
	d := demo(t)
	var seen delays
	t.Cleanup(func() { t.Log(&seen) })
	for _, w := range ways {
		t.Run(w.String(), func(t *testing.T) {
			a := newActor(t, d, w, giveawaysPath(smallGuild), &seen)
			prize := "A lamp to act on: " + w.String()
			a.creates(prize)
			a.does(store.VerbGiveawayPause, "paused")
			a.does(store.VerbGiveawayResume, "active")
			a.does(store.VerbGiveawayEdit, "active", field{"#prize", "A carpet: " + w.String()})
			a.onlooker.until("the prize is another", fmt.Sprintf(`document.querySelector('[data-target="%s"]').textContent.includes('A carpet: %s')`, a.id, w))
			for range 3 {
				d.entry(t, store.Giveaway{ID: a.id, GuildID: smallGuild})
			}
			a.does(store.VerbGiveawayEnd, "ended")
			first := a.winner(t)
			a.does(store.VerbGiveawayReroll, "ended")
			if again := a.winner(t); again.User.ID == first.User.ID {
				t.Errorf("%s was rerolled, and won again", first.User.Username)
			}
			a.does(store.VerbGiveawayDelete, "gone")

			a.visit(a.list)
			if !w.inList {
				a.onlooker.visitLive(a.list)
			}
			a.creates("A rug to call off: " + w.String())
			a.does(store.VerbGiveawayCancel, "cancelled")
		})
	}
}

// winner is who has won for now, once the onlooker sees them.
func (a *actor) winner(t *testing.T) store.Winner {
	t.Helper()
	g, err := a.site.store.Giveaway(t.Context(), smallGuild, a.id)
	must(t, err)
	i := slices.IndexFunc(g.Winners, func(w store.Winner) bool { return !w.Rerolled })
	if i < 0 {
		t.Fatalf("nobody has won: %+v", g.Winners)
	}
	a.onlooker.within(soon, "the winner is shown", fmt.Sprintf(`document.querySelector('[data-target="%s"]').textContent.includes(%s)`,
		a.id, quoted(g.Winners[i].User.Username)))
	return g.Winners[i]
}

func TestEachVerbOfATicketFromEachPlaceInEachWay(t *testing.T) {
	d := demo(t)
	must(t, d.store.SaveGrants(t.Context(), smallGuild, store.Person{ID: "1", Username: "Owner"}, nil, []store.Grant{
		{RoleID: lampHelpers, Module: store.ModuleTickets, Level: store.LevelAct},
	}))
	var seen delays
	t.Cleanup(func() { t.Log(&seen) })
	for _, w := range ways {
		t.Run(w.String(), func(t *testing.T) {
			a := newActor(t, d, w, ticketsPath(smallGuild), &seen)
			a.about(d.ticket(t, smallGuild, "To be helped from the "+w.String()).ID)
			a.does(store.VerbTicketClaim, "claimed")
			a.does(store.VerbTicketAssign, "claimed", field{"#whom", d.helper(t)})
			a.does(store.VerbTicketUnclaim, "open")
			reason := "Solved <b>for good</b> from the " + w.String()
			a.does(store.VerbTicketClose, "closed", field{"#reason", reason})
			a.does(store.VerbTicketReopen, "open")
			a.onlooker.visit("/guilds/" + smallGuild + "/audit?verb=TICKET_CLOSE")
			a.onlooker.until("the reason stands in the audit log", fmt.Sprintf(`document.getElementById('rows').textContent.includes(%s)`, quoted(reason)))
		})
	}
}

// helper is the name of somebody who can be given a ticket, as the bot soon says.
func (d *site) helper(t *testing.T) (name string) {
	t.Helper()
	eventually(t, "somebody can be given a ticket", func() (bool, string) {
		staff, err := d.store.TicketStaff(t.Context(), smallGuild, time.Now())
		must(t, err)
		if len(staff) > 0 {
			name = staff[0].Username
		}
		return name != "", "the bot has said of nobody that they act on tickets"
	})
	return name
}

// An answer is written on the ticket's page, and stands in the transcript under the name of who wrote it.
func TestATicketIsAnsweredFromItsPageInEachWay(t *testing.T) {
	d := demo(t)
	channels := []string{"420000000000000003", "420000000000000005", "420000000000000006"} // of the small guild
	var seen delays
	for _, w := range ways {
		if w.inList {
			continue
		}
		t.Run(w.String(), func(t *testing.T) {
			a := newActor(t, d, w, ticketsPath(smallGuild), &seen)
			subject := "To be answered from the " + w.String()
			a.about(storetest.Ticket(t, d.store, d.newcomer(t, smallGuild), store.Ticket{
				ChannelID: channels[0], Subject: &subject, Status: store.TicketOpen, CreatedAt: time.Now().UTC(),
			}).ID)
			channels = channels[1:]
			for _, text := range []string{"We look into it <b>now</b>.", "It is solved, @everyone."} {
				a.types("#answer-text", text)
				if a.scripts {
					a.click("#answer-submit")
					a.until("the field is empty again", `document.getElementById('answer-text').value === ''`)
				} else {
					a.follow("#answer-submit")
				}
				a.answered(store.VerbTicketReply)
				a.onlooker.within(soon, "another admin reads it", fmt.Sprintf(`document.getElementById('messages').textContent.includes(%s)`, quoted(text)))
				a.onlooker.until("and whose it is", `[...document.querySelectorAll('.message-head strong')].some(e => e.textContent === 'Robin')`)
				a.turn()
			}
		})
	}
}
