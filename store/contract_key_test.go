package store_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/storetest"
)

// Two different secrets.
const (
	contractSecret = "Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa"
	otherSecret    = "q8TnXe5Ov3WgBz7Ki1CyFj6PaSr0MhDl"
)

func contractKey(t *testing.T, secrets ...string) store.ContractKey {
	t.Helper()
	return must(store.NewContractKey(secrets[0], secrets[1:]...))(t)
}

func TestContractKeyHasTheSignaturesOfTheDocumentation(t *testing.T) {
	// The documentation has the secret, the two texts, the two signatures and the message, in this order.
	blocks := contract(t)["Signatures"]
	if len(blocks) != 7 {
		t.Fatalf("Signatures has %d lines of code, want 7: %q", len(blocks), blocks)
	}
	key := contractKey(t, blocks[1])
	texts := []string{strings.ReplaceAll(blocks[2], "\n", ""), blocks[3]}
	client := storetest.Redis(t)
	var signed int
	for _, w := range examples(t) {
		if w[0] == "PUBLISH" && w[1] == store.BotCommandsChannel {
			var compact bytes.Buffer
			check(t, json.Compact(&compact, []byte(w[2])))
			message, _, _ := strings.Cut(blocks[6], "\n")
			if text := message + compact.String()[1:]; !key.VerifyMessage(text) {
				t.Errorf("VerifyMessage(%s) = false, want true", text)
			}
			signed++
		}
		if w[0] != "XADD" || fields(w)["id"] != "cm3k9q2yx0003mn08w4r5t6y7" || fields(w)["status"] == "accepted" {
			continue
		}
		stream, sign, verify, n := store.CommandsStream, key.SignCommand, key.VerifyCommand, 0
		if w[1] == store.ResultsStream {
			stream, sign, verify, n = store.ResultsStream, key.SignResult, key.VerifyResult, 1
		}
		same(t, "stream", stream, w[1])
		var entry []string
		for name, value := range fields(w) {
			entry = append(entry, name, value.(string))
			if text := value.(string); !strings.Contains(texts[n], ","+strconv.Itoa(len(text))+":"+text+",") && name != "signature" {
				t.Errorf("the text %s lacks %s, which is %q", texts[n], name, text)
			}
		}
		check(t, client.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: sign(entry)}).Err())
		got := lastEntry(t, client, stream)
		same(t, "signature", got["signature"], any(blocks[4+n]))
		same(t, "verified", verify(got), true)
		signed++
	}
	same(t, "examples that were signed", signed, 3)
}

func TestContractKeyIsRefusedWhenItCanBeGuessed(t *testing.T) {
	for _, secret := range []string{"short", strings.Repeat("k", 64), strings.Repeat("changeme", 5), contractSecret[:store.MinSealKey-1]} {
		for _, all := range [][]string{{secret}, {contractSecret, secret}} {
			if _, err := store.NewContractKey(all[0], all[1:]...); err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("NewContractKey(%q) = %v, want an error that does not show the secret", all, err)
			}
		}
	}
	same(t, "set without a secret", contractKey(t, "").IsSet(), false)
	same(t, "set", contractKey(t, contractSecret).IsSet(), true)
}

func TestContractKeySignsEveryField(t *testing.T) {
	key, other := contractKey(t, contractSecret), contractKey(t, otherSecret)
	for _, stream := range []struct {
		entry          []string
		sign, elseSign func([]string) []string
		verify         func(map[string]any) bool
		elsewhere      func(map[string]any) bool
	}{
		{[]string{"id", "c1", "type", "TICKET_CLOSE", "guildId", "12", "userId", "34", "target", "t1", "data", `{"reason":"a"}`,
			"issuedAt", "1795442488053", "expiresAt", "1795442548053"}, key.SignCommand, other.SignCommand, key.VerifyCommand, key.VerifyResult},
		{
			[]string{"id", "c1", "status", "refused", "code", "ab", "message", "c", "at", "5"},
			key.SignResult, other.SignResult, key.VerifyResult, key.VerifyCommand,
		},
	} {
		values := func(entry []string) map[string]any {
			m := map[string]any{}
			for i := 0; i < len(entry); i += 2 {
				m[entry[i]] = entry[i+1]
			}
			return m
		}
		signed := values(stream.sign(stream.entry))
		same(t, "own signature", stream.verify(signed), true)
		same(t, "signature for the other stream", stream.elsewhere(signed), false)
		same(t, "signature with another key", stream.verify(values(stream.elseSign(stream.entry))), false)
		same(t, "no signature", stream.verify(values(stream.entry)), false)
		for name := range signed {
			changed := maps.Clone(signed)
			changed[name] = changed[name].(string) + "0"
			same(t, "signature after a change of "+name, stream.verify(changed), false)
			delete(changed, name)
			same(t, "signature without "+name, stream.verify(changed), false)
		}
		if _, result := signed["code"]; result {
			signed["code"], signed["message"] = "a", "bc"
			same(t, "signature after a letter moved to the next field", stream.verify(signed), false)
		}
	}
}

