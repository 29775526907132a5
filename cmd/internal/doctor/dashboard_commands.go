package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/contract"
)

const (
	ruleSendsValidCommands = "sends valid commands"
	rulePublishesCommands  = "publishes commands"
	rulePublishesAccepted  = "publishes the accepted status"
	rulePublishesResult    = "publishes the final status"
	ruleKeepsFirstAnswer   = "keeps the first final status"
	refusalMessage         = "Refused by guildboard doctor, which acts as the bot. Nothing was changed."
)

func (e *dashboardCheck) skipCommandRules(reason string, args ...any) {
	for _, rule := range []string{
		ruleSendsValidCommands, rulePublishesCommands, rulePublishesAccepted, rulePublishesResult, ruleKeepsFirstAnswer,
	} {
		e.skip(rule, reason, args...)
	}
}

// checkCommand checks a command of a dashboard.
func (e *dashboardCheck) checkCommand(ctx context.Context, values map[string]any) (contract.Command, bool, error) {
	c, err := contract.DecodeCommand(values)
	payload, problem := c.Verb.NewPayload(), ""
	switch {
	case err != nil:
		problem = err.Error()
	case payload == nil:
		problem = "unknown type: " + quote(string(c.Verb))
	case c.DecodePayload(payload) != nil:
		problem = "data is not the JSON object of its type: " + quote(string(c.Data))
	case !c.ExpiresAt.After(c.IssuedAt):
		problem = "expiresAt is not after issuedAt"
	case c.Actor.ID == "":
		problem = "userId is missing"
	case !e.Key.VerifyCommand(values):
		problem = "signature is missing or invalid"
	}
	e.judge(ruleSendsValidCommands, problem, "%s of target %s, expires after %v", c.Verb, quote(c.Target), c.ExpiresAt.Sub(c.IssuedAt))
	if problem != "" {
		for _, rule := range []string{rulePublishesCommands, rulePublishesAccepted, rulePublishesResult, ruleKeepsFirstAnswer} {
			e.skip(rule, "the command is invalid")
		}
		return c, false, nil
	}
	return c, true, e.checkPublished(ctx, c)
}

// checkPublished checks that commands are also published.
func (e *dashboardCheck) checkPublished(ctx context.Context, c contract.Command) error {
	if err := e.recorder.catchUp(ctx); err != nil {
		return err
	}
	for _, h := range e.recorder.messagesOn(e.commandsChannel) {
		var m struct{ ID, Type string }
		if json.Unmarshal([]byte(h.text), &m) == nil && m.ID == c.ID && m.Type == string(c.Verb) {
			e.pass(rulePublishesCommands, "published on %s", contract.BotCommandsChannel)
			return nil
		}
	}
	if !e.receivesCommands {
		e.skip(rulePublishesCommands, "needs a running bot, or --answer")
		return nil
	}
	e.fail(rulePublishesCommands, "got no message with its id on %s", contract.BotCommandsChannel)
	return nil
}

// checkResultEvent waits until an answer is published to pages.
func (e *dashboardCheck) checkResultEvent(ctx context.Context, rule string, c contract.Command, status contract.CommandStatus) error {
	noop := func() error { return nil }
	published, err := pollUntil(ctx, e.Wait, noop, func() bool { return e.recorder.hasResult(e.eventsChannel, c.ID, status) })
	if err != nil {
		return err
	}
	problem := ""
	if !published {
		problem = fmt.Sprintf("no %s with status %s on %s in %v", contract.CommandResultEvent, status, contract.EventsChannel, e.Wait)
	}
	for _, r := range e.recorder.commandResults(e.eventsChannel, c.ID) {
		if r.GuildID != c.GuildID {
			problem = "published for another guild: " + quote(r.GuildID)
		}
	}
	e.judge(rule, problem, "%s: %s", contract.CommandResultEvent, status)
	return nil
}

// watchCommand observes a command of the dashboards and the answer of the running bot, if there is one.
func (e *dashboardCheck) watchCommand(ctx context.Context) error {
	last, err := lastEntryID(ctx, e.Client, contract.CommandsStream)
	if err != nil {
		return err
	}
	t, err := newCommandExchange(ctx, e.Client)
	if err != nil {
		return err
	}
	e.note("waiting %v for a command: use an action on a page", e.CommandWait)
	var found []redis.XMessage
	_, err = pollUntil(ctx, e.CommandWait, func() error {
		streams, err := e.Client.XRead(ctx, &redis.XReadArgs{
			Streams: []string{contract.CommandsStream, last}, Count: 1, Block: -1,
		}).Result()
		if err == nil && len(streams) > 0 {
			found = streams[0].Messages
		}
		if errors.Is(err, redis.Nil) {
			err = nil
		}
		return err
	}, func() bool { return len(found) > 0 })
	if err != nil {
		return err
	}
	if len(found) == 0 {
		e.skipCommandRules("got no command")
		return nil
	}
	c, isValid, err := e.checkCommand(ctx, found[0].Values)
	if err != nil || !isValid {
		return err
	}
	t.track(found[0].ID, c.ID)
	if _, err = t.wait(ctx, e.Wait, func() bool { return len(t.finalAnswers(c.ID)) > 0 }); err != nil {
		return err
	}
	e.skip(rulePublishesAccepted, "needs --answer")
	if finals := t.finalAnswers(c.ID); len(finals) == 0 {
		e.skip(rulePublishesResult, "got no answer from a bot; --answer sends one")
	} else if err := e.checkResultEvent(ctx, rulePublishesResult, c, finals[0].Status); err != nil {
		return err
	}
	e.skip(ruleKeepsFirstAnswer, "needs --answer")
	return nil
}

