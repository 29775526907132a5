package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildboard/store"
)

// deed is something that can be done to a target and taken back.
type deed struct {
	noun, target string
	do, undo     store.Verb
	words        string
}

func (b Bot) deeds() []deed {
	var all []deed
	if b.Giveaway != "" {
		all = append(all, deed{"GIVEAWAY", b.Giveaway, store.VerbGiveawayPause, store.VerbGiveawayResume, "pause the giveaway, and resume it"})
	}
	if b.Ticket != "" {
		all = append(all, deed{"TICKET", b.Ticket, store.VerbTicketClaim, store.VerbTicketUnclaim, "claim the ticket, and unclaim it"})
	}
	return all
}

// act asks for real changes of the targets, if it may, and takes them back.
func (e *botTalk) act(events *ear) func(context.Context, bool) error {
	return func(ctx context.Context, answered bool) error {
		for _, d := range e.deeds() {
			rule := "carries out " + string(d.do)
			switch {
			case !e.Act:
				e.skip(rule, "this would %s: say --act to let it", d.words)
			case !answered:
				e.skip(rule, "the bot does not answer")
			case !slices.Contains(e.offered, d.do) || !slices.Contains(e.offered, d.undo):
				e.skip(rule, "its heartbeat does not offer %s and %s", d.do, d.undo)
			default:
				if err := e.carryOut(ctx, events, d, rule); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// carryOut tries a deed: for a guild that has no such target, then for the right one, then the same id again. Whatever
// happens, the target is left as it was found.
func (e *botTalk) carryOut(ctx context.Context, events *ear, d deed, rule string) error {
	began, changed := time.Now(), true // as far as is known
	defer func() {
		if changed {
			e.takeBack(ctx, d)
		}
	}()
	foreign := e.command(d.do, d.target)
	foreign.GuildID = madeUp
	sent, _, err := e.order(ctx, foreign, 1)
	if err != nil {
		return err
	}
	e.refused("refuses another guild's "+strings.ToLower(d.noun), sent, store.CodeGone)

	command := e.command(d.do, d.target)
	_, finals, err := e.order(ctx, command, 1)
	if err != nil {
		return err
	}
	if isRefused(finals) {
		changed = false
		e.skip(rule, "%v", finals[0])
		return nil
	}
	if !e.done(rule, finals) {
		return nil
	}
	if _, finals, err = e.order(ctx, command, 2); err != nil {
		return err
	}
	wrong := ""
	if len(finals) < 2 {
		wrong = fmt.Sprintf("the repeat was not answered in %v", e.Wait)
	} else if finals[1].Status != store.CommandDone {
		wrong = fmt.Sprintf("the repeat was tried again: %v", finals[1])
	}
	e.judge("carries out "+string(d.do)+" once", wrong, "the repeat was answered with done, too")

	if _, finals, err = e.order(ctx, e.command(d.undo, d.target), 1); err != nil {
		return err
	}
	changed = !e.done("carries out "+string(d.undo), finals)
	return e.told(ctx, events, d, began)
}

func isRefused(finals []answer) bool {
	return len(finals) > 0 && finals[0].Status == store.CommandRefused
}

// done is the rule that a command was carried out, and tells whether it was.
func (e *botTalk) done(rule string, finals []answer) bool {
	switch {
	case len(finals) == 0:
		e.fail(rule, "no answer in %v", e.Wait)
	case isRefused(finals):
		e.fail(rule, "%v", finals[0])
	default:
		e.pass(rule, "%v", finals[0])
		return true
	}
	return false
}

// order sends a command and waits for so many answers to its id.
func (e *botTalk) order(ctx context.Context, c store.Command, count int) (*entry, []answer, error) {
	sent, err := e.send(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	_, err = e.wait(ctx, e.Wait, func() bool { return len(e.finals(c.ID)) >= count })
	return sent, e.finals(c.ID), err
}

// told is the rule that the event of a change comes before the answer.
func (e *botTalk) told(ctx context.Context, events *ear, d deed, began time.Time) error {
	if err := events.catchUp(ctx); err != nil {
		return err
	}
	var seen []string
	for _, h := range events.on(e.events) {
		event, err := store.DecodeEvent([]byte(h.text))
		if err == nil && !h.at.Before(began) && event.GuildID == e.Guild && strings.HasPrefix(string(event.Type), d.noun+"_") {
			seen = append(seen, quoted(string(event.Type)))
		}
	}
	wrong := ""
	if len(seen) == 0 {
		wrong = "no " + d.noun + "_… event of this guild by the time of the answer, so pages show it late"
	}
	e.judge("tells of the "+strings.ToLower(d.noun)+" on "+store.EventsChannel, wrong, "%s", some(seen, 4))
	return nil
}

// takeBack asks for the deed to be undone, and does not wait for it.
func (e *botTalk) takeBack(ctx context.Context, d deed) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	c := e.command(d.undo, d.target)
	c.ExpiresAt = c.IssuedAt.Add(time.Minute)
	if err := c.Send(ctx, e.Client, e.Key); err != nil {
		e.say("%s of %s could not be asked for: it may be left changed", d.undo, d.target)
	}
}
