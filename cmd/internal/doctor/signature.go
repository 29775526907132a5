package doctor

import (
	"context"
	"strconv"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

const (
	ruleSignsAnswers            = "signs its answers"
	ruleIgnoresUnsignedCommands = "ignores commands without a valid signature"
	ruleIgnoresUnsignedAnswers  = "ignores answers without a valid signature"
)

// sendUnsigned sends harmless commands without a valid signature, if there is a key: one without a signature, one
// signed with another key, and one changed after signing.
func (e *botCheck) sendUnsigned(ctx context.Context) error {
	if !e.Key.IsSet() {
		return nil
	}
	other, err := contract.NewKey(store.NewID() + store.NewID())
	if err != nil {
		return err
	}
	for _, signed := range []func(fields []string) []string{
		func(fields []string) []string { return fields },
		other.SignCommand,
		func(fields []string) []string {
			changed := e.Key.SignCommand(fields)
			for i := 0; i < len(changed); i += 2 {
				if changed[i] == "target" {
					changed[i+1] = store.NewID()
				}
			}
			return changed
		},
	} {
		c := e.newCommand(e.probeVerb(), store.NewID())
		sent, err := e.sendRaw(ctx, c.ID, signed([]string{
			"id", c.ID, "type", string(c.Verb), "guildId", c.GuildID, "userId", c.Actor.ID, "target", c.Target, "data", string(c.Data),
			"issuedAt", unixMillis(c.IssuedAt), "expiresAt", unixMillis(c.ExpiresAt),
		})...)
		if err != nil {
			return err
		}
		sent.unsigned = true
		e.unsigned = append(e.unsigned, sent)
	}
	return nil
}

// checkSignatures checks the rules for bots that have the key.
func (e *botCheck) checkSignatures(ctx context.Context, answered bool) error {
	if !e.Key.IsSet() {
		return nil
	}
	if !answered {
		e.skip(ruleSignsAnswers, "the bot does not answer")
		e.skip(ruleIgnoresUnsignedCommands, "the bot does not answer")
		return nil
	}
	problem := ""
	for _, a := range e.received {
		if !e.Key.VerifyResult(a.fields) {
			problem = "signature is missing or invalid: " + a.String()
			break
		}
	}
	e.judge(ruleSignsAnswers, problem, "%d answers have a valid signature", len(e.received))

	acknowledged := func() bool {
		for _, sent := range e.unsigned {
			if sent.pending || !sent.delivered {
				return false
			}
		}
		return true
	}
	done, err := e.wait(ctx, e.Wait, acknowledged)
	if err != nil {
		return err
	}
	problem = ""
	if !done {
		problem = "still pending, so delivered again and again: acknowledge them"
	}
	for _, sent := range e.unsigned {
		if answers := e.answersTo(sent.commandID); len(answers) > 0 {
			problem = "got an answer: " + answers[0].String()
		}
	}
	e.judge(ruleIgnoresUnsignedCommands, problem, "%d commands are acknowledged and not answered", len(e.unsigned))
	return nil
}

func unixMillis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// checkUnsignedAnswer sends an answer to c without a valid signature, if there is a key, and checks that dashboards
// ignore it. The answer's status is "accepted", so a dashboard that accepts it does no harm.
func (e *dashboardCheck) checkUnsignedAnswer(ctx context.Context, c contract.Command) error {
	if !e.Key.IsSet() {
		return nil
	}
	id, err := e.addResult(ctx, answerFields(c.ID, contract.CommandAccepted, "", ""))
	if err != nil {
		return err
	}
	return e.judgeIgnored(ctx, ruleIgnoresUnsignedAnswers, id, c, contract.CommandAccepted,
		"published", "acknowledged and not published")
}
