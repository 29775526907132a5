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
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis says it each time when nobody answers where a test looks for a Redis
	os.Exit(m.Run())
}

// generous are times that only a bot which never does it exceeds; short ones where that is so.
const (
	generous = 2 * time.Minute
	short    = 5 * time.Second
)

// doctorFor examines the bot on the Redis, through a connection of its own.
func (p patch) doctorFor(t *testing.T) (Bot, *watched) {
	t.Helper()
	o := p.client.(*redis.Client).Options()
	client := redis.NewClient(&redis.Options{Addr: o.Addr, Username: o.Username, Password: o.Password, DB: o.DB})
	t.Cleanup(func() { client.Close() })
	b := NewBot(client)
	b.Key = p.key
	b.Wait, b.BeatWait, b.LeftWait, b.events = generous, generous, generous, p.channel
	return b, watch(client)
}

// examine is what the doctor finds.
func examine(t *testing.T, b Bot) *Report {
	t.Helper()
	r := &Report{Out: t.Output()}
	check(t, b.Examine(t.Context(), r))
	return r
}

// rules are those with this verdict.
func (r *Report) rules(v Verdict) []string {
	var found []string
	for _, f := range r.Findings {
		if f.Verdict == v {
			found = append(found, f.Rule)
		}
	}
	return found
}

// wantRules tells whether these, and no others, have the verdict.
func (r *Report) wantRules(t *testing.T, v Verdict, rules ...string) {
	t.Helper()
	if got := r.rules(v); !slices.Equal(got, rules) {
		t.Errorf("%s: %q, want %q", v, got, rules)
	}
}

func TestDoctorPassesACorrectBot(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	b, watched := p.doctorFor(t)
	bot := p.start(t, none, watched.wait)
	r := examine(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "refuses a channel of another server") // which is asked of a guild that there is
	check(t, r.Err())
	for _, c := range bot.wasAsked() {
		if c.GuildID != madeUp || c.Target == theGiveaway || c.Target == theTicket {
			t.Errorf("it asked for something that may not be harmless: %+v", c)
		}
	}
	groups, err := p.client.XInfoConsumers(t.Context(), store.CommandsStream, store.BotGroup).Result()
	check(t, err)
	if len(groups) != 1 {
		t.Errorf("it leaves consumers behind: %+v", groups)
	}
}

func TestDoctorFailsTheRuleThatABotBreaks(t *testing.T) {
	t.Parallel()
	for f, want := range map[flaw]string{
		noBeat:               "sets bot:alive",
		beatsForEver:         "its heartbeat lapses by itself",
		beatsNonsense:        "its heartbeat says what the bot is",
		beatsOnce:            "its heartbeat is renewed every 10 s",
		otherGroup:           "reads bot:commands as group bot",
		deaf:                 "answers in bot:results",
		doesWhatExpired:      "refuses what has expired",
		doesWhatIsNoVerb:     "refuses a verb that it does not know",
		doesWhatItCannotRead: "refuses a command that it cannot read",
		doesWhatIsNotThere:   "refuses a target that is not there",
		forgetful:            "answers a repeated id with the first answer",
		secondsInAnswers:     "writes answers in order",
		ownStatus:            "writes answers in order",
		noMessage:            "writes answers in order",
		speaksAfterTheEnd:    "writes answers in order",
		acknowledgesFirst:    "acknowledges only after the answer",
		neverAcknowledges:    "acknowledges what it has answered",
		chokes:               "passes over an entry that is no command",
		leavesWhatOthersLeft: "takes over what a crashed worker left",
		secondsInEvents:      "publishes events in the envelope",
		numberForGuild:       "publishes events in the envelope",
		noJSON:               "publishes events in the envelope",
	} {
		t.Run(fmt.Sprint(f, " ", want), func(t *testing.T) {
			t.Parallel()
			p := newPatch(t)
			b, watched := p.doctorFor(t)
			switch f {
			case beatsOnce:
				b.BeatWait = short
			case deaf, neverAcknowledges, chokes:
				b.Wait = short
			case leavesWhatOthersLeft:
				b.LeftWait = short
			}
			p.start(t, f, watched.wait)
			r := examine(t, b)
			r.wantRules(t, Fail, want)
			if r.Err() == nil {
				t.Error("that is no error")
			}
		})
	}
}

