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
	"guildboard/store/storetest"
)

// flaw is what a bot does wrong.
type flaw int

const (
	none flaw = iota
	noBeat
	beatsForEver
	beatsNonsense
	beatsOnce
	otherGroup
	deaf
	doesWhatExpired
	doesWhatIsNoVerb
	doesWhatItCannotRead
	doesWhatIsNotThere
	forgetful
	secondsInAnswers
	ownStatus
	noMessage
	speaksAfterTheEnd
	acknowledgesFirst
	neverAcknowledges
	chokes
	leavesWhatOthersLeft
	secondsInEvents
	numberForGuild
	noJSON
	doesForeign
	doesTwice
	doesNotTell
	cannotUndo
	postsAnywhere
	signsNothing
	answersUnsigned
	leavesUnsigned
)

// miniBot is the smallest bot that keeps the contract, but for its flaw. It has one giveaway and one ticket.
type miniBot struct {
	client  redis.UniversalClient
	channel string // of its events
	key     store.ContractKey
	guild   string
	flaw    flaw
	hold    func(context.Context)      // waits until it may answer; nil for at once
	looks   func(context.Context, int) // waits until the doctor has begun to look so many times more

	mu      sync.Mutex
	first   map[string]store.Answer
	changed map[string]bool // what is paused or claimed
	slow    sync.Once
	asked   []store.Command
}

const (
	theGiveaway = "cgiveaway0000000000000000"
	theTicket   = "cticket000000000000000000"
)

// beatEvery is short, for tests that wait for a heartbeat.
const beatEvery = 100 * time.Millisecond

// patch is a Redis with a bot on it, and a channel for its events.
type patch struct {
	client  redis.UniversalClient
	key     store.ContractKey
	server  *miniredis.Miniredis // nil on a real Redis
	channel string
	hold    func(context.Context) // see miniBot
}

// newPatch is a Redis whose keys expire, which an embedded one's do not by themselves.
func newPatch(t *testing.T) patch {
	t.Helper()
	p := patch{channel: "test:" + store.NewID()}
	if os.Getenv("REDIS_URL") != "" {
		p.client = storetest.Redis(t)
		return p
	}
	p.server = storetest.RedisServer(t)
	client := redis.NewClient(&redis.Options{Addr: p.server.Addr()})
	t.Cleanup(func() { client.Close() })
	p.client = client
	runs(t, func(ctx context.Context) {
		tick := time.NewTicker(beatEvery / 10)
		defer tick.Stop()
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-tick.C:
				p.server.FastForward(beatEvery / 10)
			}
		}
	})
	return p
}

// runs has run go on until the end of the test.
func runs(t *testing.T, run func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { run(ctx) })
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// start has a bot with the flaw live on the Redis, until the end of the test.
func (p patch) start(t *testing.T, f flaw, looks func(context.Context, int)) *miniBot {
	t.Helper()
	b := &miniBot{
		client: p.client, channel: p.channel, key: p.key, guild: "100000000000000001", flaw: f, looks: looks, hold: p.hold,
		first: map[string]store.Answer{}, changed: map[string]bool{},
	}
	group := &store.Group{
		Client: b.client, Stream: store.CommandsStream, Name: store.BotGroup, Member: store.NewID(),
		Idle: time.Second, MaxBlock: 20 * time.Millisecond,
	}
	if f == otherGroup {
		group.Name = "mine"
	}
	_, err := group.Read(t.Context(), 1) // makes the group
	check(t, err)
	check(t, b.beat(t.Context()))
	runs(t, func(ctx context.Context) {
		if f == beatsOnce {
			return
		}
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-tick.C:
				b.must(ctx, t, b.beat(ctx))
			}
		}
	})
	runs(t, func(ctx context.Context) {
		for ctx.Err() == nil {
			entries, err := group.Read(ctx, 10)
			b.must(ctx, t, err)
			if f != leavesWhatOthersLeft {
				left, err := group.Claim(ctx, 10)
				b.must(ctx, t, err)
				entries = append(left, entries...)
			}
			for _, entry := range entries {
				b.must(ctx, t, b.take(ctx, group, entry))
			}
		}
	})
	return b
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must is check while the bot lives.
func (b *miniBot) must(ctx context.Context, t *testing.T, err error) {
	if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		t.Errorf("the bot: %v", err)
	}
}

