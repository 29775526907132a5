package bot_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
)

// A death is a point of a verb at which its worker is killed: after a step, or, where a call is named, when Discord has
// done what the call says and the worker has not heard of it.
type death struct {
	verb    store.Verb
	step    string
	unheard sim.Call
	direct  bool // of a winner
}

func (d death) String() string {
	switch {
	case d.direct:
		return string(d.verb) + " with a winner told and not marked"
	case d.unheard != "":
		return string(d.verb) + " with the answer to " + string(d.unheard) + " not heard"
	}
	return string(d.verb) + " after " + d.step
}

// unheard are the calls that each verb makes in the channel of its target.
var unheard = map[store.Verb][]sim.Call{
	store.VerbGiveawayCreate:  {sim.Post},
	store.VerbGiveawayEdit:    {sim.Edit},
	store.VerbGiveawayEnd:     {sim.Edit, sim.Post},
	store.VerbGiveawayReroll:  {sim.Edit, sim.Post},
	store.VerbGiveawayPause:   {sim.Edit},
	store.VerbGiveawayResume:  {sim.Edit},
	store.VerbGiveawayCancel:  {sim.Edit},
	store.VerbGiveawayDelete:  {sim.Remove},
	store.VerbGiveawayRemove:  {sim.Edit},
	store.VerbGiveawayReadmit: {sim.Edit},
	store.VerbGiveawayRepair:  {sim.Edit},
	store.VerbPanelPost:       {sim.Post},
	bot.VerbStart:             {sim.Post},
	bot.VerbLapse:             {sim.Edit, sim.Post},
	bot.VerbOpen:              {sim.Open},
	store.VerbTicketClaim:     {sim.Post},
	store.VerbTicketUnclaim:   {sim.Post},
	store.VerbTicketAssign:    {sim.Post},
	store.VerbTicketClose:     {sim.Lock, sim.Post},
	store.VerbTicketReopen:    {sim.Unlock, sim.Post},
	store.VerbTicketReply:     {sim.Post},
	store.VerbTicketRepair:    {sim.Lock},
}

// deaths are all points of a verb.
func deaths(verb store.Verb, steps []string) (all []death) {
	all = append(all, death{verb: verb, step: "begun"})
	for _, step := range steps {
		all = append(all, death{verb: verb, step: strings.TrimPrefix(step, "~")})
	}
	for _, call := range unheard[verb] {
		all = append(all, death{verb: verb, unheard: call})
	}
	if verb == store.VerbGiveawayEnd || verb == store.VerbGiveawayReroll || verb == bot.VerbLapse {
		all = append(all, death{verb: verb, unheard: sim.Post, direct: true})
	}
	all = append(all, death{verb: verb, step: "answered"})
	if acts[verb].begin == nil { // somebody waits for the answer
		all = append(all, death{verb: verb, step: "delivered"})
	}
	return all
}

// waves are all deaths of all verbs, so that as many of different verbs as a worker does at a time come at once.
func waves() (all [][]death) {
	const atATime = 8
	steps := bot.Steps()
	left := map[store.Verb][]death{}
	for verb := range steps {
		left[verb] = deaths(verb, steps[verb])
	}
	for len(left) > 0 {
		// Those with the most left first, or the last waves would be of one verb each.
		verbs := slices.SortedFunc(maps.Keys(left), func(a, b store.Verb) int {
			if n := len(left[b]) - len(left[a]); n != 0 {
				return n
			}
			return strings.Compare(string(a), string(b))
		})
		var wave []death
		for _, verb := range verbs[:min(atATime, len(verbs))] {
			wave = append(wave, left[verb][0])
			if left[verb] = left[verb][1:]; len(left[verb]) == 0 {
				delete(left, verb)
			}
		}
		all = append(all, wave)
	}
	return all
}

// A victim is a target whose worker is killed.
type victim struct {
	death
	channel, target string
	command         string // "" when nobody asked by one
}

