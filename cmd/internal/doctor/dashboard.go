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
	"guildboard/store/contract"
)

// DashboardChecker checks dashboards; the doctor plays the bot. Its unsolicited answers are about commands that do not
// exist. With Answer it replaces a bot that is not running: it refuses the commands of users, and changes nothing.
type DashboardChecker struct {
	Client redis.UniversalClient
	Answer bool
	// Key signs answers; with a key, the dashboards must sign their commands.
	Key         contract.Key
	CommandWait time.Duration // time limit of a user's command
	Wait        time.Duration // time limit of the effect of an answer

	eventsChannel, commandsChannel string // as in package store, except in tests
}

// NewDashboardChecker returns a DashboardChecker with the time limits of the contract.
func NewDashboardChecker(client redis.UniversalClient) DashboardChecker {
	return DashboardChecker{
		Client: client, CommandWait: 30 * time.Second, Wait: 15 * time.Second,
		eventsChannel: contract.EventsChannel, commandsChannel: contract.BotCommandsChannel,
	}
}

// dashboardCheck is the state of a check of dashboards.
type dashboardCheck struct {
	DashboardChecker
	*Report
	recorder         *eventRecorder
	isActingAsBot    bool   // the doctor sends heartbeats and answers
	receivesCommands bool   // subscribed to published commands
	acknowledges     bool   // dashboards acknowledge answers
	firstResultID    string // id of the doctor's first entry in the stream of results
	group            *redis.XInfoGroup
	pending          map[string]bool
}

// Check checks every rule and adds the findings to r. It returns ErrRedisUnavailable, or the error of ctx.
func (d DashboardChecker) Check(ctx context.Context, r *Report) error {
	if err := pingRedis(ctx, d.Client); err != nil {
		return err
	}
	e := &dashboardCheck{DashboardChecker: d, Report: r}
	if err := e.checkSubscribers(ctx); err != nil {
		return err
	}
	botHeartbeat, err := readHeartbeat(ctx, d.Client)
	if err != nil {
		return err
	}
	e.isActingAsBot = d.Answer && !botHeartbeat.exists
	// To dashboards, a subscription without a bot looks like a bot.
	e.receivesCommands = e.isActingAsBot || botHeartbeat.exists
	channels := []string{d.eventsChannel}
	if e.receivesCommands {
		channels = append(channels, d.commandsChannel)
	}
	if e.recorder, err = newEventRecorder(ctx, d.Client, channels...); err != nil {
		return err
	}
	defer e.recorder.close()
	if e.isActingAsBot {
		stop, err := e.sendHeartbeats(ctx)
		if err != nil {
			return err
		}
		defer stop()
	}
	for _, step := range []func(context.Context) error{e.checkAnswers, e.checkBotLastSeen} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	switch {
	case d.Answer && botHeartbeat.exists:
		bot, _ := botHeartbeat.parse()
		e.skipCommandRules("a bot is running (version %s): stop it, or omit --answer", quote(bot.Version))
	case d.Answer:
		err = e.actAsBot(ctx)
	default:
		err = e.watchCommand(ctx)
	}
	if err != nil {
		return err
	}
	return r.checkTrimmed(ctx, d.Client, contract.CommandsStream)
}

// countSubscribers returns the number of subscribers of a channel.
func countSubscribers(ctx context.Context, client redis.UniversalClient, channel string) (count int64, err error) {
	var mu sync.Mutex
	countNode := func(ctx context.Context, node redis.Cmdable) error {
		found, err := node.PubSubNumSub(ctx, channel).Result()
		mu.Lock()
		defer mu.Unlock()
		count += found[channel]
		return err
	}
	if cluster, isCluster := client.(*redis.ClusterClient); isCluster { // each node counts its own subscribers
		err = cluster.ForEachShard(ctx, func(ctx context.Context, node *redis.Client) error { return countNode(ctx, node) })
	} else {
		err = countNode(ctx, client)
	}
	if err != nil {
		err = fmt.Errorf("%w: count subscribers: %w", ErrRedisUnavailable, err)
	}
	return count, err
}