// wasAsked are the commands so far.
func (b *miniBot) wasAsked() []store.Command {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

func (b *miniBot) beat(ctx context.Context) error {
	h := store.Heartbeat{Version: "mini", Capabilities: store.Verbs, Guilds: 1}
	switch b.flaw {
	case noBeat:
		return nil
	case beatsForEver:
		text, _ := json.Marshal(h)
		return b.client.Set(ctx, store.BotAliveKey, text, 0).Err()
	case beatsNonsense:
		return b.client.Set(ctx, store.BotAliveKey, `{"version":1,"guilds":[]}`, store.BeatHolds).Err()
	}
	return h.Beat(ctx, b.client)
}

// take carries out an entry of the stream.
func (b *miniBot) take(ctx context.Context, group *store.Group, entry redis.XMessage) error {
	if b.flaw == deaf {
		return nil
	}
	if !b.key.VerifyCommand(entry.Values) && b.flaw != answersUnsigned {
		if b.flaw == leavesUnsigned {
			return nil
		}
		return group.Done(ctx, entry.ID)
	}
	c, err := store.DecodeCommand(entry.Values)
	if c.ID == "" {
		if b.flaw == chokes {
			return nil
		}
		return group.Done(ctx, entry.ID)
	}
	if b.flaw == acknowledgesFirst {
		if err := group.Done(ctx, entry.ID); err != nil {
			return err
		}
		b.slow.Do(func() { b.looks(ctx, 2) })
	}
	if err := b.tellSomething(ctx); err != nil {
		return err
	}
	if b.hold != nil {
		b.hold(ctx)
	}
	if err := b.answer(ctx, b.carryOut(ctx, c, err)); err != nil || b.flaw == neverAcknowledges {
		return err
	}
	return group.Done(ctx, entry.ID)
}

// carryOut is the answer to a command.
func (b *miniBot) carryOut(ctx context.Context, c store.Command, unreadable error) store.Answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, c)
	if first, known := b.first[c.ID]; known && b.flaw != forgetful && (b.flaw != doesTwice || first.Status != store.CommandDone) {
		return first
	}
	a := store.Answer{ID: c.ID, Status: store.CommandDone, At: time.Now()}
	refuse := func(code string) store.Answer {
		a.Status, a.Code, a.Message = store.CommandRefused, code, "It is "+code+"."
		return a
	}
	switch {
	case unreadable != nil && b.flaw == doesWhatItCannotRead:
	case unreadable != nil:
		a = refuse(store.CodeUnknown)
	case c.ExpiresAt.Before(time.Now()) && b.flaw != doesWhatExpired:
		a = refuse(store.CodeExpired)
	case c.Verb == noSuchVerb && b.flaw == doesWhatIsNoVerb:
	case c.Verb == noSuchVerb:
		a = refuse(store.CodeUnknown)
	default:
		if code := b.change(ctx, c); code != "" && (code != store.CodeGone || b.flaw != doesWhatIsNotThere) {
			a = refuse(code)
		}
	}
	b.first[c.ID] = a
	return a
}

// change does what the command asks for, or says why not.
func (b *miniBot) change(ctx context.Context, c store.Command) string {
	if c.Verb == store.VerbGiveawayCreate && c.GuildID == b.guild { // nobody asks it for one in a channel of its guild
		if b.flaw == postsAnywhere {
			return ""
		}
		return store.CodeForm
	}
	if c.Target != theGiveaway && c.Target != theTicket || c.GuildID != b.guild && b.flaw != doesForeign {
		return store.CodeGone
	}
	to := c.Verb == store.VerbGiveawayPause || c.Verb == store.VerbTicketClaim
	if b.changed[c.Target] == to || !to && b.flaw == cannotUndo {
		return store.CodeState
	}
	if c.GuildID == b.guild { // else it is a lie
		b.changed[c.Target] = to
	}
	if b.flaw == doesNotTell {
		return ""
	}
	kind := store.GiveawayUpdateEvent
	if c.Target == theTicket {
		kind = store.TicketClaimEvent
	}
	_ = b.publish(ctx, fmt.Sprintf(`{"type":%q,"guildId":%q,"timestamp":%d}`, kind, c.GuildID, time.Now().UnixMilli()))
	return ""
}

// answer writes an answer.
func (b *miniBot) answer(ctx context.Context, a store.Answer) error {
	at := strconv.FormatInt(a.At.UnixMilli(), 10)
	if b.flaw == secondsInAnswers {
		at = strconv.FormatInt(a.At.Unix(), 10)
	}
	write := func(status store.CommandStatus, code, message string) error {
		values := []string{"id", a.ID, "status", string(status), "code", code, "at", at}
		if b.flaw != noMessage {
			values = append(values, "message", message)
		}
		if b.flaw != signsNothing {
			values = b.key.SignResult(values)
		}
		return b.client.XAdd(ctx, &redis.XAddArgs{Stream: store.ResultsStream, Values: values}).Err()
	}
	begun := store.CommandAccepted
	if b.flaw == ownStatus {
		begun = "working"
	}
	if err := write(begun, "", ""); err != nil {
		return err
	}
	if err := write(a.Status, a.Code, a.Message); err != nil || b.flaw != speaksAfterTheEnd {
		return err
	}
	return write(store.CommandAccepted, "", "")
}

// tellSomething publishes an event that has nothing to do with anything.
func (b *miniBot) tellSomething(ctx context.Context) error {
	now := time.Now().UnixMilli()
	text := `{"type":"MEMBER_JOIN","guildId":"%s","timestamp":%d,"data":{},"id":"4f0c1d7e-6f1e-4e0f-9a51-0d8f6f6a3c11","userId":"7"}`
	switch b.flaw {
	case secondsInEvents:
		now /= 1000
	case numberForGuild:
		text = `{"type":"MEMBER_JOIN","guildId":%s,"timestamp":%d}`
	case noJSON:
		text = "MEMBER_JOIN %s %d"
	}
	return b.publish(ctx, fmt.Sprintf(text, b.guild, now))
}

func (b *miniBot) publish(ctx context.Context, text string) error {
	return b.client.Publish(ctx, b.channel, text).Err()
}

// watched counts how often a client begins to look at commands.
type watched struct {
	mu    sync.Mutex
	more  *sync.Cond
	count int
}

func watch(client redis.UniversalClient) *watched {
	w := &watched{}
	w.more = sync.NewCond(&w.mu)
	client.AddHook(w)
	return w
}

// wait waits for n more looks, or the end of ctx.
func (w *watched) wait(ctx context.Context, n int) {
	defer context.AfterFunc(ctx, func() {
		w.mu.Lock() // or who has just looked at ctx would not hear of it
		defer w.mu.Unlock()
		w.more.Broadcast()
	})()
	w.mu.Lock()
	defer w.mu.Unlock()
	for until := w.count + n; w.count < until && ctx.Err() == nil; {
		w.more.Wait()
	}
}

func (w *watched) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w *watched) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (w *watched) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "xinfo" {
			w.mu.Lock()
			w.count++
			w.mu.Unlock()
			w.more.Broadcast()
		}
		return next(ctx, cmd)
	}
}