// Each worker is a process that is killed with kill -9 in the middle of several pieces of work, and the next one finds
// what it has left, finishes that, and is killed in its turn.
func TestWorkersThatAreKilledAnywhereAreFinishedByTheNextAndNothingHappensTwice(t *testing.T) {
	lost := &losses{at: make(chan string, 10)}
	o := newOutside(t, lost.loses)
	events := o.events(t)
	o.alive(t)
	c := o.dashboard(t)
	began, n := time.Now(), 0
	alive := o.worker(t)
	for _, wave := range waves() {
		stops := map[store.Verb]string{}
		for _, d := range wave {
			stops[d.verb] = d.step
		}
		alive.told(order{Stops: stops})
		if said := alive.says(); said != "ready" {
			t.Fatalf("the worker says %q", said)
		}
		victims := o.prepare(t, wave, &n)
		lost.want(victims)
		for i, v := range victims {
			victims[i].command = o.begin(t, c, alive, v)
		}
		var there []string
		for range victims {
			select {
			case line := <-alive.lines:
				if !strings.HasPrefix(line, "at ") {
					t.Fatalf("the worker says %q", line)
				}
				there = append(there, line)
			case line := <-lost.at:
				there = append(there, line)
			case <-time.After(patience):
				alive.dump()
				t.Fatalf("the worker does not get that far:\nwanted %q\nis     %q", wave, there)
			}
		}
		alive.kill()
		lost.want(nil)
		o.discord.ForgetNonces()
		alive = o.worker(t)
		o.finished(t)
		for _, v := range victims {
			t.Run(v.String(), func(t *testing.T) {
				if v.command != "" {
					answer := o.answered(t, v.command)
					same(t, "answer", answer.Status, store.CommandDone)
					same(t, "code", answer.Code, "")
				}
				acts[v.verb].after(t, o.world, v.channel, v.target)
			})
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d pieces of work were cut off by %d kills in %v", n, len(waves()), time.Since(began).Round(time.Millisecond))
	wantToldOnce(t, events)
}

// prepare makes a target for each death, in a channel of its own.
func (o *outside) prepare(t *testing.T, wave []death, n *int) (victims []victim) {
	t.Helper()
	for _, d := range wave {
		*n++
		v := victim{death: d, channel: fmt.Sprint(100000000000007000 + *n)}
		v.target = acts[d.verb].target(t, o.world, v.channel)
		victims = append(victims, v)
	}
	return victims
}

// begin asks for the verb, and returns the command's id if it is one.
func (o *outside) begin(t *testing.T, c *store.Commands, alive *worker, v victim) string {
	t.Helper()
	switch {
	case v.verb == bot.VerbOpen:
		alive.told(order{Open: &bot.Opening{ID: v.target, GuildID: o.guild, Opener: store.Person{ID: "50", Username: "Bob"}, Subject: ptr("about " + v.target)}})
	case acts[v.verb].begin != nil:
		acts[v.verb].begin(t, o.world, nil, v.target)
	default:
		return o.ask(t, c, v.verb, v.target, dataOf(v.verb, v.channel, o.world, t, v.target)).ID
	}
	return ""
}

// finished waits until nobody has anything left to do, or to acknowledge.
func (o *outside) finished(t *testing.T) {
	t.Helper()
	o.world.finished(t)
	eventually(t, "all is acknowledged", func() bool {
		pending, err := o.client.XPending(t.Context(), store.CommandsStream, store.BotGroup).Result()
		return err == nil && pending.Count == 0
	})
}

// losses lose the answers that victims are not to hear, each once.
type losses struct {
	at chan string

	mu   sync.Mutex
	left []victim
}

func (l *losses) want(victims []victim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = slices.DeleteFunc(slices.Clone(victims), func(v victim) bool { return v.unheard == "" })
}

func (l *losses) loses(q sim.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, v := range l.left {
		there := q.Channel == v.channel
		switch {
		case v.direct:
			there = strings.HasPrefix(q.Channel, "dm") && strings.Contains(q.Message.Content, "Prize "+v.channel)
		case v.verb == bot.VerbOpen:
			there = true
		}
		if q.Call == v.unheard && there {
			l.left = slices.Delete(l.left, i, i+1)
			l.at <- v.String()
			return true
		}
	}
	return false
}
