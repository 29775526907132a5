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

// Bot is an examination of a bot, in which the doctor plays the dashboard. What it asks for is harmless: targets that
// are not there, verbs that do not exist, commands that have expired. Only with Act does it ask for more.
type Bot struct {
	Client redis.UniversalClient
	Guild  string // of the targets; a made-up one when empty
	User   string // who asks
	Act    bool   // pause and resume Giveaway, claim and unclaim Ticket
	// Rows of Guild, and empty for none.
	Giveaway, Ticket string
	// Foreign is a channel that is not of Guild; one that cannot be, unless it is set.
	Foreign string
	// Key signs commands; with a key, the bot must sign its answers and ignore commands without a valid signature.
	Key store.ContractKey

	Wait     time.Duration // for an answer
	BeatWait time.Duration // for the next heartbeat
	LeftWait time.Duration // until what a crashed worker left is taken over

	events string // EventsChannel, but in tests
}

// NewBot is an examination with the times that the contract gives a bot.
func NewBot(client redis.UniversalClient) Bot {
	return Bot{
		Client: client, User: madeUp, Foreign: madeUp, Wait: 15 * time.Second, BeatWait: store.BeatEvery + 2*time.Second,
		LeftWait: 45 * time.Second, events: store.EventsChannel,
	}
}

// madeUp is the id of a guild, of a channel and of a person that cannot be.
const madeUp = "1"

const noSuchVerb store.Verb = "GUILDBOARD_DOCTOR"

// botTalk is an examination under way.
type botTalk struct {
	Bot
	*talk
	*Report
	offered []store.Verb

	unsigned                     []*entry              // commands without a valid signature, if there is a key
	missing                      map[store.Verb]*entry // one of each verb, of a target that is not there
	expired, unknown, unreadable *entry
	nothing                      *entry // no command at all
}

// Examine tries every rule. The error says that Redis does not answer, or that ctx has ended.
func (b Bot) Examine(ctx context.Context, r *Report) error {
	if err := reach(ctx, b.Client); err != nil {
		return err
	}
	events, err := listen(ctx, b.Client, b.events)
	if err != nil {
		return err
	}
	defer events.close()
	t, err := newTalk(ctx, b.Client)
	if err != nil {
		return err
	}
	t.key = b.Key
	beat, err := readHeartbeat(ctx, b.Client)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	renewed := watchHeartbeat(ctx, b.Client, beat, b.BeatWait)

	e := &botTalk{Bot: b, talk: t, Report: r, offered: r.examineHeartbeat(beat).Capabilities}
	if err := e.examineGroup(ctx); err != nil {
		return err
	}
	if err := e.ask(ctx); err != nil {
		return err
	}
	answered, err := e.refusals(ctx)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, bool) error{e.repeat, e.foreign, e.act(events), e.acknowledged, e.leftBehind} {
		if err := step(ctx, answered); err != nil {
			return err
		}
	}
	e.wellFormed(answered)
	if err := e.examineSignatures(ctx, answered); err != nil {
		return err
	}
	if err := r.trimmed(ctx, b.Client, store.ResultsStream); err != nil {
		return err
	}
	if err := e.renewed(ctx, beat, renewed); err != nil {
		return err
	}
	if err := events.catchUp(ctx); err != nil {
		return err
	}
	r.envelopes(events.on(b.events))
	return nil
}

// examineGroup is the rule of who reads.
func (e *botTalk) examineGroup(ctx context.Context) error {
	const rule = "reads " + store.CommandsStream + " as group " + store.BotGroup
	if e.talk.group != nil {
		e.pass(rule, "consumers: %d", e.talk.group.Consumers)
		return nil
	}
	seen := "there is no such group: XGROUP CREATE " + store.CommandsStream + " " + store.BotGroup + " 0 MKSTREAM"
	if listeners, err := subscribers(ctx, e.Client, store.BotCommandsChannel); err != nil {
		return err
	} else if listeners > 0 {
		seen += "; somebody listens to " + store.BotCommandsChannel + ", which knows no answers"
	}
	e.fail(rule, "%s", seen)
	return nil
}

// command is one that lapses when nobody looks any more.
func (e *botTalk) command(verb store.Verb, target string) store.Command {
	now := time.Now()
	c := store.Command{
		ID: store.NewID(), GuildID: e.Guild, Actor: store.Person{ID: e.User}, Verb: verb, Target: target,
		Data: json.RawMessage("{}"), IssuedAt: now, ExpiresAt: now.Add(e.Wait),
	}
	if c.GuildID == "" {
		c.GuildID = madeUp
	}
	if verb == store.VerbGiveawayEdit {
		form := store.NewGiveawayForm(now)
		form.Prize, form.ChannelID = "guildboard doctor", madeUp
		c.Data, _ = json.Marshal(form) // it always can be written
	}
	return c
}

// ask sends everything harmless at once.
func (e *botTalk) ask(ctx context.Context) error {
	var err error
	send := func(c store.Command) *entry {
		var sent *entry
		if err == nil {
			sent, err = e.send(ctx, c)
		}
		return sent
	}
	raw := func(command string, values ...string) *entry {
		var sent *entry
		if err == nil {
			sent, err = e.sendRaw(ctx, command, e.Key.SignCommand(values)...)
		}
		return sent
	}
	e.nothing = raw("", "hello", "this is no command")
	id := store.NewID()
	e.unreadable = raw(id, "id", id, "type", string(e.verb()), "guildId", madeUp, "userId", e.User, "target", store.NewID(),
		"data", "{}", "issuedAt", "now", "expiresAt", "soon")
	if err := e.sendUnsigned(ctx); err != nil {
		return err
	}
	late := e.command(e.verb(), store.NewID())
	late.IssuedAt, late.ExpiresAt = late.IssuedAt.Add(-2*time.Minute), late.IssuedAt.Add(-time.Minute)
	e.expired = send(late)
	e.unknown = send(e.command(noSuchVerb, store.NewID()))
	e.missing = map[store.Verb]*entry{}
	for _, v := range store.Verbs {
		if v == e.verb() || v != store.VerbGiveawayCreate && slices.Contains(e.offered, v) {
			e.missing[v] = send(e.command(v, store.NewID()))
		}
	}
	return err
}

// verb is one that the bot should know.
func (e *botTalk) verb() store.Verb {
	for _, v := range []store.Verb{store.VerbGiveawayPause, store.VerbTicketClaim} {
		if slices.Contains(e.offered, v) {
			return v
		}
	}
	for _, v := range store.Verbs {
		if v != store.VerbGiveawayCreate && slices.Contains(e.offered, v) {
			return v
		}
	}
	return store.VerbGiveawayPause
}

// errUsage is what is wrong with how an examination was asked for.
var errUsage = errors.New("cannot examine")

// Check says what is wrong with the settings.
func (b Bot) Check() error {
	switch {
	case (b.Giveaway != "" || b.Ticket != "") && b.Guild == "":
		return fmt.Errorf("%w: --giveaway and --ticket need --guild, the server they are of", errUsage)
	case b.Foreign != "" && b.Foreign != madeUp && b.Guild == "":
		return fmt.Errorf("%w: --foreign-channel needs --guild, a server that the channel is not of", errUsage)
	case b.Act && b.Giveaway == "" && b.Ticket == "":
		return fmt.Errorf("%w: --act needs --giveaway or --ticket to act on", errUsage)
	}
	return nil
}
