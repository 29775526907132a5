package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"guildboard/store"
	"guildboard/store/contract"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis logs every failed connection of tests without a Redis
	os.Exit(m.Run())
}

// longWait is only reached by a bot that never reacts; shortWait is for tests of such bots.
const (
	longWait  = 2 * time.Minute
	shortWait = 5 * time.Second
)

// newBotChecker returns a checker of the bot, with its own connection.
func (p testRedis) newBotChecker(t *testing.T) (BotChecker, *pollCounter) {
	t.Helper()
	o := p.client.(*redis.Client).Options()
	client := redis.NewClient(&redis.Options{Addr: o.Addr, Username: o.Username, Password: o.Password, DB: o.DB})
	t.Cleanup(func() { client.Close() })
	b := NewBotChecker(client)
	b.Key = p.key
	b.Wait, b.HeartbeatWait, b.ReclaimWait, b.eventsChannel = longWait, longWait, longWait, p.channel
	return b, countPolls(client)
}

// checkBot returns the findings of the doctor.
func checkBot(t *testing.T, b BotChecker) *Report {
	t.Helper()
	r := &Report{Out: t.Output()}
	must(t, b.Check(t.Context(), r))
	return r
}

// rules returns the rules with the verdict.
func (r *Report) rules(v Verdict) []string {
	var found []string
	for _, f := range r.Findings {
		if f.Verdict == v {
			found = append(found, f.Rule)
		}
	}
	return found
}

// wantRules checks that exactly these rules have the verdict.
func (r *Report) wantRules(t *testing.T, v Verdict, rules ...string) {
	t.Helper()
	if got := r.rules(v); !slices.Equal(got, rules) {
		t.Errorf("rules with verdict %s = %q, want %q", v, got, rules)
	}
}

func TestBotCheckPassesCorrectBot(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	b, polls := p.newBotChecker(t)
	bot := p.startBot(t, noBotFault, polls.wait)
	r := checkBot(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "refuses a channel of another server") // needs an existing guild
	must(t, r.Err())
	for _, c := range bot.receivedCommands() {
		if c.GuildID != fakeID || c.Target == testGiveaway || c.Target == testTicket {
			t.Errorf("command = %+v, want a harmless one", c)
		}
	}
	groups, err := p.client.XInfoConsumers(t.Context(), contract.CommandsStream, contract.BotGroup).Result()
	must(t, err)
	if len(groups) != 1 {
		t.Errorf("consumer groups = %+v, want only the bot's", groups)
	}
}

func TestBotCheckFailsBrokenRule(t *testing.T) {
	t.Parallel()
	for f, want := range map[botFault]string{
		sendsNoHeartbeat:         "sets bot:alive",
		heartbeatNeverExpires:    "heartbeat expires",
		heartbeatMalformed:       "heartbeat is valid",
		heartbeatNotRenewed:      "heartbeat is renewed every 10 s",
		wrongConsumerGroup:       "reads bot:commands as group bot",
		ignoresCommands:          "answers in bot:results",
		executesExpired:          "refuses expired commands",
		executesUnknownVerb:      "refuses unknown verbs",
		executesUnreadable:       "refuses malformed commands",
		executesMissingTarget:    "refuses missing targets",
		forgetsCommandIDs:        "answers a repeated id with the first answer",
		answersInSeconds:         "writes valid answers",
		unknownStatus:            "writes valid answers",
		omitsMessage:             "writes valid answers",
		acceptsAfterFinal:        "writes valid answers",
		acknowledgesBeforeAnswer: "acknowledges only after the answer",
		neverAcknowledges:        "acknowledges answered commands",
		blocksOnNonCommand:       "ignores entries that are not commands",
		neverReclaims:            "reclaims entries of a crashed worker",
		eventsInSeconds:          "publishes valid events",
		numericGuildID:           "publishes valid events",
		eventsNotJSON:            "publishes valid events",
	} {
		t.Run(fmt.Sprint(f, " ", want), func(t *testing.T) {
			t.Parallel()
			p := newTestRedis(t)
			b, polls := p.newBotChecker(t)
			switch f {
			case heartbeatNotRenewed:
				b.HeartbeatWait = shortWait
			case ignoresCommands, neverAcknowledges, blocksOnNonCommand:
				b.Wait = shortWait
			case neverReclaims:
				b.ReclaimWait = shortWait
			}
			p.startBot(t, f, polls.wait)
			r := checkBot(t, b)
			r.wantRules(t, Fail, want)
			if r.Err() == nil {
				t.Error("Err() = nil, want an error")
			}
		})
	}
}

