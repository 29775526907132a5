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

// heartbeat is bot:alive as it is found.
type heartbeat struct {
	there bool
	text  string
	lasts time.Duration // how long it still holds; negative when it does for ever
}

func readHeartbeat(ctx context.Context, client redis.UniversalClient) (h heartbeat, err error) {
	pipe := client.Pipeline()
	text, lasts := pipe.Get(ctx, store.BotAliveKey), pipe.PTTL(ctx, store.BotAliveKey)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return h, fmt.Errorf("%w: reading %s: %w", ErrAway, store.BotAliveKey, err)
	}
	return heartbeat{there: text.Err() == nil, text: text.Val(), lasts: lasts.Val()}, nil
}

// says is what the heartbeat says of the bot, and what is wrong with it.
func (h heartbeat) says() (bot store.Heartbeat, wrong string) {
	var m struct {
		Version      *string
		Capabilities *[]store.Verb
		Guilds       *int
	}
	if err := json.Unmarshal([]byte(h.text), &m); err != nil {
		wrong = fmt.Sprintf("it is not {version: string, capabilities: [string], guilds: number}: %v", err)
	}
	if m.Version != nil {
		bot.Version = *m.Version
	}
	if m.Capabilities != nil {
		bot.Capabilities = *m.Capabilities
	}
	if m.Guilds != nil {
		bot.Guilds = *m.Guilds
	}
	switch {
	case wrong != "":
	case bot.Version == "":
		wrong = "it has no version"
	case m.Guilds == nil || bot.Guilds < 0:
		wrong = "it does not say in how many guilds the bot is"
	case !slices.ContainsFunc(bot.Capabilities, func(v store.Verb) bool { return slices.Contains(store.Verbs, v) }):
		wrong = "its capabilities hold none of the verbs, so no button is offered: " + quoted(fmt.Sprint(bot.Capabilities))
	}
	return bot, wrong
}

// examineHeartbeat says what the heartbeat is like at this moment.
func (r *Report) examineHeartbeat(h heartbeat) store.Heartbeat {
	const there, lapses, says = "sets " + store.BotAliveKey, "its heartbeat lapses by itself", "its heartbeat says what the bot is"
	if !h.there {
		r.fail(there, "there is no such key: pages say that the bot is silent")
		r.skip(lapses, "there is none")
		r.skip(says, "there is none")
		return store.Heartbeat{}
	}
	r.pass(there, "it is there")
	wrong := ""
	switch {
	case h.lasts < 0:
		wrong = "it never does: SET it with EX 30"
	case h.lasts > store.BeatHolds:
		wrong = fmt.Sprintf("only in %v: SET it with EX 30", h.lasts.Round(time.Second))
	}
	r.judge(lapses, wrong, "in %v", h.lasts.Round(100*time.Millisecond))
	bot, wrong := h.says()
	strange := map[string]bool{}
	for _, v := range bot.Capabilities {
		if !slices.Contains(store.Verbs, v) {
			strange[string(v)] = true
		}
	}
	seen := fmt.Sprintf("version %s, %d verbs, %d guilds", quoted(bot.Version), len(bot.Capabilities), bot.Guilds)
	if len(strange) > 0 {
		seen += "; no dashboard asks for " + list(strange)
	}
	r.judge(says, wrong, "%s", seen)
	return bot
}

// renewal is whether the heartbeat was set again, and how long that took.
type renewal struct {
	seen bool
	in   time.Duration
	err  error
}

// watchHeartbeat waits, beside everything else, for the heartbeat to be set again.
func watchHeartbeat(ctx context.Context, client redis.UniversalClient, h heartbeat, most time.Duration) <-chan renewal {
	found := make(chan renewal, 1)
	go func() {
		began, before, again := time.Now(), h, false
		look := func() error {
			now, err := readHeartbeat(ctx, client)
			again = err == nil && now.there && (!before.there || now.lasts > before.lasts)
			before = now
			return err
		}
		seen, err := until(ctx, most, look, func() bool { return again })
		found <- renewal{seen, time.Since(began), err}
	}()
	return found
}

// renewed is the rule that the heartbeat goes on.
func (e *botTalk) renewed(ctx context.Context, h heartbeat, found <-chan renewal) error {
	const rule = "its heartbeat is renewed every 10 s"
	if h.there && h.lasts < 0 {
		e.skip(rule, "it never lapses, so nothing can be seen")
		return nil
	}
	if !h.there {
		e.skip(rule, "there is none")
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case f := <-found:
		if f.err != nil {
			return f.err
		}
		wrong := ""
		if !f.seen {
			wrong = fmt.Sprintf("not in %v", e.BeatWait)
		}
		e.judge(rule, wrong, "after %v", f.in.Round(10*time.Millisecond))
	}
	return nil
}
