package bot_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestABotWithAKeyCarriesOutSignedCommandsOnly(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		key, err := store.NewContractKey("Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa")
		check(t, err)
		other, err := store.NewContractKey("q8TnXe5Ov3WgBz7Ki1CyFj6PaSr0MhDl")
		check(t, err)
		g, safe := w.posted(t, 5, store.Giveaway{}), w.posted(t, 5, store.Giveaway{})
		now := time.Now()
		c := store.Command{
			ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: store.VerbGiveawayEnd, Target: safe.ID, Data: []byte("{}"),
			IssuedAt: now, ExpiresAt: now.Add(patience),
		}
		check(t, c.Send(t.Context(), w.client, store.ContractKey{})) // missing signature
		check(t, c.Send(t.Context(), w.client, other))               // wrong signature
		signed := c
		signed.ID, signed.Target = store.NewID(), g.ID
		check(t, signed.Send(t.Context(), w.client, key))
		entries, err := w.client.XRevRangeN(t.Context(), store.CommandsStream, "+", "-", 1).Result()
		check(t, err)
		add := func(values map[string]any) {
			t.Helper()
			check(t, w.client.XAdd(t.Context(), &redis.XAddArgs{Stream: store.CommandsStream, Values: values}).Err())
		}
		changed := map[string]any{}
		for name, value := range entries[0].Values {
			changed[name] = value
		}
		changed["target"] = safe.ID // altered field
		add(changed)

		var log storetest.Log
		w.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		e := w.engine()
		e.Key = key
		running(t, e.Run)
		finals := func() (finals []redis.XMessage) {
			for _, a := range w.results(t) {
				if a.Values["status"] != "accepted" {
					finals = append(finals, a)
				}
			}
			return finals
		}
		eventually(t, "the signed command is answered", func() bool { return len(finals()) == 1 })
		add(entries[0].Values) // a replay
		eventually(t, "the replay gets the first answer", func() bool { return len(finals()) == 2 })
		eventually(t, "everything is acknowledged", func() bool {
			pending, err := w.client.XPending(t.Context(), store.CommandsStream, store.BotGroup).Result()
			return err == nil && pending.Count == 0
		})

		for _, a := range w.results(t) {
			same(t, "answered command", a.Values["id"], any(signed.ID))
			same(t, "answer is signed", key.VerifyResult(a.Values), true)
		}
		same(t, "giveaway of the signed command", w.giveaway(t, g.ID).Status, store.GiveawayEnded)
		same(t, "giveaway of the forged ones", w.giveaway(t, safe.ID).Status, store.GiveawayActive)
		for _, a := range finals() {
			same(t, "answer, also to the replay", a.Values["status"], any("done"))
		}
		same(t, "lines of the log", log.Count("CONTRACT_KEY"), 1)
	})
}

func TestABotWithoutAKeyIgnoresSignatures(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		key, err := store.NewContractKey("Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa")
		check(t, err)
		g := w.posted(t, 5, store.Giveaway{})
		w.runs(t)
		now := time.Now()
		check(t, store.Command{
			ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: store.VerbGiveawayEnd, Target: g.ID, Data: []byte("{}"),
			IssuedAt: now, ExpiresAt: now.Add(patience),
		}.Send(t.Context(), w.client, key))
		eventually(t, "the giveaway has ended", func() bool { return w.giveaway(t, g.ID).Status == store.GiveawayEnded })
		for _, a := range w.results(t) {
			if signature, signed := a.Values["signature"]; signed {
				t.Errorf("the answer has the signature %v, want none", signature)
			}
		}
	})
}
