package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
)

// Dashboard is an examination of dashboards, in which the doctor plays the bot. What it answers without being asked is
// about commands that do not exist. With Answer it takes the place of a bot that is not running: it refuses what people
// ask for, and nothing is done.
type Dashboard struct {
	Client redis.UniversalClient
	Answer bool
	// Key signs answers; with a key, the dashboards must sign their commands.
	Key  store.ContractKey
	Ask  time.Duration // how long to wait for a command
	Wait time.Duration // how long to wait for the effect of an answer

	events, commands string // EventsChannel and BotCommandsChannel, but in tests
}

// NewDashboard is an examination with the times that the contract gives a dashboard.
func NewDashboard(client redis.UniversalClient) Dashboard {
	return Dashboard{
		Client: client, Ask: 30 * time.Second, Wait: 15 * time.Second,
		events: store.EventsChannel, commands: store.BotCommandsChannel,
	}
}

// dashboardTalk is an examination under way.
type dashboardTalk struct {
	Dashboard
	*Report
	ear     *ear
	plays   bool   // the doctor is the bot
	plainly bool   // it hears commands that are published
	acks    bool   // answers are acknowledged
	first   string // entry of ours in the stream of results
	group   *redis.XInfoGroup
	pending map[string]bool
}

// Examine tries every rule. The error says that Redis does not answer, or that ctx has ended.
func (d Dashboard) Examine(ctx context.Context, r *Report) error {
	if err := reach(ctx, d.Client); err != nil {
		return err
	}
	e := &dashboardTalk{Dashboard: d, Report: r}
	if err := e.listeners(ctx); err != nil {
		return err
	}
	beat, err := readHeartbeat(ctx, d.Client)
	if err != nil {
		return err
	}
	e.plays = d.Answer && !beat.there
	e.plainly = e.plays || beat.there // else hearing them would have the dashboards believe that there is a bot
	channels := []string{d.events}
	if e.plainly {
		channels = append(channels, d.commands)
	}
	if e.ear, err = listen(ctx, d.Client, channels...); err != nil {
		return err
	}
	defer e.ear.close()
	if e.plays {
		stop, err := e.beAlive(ctx)
		if err != nil {
			return err
		}
		defer stop()
	}
	for _, step := range []func(context.Context) error{e.answers, e.hearsHeartbeat} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	switch {
	case d.Answer && beat.there:
		bot, _ := beat.says()
		e.skipCommands("a bot is alive (version %s): stop it first, or leave out --answer", quoted(bot.Version))
	case d.Answer:
		err = e.playBot(ctx)
	default:
		err = e.watch(ctx)
	}
	if err != nil {
		return err
	}
	return r.trimmed(ctx, d.Client, store.CommandsStream)
}

// subscribers is how many hear a channel.
func subscribers(ctx context.Context, client redis.UniversalClient, channel string) (count int64, err error) {
	var mu sync.Mutex
	ask := func(ctx context.Context, node redis.Cmdable) error {
		found, err := node.PubSubNumSub(ctx, channel).Result()
		mu.Lock()
		defer mu.Unlock()
		count += found[channel]
		return err
	}
	if cluster, is := client.(*redis.ClusterClient); is { // each knows its own
		err = cluster.ForEachShard(ctx, func(ctx context.Context, node *redis.Client) error { return ask(ctx, node) })
	} else {
		err = ask(ctx, client)
	}
	if err != nil {
		err = fmt.Errorf("%w: counting subscribers: %w", ErrAway, err)
	}
	return count, err
}

func (e *dashboardTalk) listeners(ctx context.Context) error {
	count, err := subscribers(ctx, e.Client, e.events)
	if err != nil {
		return err
	}
	wrong := ""
	if count == 0 {
		wrong = "nobody is subscribed: no dashboard runs on this Redis"
	}
	e.judge("listens to "+store.EventsChannel, wrong, "subscribers: %d", count)
	return nil
}

// beAlive has the doctor be the bot until stop is called, which leaves no trace of it.
func (e *dashboardTalk) beAlive(ctx context.Context) (stop func(), err error) {
	before, err := e.Client.Get(ctx, store.BotHeardKey).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	known := err == nil
	h := store.Heartbeat{Version: "guildboard doctor", Capabilities: store.Verbs}
	if err := h.Beat(ctx, e.Client); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	beating, end := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		tick := time.NewTicker(store.BeatEvery)
		defer tick.Stop()
		for {
			select {
			case <-beating.Done():
				return
			case <-tick.C:
				_ = h.Beat(beating, e.Client) // the next one is soon
			}
		}
	})
	return func() {
		end()
		all.Wait()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = e.Client.Del(ctx, store.BotAliveKey).Err()
		if known {
			_ = e.Client.Set(ctx, store.BotHeardKey, before, 0).Err()
		} else {
			_ = e.Client.Del(ctx, store.BotHeardKey).Err()
		}
	}, nil
}

// look sees how far the dashboards have read.
func (e *dashboardTalk) look(ctx context.Context) (err error) {
	if e.group, err = groupOf(ctx, e.Client, store.ResultsStream, store.DashboardGroup); err != nil || e.group == nil {
		return err
	}
	pending, err := e.Client.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: store.ResultsStream, Group: store.DashboardGroup, Start: cmp.Or(e.first, "-"), End: "+", Count: 1000,
	}).Result()
	e.pending = map[string]bool{}
	for _, p := range pending {
		e.pending[p.ID] = true
	}
	if err != nil {
		err = fmt.Errorf("%w: reading %s: %w", ErrAway, store.ResultsStream, err)
	}
	return err
}