func (e *dashboardCheck) checkSubscribers(ctx context.Context) error {
	count, err := countSubscribers(ctx, e.Client, e.eventsChannel)
	if err != nil {
		return err
	}
	problem := ""
	if count == 0 {
		problem = "got 0 subscribers, want 1 or more: no dashboard uses this Redis"
	}
	e.judge("subscribes to "+contract.EventsChannel, problem, "subscribers: %d", count)
	return nil
}

// sendHeartbeats sends heartbeats until stop is called, which removes all traces of them.
func (e *dashboardCheck) sendHeartbeats(ctx context.Context) (stop func(), err error) {
	before, err := e.Client.Get(ctx, contract.BotLastSeenKey).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("%w: %w", ErrRedisUnavailable, err)
	}
	hadLastSeen := err == nil
	h := contract.Heartbeat{Version: "guildboard doctor", Capabilities: contract.Verbs}
	if err := h.Send(ctx, e.Client); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRedisUnavailable, err)
	}
	heartbeatCtx, cancelHeartbeats := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		tick := time.NewTicker(contract.HeartbeatInterval)
		defer tick.Stop()
		for {
			select {
			case <-heartbeatCtx.Done():
				return
			case <-tick.C:
				_ = h.Send(heartbeatCtx, e.Client) // the next heartbeat follows soon
			}
		}
	})
	return func() {
		cancelHeartbeats()
		all.Wait()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = e.Client.Del(ctx, contract.BotAliveKey).Err()
		if hadLastSeen {
			_ = e.Client.Set(ctx, contract.BotLastSeenKey, before, 0).Err()
		} else {
			_ = e.Client.Del(ctx, contract.BotLastSeenKey).Err()
		}
	}, nil
}

// pollGroup updates which entries the dashboards have read and acknowledged.
func (e *dashboardCheck) pollGroup(ctx context.Context) (err error) {
	if e.group, err = findGroup(ctx, e.Client, contract.ResultsStream, contract.DashboardGroup); err != nil || e.group == nil {
		return err
	}
	pending, err := e.Client.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: contract.ResultsStream, Group: contract.DashboardGroup, Start: cmp.Or(e.firstResultID, "-"), End: "+", Count: 1000,
	}).Result()
	e.pending = map[string]bool{}
	for _, p := range pending {
		e.pending[p.ID] = true
	}
	if err != nil {
		err = fmt.Errorf("%w: read %s: %w", ErrRedisUnavailable, contract.ResultsStream, err)
	}
	return err
}

func (e *dashboardCheck) hasAcknowledged(entry string) bool {
	return e.group != nil && isAtOrBefore(entry, e.group.LastDeliveredID) && !e.pending[entry]
}

// waitAcknowledged waits until the dashboards have acknowledged the entries, and reports whether they did within Wait.
func (e *dashboardCheck) waitAcknowledged(ctx context.Context, entries ...string) (bool, error) {
	return pollUntil(ctx, e.Wait, func() error { return e.pollGroup(ctx) }, func() bool {
		return !slices.ContainsFunc(entries, func(id string) bool { return !e.hasAcknowledged(id) })
	})
}

// addResult adds an entry to the stream of results.
func (e *dashboardCheck) addResult(ctx context.Context, values []string) (string, error) {
	id, err := e.Client.XAdd(ctx, &redis.XAddArgs{Stream: contract.ResultsStream, MaxLen: 10_000, Approx: true, Values: values}).Result()
	if err != nil {
		return "", fmt.Errorf("%w: add to %s: %w", ErrRedisUnavailable, contract.ResultsStream, err)
	}
	e.firstResultID = cmp.Or(e.firstResultID, id)
	return id, nil
}

// sendAnswer sends an answer to a command.
func (e *dashboardCheck) sendAnswer(ctx context.Context, command string, status contract.CommandStatus, code,
	message string) (string, error) {
	return e.addResult(ctx, e.Key.SignResult(answerFields(command, status, code, message)))
}

// answerFields returns the fields of an answer with the current time. Names and values alternate.
func answerFields(command string, status contract.CommandStatus, code, message string) []string {
	return []string{
		"id", command, "status", string(status), "code", code, "message", message, "at", unixMillis(time.Now()),
	}
}

