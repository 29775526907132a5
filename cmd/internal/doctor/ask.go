package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
)

const (
	ruleSends  = "sends commands in order"
	rulePlain  = "tells bots without streams, too"
	ruleBegun  = "tells every page that the bot has begun"
	ruleTold   = "tells every page of the answer"
	ruleFirst  = "keeps the first final answer"
	doctorSays = "guildboard doctor answered in the bot's place. Nothing was done."
)

func (e *dashboardTalk) skipCommands(seen string, args ...any) {
	for _, rule := range []string{ruleSends, rulePlain, ruleBegun, ruleTold, ruleFirst} {
		e.skip(rule, seen, args...)
	}
}

// sent examines a command of the dashboard's.
func (e *dashboardTalk) sent(ctx context.Context, values map[string]any) (store.Command, bool, error) {
	c, err := store.DecodeCommand(values)
	var object map[string]json.RawMessage
	wrong := ""
	switch {
	case err != nil:
		wrong = err.Error()
	case !slices.Contains(store.Verbs, c.Verb):
		wrong = "no such type: " + quoted(string(c.Verb))
	case json.Unmarshal(c.Data, &object) != nil:
		wrong = "data is not a JSON object: " + quoted(string(c.Data))
	case !c.ExpiresAt.After(c.IssuedAt):
		wrong = "it expires before it is issued"
	case c.Actor.ID == "":
		wrong = "it does not say who asks"
	case !e.Key.VerifyCommand(values):
		wrong = "its signature is missing or wrong"
	}
	e.judge(ruleSends, wrong, "%s of %s, which waits for %v", c.Verb, quoted(c.Target), c.ExpiresAt.Sub(c.IssuedAt))
	if wrong != "" {
		for _, rule := range []string{rulePlain, ruleBegun, ruleTold, ruleFirst} {
			e.skip(rule, "the command is not in order")
		}
		return c, false, nil
	}
	return c, true, e.plain(ctx, c)
}

// plain is the rule that commands are published, too.
func (e *dashboardTalk) plain(ctx context.Context, c store.Command) error {
	if err := e.ear.catchUp(ctx); err != nil {
		return err
	}
	for _, h := range e.ear.on(e.commands) {
		var m struct{ ID, Type string }
		if json.Unmarshal([]byte(h.text), &m) == nil && m.ID == c.ID && m.Type == string(c.Verb) {
			e.pass(rulePlain, "it was published on %s", store.BotCommandsChannel)
			return nil
		}
	}
	if !e.plainly {
		e.skip(rulePlain, "only heard beside a bot, or with --answer")
		return nil
	}
	e.fail(rulePlain, "nothing with its id was published on %s", store.BotCommandsChannel)
	return nil
}

// tells waits until pages are told of an answer.
func (e *dashboardTalk) tells(ctx context.Context, rule string, c store.Command, status store.CommandStatus) error {
	nothing := func() error { return nil }
	told, err := until(ctx, e.Wait, nothing, func() bool { return e.ear.tells(e.events, c.ID, status) })
	if err != nil {
		return err
	}
	wrong := ""
	if !told {
		wrong = fmt.Sprintf("no %s with status %s on %s in %v", store.CommandResultEvent, status, store.EventsChannel, e.Wait)
	}
	for _, r := range e.ear.results(e.events, c.ID) {
		if r.GuildID != c.GuildID {
			wrong = "it was told to another guild's pages: " + quoted(r.GuildID)
		}
	}
	e.judge(rule, wrong, "%s: %s", store.CommandResultEvent, status)
	return nil
}

