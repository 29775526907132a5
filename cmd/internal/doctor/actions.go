package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildboard/store/contract"
)

// reversibleAction is a change of a target together with the verb that reverts it.
type reversibleAction struct {
	noun, target string
	do, undo     contract.Verb
	description  string
}

func (b BotChecker) reversibleActions() []reversibleAction {
	var actions []reversibleAction
	if b.Giveaway != "" {
		actions = append(actions, reversibleAction{
			"GIVEAWAY", b.Giveaway, contract.VerbGiveawayPause, contract.VerbGiveawayResume, "pause and resume the giveaway",
		})
	}
	if b.Ticket != "" {
		actions = append(actions, reversibleAction{
			"TICKET", b.Ticket, contract.VerbTicketClaim, contract.VerbTicketUnclaim, "claim and unclaim the ticket",
		})
	}
	return actions
}

// checkActions changes the targets, if Act is set, and reverts the changes.
func (e *botCheck) checkActions(events *eventRecorder) func(context.Context, bool) error {
	return func(ctx context.Context, answered bool) error {
		for _, d := range e.reversibleActions() {
			rule := "executes " + string(d.do)
			switch {
			case !e.Act:
				e.skip(rule, "needs --act, because it would %s", d.description)
			case !answered:
				e.skip(rule, "the bot does not answer")
			case !slices.Contains(e.capabilities, d.do) || !slices.Contains(e.capabilities, d.undo):
				e.skip(rule, "the capabilities do not contain %s and %s", d.do, d.undo)
			default:
				if err := e.checkAction(ctx, events, d, rule); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// checkAction sends a command for another guild, then for the right one, then with the same id again. It always reverts
// the change.
func (e *botCheck) checkAction(ctx context.Context, events *eventRecorder, d reversibleAction, rule string) error {
	began, changed := time.Now(), true // until the bot refuses the command
	defer func() {
		if changed {
			e.requestUndo(ctx, d)
		}
	}()
	foreign := e.newCommand(d.do, d.target)
	foreign.GuildID = fakeID
	sent, _, err := e.sendAndWait(ctx, foreign, 1)
	if err != nil {
		return err
	}
	e.judgeRefused("refuses another guild's "+strings.ToLower(d.noun), sent, contract.RefusalNotFound)

	command := e.newCommand(d.do, d.target)
	_, finals, err := e.sendAndWait(ctx, command, 1)
	if err != nil {
		return err
	}
	if isRefused(finals) {
		changed = false
		e.skip(rule, "%v", finals[0])
		return nil
	}
	if !e.judgeDone(rule, finals) {
		return nil
	}
	if _, finals, err = e.sendAndWait(ctx, command, 2); err != nil {
		return err
	}
	problem := ""
	if len(finals) < 2 {
		problem = fmt.Sprintf("no answer to the repeated command in %v", e.Wait)
	} else if finals[1].Status != contract.CommandDone {
		problem = fmt.Sprintf("the repeated command was executed again: %v", finals[1])
	}
	e.judge("executes "+string(d.do)+" once", problem, "the repeated command was answered with done")

	if _, finals, err = e.sendAndWait(ctx, e.newCommand(d.undo, d.target), 1); err != nil {
		return err
	}
	changed = !e.judgeDone("executes "+string(d.undo), finals)
	return e.checkEventPublished(ctx, events, d, began)
}

func isRefused(finals []receivedAnswer) bool {
	return len(finals) > 0 && finals[0].Status == contract.CommandRefused
}

// judgeDone checks that a command was executed, and reports whether it was.
func (e *botCheck) judgeDone(rule string, finals []receivedAnswer) bool {
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

// sendAndWait sends a command and waits until its id has count final answers.
func (e *botCheck) sendAndWait(ctx context.Context, c contract.Command, count int) (*sentEntry, []receivedAnswer, error) {
	sent, err := e.sendCommand(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	_, err = e.wait(ctx, e.Wait, func() bool { return len(e.finalAnswers(c.ID)) >= count })
	return sent, e.finalAnswers(c.ID), err
}

// checkEventPublished checks that the event of a change precedes the answer.
func (e *botCheck) checkEventPublished(ctx context.Context, events *eventRecorder, d reversibleAction, began time.Time) error {
	if err := events.catchUp(ctx); err != nil {
		return err
	}
	var types []string
	for _, h := range events.messagesOn(e.eventsChannel) {
		event, err := contract.DecodeEvent([]byte(h.text))
		if err == nil && !h.receivedAt.Before(began) && event.GuildID == e.Guild && strings.HasPrefix(string(event.Type), d.noun+"_") {
			types = append(types, quote(string(event.Type)))
		}
	}
	problem := ""
	if len(types) == 0 {
		problem = "no " + d.noun + "_… event of the guild before the answer, so pages show the change late"
	}
	e.judge("publishes changes of the "+strings.ToLower(d.noun)+" on "+contract.EventsChannel, problem, "%s", joinFirst(types, 4))
	return nil
}

// requestUndo sends the command that reverts the change, without waiting for its answer.
func (e *botCheck) requestUndo(ctx context.Context, d reversibleAction) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	c := e.newCommand(d.undo, d.target)
	c.ExpiresAt = c.IssuedAt.Add(time.Minute)
	if err := c.Send(ctx, e.Client, e.Key); err != nil {
		e.note("%s of %s could not be sent: the target may still be changed", d.undo, d.target)
	}
}