func TestDoctorFailsAnUntrimmedStream(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	pipe := p.client.Pipeline()
	for range streamMost + 1 {
		pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: store.ResultsStream, Values: []any{"id", "1"}})
	}
	_, err := pipe.Exec(t.Context())
	check(t, err)
	b, watched := p.doctorFor(t)
	p.start(t, none, watched.wait)
	examine(t, b).wantRules(t, Fail, "trims bot:results")
}

func TestDoctorActsOnlyWhenTold(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	b, watched := p.doctorFor(t)
	bot := p.start(t, none, watched.wait)
	b.Guild, b.Giveaway, b.Ticket = bot.guild, theGiveaway, theTicket
	r := examine(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "carries out GIVEAWAY_PAUSE", "carries out TICKET_CLAIM")
	for _, c := range bot.wasAsked() {
		if c.Target == theGiveaway || c.Target == theTicket {
			t.Errorf("it asked for %s of the target", c.Verb)
		}
	}

	b.Act = true
	r = examine(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip)
	for _, rule := range []string{
		"refuses another guild's giveaway", "carries out GIVEAWAY_PAUSE", "carries out GIVEAWAY_PAUSE once",
		"carries out GIVEAWAY_RESUME", "tells of the giveaway on discord_events",
		"refuses another guild's ticket", "carries out TICKET_CLAIM", "carries out TICKET_CLAIM once",
		"carries out TICKET_UNCLAIM", "tells of the ticket on discord_events",
	} {
		if !slices.Contains(r.rules(Pass), rule) {
			t.Errorf("it did not pass %q", rule)
		}
	}
	bot.mu.Lock()
	defer bot.mu.Unlock()
	if bot.changed[theGiveaway] || bot.changed[theTicket] {
		t.Errorf("it left changes: %v", bot.changed)
	}
}

func TestDoctorFailsTheRuleThatABotBreaksWhenItActs(t *testing.T) {
	t.Parallel()
	for f, want := range map[flaw]string{
		doesForeign: "refuses another guild's giveaway",
		doesTwice:   "carries out GIVEAWAY_PAUSE once",
		cannotUndo:  "carries out GIVEAWAY_RESUME",
		doesNotTell: "tells of the giveaway on discord_events",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := newPatch(t)
			b, watched := p.doctorFor(t)
			bot := p.start(t, f, watched.wait)
			b.Guild, b.Giveaway, b.Act = bot.guild, theGiveaway, true
			examine(t, b).wantRules(t, Fail, want)
		})
	}
}

func TestDoctorAsksForAChannelOfAnotherServer(t *testing.T) {
	t.Parallel()
	const rule = "refuses a channel of another server"
	p := newPatch(t)
	b, watched := p.doctorFor(t)
	b.Guild, b.Foreign = p.start(t, postsAnywhere, watched.wait).guild, "410000000000000001"
	examine(t, b).wantRules(t, Fail, rule)

	p = newPatch(t)
	b, watched = p.doctorFor(t)
	bot := p.start(t, none, watched.wait)
	b.Guild, b.Foreign = bot.guild, "410000000000000001"
	r := examine(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip)
	if !slices.Contains(r.rules(Pass), rule) {
		t.Errorf("Examine() did not pass %q", rule)
	}
	asked := bot.wasAsked()
	if !slices.ContainsFunc(asked, func(c store.Command) bool {
		return c.Verb == store.VerbGiveawayCreate && c.GuildID == bot.guild && strings.Contains(string(c.Data), b.Foreign)
	}) {
		t.Errorf("Examine() asked for %+v, want a giveaway in channel %s", asked, b.Foreign)
	}
}

func TestDoctorSkipsATargetThatIsNotInTheRightState(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	b, watched := p.doctorFor(t)
	bot := p.start(t, none, watched.wait)
	bot.mu.Lock()
	bot.changed[theTicket] = true
	bot.mu.Unlock()
	b.Guild, b.Ticket, b.Act = bot.guild, theTicket, true
	r := examine(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "carries out TICKET_CLAIM")
	bot.mu.Lock()
	defer bot.mu.Unlock()
	if !bot.changed[theTicket] {
		t.Error("it unclaimed what somebody had claimed")
	}
}

func TestDoctorWithoutABotSaysSoAndEnds(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	b, _ := p.doctorFor(t)
	b.Wait = short
	examine(t, b).wantRules(t, Fail, "sets bot:alive", "reads bot:commands as group bot", "answers in bot:results")
}

// lineSignal is closed with the first line that has the text.
type lineSignal struct {
	text string
	seen chan struct{}
	once sync.Once
}

