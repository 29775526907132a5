package bot_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestEngineWithKeyExecutesSignedCommandsOnly(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		key, err := contract.NewKey("Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa")
		check(t, err)
		other, err := contract.NewKey("q8TnXe5Ov3WgBz7Ki1CyFj6PaSr0MhDl")
		check(t, err)
		g, untouched := env.addGiveaway(t, 5, store.Giveaway{}), env.addGiveaway(t, 5, store.Giveaway{})
		now := time.Now()
		c := contract.Command{
			ID: store.NewID(), GuildID: env.guild, Actor: ann, Verb: contract.VerbGiveawayEnd, Target: untouched.ID, Data: []byte("{}"),
			IssuedAt: now, ExpiresAt: now.Add(testTimeout),
		}
		check(t, c.Send(t.Context(), env.client, contract.Key{})) // missing signature
		check(t, c.Send(t.Context(), env.client, other))          // wrong signature
		signed := c
		signed.ID, signed.Target = store.NewID(), g.ID
		check(t, signed.Send(t.Context(), env.client, key))
		entries, err := env.client.XRevRangeN(t.Context(), contract.CommandsStream, "+", "-", 1).Result()
		check(t, err)
		add := func(values map[string]any) {
			t.Helper()
			check(t, env.client.XAdd(t.Context(), &redis.XAddArgs{Stream: contract.CommandsStream, Values: values}).Err())
		}
		changed := map[string]any{}
		for name, value := range entries[0].Values {
			changed[name] = value
		}
		changed["target"] = untouched.ID // altered field
		add(changed)

		var log storetest.Log
		env.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		e := env.newEngine()
		e.ContractKey = key
		startBackground(t, e.Run)
		finalAnswers := func() (finalAnswers []redis.XMessage) {
			for _, a := range env.results(t) {
				if a.Values["status"] != "accepted" {
					finalAnswers = append(finalAnswers, a)
				}
			}
			return finalAnswers
		}
		eventually(t, "the signed command is answered", func() bool { return len(finalAnswers()) == 1 })
		add(entries[0].Values) // a replay
		eventually(t, "the replay gets the first answer", func() bool { return len(finalAnswers()) == 2 })
		eventually(t, "all commands are acknowledged", func() bool {
			pending, err := env.client.XPending(t.Context(), contract.CommandsStream, contract.BotGroup).Result()
			return err == nil && pending.Count == 0
		})

		for _, a := range env.results(t) {
			wantEqual(t, "answered command", a.Values["id"], any(signed.ID))
			wantEqual(t, "answer is signed", key.VerifyResult(a.Values), true)
		}
		wantEqual(t, "giveaway of the signed command", env.loadGiveaway(t, g.ID).Status, store.GiveawayEnded)
		wantEqual(t, "giveaway of the forged ones", env.loadGiveaway(t, untouched.ID).Status, store.GiveawayActive)
		for _, a := range finalAnswers() {
			wantEqual(t, "answer, also to the replay", a.Values["status"], any("done"))
		}
		wantEqual(t, "log lines", log.Count("CONTRACT_KEY"), 1)
	})
}

func TestEngineWithoutKeyIgnoresSignatures(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		key, err := contract.NewKey("Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa")
		check(t, err)
		g := env.addGiveaway(t, 5, store.Giveaway{})
		env.startEngine(t)
		now := time.Now()
		check(t, contract.Command{
			ID: store.NewID(), GuildID: env.guild, Actor: ann, Verb: contract.VerbGiveawayEnd, Target: g.ID, Data: []byte("{}"),
			IssuedAt: now, ExpiresAt: now.Add(testTimeout),
		}.Send(t.Context(), env.client, key))
		eventually(t, "the giveaway has ended", func() bool { return env.loadGiveaway(t, g.ID).Status == store.GiveawayEnded })
		for _, a := range env.results(t) {
			if signature, signed := a.Values["signature"]; signed {
				t.Errorf("signature of the answer = %v, want none", signature)
			}
		}
	})
}
