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
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// Two different secrets.
const (
	contractSecret = "Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa"
	otherSecret    = "q8TnXe5Ov3WgBz7Ki1CyFj6PaSr0MhDl"
)

func newContractKey(t *testing.T, secrets ...string) contract.Key {
	t.Helper()
	return must(contract.NewKey(secrets[0], secrets[1:]...))(t)
}

func TestContractKeyMatchesDocumentedSignatures(t *testing.T) {
	// The documentation has the secret, the two signed texts, the two signatures and the message, in this order.
	blocks := contractCodeBlocks(t)["Signatures"]
	if len(blocks) != 7 {
		t.Fatalf("Signatures has %d lines of code, want 7: %q", len(blocks), blocks)
	}
	key := newContractKey(t, blocks[1])
	texts := []string{strings.ReplaceAll(blocks[2], "\n", ""), blocks[3]}
	client := storetest.Redis(t)
	var signed int
	for _, w := range redisExamples(t) {
		if w[0] == "PUBLISH" && w[1] == contract.BotCommandsChannel {
			var compact bytes.Buffer
			noError(t, json.Compact(&compact, []byte(w[2])))
			message, _, _ := strings.Cut(blocks[6], "\n")
			if text := message + compact.String()[1:]; !key.VerifyMessage(text) {
				t.Errorf("VerifyMessage(%s) = false, want true", text)
			}
			signed++
		}
		if w[0] != "XADD" || entryFields(w)["id"] != "cm3k9q2yx0003mn08w4r5t6y7" || entryFields(w)["status"] == "accepted" {
			continue
		}
		stream, sign, verify, n := contract.CommandsStream, key.SignCommand, key.VerifyCommand, 0
		if w[1] == contract.ResultsStream {
			stream, sign, verify, n = contract.ResultsStream, key.SignResult, key.VerifyResult, 1
		}
		wantEqual(t, "stream", stream, w[1])
		var entry []string
		for name, value := range entryFields(w) {
			entry = append(entry, name, value.(string))
			if text := value.(string); !strings.Contains(texts[n], ","+strconv.Itoa(len(text))+":"+text+",") && name != "signature" {
				t.Errorf("signed text %s has no field %s = %q", texts[n], name, text)
			}
		}
		noError(t, client.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: sign(entry)}).Err())
		got := lastEntry(t, client, stream)
		wantEqual(t, "signature", got["signature"], any(blocks[4+n]))
		wantEqual(t, "signature is valid", verify(got), true)
		signed++
	}
	wantEqual(t, "signed examples", signed, 3)
}

func TestNewContractKeyRejectsWeakSecrets(t *testing.T) {
	for _, secret := range []string{"short", strings.Repeat("k", 64), strings.Repeat("changeme", 5),
		contractSecret[:31]} {
		for _, all := range [][]string{{secret}, {contractSecret, secret}} {
			if _, err := contract.NewKey(all[0], all[1:]...); err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("NewKey(%q) error = %v, want one without the secret", all, err)
			}
		}
	}
	wantEqual(t, "key without a secret is set", newContractKey(t, "").IsSet(), false)
	wantEqual(t, "key is set", newContractKey(t, contractSecret).IsSet(), true)
}

func TestContractKeySignsEveryField(t *testing.T) {
	key, other := newContractKey(t, contractSecret), newContractKey(t, otherSecret)
	for _, stream := range []struct {
		entry           []string
		sign, otherSign func([]string) []string
		verify          func(map[string]any) bool
		verifyOther     func(map[string]any) bool
	}{
		{[]string{"id", "c1", "type", "TICKET_CLOSE", "guildId", "12", "userId", "34", "target", "t1", "data", `{"reason":"a"}`,
			"issuedAt", "1795442488053", "expiresAt", "1795442548053"}, key.SignCommand, other.SignCommand,
			key.VerifyCommand, key.VerifyResult},
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
		wantEqual(t, "own signature is valid", stream.verify(signed), true)
		wantEqual(t, "signature for the other stream is valid", stream.verifyOther(signed), false)
		wantEqual(t, "signature of another key is valid", stream.verify(values(stream.otherSign(stream.entry))), false)
		wantEqual(t, "missing signature is valid", stream.verify(values(stream.entry)), false)
		for name := range signed {
			changed := maps.Clone(signed)
			changed[name] = changed[name].(string) + "0"
			wantEqual(t, "signature after a change is valid: "+name, stream.verify(changed), false)
			delete(changed, name)
			wantEqual(t, "signature without a field is valid: "+name, stream.verify(changed), false)
		}
		if _, result := signed["code"]; result {
			signed["code"], signed["message"] = "a", "bc"
			wantEqual(t, "signature is valid after a letter moved to the next field", stream.verify(signed), false)
		}
	}
}

