package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestAMessageOfTwentyMegabytesIsCut(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		asked, _, err := o.dashboard(t, nil).Ask(t.Context(), o.end("g1"))
		check(t, err)
		long := strings.Repeat("ab", 10<<20)
		check(t, store.Answer{ID: asked.ID, Status: store.CommandRefused, Code: long[:1000], Message: long, At: time.Now()}.
			Send(t.Context(), o.client, store.ContractKey{}))
		got := o.becomes(t, asked.ID, store.CommandRefused)
		same(t, "characters of the message", len(got.Message), store.MaxAnswerMessage)
		same(t, "characters of the code", len(got.Code), store.MaxAnswerCode)
	})
}

func TestAnEnormousHeartbeatIsBounded(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		many := store.Heartbeat{Version: strings.Repeat("v", 5000), Guilds: 3}
		for i := range 1000 {
			many.Capabilities = append(many.Capabilities, store.Verb(fmt.Sprint("VERB_", i)))
		}
		check(t, many.Beat(t.Context(), o.client))
		bot := o.dashboard(t, nil).Bot(t.Context())
		same(t, "alive", bot.Alive, true)
		same(t, "capabilities", len(bot.Capabilities), store.MaxCapabilities)
		same(t, "characters of the version", len(bot.Version), store.MaxVersion)

		text, err := json.Marshal(map[string]string{"version": strings.Repeat("v", 20<<20)})
		check(t, err)
		check(t, o.client.Set(t.Context(), store.BotAliveKey, text, store.BeatHolds).Err())
		bot = o.dashboard(t, nil).Bot(t.Context())
		same(t, "alive", bot.Alive, true)
		same(t, "what is known of it", bot.Version, "")
		kept, err := o.client.StrLen(t.Context(), store.BotHeardKey).Result()
		check(t, err)
		if kept > 1000 {
			t.Errorf("%s has %d bytes, want no more than of a small heartbeat", store.BotHeardKey, kept)
		}
	})
}

func TestAStreamThatIsGoneIsAnErrorOnceItWasThere(t *testing.T) {
	client := storetest.Redis(t)
	stream := "test:" + store.NewID()
	t.Cleanup(func() { client.Del(t.Context(), stream) })
	group := &store.Group{Client: client, Stream: stream, Name: "g", Member: "m", MaxBlock: time.Millisecond}
	for range 2 { // made, and read
		_, err := group.Read(t.Context(), 1)
		check(t, err)
	}
	check(t, client.Del(t.Context(), stream).Err())
	if _, err := group.Read(t.Context(), 1); err == nil {
		t.Error("Read() of a stream that was evicted = nil, want an error")
	}
	_, err := group.Read(t.Context(), 1)
	check(t, err)
}
