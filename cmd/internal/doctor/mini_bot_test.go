package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// botFault is a violation of the contract by a bot.
type botFault int

const (
	noBotFault botFault = iota
	sendsNoHeartbeat
	heartbeatNeverExpires
	heartbeatMalformed
	heartbeatNotRenewed
	wrongConsumerGroup
	ignoresCommands
	executesExpired
	executesUnknownVerb
	executesUnreadable
	executesMissingTarget
	forgetsCommandIDs
	answersInSeconds
	unknownStatus
	omitsMessage
	acceptsAfterFinal
	acknowledgesBeforeAnswer
	neverAcknowledges
	blocksOnNonCommand
	neverReclaims
	eventsInSeconds
	numericGuildID
	eventsNotJSON
	executesForeignTarget
	executesTwice
	publishesNoEvent
	refusesUndo
	acceptsForeignChannel
	signsNoAnswers
	answersUnsignedCommands
	leavesUnsignedPending
)

// miniBot is a minimal bot that keeps the contract, except for its fault. It has one giveaway and one ticket.
type miniBot struct {
	client       redis.UniversalClient
	channel      string // channel of its events
	key          contract.Key
	guild        string
	fault        botFault
	beforeAnswer func(context.Context)      // blocks until the bot may answer; nil to answer at once
	waitForPolls func(context.Context, int) // waits for a number of further polls by the doctor

	mu        sync.Mutex
	answers   map[string]contract.CommandResult
	changed   map[string]bool // ids of paused or claimed targets
	delayOnce sync.Once
	received  []contract.Command
}

const (
	testGiveaway = "cgiveaway0000000000000000"
	testTicket   = "cticket000000000000000000"
)

// testHeartbeatInterval is short, for tests that wait for a heartbeat.
const testHeartbeatInterval = 100 * time.Millisecond

// testRedis is a Redis with a bot, and a channel for its events.
type testRedis struct {
	client       redis.UniversalClient
	key          contract.Key
	server       *miniredis.Miniredis // nil on a real Redis
	channel      string
	beforeAnswer func(context.Context) // see miniBot
}

// newTestRedis returns a Redis whose clock advances, so that keys expire.
func newTestRedis(t *testing.T) testRedis {
	t.Helper()
	p := testRedis{channel: "test:" + store.NewID()}
	if os.Getenv("REDIS_URL") != "" {
		p.client = storetest.Redis(t)
		return p
	}
	p.server = storetest.RedisServer(t)
	client := redis.NewClient(&redis.Options{Addr: p.server.Addr()})
	t.Cleanup(func() { client.Close() })
	p.client = client
	runUntilTestEnd(t, func(ctx context.Context) {
		tick := time.NewTicker(testHeartbeatInterval / 10)
		defer tick.Stop()
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-tick.C:
				p.server.FastForward(testHeartbeatInterval / 10)
			}
		}
	})
	return p
}

// runUntilTestEnd runs a function until the end of the test.
func runUntilTestEnd(t *testing.T, run func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { run(ctx) })
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// startBot runs a bot with the fault until the end of the test.
func (p testRedis) startBot(t *testing.T, f botFault, waitForPolls func(context.Context, int)) *miniBot {
	t.Helper()
	b := &miniBot{
		client: p.client, channel: p.channel, key: p.key, guild: "100000000000000001", fault: f,
		waitForPolls: waitForPolls, beforeAnswer: p.beforeAnswer,
		answers: map[string]contract.CommandResult{}, changed: map[string]bool{},
	}
	group := &store.ConsumerGroup{
		Client: b.client, Stream: contract.CommandsStream, Name: contract.BotGroup, Consumer: store.NewID(),
		MinIdle: time.Second, MaxBlock: 20 * time.Millisecond,
	}
	if f == wrongConsumerGroup {
		group.Name = "mine"
	}
	_, err := group.Read(t.Context(), 1) // creates the group
	must(t, err)
	must(t, b.sendHeartbeat(t.Context()))
	runUntilTestEnd(t, func(ctx context.Context) {
		if f == heartbeatNotRenewed {
			return
		}
		tick := time.NewTicker(testHeartbeatInterval)
		defer tick.Stop()
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-tick.C:
				b.reportError(ctx, t, b.sendHeartbeat(ctx))
			}
		}
	})
	runUntilTestEnd(t, func(ctx context.Context) {
		for ctx.Err() == nil {
			entries, err := group.Read(ctx, 10)
			b.reportError(ctx, t, err)
			if f != neverReclaims {
				reclaimed, err := group.Claim(ctx, 10)
				b.reportError(ctx, t, err)
				entries = append(reclaimed, entries...)
			}
			for _, entry := range entries {
				b.reportError(ctx, t, b.handleEntry(ctx, group, entry))
			}
		}
	})
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reportError fails the test on an error, while the bot runs.
func (b *miniBot) reportError(ctx context.Context, t *testing.T, err error) {
	if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		t.Errorf("run bot: %v", err)
	}
}