// checkAnswers sends answers to unknown commands, and invalid entries.
func (e *dashboardCheck) checkAnswers(ctx context.Context) error {
	const (
		ruleReads          = "reads " + contract.ResultsStream + " as group " + contract.DashboardGroup
		ruleAcknowledges   = "acknowledges answers"
		ruleUnknownCommand = "ignores an answer to an unknown command"
		ruleMalformed      = "ignores malformed answers"
	)
	if err := e.pollGroup(ctx); err != nil {
		return err
	}
	if e.group == nil {
		e.fail(ruleReads, "the group is missing: XGROUP CREATE %s %s 0 MKSTREAM", contract.ResultsStream, contract.DashboardGroup)
		for _, rule := range []string{ruleAcknowledges, ruleUnknownCommand, ruleMalformed} {
			e.skip(rule, "the group is missing")
		}
		return nil
	}
	e.pass(ruleReads, "consumers: %d", e.group.Consumers)

	unknownID := store.NewID()
	first, err := e.sendAnswer(ctx, unknownID, contract.CommandDone, "", "")
	if err != nil {
		return err
	}
	acknowledged, err := e.waitAcknowledged(ctx, first)
	if err != nil {
		return err
	}
	if !acknowledged {
		reason := "it was read and is still pending"
		if !isAtOrBefore(first, e.group.LastDeliveredID) {
			reason = "it was not read"
		}
		e.fail(ruleAcknowledges, "not in %v: %s", e.Wait, reason)
		e.skip(ruleUnknownCommand, "answers are not acknowledged")
		e.skip(ruleMalformed, "answers are not acknowledged")
		return nil
	}
	e.acknowledges = true
	e.pass(ruleAcknowledges, "acknowledged")

	var bad []string
	now := unixMillis(time.Now())
	for _, values := range [][]string{
		{"hello", "this is no answer"},
		{"id", store.NewID(), "status", "perhaps", "code", "", "message", "", "at", now},
		{"id", "", "status", "done", "code", "", "message", "", "at", "yesterday"},
		{"id", store.NewID(), "status", "refused", "code", "\x00\xff", "message", "\x1b[31m<b>\xff", "at", "-1"},
	} {
		id, err := e.addResult(ctx, e.Key.SignResult(values))
		if err != nil {
			return err
		}
		bad = append(bad, id)
	}
	last, err := e.sendAnswer(ctx, store.NewID(), contract.CommandRefused, contract.RefusalNotFound, "Answer to an unknown command.")
	if err != nil {
		return err
	}
	if acknowledged, err = e.waitAcknowledged(ctx, append(bad, last)...); err != nil {
		return err
	}
	if err := e.recorder.catchUp(ctx); err != nil {
		return err
	}
	problem := ""
	if results := e.recorder.commandResults(e.eventsChannel, unknownID); len(results) > 0 {
		problem = "published with status " + quote(string(results[0].Status))
	}
	e.judge(ruleUnknownCommand, problem, "acknowledged and not published")
	problem = ""
	if !acknowledged {
		problem = fmt.Sprintf("malformed answers or the valid answer after them not acknowledged in %v", e.Wait)
	}
	e.judge(ruleMalformed, problem, "%d malformed answers and the valid answer after them are acknowledged", len(bad))
	return nil
}

// checkBotLastSeen checks that the dashboards record when they last saw the bot.
func (e *dashboardCheck) checkBotLastSeen(ctx context.Context) error {
	const rule = "records the bot's heartbeat"
	botHeartbeat, err := readHeartbeat(ctx, e.Client)
	if err != nil {
		return err
	}
	if !botHeartbeat.exists {
		e.skip(rule, "no bot is running")
		return nil
	}
	began := time.Now()
	bot, _ := botHeartbeat.parse()
	var last struct {
		Version string
		At      int64
	}
	ok, err := pollUntil(ctx, e.Wait, func() error {
		text, err := e.Client.Get(ctx, contract.BotLastSeenKey).Bytes()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		if err == nil {
			_ = json.Unmarshal(text, &last) // an invalid value counts as not seen
		}
		return err
	}, func() bool {
		return last.Version == bot.Version && began.Sub(time.UnixMilli(last.At)) < contract.HeartbeatTTL+time.Second
	})
	if err != nil {
		return err
	}
	problem := ""
	if !ok {
		problem = fmt.Sprintf("not recorded in %s in %v", contract.BotLastSeenKey, e.Wait)
	}
	e.judge(rule, problem, "%s has version %s", contract.BotLastSeenKey, quote(last.Version))
	return nil
}