func (e *dashboardTalk) took(entry string) bool {
	return e.group != nil && notAfter(entry, e.group.LastDeliveredID) && !e.pending[entry]
}

// waits until the dashboards have acknowledged the entries.
func (e *dashboardTalk) wait(ctx context.Context, entries ...string) (bool, error) {
	return until(ctx, e.Wait, func() error { return e.look(ctx) }, func() bool {
		return !slices.ContainsFunc(entries, func(id string) bool { return !e.took(id) })
	})
}

// write adds an entry to the stream of results.
func (e *dashboardTalk) write(ctx context.Context, values []string) (string, error) {
	id, err := e.Client.XAdd(ctx, &redis.XAddArgs{Stream: store.ResultsStream, MaxLen: 10_000, Approx: true, Values: values}).Result()
	if err != nil {
		return "", fmt.Errorf("%w: adding to %s: %w", ErrAway, store.ResultsStream, err)
	}
	e.first = cmp.Or(e.first, id)
	return id, nil
}

// answer is one about a command.
func (e *dashboardTalk) answer(ctx context.Context, command string, status store.CommandStatus, code, message string) (string, error) {
	return e.write(ctx, e.Key.SignResult(answerFields(command, status, code, message)))
}

// answerFields returns the fields of an answer that is given now. Names and values alternate.
func answerFields(command string, status store.CommandStatus, code, message string) []string {
	return []string{
		"id", command, "status", string(status), "code", code, "message", message, "at", milliseconds(time.Now()),
	}
}

// answers gives answers that nobody waits for, and some that are none.
func (e *dashboardTalk) answers(ctx context.Context) error {
	const reads, takes, unasked, garbage = "reads " + store.ResultsStream + " as group " + store.DashboardGroup,
		"acknowledges answers", "passes over an answer that nobody waits for", "passes over answers that cannot be read"
	if err := e.look(ctx); err != nil {
		return err
	}
	if e.group == nil {
		e.fail(reads, "there is no such group: XGROUP CREATE %s %s 0 MKSTREAM", store.ResultsStream, store.DashboardGroup)
		for _, rule := range []string{takes, unasked, garbage} {
			e.skip(rule, "there is no such group")
		}
		return nil
	}
	e.pass(reads, "consumers: %d", e.group.Consumers)

	stranger := store.NewID()
	first, err := e.answer(ctx, stranger, store.CommandDone, "", "")
	if err != nil {
		return err
	}
	took, err := e.wait(ctx, first)
	if err != nil {
		return err
	}
	if !took {
		seen := "it was read, and is still pending"
		if !notAfter(first, e.group.LastDeliveredID) {
			seen = "nobody read it"
		}
		e.fail(takes, "not in %v: %s", e.Wait, seen)
		e.skip(unasked, "answers are not acknowledged")
		e.skip(garbage, "answers are not acknowledged")
		return nil
	}
	e.acks = true
	e.pass(takes, "acknowledged")

	var bad []string
	now := milliseconds(time.Now())
	for _, values := range [][]string{
		{"hello", "this is no answer"},
		{"id", store.NewID(), "status", "perhaps", "code", "", "message", "", "at", now},
		{"id", "", "status", "done", "code", "", "message", "", "at", "yesterday"},
		{"id", store.NewID(), "status", "refused", "code", "\x00\xff", "message", "\x1b[31m<b>\xff", "at", "-1"},
	} {
		id, err := e.write(ctx, e.Key.SignResult(values))
		if err != nil {
			return err
		}
		bad = append(bad, id)
	}
	last, err := e.answer(ctx, store.NewID(), store.CommandRefused, store.CodeGone, "Nobody waits for this.")
	if err != nil {
		return err
	}
	if took, err = e.wait(ctx, append(bad, last)...); err != nil {
		return err
	}
	if err := e.ear.catchUp(ctx); err != nil {
		return err
	}
	wrong := ""
	if told := e.ear.results(e.events, stranger); len(told) > 0 {
		wrong = "pages were told of it, as " + quoted(string(told[0].Status))
	}
	e.judge(unasked, wrong, "acknowledged, and nobody was told")
	wrong = ""
	if !took {
		wrong = fmt.Sprintf("the one behind them, or they themselves, were not acknowledged in %v", e.Wait)
	}
	e.judge(garbage, wrong, "%d of them, and the one behind them, are acknowledged", len(bad))
	return nil
}

// hearsHeartbeat is the rule that dashboards know of the bot.
func (e *dashboardTalk) hearsHeartbeat(ctx context.Context) error {
	const rule = "hears the bot's heartbeat"
	beat, err := readHeartbeat(ctx, e.Client)
	if err != nil {
		return err
	}
	if !beat.there {
		e.skip(rule, "no bot is alive")
		return nil
	}
	began := time.Now()
	bot, _ := beat.says()
	var last struct {
		Version string
		At      int64
	}
	seen, err := until(ctx, e.Wait, func() error {
		text, err := e.Client.Get(ctx, store.BotHeardKey).Bytes()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		if err == nil {
			_ = json.Unmarshal(text, &last) // what cannot be read was not heard
		}
		return err
	}, func() bool {
		return last.Version == bot.Version && began.Sub(time.UnixMilli(last.At)) < store.BeatHolds+time.Second
	})
	if err != nil {
		return err
	}
	wrong := ""
	if !seen {
		wrong = fmt.Sprintf("nobody wrote it down in %s in %v", store.BotHeardKey, e.Wait)
	}
	e.judge(rule, wrong, "%s knows version %s", store.BotHeardKey, quoted(last.Version))
	return nil
}