func TestContractKeyRotation(t *testing.T) {
	entry := []string{"id", "c1", "status", "done", "code", "", "message", "", "at", "5"}
	signedWith := func(key contract.Key) map[string]any {
		m := map[string]any{}
		signed := key.SignResult(entry)
		for i := 0; i < len(signed); i += 2 {
			m[signed[i]] = signed[i+1]
		}
		return m
	}
	before, after := newContractKey(t, contractSecret, otherSecret), newContractKey(t, otherSecret, contractSecret)
	wantEqual(t, "new key accepts the old one", after.VerifyResult(signedWith(before)), true)
	wantEqual(t, "old key accepts the new one, which is listed", before.VerifyResult(signedWith(after)), true)
	wantEqual(t, "new key without the old one accepts it",
		newContractKey(t, otherSecret).VerifyResult(signedWith(before)), false)
	wantEqual(t, "the first key signs", newContractKey(t, otherSecret).VerifyResult(signedWith(after)), true)
}

func TestUnsignedResultsAreIgnoredWithKey(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		key, other := newContractKey(t, contractSecret), newContractKey(t, otherSecret)
		env.sendHeartbeat(t)
		var (
			ignored atomic.Int32
			log     storetest.Log
		)
		dashboard := store.NewCommandQueue(env.s, env.client, store.NewBus(env.client, slog.New(slog.DiscardHandler)),
			slog.New(slog.NewTextHandler(&log, nil))).WithChannel(env.channel)
		dashboard.MaxBlock, dashboard.Key, dashboard.CountUnsigned = 20*time.Millisecond, key, func() { ignored.Add(1) }
		runQueue(t, dashboard)
		published := env.client.Subscribe(t.Context(), env.channel)
		defer published.Close()
		must(published.Receive(t.Context()))(t)

		command, _, err := dashboard.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		wantEqual(t, "the command is signed", key.VerifyCommand(lastEntry(t, env.client, contract.CommandsStream)), true)
		message := must(published.ReceiveMessage(t.Context()))(t).Payload
		wantEqual(t, "the message is signed", key.VerifyMessage(message), true)
		wantEqual(t, "a changed message is", key.VerifyMessage(strings.Replace(message, "g1", "g2", 1)), false)
		wantEqual(t, "an unsigned message is", key.VerifyMessage(`{`+message[strings.Index(message, ",")+1:]), false)
		wantEqual(t, "a message of another key is", other.VerifyMessage(message), false)

		forged := contract.CommandResult{ID: command.ID, Status: contract.CommandDone, Message: "forged", At: time.Now()}
		noError(t, forged.Send(t.Context(), env.client, contract.Key{}))
		noError(t, forged.Send(t.Context(), env.client, other))
		valid := contract.CommandResult{ID: command.ID, Status: contract.CommandRefused, Code: contract.RefusalWrongState,
			Message: "said the bot", At: time.Now()}
		noError(t, valid.Send(t.Context(), env.client, key))
		c := env.waitForStatus(t, command.ID, contract.CommandRefused) // the forged result would have set it to done
		wantEqual(t, "message", c.Message, "said the bot")
		wantEqual(t, "ignored results", ignored.Load(), 2)
		wantEqual(t, "lines of the log", log.Count("CONTRACT_KEY"), 1)
		wantEqual(t, "stream in it", log.Count("stream="+contract.ResultsStream), 1)

		// The first final result counts, however often an earlier one is sent again.
		again := env.endCommand("g2")
		command, _, err = dashboard.Enqueue(t.Context(), again)
		noError(t, err)
		noError(t, contract.CommandResult{ID: command.ID, Status: contract.CommandDone, At: time.Now()}.Send(t.Context(), env.client, key))
		env.waitForStatus(t, command.ID, contract.CommandDone)
		noError(t, valid.Send(t.Context(), env.client, key)) // of the other command
		env.waitUntilAcknowledged(t, contract.ResultsStream, contract.DashboardGroup)
		wantEqual(t, "status of what was answered",
			env.waitForStatus(t, command.ID, contract.CommandDone).Status, contract.CommandDone)
	})
}

func TestNoSignaturesWithoutContractKey(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		env.sendHeartbeat(t)
		dashboard := env.startDashboard(t, nil)
		command, _, err := dashboard.Enqueue(t.Context(), env.endCommand("g1"))
		noError(t, err)
		if signature, signed := lastEntry(t, env.client, contract.CommandsStream)["signature"]; signed {
			t.Errorf("signature of the command = %v, want none", signature)
		}
		noError(t, contract.CommandResult{ID: command.ID, Status: contract.CommandDone, At: time.Now()}.
			Send(t.Context(), env.client, newContractKey(t, contractSecret)))
		env.waitForStatus(t, command.ID, contract.CommandDone) // the bot may have its own key
	})
}