// watch sees what passes between the dashboards and the bot that there may be.
func (e *dashboardTalk) watch(ctx context.Context) error {
	last, err := lastOf(ctx, e.Client, store.CommandsStream)
	if err != nil {
		return err
	}
	t, err := newTalk(ctx, e.Client)
	if err != nil {
		return err
	}
	e.say("waiting %v for somebody to ask for something on a page", e.Ask)
	var found []redis.XMessage
	_, err = until(ctx, e.Ask, func() error {
		streams, err := e.Client.XRead(ctx, &redis.XReadArgs{Streams: []string{store.CommandsStream, last}, Count: 1, Block: -1}).Result()
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
		e.skipCommands("nobody asked for anything")
		return nil
	}
	c, fine, err := e.sent(ctx, found[0].Values)
	if err != nil || !fine {
		return err
	}
	t.remember(found[0].ID, c.ID)
	if _, err = t.wait(ctx, e.Wait, func() bool { return len(t.finals(c.ID)) > 0 }); err != nil {
		return err
	}
	e.skip(ruleBegun, "only tried with --answer")
	if finals := t.finals(c.ID); len(finals) == 0 {
		e.skip(ruleTold, "no bot answered; with --answer this would")
	} else if err := e.tells(ctx, ruleTold, c, finals[0].Status); err != nil {
		return err
	}
	e.skip(ruleFirst, "only tried with --answer")
	return nil
}

// playBot takes commands as the bot does, and refuses them.
func (e *dashboardTalk) playBot(ctx context.Context) error {
	// A bot that never was has nothing to catch up with.
	err := e.Client.XGroupCreateMkStream(ctx, store.CommandsStream, store.BotGroup, "$").Err()
	if err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	group := &store.Group{
		Client: e.Client, Stream: store.CommandsStream, Name: store.BotGroup, Member: "guildboard-doctor-" + store.NewID(),
		MaxBlock: 200 * time.Millisecond,
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = e.Client.XGroupDelConsumer(ctx, store.CommandsStream, store.BotGroup, group.Member).Err()
	}()
	e.say("waiting %v for somebody to ask for something on a page; it will be refused", e.Ask)
	examined := false
	_, err = until(ctx, e.Ask, func() error {
		entries, err := group.Read(ctx, 50)
		for _, entry := range entries {
			if err := e.reply(ctx, entry, &examined); err != nil {
				return err
			}
			if err := group.Done(ctx, entry.ID); err != nil {
				return err
			}
		}
		return err
	}, func() bool { return examined })
	if err == nil && !examined {
		e.skipCommands("nobody asked for anything")
	}
	return err
}

// reply refuses a command. The first that is still waited for is examined.
func (e *dashboardTalk) reply(ctx context.Context, entry redis.XMessage, examined *bool) error {
	c, err := store.DecodeCommand(entry.Values)
	if err != nil && c.ID == "" {
		return nil
	}
	if *examined || err == nil && c.ExpiresAt.Before(time.Now()) {
		code := store.CodeNobody
		if err == nil && c.ExpiresAt.Before(time.Now()) {
			code = store.CodeExpired
		}
		_, err := e.answer(ctx, c.ID, store.CommandRefused, code, doctorSays)
		return err
	}
	*examined = true
	if _, fine, err := e.sent(ctx, entry.Values); err != nil || !fine {
		_, err2 := e.answer(ctx, c.ID, store.CommandRefused, store.CodeUnknown, doctorSays)
		return errors.Join(err, err2)
	}
	if err := e.answerUnsigned(ctx, c); err != nil {
		return err
	}
	if _, err := e.answer(ctx, c.ID, store.CommandAccepted, "", ""); err != nil {
		return err
	}
	begun := e.tells(ctx, ruleBegun, c, store.CommandAccepted)
	if _, err := e.answer(ctx, c.ID, store.CommandRefused, store.CodeNobody, doctorSays); begun != nil || err != nil {
		return errors.Join(begun, err)
	}
	if err := e.tells(ctx, ruleTold, c, store.CommandRefused); err != nil {
		return err
	}
	return e.contradict(ctx, c)
}

// contradict says the opposite of what was said before.
func (e *dashboardTalk) contradict(ctx context.Context, c store.Command) error {
	second, err := e.answer(ctx, c.ID, store.CommandDone, "", "")
	if err != nil {
		return err
	}
	return e.judgeIgnored(ctx, ruleFirst, second, c, store.CommandDone,
		"pages were told that it is done, after it was refused", "refused stays refused when done comes after it")
}

// judgeIgnored judges whether an answer to c, the entry id, is acknowledged without an event about the status. told is
// the finding if there is such an event, kept if there is none.
func (e *dashboardTalk) judgeIgnored(
	ctx context.Context, rule, id string, c store.Command, status store.CommandStatus, told, kept string,
) error {
	if !e.acks {
		e.skip(rule, "answers are not acknowledged, so nobody knows when one is read")
		return nil
	}
	took, err := e.wait(ctx, id)
	if err != nil {
		return err
	}
	if err := e.ear.catchUp(ctx); err != nil {
		return err
	}
	wrong := ""
	switch {
	case e.ear.tells(e.events, c.ID, status):
		wrong = told
	case !took:
		wrong = fmt.Sprintf("it was not acknowledged in %v", e.Wait)
	}
	e.judge(rule, wrong, "%s", kept)
	return nil
}
