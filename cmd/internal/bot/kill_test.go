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
	"guildboard/store/contract"
)

// A crashPoint is a point of a verb at which its worker is killed: after a step or, if a call is set, after Discord has
// executed the call and before the worker has its response.
type crashPoint struct {
	verb       contract.Verb
	step       string
	lostCall   sim.Method
	isWinnerDM bool // a call in a winner's direct messages
}

func (d crashPoint) String() string {
	switch {
	case d.isWinnerDM:
		return string(d.verb) + " with a winner notified but not marked as notified"
	case d.lostCall != "":
		return string(d.verb) + " with the answer to " + string(d.lostCall) + " lost"
	}
	return string(d.verb) + " after " + d.step
}

// lostCalls are the calls that each verb makes in the channel of its target.
var lostCalls = map[contract.Verb][]sim.Method{
	contract.VerbGiveawayCreate:    {sim.MethodPostMessage},
	contract.VerbGiveawayEdit:      {sim.MethodEditMessage},
	contract.VerbGiveawayEnd:       {sim.MethodEditMessage, sim.MethodPostMessage},
	contract.VerbGiveawayReroll:    {sim.MethodEditMessage, sim.MethodPostMessage},
	contract.VerbGiveawayPause:     {sim.MethodEditMessage},
	contract.VerbGiveawayResume:    {sim.MethodEditMessage},
	contract.VerbGiveawayCancel:    {sim.MethodEditMessage},
	contract.VerbGiveawayDelete:    {sim.MethodDeleteMessage},
	contract.VerbEntrantDisqualify: {sim.MethodEditMessage},
	contract.VerbEntrantReinstate:  {sim.MethodEditMessage},
	contract.VerbGiveawayRepair:    {sim.MethodEditMessage},
	contract.VerbPanelPost:         {sim.MethodPostMessage},
	bot.VerbStartGiveaway:          {sim.MethodPostMessage},
	bot.VerbExpireClaims:           {sim.MethodEditMessage, sim.MethodPostMessage},
	bot.VerbOpenTicket:             {sim.MethodCreateChannel},
	contract.VerbTicketClaim:       {sim.MethodPostMessage},
	contract.VerbTicketUnclaim:     {sim.MethodPostMessage},
	contract.VerbTicketAssign:      {sim.MethodPostMessage},
	contract.VerbTicketClose:       {sim.MethodLockChannel, sim.MethodPostMessage},
	contract.VerbTicketReopen:      {sim.MethodUnlockChannel, sim.MethodPostMessage},
	contract.VerbTicketReply:       {sim.MethodPostMessage},
	contract.VerbTicketRepair:      {sim.MethodLockChannel},
}

// crashPoints returns all crash points of a verb.
func crashPoints(verb contract.Verb, steps []string) (all []crashPoint) {
	all = append(all, crashPoint{verb: verb, step: "started"})
	for _, step := range steps {
		all = append(all, crashPoint{verb: verb, step: strings.TrimPrefix(step, "~")})
	}
	for _, call := range lostCalls[verb] {
		all = append(all, crashPoint{verb: verb, lostCall: call})
	}
	if verb == contract.VerbGiveawayEnd || verb == contract.VerbGiveawayReroll || verb == bot.VerbExpireClaims {
		all = append(all, crashPoint{verb: verb, lostCall: sim.MethodPostMessage, isWinnerDM: true})
	}
	all = append(all, crashPoint{verb: verb, step: "answered"})
	if scenarios[verb].start == nil { // a command, whose answer is delivered
		all = append(all, crashPoint{verb: verb, step: "delivered"})
	}
	return all
}

// crashWaves groups all crash points, so that each wave has as many different verbs as a worker executes concurrently.
func crashWaves() (all [][]crashPoint) {
	const perWave = 8
	steps := bot.Steps()
	remaining := map[contract.Verb][]crashPoint{}
	for verb := range steps {
		remaining[verb] = crashPoints(verb, steps[verb])
	}
	for len(remaining) > 0 {
		// Verbs with the most crash points left come first, or the last waves would have one verb each.
		verbs := slices.SortedFunc(maps.Keys(remaining), func(a, b contract.Verb) int {
			if n := len(remaining[b]) - len(remaining[a]); n != 0 {
				return n
			}
			return strings.Compare(string(a), string(b))
		})
		var wave []crashPoint
		for _, verb := range verbs[:min(perWave, len(verbs))] {
			wave = append(wave, remaining[verb][0])
			if remaining[verb] = remaining[verb][1:]; len(remaining[verb]) == 0 {
				delete(remaining, verb)
			}
		}
		all = append(all, wave)
	}
	return all
}

// A crashTarget is a target whose worker is killed.
type crashTarget struct {
	crashPoint
	channel, target string
	command         string // "" for work without a command
}

