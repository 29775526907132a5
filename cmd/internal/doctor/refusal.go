package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"guildboard/store"
	"guildboard/store/contract"
)

// checkRefusals waits for the refusals of invalid commands, and reports whether the bot answers at all.
func (e *botCheck) checkRefusals(ctx context.Context) (answered bool, err error) {
	const (
		ruleAnswers       = "answers in " + contract.ResultsStream
		ruleExpired       = "refuses expired commands"
		ruleUnknownVerb   = "refuses unknown verbs"
		ruleUnreadable    = "refuses malformed commands"
		ruleMissingTarget = "refuses missing targets"
	)
	readable := append(slices.Collect(maps.Values(e.missingTargets)), e.expired, e.unknown)
	all := append(slices.Clone(readable), e.unreadable)
	isAnswered := func(sent *sentEntry) bool { return len(e.finalAnswers(sent.commandID)) > 0 }
	_, err = e.wait(ctx, e.Wait, func() bool {
		return !slices.ContainsFunc(all, func(sent *sentEntry) bool { return !isAnswered(sent) })
	})
	if err != nil {
		return false, err
	}
	if !slices.ContainsFunc(all, isAnswered) {
		e.fail(ruleAnswers, "%s", e.describeSilence(len(all)))
		for _, rule := range []string{ruleExpired, ruleUnknownVerb, ruleUnreadable, ruleMissingTarget} {
			e.skip(rule, "the bot does not answer")
		}
		return false, nil
	}
	count := len(slices.DeleteFunc(slices.Clone(readable), func(sent *sentEntry) bool { return !isAnswered(sent) }))
	e.pass(ruleAnswers, "%d of %d commands", count, len(readable))
	e.judgeRefused(ruleExpired, e.expired, contract.RefusalExpired)
	e.judgeRefused(ruleUnknownVerb, e.unknown, contract.RefusalUnknownCommand)
	e.judgeRefused(ruleUnreadable, e.unreadable, contract.RefusalUnknownCommand)
	var problem []string
	for _, v := range slices.Sorted(maps.Keys(e.missingTargets)) {
		if p := e.refusalProblem(e.missingTargets[v], contract.RefusalNotFound); p != "" {
			problem = append(problem, string(v)+": "+p)
		}
	}
	e.judge(ruleMissingTarget, joinFirst(problem, 2), "%d verbs were refused as %q", len(e.missingTargets), contract.RefusalNotFound)
	return true, nil
}

// describeSilence describes the state of commands without an answer.
func (e *botCheck) describeSilence(count int) string {
	summary := fmt.Sprintf("got answers to 0 of %d commands in %v", count, e.Wait)
	delivered := len(slices.DeleteFunc(slices.Clone(e.sent), func(sent *sentEntry) bool { return sent.commandID == "" || !sent.delivered }))
	if e.commandExchange.group != nil {
		summary += fmt.Sprintf("; %d were delivered to the group", delivered)
	}
	return summary
}

// judgeRefused checks that a command is refused with a code.
func (e *botCheck) judgeRefused(rule string, sent *sentEntry, code string) {
	problem := e.refusalProblem(sent, code)
	observed := ""
	if problem == "" {
		observed = e.finalAnswers(sent.commandID)[0].String()
	}
	e.judge(rule, problem, "%s", observed)
}

// refusalProblem describes how the answers differ from a refusal with a code; "" if they do not.
func (e *botCheck) refusalProblem(sent *sentEntry, code string) string {
	finals := e.finalAnswers(sent.commandID)
	if len(finals) == 0 {
		if others := e.answersTo(sent.commandID); len(others) > 0 {
			return "got only " + quote(others[len(others)-1].String())
		}
		return fmt.Sprintf("no answer in %v", e.Wait)
	}
	for _, a := range finals {
		if a.Status != contract.CommandRefused {
			return "it was executed: " + a.String()
		}
		if a.Code != code {
			return fmt.Sprintf("got %v, want code %q", a, code)
		}
	}
	return ""
}

// checkRepeat sends a known id with different data. A bot that remembers the id repeats the first answer; another bot
// answers differently.
func (e *botCheck) checkRepeat(ctx context.Context, answered bool) error {
	const rule = "answers a repeated id with the first answer"
	first := e.missingTargets[e.probeVerb()]
	if !answered || len(e.finalAnswers(first.commandID)) == 0 {
		e.skip(rule, "there was no first answer")
		return nil
	}
	repeated := e.newCommand(unknownVerb, store.NewID())
	repeated.ID = first.commandID
	before := len(e.finalAnswers(first.commandID))
	if _, err := e.sendCommand(ctx, repeated); err != nil {
		return err
	}
	done, err := e.wait(ctx, e.Wait, func() bool { return len(e.finalAnswers(first.commandID)) > before })
	if err != nil {
		return err
	}
	if !done {
		e.fail(rule, "no answer to the repeated command in %v", e.Wait)
		return nil
	}
	finals := e.finalAnswers(first.commandID)
	one, two := finals[0], finals[before]
	problem := ""
	if one.Status != two.Status || one.Code != two.Code {
		problem = fmt.Sprintf("got first %v, then %v", one, two)
	}
	e.judge(rule, problem, "both times %v", one)
	return nil
}
