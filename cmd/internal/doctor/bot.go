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

// BotChecker is an examination of a bot, in which the doctor plays the dashboard. What it asks for is harmless: targets that
// are not there, verbs that do not exist, commands that have expired. Only with Act does it ask for more.
type BotChecker struct {
	Client redis.UniversalClient
	Guild  string // of the targets; a made-up one when empty
	User   string // who asks
	Act    bool   // pause and resume Giveaway, claim and unclaim Ticket
	// Rows of Guild, and empty for none.
	Giveaway, Ticket string
	// ForeignChannel is a channel that is not of Guild; one that cannot be, unless it is set.
	ForeignChannel string
	// Key signs commands; with a key, the bot must sign its answers and ignore commands without a valid signature.
	Key store.ContractKey

	Wait          time.Duration // for an answer
	HeartbeatWait time.Duration // for the next heartbeat
	ReclaimWait   time.Duration // until what a crashed worker left is taken over

	eventsChannel string // EventsChannel, but in tests
}

// NewBotChecker is an examination with the times that the contract gives a bot.
func NewBotChecker(client redis.UniversalClient) BotChecker {
	return BotChecker{
		Client: client, User: fakeID, ForeignChannel: fakeID, Wait: 15 * time.Second, HeartbeatWait: store.HeartbeatInterval + 2*time.Second,
		ReclaimWait: 45 * time.Second, eventsChannel: store.EventsChannel,
	}
}

// fakeID is the id of a guild, of a channel and of a person that cannot be.
const fakeID = "1"

const unknownVerb store.Verb = "GUILDBOARD_DOCTOR"

// botCheck is an examination under way.
type botCheck struct {
	BotChecker
	*commandExchange
	*Report
	capabilities []store.Verb

	unsigned                     []*sentEntry              // commands without a valid signature, if there is a key
	missingTargets               map[store.Verb]*sentEntry // one of each verb, of a target that is not there
	expired, unknown, unreadable *sentEntry
	nonCommand                   *sentEntry // no command at all
}

// Check tries every rule. The error says that Redis does not answer, or that ctx has ended.
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
	beat, err := readHeartbeat(ctx, b.Client)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	renewed := watchHeartbeat(ctx, b.Client, beat, b.HeartbeatWait)

	e := &botCheck{BotChecker: b, commandExchange: t, Report: r, capabilities: r.checkHeartbeat(beat).Capabilities}
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
	for _, step := range []func(context.Context, bool) error{e.checkRepeat, e.checkForeignChannel, e.checkActions(events), e.checkAcknowledgement, e.checkReclaim} {
		if err := step(ctx, answered); err != nil {
			return err
		}
	}
	e.checkAnswerFormat(answered)
	if err := e.checkSignatures(ctx, answered); err != nil {
		return err
	}
	if err := r.checkTrimmed(ctx, b.Client, store.ResultsStream); err != nil {
		return err
	}
	if err := e.checkRenewal(ctx, beat, renewed); err != nil {
		return err
	}
	if err := events.catchUp(ctx); err != nil {
		return err
	}
	r.checkEventEnvelopes(events.messagesOn(b.eventsChannel))
	return nil
}

// checkGroup is the rule of who reads.
func (e *botCheck) checkGroup(ctx context.Context) error {
	const rule = "reads " + store.CommandsStream + " as group " + store.BotGroup
	if e.commandExchange.group != nil {
		e.pass(rule, "consumers: %d", e.commandExchange.group.Consumers)
		return nil
	}
	message := "there is no such group: XGROUP CREATE " + store.CommandsStream + " " + store.BotGroup + " 0 MKSTREAM"
	if listeners, err := countSubscribers(ctx, e.Client, store.BotCommandsChannel); err != nil {
		return err
	} else if listeners > 0 {
		message += "; somebody listens to " + store.BotCommandsChannel + ", which knows no answers"
	}
	e.fail(rule, "%s", message)
	return nil
}

// newCommand is one that lapses when nobody looks any more.
func (e *botCheck) newCommand(verb store.Verb, target string) store.Command {
	now := time.Now()
	c := store.Command{
		ID: store.NewID(), GuildID: e.Guild, Actor: store.User{ID: e.User}, Verb: verb, Target: target,
		Data: json.RawMessage("{}"), IssuedAt: now, ExpiresAt: now.Add(e.Wait),
	}
	if c.GuildID == "" {
		c.GuildID = fakeID
	}
	if verb == store.VerbGiveawayEdit {
		form := store.NewGiveawayForm(now)
		form.Prize, form.ChannelID = "guildboard doctor", fakeID
		c.Data, _ = json.Marshal(form) // it always can be written
	}
	return c
}

// sendProbes sends everything harmless at once.
func (e *botCheck) sendProbes(ctx context.Context) error {
	var err error
	send := func(c store.Command) *sentEntry {
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
	e.missingTargets = map[store.Verb]*sentEntry{}
	for _, v := range store.Verbs {
		if v == e.probeVerb() || v != store.VerbGiveawayCreate && slices.Contains(e.capabilities, v) {
			e.missingTargets[v] = send(e.newCommand(v, store.NewID()))
		}
	}
	return err
}

// probeVerb is one that the bot should know.
func (e *botCheck) probeVerb() store.Verb {
	for _, v := range []store.Verb{store.VerbGiveawayPause, store.VerbTicketClaim} {
		if slices.Contains(e.capabilities, v) {
			return v
		}
	}
	for _, v := range store.Verbs {
		if v != store.VerbGiveawayCreate && slices.Contains(e.capabilities, v) {
			return v
		}
	}
	return store.VerbGiveawayPause
}

// errInvalidOptions is what is wrong with how an examination was asked for.
var errInvalidOptions = errors.New("cannot examine")

// Validate says what is wrong with the settings.
func (b BotChecker) Validate() error {
	switch {
	case (b.Giveaway != "" || b.Ticket != "") && b.Guild == "":
		return fmt.Errorf("%w: --giveaway and --ticket need --guild, the server they are of", errInvalidOptions)
	case b.ForeignChannel != "" && b.ForeignChannel != fakeID && b.Guild == "":
		return fmt.Errorf("%w: --foreign-channel needs --guild, a server that the channel is not of", errInvalidOptions)
	case b.Act && b.Giveaway == "" && b.Ticket == "":
		return fmt.Errorf("%w: --act needs --giveaway or --ticket to act on", errInvalidOptions)
	}
	return nil
}
