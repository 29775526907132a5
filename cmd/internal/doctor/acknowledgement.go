package doctor

import (
	"context"
	"fmt"
	"time"

	"guildboard/store/contract"
)

// checkAcknowledgement checks when commands are acknowledged.
func (e *botCheck) checkAcknowledgement(ctx context.Context, answered bool) error {
	const (
		ruleAfterAnswer = "acknowledges only after the answer"
		ruleAnswered    = "acknowledges answered commands"
		ruleNonCommand  = "ignores entries that are not commands"
	)
	rules := []string{ruleAfterAnswer, ruleAnswered, ruleNonCommand}
	skipReason := ""
	switch {
	case e.commandExchange.group == nil:
		skipReason = "missing group " + contract.BotGroup
	case !answered:
		skipReason = "the bot does not answer"
	}
	if skipReason != "" {
		for _, rule := range rules {
			e.skip(rule, "%s", skipReason)
		}
		return nil
	}
	unacknowledged := func() (unacknowledged []string) {
		for _, sent := range e.sent {
			if sent.commandID != "" && len(e.finalAnswers(sent.commandID)) > 0 && (sent.pending || !sent.delivered) {
				unacknowledged = append(unacknowledged, sent.id)
			}
		}
		return unacknowledged
	}
	isNonCommandAcknowledged := func() bool { return e.nonCommand.delivered && !e.nonCommand.pending }
	if _, err := e.wait(ctx, e.Wait, func() bool { return len(unacknowledged()) == 0 && isNonCommandAcknowledged() }); err != nil {
		return err
	}
	var early []string
	for _, sent := range e.sent {
		if sent.acknowledgedEarly {
			early = append(early, sent.id)
		}
	}
	problem := ""
	if len(early) > 0 {
		problem = "acknowledged before the answer, so a crash would lose them: " + joinFirst(early, 3)
	}
	e.judge(ruleAfterAnswer, problem, "no command was acknowledged before its answer")
	problem = ""
	if len(unacknowledged()) > 0 {
		problem = "still pending, so delivered again and again: " + joinFirst(unacknowledged(), 3)
	}
	e.judge(ruleAnswered, problem, "no pending entries")
	switch {
	case isNonCommandAcknowledged():
		e.pass(ruleNonCommand, "acknowledged")
	case problem != "":
		e.skip(ruleNonCommand, "no entries are acknowledged")
	default:
		e.fail(ruleNonCommand, "an entry without an id is still pending: acknowledge entries that cannot be answered")
	}
	return nil
}

// crashedConsumer is the name of a simulated consumer that crashed after it read an entry.
const crashedConsumer = "guildboard-doctor-crashed"

// checkReclaim assigns an answered entry to a consumer that has been idle for an hour, and checks that the bot reclaims
// it.
func (e *botCheck) checkReclaim(ctx context.Context, answered bool) error {
	const rule = "reclaims entries of a crashed worker"
	first := e.missingTargets[e.probeVerb()]
	if !answered || e.commandExchange.group == nil || first.pending || !first.delivered || len(e.finalAnswers(first.commandID)) == 0 {
		e.skip(rule, "needs a command that is answered and acknowledged")
		return nil
	}
	before := len(e.finalAnswers(first.commandID))
	defer func() { // in any case
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = e.Client.XGroupDelConsumer(ctx, contract.CommandsStream, contract.BotGroup, crashedConsumer).Err()
	}()
	err := e.Client.Do(ctx, "XCLAIM", contract.CommandsStream, contract.BotGroup, crashedConsumer, 0, first.id,
		"IDLE", time.Hour.Milliseconds(), "FORCE", "JUSTID").Err()
	if err != nil {
		return fmt.Errorf("%w: claim an entry: %w", ErrRedisUnavailable, err)
	}
	began := time.Now()
	done, err := e.wait(ctx, e.ReclaimWait, func() bool { return len(e.finalAnswers(first.commandID)) > before && !first.pending })
	if err != nil {
		return err
	}
	problem := ""
	switch {
	case done:
	case first.pending:
		problem = fmt.Sprintf("not reclaimed in %v: call XAUTOCLAIM every few seconds", e.ReclaimWait)
	default:
		problem = "acknowledged without an answer"
	}
	e.judge(rule, problem, "reclaimed after %v and answered again", time.Since(began).Round(10*time.Millisecond))
	return nil
}
