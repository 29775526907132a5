package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"guildboard/store"
)

// refusals waits for what must be refused, and tells whether anything was answered at all.
func (e *botTalk) refusals(ctx context.Context) (answered bool, err error) {
	const answers, late, unknown, unreadable, missing = "answers in " + store.ResultsStream, "refuses what has expired",
		"refuses a verb that it does not know", "refuses a command that it cannot read", "refuses a target that is not there"
	readable := append(slices.Collect(maps.Values(e.missing)), e.expired, e.unknown)
	all := append(slices.Clone(readable), e.unreadable)
	isAnswered := func(sent *entry) bool { return len(e.finals(sent.command)) > 0 }
	_, err = e.wait(ctx, e.Wait, func() bool {
		return !slices.ContainsFunc(all, func(sent *entry) bool { return !isAnswered(sent) })
	})
	if err != nil {
		return false, err
	}
	if !slices.ContainsFunc(all, isAnswered) {
		e.fail(answers, "%s", e.silence(len(all)))
		for _, rule := range []string{late, unknown, unreadable, missing} {
			e.skip(rule, "the bot does not answer")
		}
		return false, nil
	}
	count := len(slices.DeleteFunc(slices.Clone(readable), func(sent *entry) bool { return !isAnswered(sent) }))
	e.pass(answers, "%d of %d commands", count, len(readable))
	e.refused(late, e.expired, store.CodeExpired)
	e.refused(unknown, e.unknown, store.CodeUnknown)
	e.refused(unreadable, e.unreadable, store.CodeUnknown)
	var wrong []string
	for _, v := range slices.Sorted(maps.Keys(e.missing)) {
		if w := e.notRefused(e.missing[v], store.CodeGone); w != "" {
			wrong = append(wrong, string(v)+": "+w)
		}
	}
	e.judge(missing, some(wrong, 2), "%d verbs were refused as %q", len(e.missing), store.CodeGone)
	return true, nil
}

// silence is what was seen of commands without an answer.
func (e *botTalk) silence(count int) string {
	seen := fmt.Sprintf("none of %d commands was answered in %v", count, e.Wait)
	took := len(slices.DeleteFunc(slices.Clone(e.said), func(sent *entry) bool { return sent.command == "" || !sent.delivered }))
	if e.talk.group != nil {
		seen += fmt.Sprintf("; the group was given %d of them", took)
	}
	return seen
}

// refused is the rule that a command is refused with this code.
func (e *botTalk) refused(rule string, sent *entry, code string) {
	wrong := e.notRefused(sent, code)
	seen := ""
	if wrong == "" {
		seen = e.finals(sent.command)[0].String()
	}
	e.judge(rule, wrong, "%s", seen)
}

// notRefused is what else was done than refusing the command with this code; "" when nothing was.
func (e *botTalk) notRefused(sent *entry, code string) string {
	finals := e.finals(sent.command)
	if len(finals) == 0 {
		if others := e.answers(sent.command); len(others) > 0 {
			return "only " + quoted(others[len(others)-1].String())
		}
		return fmt.Sprintf("no answer in %v", e.Wait)
	}
	for _, a := range finals {
		if a.Status != store.CommandRefused {
			return "it was carried out: " + a.String()
		}
		if a.Code != code {
			return fmt.Sprintf("%v; the code should be %q", a, code)
		}
	}
	return ""
}

// repeat sends an id again, with something else behind it: who remembers the id gives the first answer, who does not
// gives another.
func (e *botTalk) repeat(ctx context.Context, answered bool) error {
	const rule = "answers a repeated id with the first answer"
	first := e.missing[e.verb()]
	if !answered || len(e.finals(first.command)) == 0 {
		e.skip(rule, "there was no first answer")
		return nil
	}
	again := e.command(noSuchVerb, store.NewID())
	again.ID = first.command
	before := len(e.finals(first.command))
	if _, err := e.send(ctx, again); err != nil {
		return err
	}
	came, err := e.wait(ctx, e.Wait, func() bool { return len(e.finals(first.command)) > before })
	if err != nil {
		return err
	}
	if !came {
		e.fail(rule, "the repeat was not answered in %v", e.Wait)
		return nil
	}
	finals := e.finals(first.command)
	one, two := finals[0], finals[before]
	wrong := ""
	if one.Status != two.Status || one.Code != two.Code {
		wrong = fmt.Sprintf("first %v, then %v", one, two)
	}
	e.judge(rule, wrong, "twice %v", one)
	return nil
}