// receivedCommands returns the commands so far.
func (b *miniBot) receivedCommands() []contract.Command {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.received)
}

func (b *miniBot) sendHeartbeat(ctx context.Context) error {
	h := contract.Heartbeat{Version: "mini", Capabilities: contract.Verbs, GuildCount: 1}
	switch b.fault {
	case sendsNoHeartbeat:
		return nil
	case heartbeatNeverExpires:
		text, _ := json.Marshal(h)
		return b.client.Set(ctx, contract.BotAliveKey, text, 0).Err()
	case heartbeatMalformed:
		return b.client.Set(ctx, contract.BotAliveKey, `{"version":1,"guilds":[]}`, contract.HeartbeatTTL).Err()
	}
	return h.Send(ctx, b.client)
}

// handleEntry processes an entry of the stream.
func (b *miniBot) handleEntry(ctx context.Context, group *store.ConsumerGroup, entry redis.XMessage) error {
	if b.fault == ignoresCommands {
		return nil
	}
	if !b.key.VerifyCommand(entry.Values) && b.fault != answersUnsignedCommands {
		if b.fault == leavesUnsignedPending {
			return nil
		}
		return group.Acknowledge(ctx, entry.ID)
	}
	c, err := contract.DecodeCommand(entry.Values)
	if c.ID == "" {
		if b.fault == blocksOnNonCommand {
			return nil
		}
		return group.Acknowledge(ctx, entry.ID)
	}
	if b.fault == acknowledgesBeforeAnswer {
		if err := group.Acknowledge(ctx, entry.ID); err != nil {
			return err
		}
		b.delayOnce.Do(func() { b.waitForPolls(ctx, 2) })
	}
	if err := b.publishUnrelatedEvent(ctx); err != nil {
		return err
	}
	if b.beforeAnswer != nil {
		b.beforeAnswer(ctx)
	}
	if err := b.answer(ctx, b.execute(ctx, c, err)); err != nil || b.fault == neverAcknowledges {
		return err
	}
	return group.Acknowledge(ctx, entry.ID)
}

// execute returns the answer to a command.
func (b *miniBot) execute(ctx context.Context, c contract.Command, unreadable error) contract.CommandResult {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.received = append(b.received, c)
	if first, isRepeat := b.answers[c.ID]; isRepeat && b.fault != forgetsCommandIDs &&
		(b.fault != executesTwice || first.Status != contract.CommandDone) {
		return first
	}
	a := contract.CommandResult{ID: c.ID, Status: contract.CommandDone, At: time.Now()}
	refuse := func(code string) contract.CommandResult {
		a.Status, a.Code, a.Message = contract.CommandRefused, code, "It is "+code+"."
		return a
	}
	switch {
	case unreadable != nil && b.fault == executesUnreadable:
	case unreadable != nil:
		a = refuse(contract.RefusalUnknownCommand)
	case c.ExpiresAt.Before(time.Now()) && b.fault != executesExpired:
		a = refuse(contract.RefusalExpired)
	case c.Verb == unknownVerb && b.fault == executesUnknownVerb:
	case c.Verb == unknownVerb:
		a = refuse(contract.RefusalUnknownCommand)
	default:
		if code := b.applyChange(ctx, c); code != "" && (code != contract.RefusalNotFound || b.fault != executesMissingTarget) {
			a = refuse(code)
		}
	}
	b.answers[c.ID] = a
	return a
}

