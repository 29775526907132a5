package discord_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
)

// plant writes what an attacker who can write Redis would write where a user's guilds are shared.
func (w *world) plant(user string, value []byte) {
	w.t.Helper()
	if err := w.redis.Set(w.t.Context(), "discord:guilds:"+user, value, time.Hour).Err(); err != nil {
		w.t.Fatal(err)
	}
}

// stored is what Redis has there.
func (w *world) stored(user string) []byte {
	w.t.Helper()
	value, err := w.redis.Get(w.t.Context(), "discord:guilds:"+user).Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

func TestGuildsWrittenIntoRedisGrantNothing(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newWorld(t, client)
		guilds := []discord.Guild{{ID: "3", Name: "Three", Owner: true, CanManage: true}, {ID: "666", CanManage: true}}
		plain, err := json.Marshal(map[string]any{"guilds": guilds, "at": w.clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
		stranger, err := store.NewSealer("QmFzZTY0IG9mIGFub3RoZXIgc2l0ZSdzIGtleTEyMzQ=")
		if err != nil {
			t.Fatal(err)
		}
		place := "discord:guilds:" + w.user
		for name, value := range map[string][]byte{
			"plain JSON":              plain,
			"sealed with another key": stranger.Seal(plain, place),
			"nothing":                 {},
			"garbage":                 []byte("\x00\xff garbage that is longer than a nonce and a tag"),
		} {
			w.plant(w.user, value)
			list, err := w.process().Guilds(t.Context(), w.user, w.tokens, discord.Reading)
			if err != nil || len(list.Guilds) != 3 {
				t.Fatalf("%s: Guilds() = %+v, %v, want what Discord says", name, list, err)
			}
			if g, ok := list.Find("3"); !ok || g.CanManage || g.Owner {
				t.Errorf("%s: guild 3 is %+v, want what Discord says", name, g)
			}
			w.clock.turn(2 * time.Second) // else what was just learned is believed
		}
		w.asked(discordtest.Guilds, 4)
	})
}

func TestAnotherUsersGuildsGrantNothing(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newWorld(t, client)
		owner := w.user + "-owner"
		w.fake.SetUser(discordtest.User{ID: owner, Username: "owner"}, discordtest.Guild{ID: "3", Name: "Three", Owner: true, Permissions: "8"})
		tokens := &pair{token: w.fake.Issue(owner)}
		if list, err := w.Guilds(t.Context(), owner, tokens, discord.Reading); err != nil || !list.Guilds[0].Owner {
			t.Fatalf("Guilds() = %+v, %v", list, err)
		}
		w.plant(w.user, w.stored(owner))
		list, err := w.process().Guilds(t.Context(), w.user, w.tokens, discord.Reading)
		if g, _ := list.Find("3"); err != nil || g.Owner || g.CanManage {
			t.Errorf("with the owner's list moved: %+v, %v, want what Discord says of the user", list, err)
		}
	})
}

// A list keeps its time, however late it is put back: it counts for reading for five minutes, and for an hour while Discord
// does not answer.
func TestGuildsPutBackAreAsOldAsTheyWere(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newWorld(t, client)
		w.knows(discord.Reading)
		captured := w.stored(w.user)
		w.fake.SetUser(discordtest.User{ID: w.user, Username: "alice"}, discordtest.Guild{ID: "3", Name: "Three", Permissions: "0"})
		w.clock.turn(6 * time.Minute)
		w.plant(w.user, captured)
		list, err := w.process().Guilds(t.Context(), w.user, w.tokens, discord.Reading)
		if err != nil || len(list.Guilds) != 1 {
			t.Errorf("six minutes later: %+v, %v, want what Discord says now", list, err)
		}

		w.fake.Break(discordtest.Guilds, discordtest.Status(500))
		w.clock.turn(time.Hour)
		w.plant(w.user, captured)
		if list, err := w.process().Guilds(t.Context(), w.user, w.tokens, discord.Reading); err == nil {
			t.Errorf("an hour later, without Discord: %+v, want an error", list)
		}
	})
}
