package discord_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store/discord"
	"guildboard/store/discord/discordtest"
	"guildboard/store/session"
)

// setSharedList overwrites a user's shared guild list, as an attacker with write access to Redis could.
func (w *fixture) setSharedList(user string, value []byte) {
	w.t.Helper()
	if err := w.redis.Set(w.t.Context(), "discord:guilds:"+user, value, time.Hour).Err(); err != nil {
		w.t.Fatal(err)
	}
}

// sharedList reads a user's shared guild list from Redis.
func (w *fixture) sharedList(user string) []byte {
	w.t.Helper()
	value, err := w.redis.Get(w.t.Context(), "discord:guilds:"+user).Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

func TestForgedSharedGuildsAreIgnored(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		guilds := []discord.Guild{{ID: "3", Name: "Three", Owner: true, CanManage: true}, {ID: "666", CanManage: true}}
		plain, err := json.Marshal(map[string]any{"guilds": guilds, "at": w.clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
		otherSealer, err := session.NewSealer("QmFzZTY0IG9mIGFub3RoZXIgc2l0ZSdzIGtleTEyMzQ=")
		if err != nil {
			t.Fatal(err)
		}
		key := "discord:guilds:" + w.user
		for name, value := range map[string][]byte{
			"plain JSON":              plain,
			"sealed with another key": otherSealer.Seal(plain, key),
			"empty":                   {},
			"garbage":                 []byte("\x00\xff garbage that is longer than a nonce and a tag"),
		} {
			w.setSharedList(w.user, value)
			list, err := w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.ReadFreshness)
			if err != nil || len(list.Guilds) != 3 {
				t.Fatalf("%s: Guilds() = %+v, %v, want the 3 guilds of Discord", name, list, err)
			}
			if g, ok := list.Find("3"); !ok || g.CanManage || g.Owner {
				t.Errorf("%s: guild 3 = %+v, want no rights in it", name, g)
			}
			w.clock.advance(2 * time.Second) // otherwise the list just fetched counts as fresh
		}
		w.wantRequests(discordtest.RouteGuilds, 4)
	})
}

func TestSharedGuildsOfOtherUserAreIgnored(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		owner := w.user + "-owner"
		w.fake.SetUser(discordtest.User{ID: owner, Username: "owner"},
			discordtest.Guild{ID: "3", Name: "Three", Owner: true, Permissions: "8"})
		tokens := &fakeTokens{token: w.fake.IssueToken(owner)}
		if list, err := w.Guilds(t.Context(), owner, tokens, discord.ReadFreshness); err != nil || !list.Guilds[0].Owner {
			t.Fatalf("Guilds() = %+v, %v, want the owner of guild 3", list, err)
		}
		w.setSharedList(w.user, w.sharedList(owner))
		list, err := w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.ReadFreshness)
		if g, _ := list.Find("3"); err != nil || g.Owner || g.CanManage {
			t.Errorf("with the owner's list: Guilds() = %+v, %v, want no rights in guild 3", list, err)
		}
	})
}

// A replayed list keeps its time: it is fresh enough for reads for five minutes, and for an hour while Discord does not
// answer.
func TestReplayedSharedGuildsKeepTheirAge(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		w := newFixture(t, client)
		w.wantFresh(discord.ReadFreshness)
		captured := w.sharedList(w.user)
		w.fake.SetUser(discordtest.User{ID: w.user, Username: "alice"},
			discordtest.Guild{ID: "3", Name: "Three", Permissions: "0"})
		w.clock.advance(6 * time.Minute)
		w.setSharedList(w.user, captured)
		list, err := w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.ReadFreshness)
		if err != nil || len(list.Guilds) != 1 {
			t.Errorf("six minutes later: Guilds() = %+v, %v, want the 1 guild of Discord", list, err)
		}

		w.fake.FailAll(discordtest.RouteGuilds, discordtest.Status(500))
		w.clock.advance(time.Hour)
		w.setSharedList(w.user, captured)
		if list, err := w.newClient().Guilds(t.Context(), w.user, w.tokens, discord.ReadFreshness); err == nil {
			t.Errorf("an hour later, without Discord: Guilds() = %+v, want an error", list)
		}
	})
}