// actAsBot receives commands as a bot does, and refuses them.
func (e *dashboardCheck) actAsBot(ctx context.Context) error {
	// A bot without a consumer group has no old commands to read.
	err := e.Client.XGroupCreateMkStream(ctx, contract.CommandsStream, contract.BotGroup, "$").Err()
	if err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
		return fmt.Errorf("%w: %w", ErrRedisUnavailable, err)
	}
	group := &store.ConsumerGroup{
		Client: e.Client, Stream: contract.CommandsStream, Name: contract.BotGroup, Consumer: "guildboard-doctor-" + store.NewID(),
		MaxBlock: 200 * time.Millisecond,
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = e.Client.XGroupDelConsumer(ctx, contract.CommandsStream, contract.BotGroup, group.Consumer).Err()
	}()
	e.note("waiting %v for a command: use an action on a page; the command will be refused", e.CommandWait)
	examined := false
	_, err = pollUntil(ctx, e.CommandWait, func() error {
		entries, err := group.Read(ctx, 50)
		for _, entry := range entries {
			if err := e.refuseCommand(ctx, entry, &examined); err != nil {
				return err
			}
			if err := group.Acknowledge(ctx, entry.ID); err != nil {
				return err
			}
		}
		return err
	}, func() bool { return examined })
	if err == nil && !examined {
		e.skipCommandRules("got no command")
	}
	return err
}

// refuseCommand refuses a command. The first command that has not expired is also checked.
func (e *dashboardCheck) refuseCommand(ctx context.Context, entry redis.XMessage, examined *bool) error {
	c, err := contract.DecodeCommand(entry.Values)
	if err != nil && c.ID == "" {
		return nil
	}
	if *examined || err == nil && c.ExpiresAt.Before(time.Now()) {
		code := contract.RefusalNoBot
		if err == nil && c.ExpiresAt.Before(time.Now()) {
			code = contract.RefusalExpired
		}
		_, err := e.sendAnswer(ctx, c.ID, contract.CommandRefused, code, refusalMessage)
		return err
	}
	*examined = true
	if _, isValid, err := e.checkCommand(ctx, entry.Values); err != nil || !isValid {
		_, err2 := e.sendAnswer(ctx, c.ID, contract.CommandRefused, contract.RefusalUnknownCommand, refusalMessage)
		return errors.Join(err, err2)
	}
	if err := e.checkUnsignedAnswer(ctx, c); err != nil {
		return err
	}
	if _, err := e.sendAnswer(ctx, c.ID, contract.CommandAccepted, "", ""); err != nil {
		return err
	}
	acceptedErr := e.checkResultEvent(ctx, rulePublishesAccepted, c, contract.CommandAccepted)
	if _, err := e.sendAnswer(ctx, c.ID, contract.CommandRefused, contract.RefusalNoBot, refusalMessage); acceptedErr != nil || err != nil {
		return errors.Join(acceptedErr, err)
	}
	if err := e.checkResultEvent(ctx, rulePublishesResult, c, contract.CommandRefused); err != nil {
		return err
	}
	return e.sendContradiction(ctx, c)
}

// sendContradiction sends an answer that contradicts the first one.
func (e *dashboardCheck) sendContradiction(ctx context.Context, c contract.Command) error {
	second, err := e.sendAnswer(ctx, c.ID, contract.CommandDone, "", "")
	if err != nil {
		return err
	}
	return e.judgeIgnored(ctx, ruleKeepsFirstAnswer, second, c, contract.CommandDone,
		"done was published after refused", "the status stays refused after a later done")
}

// judgeIgnored checks that the answer to c with the entry id is acknowledged without an event about the status.
// publishedProblem is the finding if there is such an event, observed the finding if there is none.
func (e *dashboardCheck) judgeIgnored(
	ctx context.Context, rule, id string, c contract.Command, status contract.CommandStatus, publishedProblem, observed string,
) error {
	if !e.acknowledges {
		e.skip(rule, "needs acknowledged answers")
		return nil
	}
	acknowledged, err := e.waitAcknowledged(ctx, id)
	if err != nil {
		return err
	}
	if err := e.recorder.catchUp(ctx); err != nil {
		return err
	}
	problem := ""
	switch {
	case e.recorder.hasResult(e.eventsChannel, c.ID, status):
		problem = publishedProblem
	case !acknowledged:
		problem = fmt.Sprintf("not acknowledged in %v", e.Wait)
	}
	e.judge(rule, problem, "%s", observed)
	return nil
}