// Each worker is a process that is killed with kill -9 in the middle of several pieces of work, and the next one finds
// what it has left, finishes that, and is killed in its turn.
func TestKilledWorkersAreResumedWithoutDuplicates(t *testing.T) {
	dropper := &responseDropper{dropped: make(chan string, 10)}
	o := newMultiProcessEnv(t, dropper.shouldDrop)
	events := o.recordEvents(t)
	o.sendHeartbeat(t)
	c := o.startDashboard(t)
	start, n := time.Now(), 0
	current := o.startWorker(t)
	for _, wave := range crashWaves() {
		stops := map[contract.Verb]string{}
		for _, d := range wave {
			stops[d.verb] = d.step
		}
		current.send(workerCommand{StopAfter: stops})
		if reply := current.readLine(); reply != "ready" {
			t.Fatalf("worker output = %q, want ready", reply)
		}
		targets := o.prepareTargets(t, wave, &n)
		dropper.expect(targets)
		for i, v := range targets {
			targets[i].command = o.startCommand(t, c, current, v)
		}
		var reached []string
		for range targets {
			select {
			case line := <-current.stdout:
				if !strings.HasPrefix(line, "at ") {
					t.Fatalf("output of the worker = %q, want a reached step", line)
				}
				reached = append(reached, line)
			case line := <-dropper.dropped:
				reached = append(reached, line)
			case <-time.After(testTimeout):
				current.dumpStacks()
				t.Fatalf("timeout waiting for the worker\nwant %q\ngot  %q", wave, reached)
			}
		}
		current.kill()
		dropper.expect(nil)
		o.discord.ForgetNonces()
		current = o.startWorker(t)
		o.awaitAcknowledged(t)
		for _, v := range targets {
			t.Run(v.String(), func(t *testing.T) {
				if v.command != "" {
					answer := o.awaitAnswer(t, v.command)
					wantEqual(t, "answer", answer.Status, contract.CommandDone)
					wantEqual(t, "code", answer.Code, "")
				}
				scenarios[v.verb].verify(t, o.testEnv, v.channel, v.target)
			})
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d commands were interrupted by %d kills in %v", n, len(crashWaves()), time.Since(start).Round(time.Millisecond))
	wantEventsPublishedOnce(t, events)
}

// prepareTargets prepares a target for each crash point, each in its own channel.
func (o *multiProcessEnv) prepareTargets(t *testing.T, wave []crashPoint, n *int) (targets []crashTarget) {
	t.Helper()
	for _, d := range wave {
		*n++
		v := crashTarget{crashPoint: d, channel: fmt.Sprint(100000000000007000 + *n)}
		v.target = scenarios[d.verb].prepare(t, o.testEnv, v.channel)
		targets = append(targets, v)
	}
	return targets
}

// startCommand starts the verb, and returns the command's id if it is a command.
func (o *multiProcessEnv) startCommand(t *testing.T, c *store.CommandQueue, current *worker, v crashTarget) string {
	t.Helper()
	switch {
	case v.verb == bot.VerbOpenTicket:
		current.send(workerCommand{OpenTicket: &bot.TicketRequest{ID: v.target, GuildID: o.guild,
			Opener: contract.User{ID: "50", Username: "Bob"}, Subject: ptr("about " + v.target)}})
	case scenarios[v.verb].start != nil:
		scenarios[v.verb].start(t, o.testEnv, nil, v.target)
	default:
		return o.enqueueCommand(t, c, v.verb, v.target, commandData(v.verb, v.channel, o.testEnv, t, v.target)).ID
	}
	return ""
}

// awaitAcknowledged waits until all work is finished and all commands are acknowledged.
func (o *multiProcessEnv) awaitAcknowledged(t *testing.T) {
	t.Helper()
	o.testEnv.awaitIdle(t)
	eventually(t, "all commands are acknowledged", func() bool {
		pending, err := o.client.XPending(t.Context(), contract.CommandsStream, contract.BotGroup).Result()
		return err == nil && pending.Count == 0
	})
}

// responseDropper drops the response to each crash target's lost call, once.
type responseDropper struct {
	dropped chan string

	mu      sync.Mutex
	pending []crashTarget
}

func (l *responseDropper) expect(targets []crashTarget) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = slices.DeleteFunc(slices.Clone(targets), func(v crashTarget) bool { return v.lostCall == "" })
}

func (l *responseDropper) shouldDrop(req sim.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, v := range l.pending {
		matches := req.Channel == v.channel
		switch {
		case v.isWinnerDM:
			matches = strings.HasPrefix(req.Channel, "dm") && strings.Contains(req.Message.Content, "Prize "+v.channel)
		case v.verb == bot.VerbOpenTicket:
			matches = true
		}
		if req.Method == v.lostCall && matches {
			l.pending = slices.Delete(l.pending, i, i+1)
			l.dropped <- v.String()
			return true
		}
	}
	return false
}
