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
	"guildboard/store/contract"
)

// BotChecker checks a bot; the doctor plays the dashboard. Its probes are harmless: missing targets, unknown verbs,
// expired commands. Only with Act does it send commands that change something.
type BotChecker struct {
	Client redis.UniversalClient
	Guild  string // guild of the targets; a fake id if empty
	User   string // id of the commands' actor
	Act    bool   // pause and resume Giveaway, claim and unclaim Ticket
	// Row ids in Guild; empty for none.
	Giveaway, Ticket string
	// ForeignChannel is a channel outside Guild; by default a fake id.
	ForeignChannel string
	// Key signs commands; with a key, the bot must sign its answers and ignore commands without a valid signature.
	Key contract.Key

	Wait          time.Duration // time limit of an answer
	HeartbeatWait time.Duration // time limit of the next heartbeat
	ReclaimWait   time.Duration // time limit of reclaiming a crashed worker's command

	eventsChannel string // contract.EventsChannel, except in tests
}

// NewBotChecker returns a BotChecker with the time limits of the contract.
func NewBotChecker(client redis.UniversalClient) BotChecker {
	return BotChecker{
		Client: client, User: fakeID, ForeignChannel: fakeID, Wait: 15 * time.Second,
		HeartbeatWait: contract.HeartbeatInterval + 2*time.Second, ReclaimWait: 45 * time.Second, eventsChannel: contract.EventsChannel,
	}
}

// fakeID is an id that no guild, channel or user has.
const fakeID = "1"

const unknownVerb contract.Verb = "GUILDBOARD_DOCTOR"

// botCheck is the state of a check of a bot.
type botCheck struct {
	BotChecker
	*commandExchange
	*Report
	capabilities []contract.Verb

	unsigned                     []*sentEntry                 // commands without a valid signature, if there is a key
	missingTargets               map[contract.Verb]*sentEntry // one command of each verb, with a missing target
	expired, unknown, unreadable *sentEntry
	nonCommand                   *sentEntry // an entry that is not a command
}

// Check checks every rule and adds the findings to r. It returns ErrRedisUnavailable, or the error of ctx.
func (b BotChecker) Check(ctx context.Context, r *Report) error {
	if err := pingRedis(ctx, b.Client); err != nil {
		return err
	}
	events, err := newEventRecorder(ctx, b.Client, b.eventsChannel)
	if err != nil {
		return err
	}
	defer events.close()
	t, err := newCommandExchange(ctx, b.Client)
	if err != nil {
		return err
	}
	t.key = b.Key
	botHeartbeat, err := readHeartbeat(ctx, b.Client)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	renewed := watchHeartbeat(ctx, b.Client, botHeartbeat, b.HeartbeatWait)

	e := &botCheck{BotChecker: b, commandExchange: t, Report: r, capabilities: r.checkHeartbeat(botHeartbeat).Capabilities}
	if err := e.checkGroup(ctx); err != nil {
		return err
	}
	if err := e.sendProbes(ctx); err != nil {
		return err
	}
	answered, err := e.checkRefusals(ctx)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, bool) error{
		e.checkRepeat, e.checkForeignChannel, e.checkActions(events), e.checkAcknowledgement, e.checkReclaim,
	} {
		if err := step(ctx, answered); err != nil {
			return err
		}
	}
	e.checkAnswerFormat(answered)
	if err := e.checkSignatures(ctx, answered); err != nil {
		return err
	}
	if err := r.checkTrimmed(ctx, b.Client, contract.ResultsStream); err != nil {
		return err
	}
	if err := e.checkRenewal(ctx, botHeartbeat, renewed); err != nil {
		return err
	}
	if err := events.catchUp(ctx); err != nil {
		return err
	}
	r.checkEventEnvelopes(events.messagesOn(b.eventsChannel))
	return nil
}