func TestBotCheckFailsUntrimmedStream(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	pipe := p.client.Pipeline()
	for range maxStreamLength + 1 {
		pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: contract.ResultsStream, Values: []any{"id", "1"}})
	}
	_, err := pipe.Exec(t.Context())
	must(t, err)
	b, polls := p.newBotChecker(t)
	p.startBot(t, noBotFault, polls.wait)
	checkBot(t, b).wantRules(t, Fail, "trims bot:results")
}

func TestBotCheckChangesTargetsOnlyWithAct(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	b, polls := p.newBotChecker(t)
	bot := p.startBot(t, noBotFault, polls.wait)
	b.Guild, b.Giveaway, b.Ticket = bot.guild, testGiveaway, testTicket
	r := checkBot(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "executes GIVEAWAY_PAUSE", "executes TICKET_CLAIM")
	for _, c := range bot.receivedCommands() {
		if c.Target == testGiveaway || c.Target == testTicket {
			t.Errorf("command %s of the target, want none", c.Verb)
		}
	}

	b.Act = true
	r = checkBot(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip)
	for _, rule := range []string{
		"refuses another guild's giveaway", "executes GIVEAWAY_PAUSE", "executes GIVEAWAY_PAUSE once",
		"executes GIVEAWAY_RESUME", "publishes changes of the giveaway on discord_events",
		"refuses another guild's ticket", "executes TICKET_CLAIM", "executes TICKET_CLAIM once",
		"executes TICKET_UNCLAIM", "publishes changes of the ticket on discord_events",
	} {
		if !slices.Contains(r.rules(Pass), rule) {
			t.Errorf("rule %q did not pass", rule)
		}
	}
	bot.mu.Lock()
	defer bot.mu.Unlock()
	if bot.changed[testGiveaway] || bot.changed[testTicket] {
		t.Errorf("targets with unreverted changes = %v, want none", bot.changed)
	}
}

func TestBotCheckFailsBrokenActionRule(t *testing.T) {
	t.Parallel()
	for f, want := range map[botFault]string{
		executesForeignTarget: "refuses another guild's giveaway",
		executesTwice:         "executes GIVEAWAY_PAUSE once",
		refusesUndo:           "executes GIVEAWAY_RESUME",
		publishesNoEvent:      "publishes changes of the giveaway on discord_events",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := newTestRedis(t)
			b, polls := p.newBotChecker(t)
			bot := p.startBot(t, f, polls.wait)
			b.Guild, b.Giveaway, b.Act = bot.guild, testGiveaway, true
			checkBot(t, b).wantRules(t, Fail, want)
		})
	}
}

func TestBotCheckForeignChannel(t *testing.T) {
	t.Parallel()
	const rule = "refuses a channel of another server"
	p := newTestRedis(t)
	b, polls := p.newBotChecker(t)
	b.Guild, b.ForeignChannel = p.startBot(t, acceptsForeignChannel, polls.wait).guild, "410000000000000001"
	checkBot(t, b).wantRules(t, Fail, rule)

	p = newTestRedis(t)
	b, polls = p.newBotChecker(t)
	bot := p.startBot(t, noBotFault, polls.wait)
	b.Guild, b.ForeignChannel = bot.guild, "410000000000000001"
	r := checkBot(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip)
	if !slices.Contains(r.rules(Pass), rule) {
		t.Errorf("rule %q did not pass", rule)
	}
	received := bot.receivedCommands()
	if !slices.ContainsFunc(received, func(c contract.Command) bool {
		return c.Verb == contract.VerbGiveawayCreate && c.GuildID == bot.guild && strings.Contains(string(c.Data), b.ForeignChannel)
	}) {
		t.Errorf("received commands = %+v, want a giveaway in channel %s", received, b.ForeignChannel)
	}
}

func TestBotCheckSkipsTargetInWrongState(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	b, polls := p.newBotChecker(t)
	bot := p.startBot(t, noBotFault, polls.wait)
	bot.mu.Lock()
	bot.changed[testTicket] = true
	bot.mu.Unlock()
	b.Guild, b.Ticket, b.Act = bot.guild, testTicket, true
	r := checkBot(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "executes TICKET_CLAIM")
	bot.mu.Lock()
	defer bot.mu.Unlock()
	if !bot.changed[testTicket] {
		t.Error("the doctor unclaimed a ticket that a staff member had claimed")
	}
}

func TestBotCheckReportsMissingBot(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	b, _ := p.newBotChecker(t)
	b.Wait = shortWait
	checkBot(t, b).wantRules(t, Fail, "sets bot:alive", "reads bot:commands as group bot", "answers in bot:results")
}

// lineSignal is closed when a line contains the text.
type lineSignal struct {
	text  string
	fired chan struct{}
	once  sync.Once
}

func (s *lineSignal) Write(line []byte) (int, error) {
	if strings.Contains(string(line), s.text) {
		s.once.Do(func() { close(s.fired) })
	}
	return len(line), nil
}