func (s *lineSignal) Write(line []byte) (int, error) {
	if strings.Contains(string(line), s.text) {
		s.once.Do(func() { close(s.seen) })
	}
	return len(line), nil
}

func TestDoctorFailsABotThatAnswersAfterTheWait(t *testing.T) {
	t.Parallel()
	const rule = "answers in " + store.ResultsStream
	p := newPatch(t)
	given := &lineSignal{text: rule, seen: make(chan struct{})}
	p.hold = func(ctx context.Context) {
		select {
		case <-given.seen:
		case <-ctx.Done():
		}
	}
	b, watched := p.doctorFor(t)
	b.Wait = short
	p.start(t, none, watched.wait)
	r := &Report{Out: io.MultiWriter(t.Output(), given)}
	check(t, b.Examine(t.Context(), r))
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Rule == rule })
	if i < 0 || r.Findings[i].Verdict != Fail || !strings.Contains(r.Findings[i].Seen, "was answered in "+short.String()) {
		t.Errorf("findings %+v, want %q failed after %v", r.Findings, rule, short)
	}
	if r.Err() == nil {
		t.Error("Err() = nil, want an error")
	}
}

func TestDoctorPassesABotThatAnswersWithinTheWait(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	b, watched := p.doctorFor(t)
	var first sync.Once
	p.hold = func(ctx context.Context) { first.Do(func() { watched.wait(ctx, 5) }) } // the doctor has found nothing yet
	p.start(t, none, watched.wait)
	r := examine(t, b)
	r.wantRules(t, Fail)
	if !slices.Contains(r.rules(Pass), "answers in "+store.ResultsStream) {
		t.Errorf("passed %q, want the answers among them", r.rules(Pass))
	}
}

func TestDoctorEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	b, watched := p.doctorFor(t)
	b.Wait = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		watched.wait(t.Context(), 5)
		cancel()
	}()
	if err := b.Examine(ctx, &Report{Out: t.Output()}); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
}

func TestDoctorWithoutARedisSaysSo(t *testing.T) {
	t.Parallel()
	client, err := store.OpenRedis("redis://127.0.0.1:1")
	check(t, err)
	defer client.Close()
	if err := NewBot(client).Examine(t.Context(), &Report{Out: t.Output()}); !errors.Is(err, ErrAway) {
		t.Errorf("bot: %v", err)
	}
	if err := NewDashboard(client).Examine(t.Context(), &Report{Out: t.Output()}); !errors.Is(err, ErrAway) {
		t.Errorf("dashboard: %v", err)
	}
}

func TestDoctorRefusesHalfATarget(t *testing.T) {
	for _, b := range []Bot{{Giveaway: "g"}, {Ticket: "t"}, {Act: true}, {Guild: "1", Act: true}} {
		if b.Check() == nil {
			t.Errorf("takes %+v", b)
		}
	}
	for _, b := range []Bot{{}, {Guild: "1"}, {Guild: "1", Giveaway: "g"}, {Guild: "1", Ticket: "t", Act: true}} {
		check(t, b.Check())
	}
}

func TestDoctorNamesIDsThatAreNumbers(t *testing.T) {
	now := time.Now()
	for text, want := range map[string]string{
		`{"type":"MEMBER_JOIN","guildId":1001,"timestamp":%d}`:                "an id is a JSON number",
		`{"type":"MEMBER_JOIN","guildId":"1001","userId":7,"timestamp":%d}`:   "an id is a JSON number",
		`{"type":"MEMBER_JOIN","guildId":100000000000000001,"timestamp":%d}`:  "beyond 2^53",
		`{"type":"MEMBER_JOIN","guildId":"1001","userId":"7","timestamp":%d}`: "",
	} {
		got := wrongWith(heard{text: fmt.Sprintf(text, now.UnixMilli()), at: now})
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("wrongWith(%s) = %q, want %q in it", text, got, want)
		}
	}
}

func TestReportIsALineForEachRule(t *testing.T) {
	var out bytes.Buffer
	r := &Report{Out: &out}
	r.pass("is short", "%d", 5)
	r.fail("is long", "%s", quoted("\x1b[31m"+strings.Repeat("x", 500)))
	r.skip("is there", "nobody looked")
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "pass  is short  ") || strings.Contains(out.String(), "\x1b") || len(lines[1]) > 250 {
		t.Errorf("it is %q", out.String())
	}
	if err := r.Err(); err == nil || err.Error() != "1 failed, 1 passed, 1 skipped" {
		t.Errorf("it says %v", err)
	}
}