// checkGroup checks that the bot reads commands in its consumer group.
func (e *botCheck) checkGroup(ctx context.Context) error {
	const rule = "reads " + contract.CommandsStream + " as group " + contract.BotGroup
	if e.commandExchange.group != nil {
		e.pass(rule, "consumers: %d", e.commandExchange.group.Consumers)
		return nil
	}
	message := "the group is missing: XGROUP CREATE " + contract.CommandsStream + " " + contract.BotGroup + " 0 MKSTREAM"
	if listeners, err := countSubscribers(ctx, e.Client, contract.BotCommandsChannel); err != nil {
		return err
	} else if listeners > 0 {
		message += "; a process subscribes to " + contract.BotCommandsChannel + ", which supports no answers"
	}
	e.fail(rule, "%s", message)
	return nil
}

// newCommand returns a command that expires when the doctor stops waiting for its answer.
func (e *botCheck) newCommand(verb contract.Verb, target string) contract.Command {
	now := time.Now()
	c := contract.Command{
		ID: store.NewID(), GuildID: e.Guild, Actor: contract.User{ID: e.User}, Verb: verb, Target: target,
		Data: json.RawMessage("{}"), IssuedAt: now, ExpiresAt: now.Add(e.Wait),
	}
	if c.GuildID == "" {
		c.GuildID = fakeID
	}
	if verb == contract.VerbGiveawayEdit {
		form := contract.NewGiveawayForm(now)
		form.Prize, form.ChannelID = "guildboard doctor", fakeID
		c.Data, _ = contract.EncodePayload(form) // its times always encode
	}
	return c
}

// sendProbes sends all harmless commands.
func (e *botCheck) sendProbes(ctx context.Context) error {
	var err error
	send := func(c contract.Command) *sentEntry {
		var sent *sentEntry
		if err == nil {
			sent, err = e.sendCommand(ctx, c)
		}
		return sent
	}
	raw := func(command string, values ...string) *sentEntry {
		var sent *sentEntry
		if err == nil {
			sent, err = e.sendRaw(ctx, command, e.Key.SignCommand(values)...)
		}
		return sent
	}
	e.nonCommand = raw("", "hello", "this is no command")
	id := store.NewID()
	e.unreadable = raw(id, "id", id, "type", string(e.probeVerb()), "guildId", fakeID, "userId", e.User, "target", store.NewID(),
		"data", "{}", "issuedAt", "now", "expiresAt", "soon")
	if err := e.sendUnsigned(ctx); err != nil {
		return err
	}
	expired := e.newCommand(e.probeVerb(), store.NewID())
	expired.IssuedAt, expired.ExpiresAt = expired.IssuedAt.Add(-2*time.Minute), expired.IssuedAt.Add(-time.Minute)
	e.expired = send(expired)
	e.unknown = send(e.newCommand(unknownVerb, store.NewID()))
	e.missingTargets = map[contract.Verb]*sentEntry{}
	for _, v := range contract.Verbs {
		if v == e.probeVerb() || v != contract.VerbGiveawayCreate && slices.Contains(e.capabilities, v) {
			e.missingTargets[v] = send(e.newCommand(v, store.NewID()))
		}
	}
	return err
}

// probeVerb returns a verb that the bot offers, for probes that need a known one.
func (e *botCheck) probeVerb() contract.Verb {
	for _, v := range []contract.Verb{contract.VerbGiveawayPause, contract.VerbTicketClaim} {
		if slices.Contains(e.capabilities, v) {
			return v
		}
	}
	for _, v := range contract.Verbs {
		if v != contract.VerbGiveawayCreate && slices.Contains(e.capabilities, v) {
			return v
		}
	}
	return contract.VerbGiveawayPause
}

// errInvalidOptions is returned by Validate.
var errInvalidOptions = errors.New("invalid options")

// Validate returns an error if the options are inconsistent.
func (b BotChecker) Validate() error {
	switch {
	case (b.Giveaway != "" || b.Ticket != "") && b.Guild == "":
		return fmt.Errorf("%w: --giveaway and --ticket need --guild, their server", errInvalidOptions)
	case b.ForeignChannel != "" && b.ForeignChannel != fakeID && b.Guild == "":
		return fmt.Errorf("%w: --foreign-channel needs --guild, another server than the channel's", errInvalidOptions)
	case b.Act && b.Giveaway == "" && b.Ticket == "":
		return fmt.Errorf("%w: --act needs --giveaway or --ticket to act on", errInvalidOptions)
	}
	return nil
}
