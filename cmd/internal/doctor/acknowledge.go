package doctor

import (
	"context"
	"fmt"
	"time"

	"guildboard/store"
)

// acknowledged tells when commands were acknowledged.
func (e *botTalk) acknowledged(ctx context.Context, answered bool) error {
	const after, all, nothing = "acknowledges only after the answer", "acknowledges what it has answered", "passes over an entry that is no command"
	rules := []string{after, all, nothing}
	why := ""
	switch {
	case e.talk.group == nil:
		why = "there is no group " + store.BotGroup
	case !answered:
		why = "the bot does not answer"
	}
	if why != "" {
		for _, rule := range rules {
			e.skip(rule, "%s", why)
		}
		return nil
	}
	left := func() (left []string) {
		for _, sent := range e.said {
			if sent.command != "" && len(e.finals(sent.command)) > 0 && (sent.pending || !sent.delivered) {
				left = append(left, sent.id)
			}
		}
		return left
	}
	passed := func() bool { return e.nothing.delivered && !e.nothing.pending }
	if _, err := e.wait(ctx, e.Wait, func() bool { return len(left()) == 0 && passed() }); err != nil {
		return err
	}
	var early []string
	for _, sent := range e.said {
		if sent.early {
			early = append(early, sent.id)
		}
	}
	wrong := ""
	if len(early) > 0 {
		wrong = "acknowledged without an answer, so that a crash would have lost them: " + some(early, 3)
	}
	e.judge(after, wrong, "no entry was seen acknowledged without its answer")
	wrong = ""
	if len(left()) > 0 {
		wrong = "still pending, and so given to another worker again and again: " + some(left(), 3)
	}
	e.judge(all, wrong, "nothing is pending")
	switch {
	case passed():
		e.pass(nothing, "acknowledged")
	case wrong != "":
		e.skip(nothing, "nothing is acknowledged")
	default:
		e.fail(nothing, "an entry without an id is still pending: acknowledge what cannot be answered")
	}
	return nil
}

// crashed is the name of a consumer that took an entry and never came back.
const crashed = "guildboard-doctor-crashed"

// leftBehind gives an entry that was answered to a worker that has been silent for an hour.
func (e *botTalk) leftBehind(ctx context.Context, answered bool) error {
	const rule = "takes over what a crashed worker left"
	first := e.missing[e.verb()]
	if !answered || e.talk.group == nil || first.pending || !first.delivered || len(e.finals(first.command)) == 0 {
		e.skip(rule, "it would have to answer and acknowledge first")
		return nil
	}
	before := len(e.finals(first.command))
	defer func() { // whatever came of it
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = e.Client.XGroupDelConsumer(ctx, store.CommandsStream, store.BotGroup, crashed).Err()
	}()
	err := e.Client.Do(ctx, "XCLAIM", store.CommandsStream, store.BotGroup, crashed, 0, first.id, "IDLE", time.Hour.Milliseconds(), "FORCE", "JUSTID").Err()
	if err != nil {
		return fmt.Errorf("%w: claiming an entry: %w", ErrAway, err)
	}
	began := time.Now()
	came, err := e.wait(ctx, e.LeftWait, func() bool { return len(e.finals(first.command)) > before && !first.pending })
	if err != nil {
		return err
	}
	wrong := ""
	switch {
	case came:
	case first.pending:
		wrong = fmt.Sprintf("it was not, in %v: look with XAUTOCLAIM every few seconds", e.LeftWait)
	default:
		wrong = "it was acknowledged without an answer"
	}
	e.judge(rule, wrong, "after %v, and answered again", time.Since(began).Round(10*time.Millisecond))
	return nil
}