func TestContractKeyCanBeReplaced(t *testing.T) {
	entry := []string{"id", "c1", "status", "done", "code", "", "message", "", "at", "5"}
	signedWith := func(key store.ContractKey) map[string]any {
		m := map[string]any{}
		signed := key.SignResult(entry)
		for i := 0; i < len(signed); i += 2 {
			m[signed[i]] = signed[i+1]
		}
		return m
	}
	before, after := contractKey(t, contractSecret, otherSecret), contractKey(t, otherSecret, contractSecret)
	same(t, "the new one accepts the old", after.VerifyResult(signedWith(before)), true)
	same(t, "the old one accepts the new, which is listed", before.VerifyResult(signedWith(after)), true)
	same(t, "the new one alone accepts the old", contractKey(t, otherSecret).VerifyResult(signedWith(before)), false)
	same(t, "the first one signs", contractKey(t, otherSecret).VerifyResult(signedWith(after)), true)
}

func TestOnlySignedResultsCountWhereThereIsAKey(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		key, other := contractKey(t, contractSecret), contractKey(t, otherSecret)
		o.alive(t)
		var (
			ignored atomic.Int32
			log     storetest.Log
		)
		dashboard := store.NewCommands(o.s, o.client, store.NewBus(o.client, slog.New(slog.DiscardHandler)),
			slog.New(slog.NewTextHandler(&log, nil))).OnChannel(o.name)
		dashboard.MaxBlock, dashboard.Key, dashboard.CountUnsigned = 20*time.Millisecond, key, func() { ignored.Add(1) }
		runs(t, dashboard)
		published := o.client.Subscribe(t.Context(), o.name)
		defer published.Close()
		must(published.Receive(t.Context()))(t)

		asked, _, err := dashboard.Ask(t.Context(), o.end("g1"))
		check(t, err)
		same(t, "the command is signed", key.VerifyCommand(lastEntry(t, o.client, store.CommandsStream)), true)
		message := must(published.ReceiveMessage(t.Context()))(t).Payload
		same(t, "the message is signed", key.VerifyMessage(message), true)
		same(t, "a changed message is", key.VerifyMessage(strings.Replace(message, "g1", "g2", 1)), false)
		same(t, "an unsigned message is", key.VerifyMessage(`{`+message[strings.Index(message, ",")+1:]), false)
		same(t, "a message of another key is", other.VerifyMessage(message), false)

		forged := store.Answer{ID: asked.ID, Status: store.CommandDone, Message: "forged", At: time.Now()}
		check(t, forged.Send(t.Context(), o.client, store.ContractKey{}))
		check(t, forged.Send(t.Context(), o.client, other))
		real := store.Answer{ID: asked.ID, Status: store.CommandRefused, Code: store.CodeState, Message: "said the bot", At: time.Now()}
		check(t, real.Send(t.Context(), o.client, key))
		c := o.becomes(t, asked.ID, store.CommandRefused) // a forged answer would have made it done
		same(t, "message", c.Message, "said the bot")
		same(t, "ignored results", ignored.Load(), 2)
		same(t, "lines of the log", log.Count("CONTRACT_KEY"), 1)
		same(t, "stream in it", log.Count("stream="+store.ResultsStream), 1)

		// The first final answer counts, however often an earlier one is added again.
		again := o.end("g2")
		asked, _, err = dashboard.Ask(t.Context(), again)
		check(t, err)
		check(t, store.Answer{ID: asked.ID, Status: store.CommandDone, At: time.Now()}.Send(t.Context(), o.client, key))
		o.becomes(t, asked.ID, store.CommandDone)
		check(t, real.Send(t.Context(), o.client, key)) // of the other command
		o.acknowledged(t, store.ResultsStream, store.DashboardGroup)
		same(t, "status of what was answered", o.becomes(t, asked.ID, store.CommandDone).Status, store.CommandDone)
	})
}

func TestWithoutAContractKeyNothingIsSignedOrChecked(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		o.alive(t)
		dashboard := o.dashboard(t, nil)
		asked, _, err := dashboard.Ask(t.Context(), o.end("g1"))
		check(t, err)
		if signature, signed := lastEntry(t, o.client, store.CommandsStream)["signature"]; signed {
			t.Errorf("the command has the signature %v, want none", signature)
		}
		check(t, store.Answer{ID: asked.ID, Status: store.CommandDone, At: time.Now()}.
			Send(t.Context(), o.client, contractKey(t, contractSecret)))
		o.becomes(t, asked.ID, store.CommandDone) // the bot may have a key of its own
	})
}
