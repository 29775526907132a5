package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestResultMessageIsTruncated(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		command, _, err := env.startDashboard(t, nil).Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		long := strings.Repeat("ab", 10<<20)
		noError(t, contract.CommandResult{ID: command.ID, Status: contract.CommandRefused, Code: long[:1000],
			Message: long, At: time.Now()}.
			Send(t.Context(), env.client, contract.Key{}))
		got := env.waitForStatus(t, command.ID, contract.CommandRefused)
		wantEqual(t, "message length", len(got.Message), contract.MaxResultMessage)
		wantEqual(t, "code length", len(got.Code), contract.MaxResultCode)
	})
}

func TestHeartbeatIsTruncated(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		heartbeat := contract.Heartbeat{Version: strings.Repeat("v", 5000), GuildCount: 3}
		for i := range 1000 {
			heartbeat.Capabilities = append(heartbeat.Capabilities, contract.Verb(fmt.Sprint("VERB_", i)))
		}
		noError(t, heartbeat.Send(t.Context(), env.client))
		bot := env.startDashboard(t, nil).BotState(t.Context())
		wantEqual(t, "alive", bot.Alive, true)
		wantEqual(t, "capabilities", len(bot.Capabilities), contract.MaxCapabilities)
		wantEqual(t, "version length", len(bot.Version), contract.MaxVersion)

		text, err := json.Marshal(map[string]string{"version": strings.Repeat("v", 20<<20)})
		noError(t, err)
		noError(t, env.client.Set(t.Context(), contract.BotAliveKey, text, contract.HeartbeatTTL).Err())
		bot = env.startDashboard(t, nil).BotState(t.Context())
		wantEqual(t, "alive", bot.Alive, true)
		wantEqual(t, "version", bot.Version, "")
		size, err := env.client.StrLen(t.Context(), contract.BotLastSeenKey).Result()
		noError(t, err)
		if size > 1000 {
			t.Errorf("%s has %d bytes, want at most 1000", contract.BotLastSeenKey, size)
		}
	})
}

func TestConsumerGroupReportsLostStream(t *testing.T) {
	client := storetest.Redis(t)
	stream := "test:" + store.NewID()
	t.Cleanup(func() { client.Del(t.Context(), stream) })
	group := &store.ConsumerGroup{Client: client, Stream: stream, Name: "g", Consumer: "m", MaxBlock: time.Millisecond}
	for range 2 { // creates the group, then reads
		_, err := group.Read(t.Context(), 1)
		noError(t, err)
	}
	noError(t, client.Del(t.Context(), stream).Err())
	if _, err := group.Read(t.Context(), 1); err == nil {
		t.Error("Read() of an evicted stream = nil error, want one")
	}
	_, err := group.Read(t.Context(), 1)
	noError(t, err)
}