func TestBotCheckFailsLateAnswers(t *testing.T) {
	t.Parallel()
	const rule = "answers in " + contract.ResultsStream
	p := newTestRedis(t)
	failed := &lineSignal{text: rule, fired: make(chan struct{})}
	p.beforeAnswer = func(ctx context.Context) {
		select {
		case <-failed.fired:
		case <-ctx.Done():
		}
	}
	b, polls := p.newBotChecker(t)
	b.Wait = shortWait
	p.startBot(t, noBotFault, polls.wait)
	r := &Report{Out: io.MultiWriter(t.Output(), failed)}
	must(t, b.Check(t.Context(), r))
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Rule == rule })
	if i < 0 || r.Findings[i].Verdict != Fail || !strings.Contains(r.Findings[i].Observed, "commands in "+shortWait.String()) {
		t.Errorf("findings = %+v, want %q failed after %v", r.Findings, rule, shortWait)
	}
	if r.Err() == nil {
		t.Error("Err() = nil, want an error")
	}
}

func TestBotCheckWaitsForAnswers(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	b, polls := p.newBotChecker(t)
	var first sync.Once
	p.beforeAnswer = func(ctx context.Context) { first.Do(func() { polls.wait(ctx, 5) }) } // the doctor's first polls find nothing
	p.startBot(t, noBotFault, polls.wait)
	r := checkBot(t, b)
	r.wantRules(t, Fail)
	if !slices.Contains(r.rules(Pass), "answers in "+contract.ResultsStream) {
		t.Errorf("passed rules = %q, want the rule of answers among them", r.rules(Pass))
	}
}

func TestBotCheckStopsWhenContextIsCanceled(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	b, polls := p.newBotChecker(t)
	b.Wait = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		polls.wait(t.Context(), 5)
		cancel()
	}()
	if err := b.Check(ctx, &Report{Out: t.Output()}); !errors.Is(err, context.Canceled) {
		t.Errorf("Check() = %v, want the context's error", err)
	}
}

func TestCheckReportsUnavailableRedis(t *testing.T) {
	t.Parallel()
	client, err := store.OpenRedis("redis://127.0.0.1:1")
	must(t, err)
	defer client.Close()
	if err := NewBotChecker(client).Check(t.Context(), &Report{Out: t.Output()}); !errors.Is(err, ErrRedisUnavailable) {
		t.Errorf("BotChecker.Check() = %v, want ErrRedisUnavailable", err)
	}
	if err := NewDashboardChecker(client).Check(t.Context(), &Report{Out: t.Output()}); !errors.Is(err, ErrRedisUnavailable) {
		t.Errorf("DashboardChecker.Check() = %v, want ErrRedisUnavailable", err)
	}
}

func TestBotCheckerValidate(t *testing.T) {
	for _, b := range []BotChecker{{Giveaway: "g"}, {Ticket: "t"}, {Act: true}, {Guild: "1", Act: true}} {
		if b.Validate() == nil {
			t.Errorf("Validate() of %+v = nil, want an error", b)
		}
	}
	for _, b := range []BotChecker{{}, {Guild: "1"}, {Guild: "1", Giveaway: "g"}, {Guild: "1", Ticket: "t", Act: true}} {
		must(t, b.Validate())
	}
}

func TestEventProblemReportsNumericIDs(t *testing.T) {
	now := time.Now()
	for text, want := range map[string]string{
		`{"type":"MEMBER_JOIN","guildId":1001,"timestamp":%d}`:                "an id is a JSON number",
		`{"type":"MEMBER_JOIN","guildId":"1001","userId":7,"timestamp":%d}`:   "an id is a JSON number",
		`{"type":"MEMBER_JOIN","guildId":100000000000000001,"timestamp":%d}`:  "beyond 2^53",
		`{"type":"MEMBER_JOIN","guildId":"1001","userId":"7","timestamp":%d}`: "",
	} {
		got := eventProblem(recordedMessage{text: fmt.Sprintf(text, now.UnixMilli()), receivedAt: now})
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("wrongWith(%s) = %q, want %q in it", text, got, want)
		}
	}
}

func TestReportWritesOneLinePerRule(t *testing.T) {
	var out bytes.Buffer
	r := &Report{Out: &out}
	r.pass("is short", "%d", 5)
	r.fail("is long", "%s", quote("\x1b[31m"+strings.Repeat("x", 500)))
	r.skip("is there", "nobody looked")
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "pass  is short  ") || strings.Contains(out.String(), "\x1b") ||
		len(lines[1]) > 250 {
		t.Errorf("output = %q, want three short lines without control characters", out.String())
	}
	if err := r.Err(); err == nil || err.Error() != "1 failed, 1 passed, 1 skipped" {
		t.Errorf("Err() = %v, want the numbers of verdicts", err)
	}
}
