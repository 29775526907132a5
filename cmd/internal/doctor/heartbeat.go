package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store/contract"
)

// heartbeat is the value of contract.BotAliveKey.
type heartbeat struct {
	exists bool
	text   string
	ttl    time.Duration // time until it expires; negative if it never does
}

func readHeartbeat(ctx context.Context, client redis.UniversalClient) (h heartbeat, err error) {
	pipe := client.Pipeline()
	text, ttl := pipe.Get(ctx, contract.BotAliveKey), pipe.PTTL(ctx, contract.BotAliveKey)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return h, fmt.Errorf("%w: read %s: %w", ErrRedisUnavailable, contract.BotAliveKey, err)
	}
	return heartbeat{exists: text.Err() == nil, text: text.Val(), ttl: ttl.Val()}, nil
}

// parse decodes the heartbeat and describes what is wrong with it; "" if nothing is.
func (h heartbeat) parse() (bot contract.Heartbeat, problem string) {
	var m struct {
		Version      *string
		Capabilities *[]contract.Verb
		Guilds       *int
	}
	if err := json.Unmarshal([]byte(h.text), &m); err != nil {
		problem = fmt.Sprintf("not {version: string, capabilities: [string], guilds: number}: %v", err)
	}
	if m.Version != nil {
		bot.Version = *m.Version
	}
	if m.Capabilities != nil {
		bot.Capabilities = *m.Capabilities
	}
	if m.Guilds != nil {
		bot.GuildCount = *m.Guilds
	}
	switch {
	case problem != "":
	case bot.Version == "":
		problem = "version is missing"
	case m.Guilds == nil || bot.GuildCount < 0:
		problem = "guilds is missing or negative"
	case !slices.ContainsFunc(bot.Capabilities, func(v contract.Verb) bool { return slices.Contains(contract.Verbs, v) }):
		problem = "capabilities contain no known verb, so pages offer no actions: " + quote(fmt.Sprint(bot.Capabilities))
	}
	return bot, problem
}

// checkHeartbeat checks the current heartbeat.
func (r *Report) checkHeartbeat(h heartbeat) contract.Heartbeat {
	const (
		ruleExists  = "sets " + contract.BotAliveKey
		ruleExpires = "heartbeat expires"
		ruleContent = "heartbeat is valid"
	)
	if !h.exists {
		r.fail(ruleExists, "the key is missing: pages show that the bot does not respond")
		r.skip(ruleExpires, "no heartbeat")
		r.skip(ruleContent, "no heartbeat")
		return contract.Heartbeat{}
	}
	r.pass(ruleExists, "the key exists")
	problem := ""
	switch {
	case h.ttl < 0:
		problem = "got no TTL, want 30 s: SET it with EX 30"
	case h.ttl > contract.HeartbeatTTL:
		problem = fmt.Sprintf("got TTL %v, want at most 30 s: SET it with EX 30", h.ttl.Round(time.Second))
	}
	r.judge(ruleExpires, problem, "TTL %v", h.ttl.Round(100*time.Millisecond))
	bot, problem := h.parse()
	unknownVerbs := map[string]bool{}
	for _, v := range bot.Capabilities {
		if !slices.Contains(contract.Verbs, v) {
			unknownVerbs[string(v)] = true
		}
	}
	summary := fmt.Sprintf("version %s, %d verbs, %d guilds", quote(bot.Version), len(bot.Capabilities), bot.GuildCount)
	if len(unknownVerbs) > 0 {
		summary += "; unknown to dashboards: " + quoteNames(unknownVerbs)
	}
	r.judge(ruleContent, problem, "%s", summary)
	return bot
}

// renewal is whether the heartbeat was renewed, and after how long.
type renewal struct {
	renewed bool
	after   time.Duration
	err     error
}

// watchHeartbeat waits in the background until the heartbeat is renewed, for at most timeout.
func watchHeartbeat(ctx context.Context, client redis.UniversalClient, h heartbeat, timeout time.Duration) <-chan renewal {
	found := make(chan renewal, 1)
	go func() {
		began, before, renewed := time.Now(), h, false
		refresh := func() error {
			now, err := readHeartbeat(ctx, client)
			renewed = err == nil && now.exists && (!before.exists || now.ttl > before.ttl)
			before = now
			return err
		}
		ok, err := pollUntil(ctx, timeout, refresh, func() bool { return renewed })
		found <- renewal{ok, time.Since(began), err}
	}()
	return found
}

// checkRenewal checks that the bot renews its heartbeat.
func (e *botCheck) checkRenewal(ctx context.Context, h heartbeat, found <-chan renewal) error {
	const rule = "heartbeat is renewed every 10 s"
	if h.exists && h.ttl < 0 {
		e.skip(rule, "the heartbeat has no TTL")
		return nil
	}
	if !h.exists {
		e.skip(rule, "no heartbeat")
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case f := <-found:
		if f.err != nil {
			return f.err
		}
		problem := ""
		if !f.renewed {
			problem = fmt.Sprintf("not renewed in %v", e.HeartbeatWait)
		}
		e.judge(rule, problem, "after %v", f.after.Round(10*time.Millisecond))
	}
	return nil
}