// applyChange executes the command, or returns a refusal.
func (b *miniBot) applyChange(ctx context.Context, c contract.Command) string {
	if c.Verb == contract.VerbGiveawayCreate && c.GuildID == b.guild { // the doctor uses only foreign channels
		if b.fault == acceptsForeignChannel {
			return ""
		}
		return contract.RefusalInvalidForm
	}
	if c.Target != testGiveaway && c.Target != testTicket || c.GuildID != b.guild && b.fault != executesForeignTarget {
		return contract.RefusalNotFound
	}
	changed := c.Verb == contract.VerbGiveawayPause || c.Verb == contract.VerbTicketClaim
	if b.changed[c.Target] == changed || !changed && b.fault == refusesUndo {
		return contract.RefusalWrongState
	}
	if c.GuildID == b.guild { // otherwise the bot only claims to have executed it
		b.changed[c.Target] = changed
	}
	if b.fault == publishesNoEvent {
		return ""
	}
	kind := contract.GiveawayUpdateEvent
	if c.Target == testTicket {
		kind = contract.TicketClaimEvent
	}
	_ = b.publish(ctx, fmt.Sprintf(`{"type":%q,"guildId":%q,"timestamp":%d}`, kind, c.GuildID, time.Now().UnixMilli()))
	return ""
}

// answer adds an answer to the stream of results.
func (b *miniBot) answer(ctx context.Context, a contract.CommandResult) error {
	at := strconv.FormatInt(a.At.UnixMilli(), 10)
	if b.fault == answersInSeconds {
		at = strconv.FormatInt(a.At.Unix(), 10)
	}
	write := func(status contract.CommandStatus, code, message string) error {
		values := []string{"id", a.ID, "status", string(status), "code", code, "at", at}
		if b.fault != omitsMessage {
			values = append(values, "message", message)
		}
		if b.fault != signsNoAnswers {
			values = b.key.SignResult(values)
		}
		return b.client.XAdd(ctx, &redis.XAddArgs{Stream: contract.ResultsStream, Values: values}).Err()
	}
	accepted := contract.CommandAccepted
	if b.fault == unknownStatus {
		accepted = "working"
	}
	if err := write(accepted, "", ""); err != nil {
		return err
	}
	if err := write(a.Status, a.Code, a.Message); err != nil || b.fault != acceptsAfterFinal {
		return err
	}
	return write(contract.CommandAccepted, "", "")
}

// publishUnrelatedEvent publishes an event of another type.
func (b *miniBot) publishUnrelatedEvent(ctx context.Context) error {
	now := time.Now().UnixMilli()
	text := `{"type":"MEMBER_JOIN","guildId":"%s","timestamp":%d,"data":{},"id":"4f0c1d7e-6f1e-4e0f-9a51-0d8f6f6a3c11","userId":"7"}`
	switch b.fault {
	case eventsInSeconds:
		now /= 1000
	case numericGuildID:
		text = `{"type":"MEMBER_JOIN","guildId":%s,"timestamp":%d}`
	case eventsNotJSON:
		text = "MEMBER_JOIN %s %d"
	}
	return b.publish(ctx, fmt.Sprintf(text, b.guild, now))
}

func (b *miniBot) publish(ctx context.Context, text string) error {
	return b.client.Publish(ctx, b.channel, text).Err()
}

// pollCounter counts a client's polls of the commands.
type pollCounter struct {
	mu      sync.Mutex
	changed *sync.Cond
	count   int
}

func countPolls(client redis.UniversalClient) *pollCounter {
	w := &pollCounter{}
	w.changed = sync.NewCond(&w.mu)
	client.AddHook(w)
	return w
}

// wait waits for n further polls or the end of ctx.
func (w *pollCounter) wait(ctx context.Context, n int) {
	defer context.AfterFunc(ctx, func() {
		w.mu.Lock() // otherwise a waiter between its check of ctx and Wait would miss the broadcast
		defer w.mu.Unlock()
		w.changed.Broadcast()
	})()
	w.mu.Lock()
	defer w.mu.Unlock()
	for until := w.count + n; w.count < until && ctx.Err() == nil; {
		w.changed.Wait()
	}
}

func (w *pollCounter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w *pollCounter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (w *pollCounter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "xinfo" {
			w.mu.Lock()
			w.count++
			w.mu.Unlock()
			w.changed.Broadcast()
		}
		return next(ctx, cmd)
	}
}
