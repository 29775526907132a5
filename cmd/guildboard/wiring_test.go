package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	miniserver "github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"

	"guildboard/cmd/internal/testenv"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

const contractSecret = "Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa"

// redisWithPolicy starts a Redis with this maxmemory-policy.
func redisWithPolicy(t *testing.T, policy string) *miniredis.Miniredis {
	t.Helper()
	m := miniredis.RunT(t)
	must(t, m.Server().Register("CONFIG", func(c *miniserver.Peer, _ string, _ []string) {
		c.WriteMapLen(1)
		c.WriteBulk("maxmemory-policy")
		c.WriteBulk(policy)
	}))
	return m
}

// captureStderr returns the lines that are written to os.Stderr while the test runs.
func captureStderr(t *testing.T) <-chan string {
	t.Helper()
	out, in, err := os.Pipe()
	must(t, err)
	stderr := os.Stderr
	os.Stderr = in
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		os.Stderr = stderr
		in.Close()
	})
	return lines
}

// waitForLogLine waits for a line with the text.
func waitForLogLine(t *testing.T, lines <-chan string, done <-chan error, text string) string {
	t.Helper()
	for limit := time.After(testTimeout); ; {
		select {
		case line := <-lines:
			if strings.Contains(line, text) {
				return line
			}
		case err := <-done:
			t.Fatalf("the process ended before it logged %q: %v", text, err)
		case <-limit:
			t.Fatalf("the process did not log %q", text)
		}
	}
}

func TestDashboardWarnsAboutEvictionAndUnsignedResults(t *testing.T) {
	clearEnvironment(t)
	m := redisWithPolicy(t, "allkeys-lru")
	for name, value := range validSettings(t) {
		t.Setenv(name, value)
	}
	for name, value := range map[string]string{"REDIS_URL": "redis://" + m.Addr(), "LOG_LEVEL": "info", "CONTRACT_KEY": contractSecret} {
		t.Setenv(name, value)
	}
	lines := captureStderr(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"dashboard"}) }()

	line := waitForLogLine(t, lines, done, "may evict")
	if !strings.Contains(line, "level=WARN") || !strings.Contains(line, "maxmemory-policy=allkeys-lru") ||
		!strings.Contains(line, "noeviction") {
		t.Errorf("eviction warning = %s, want the policy and noeviction in it", line)
	}
	_, err := m.XAdd(contract.ResultsStream, "*",
		[]string{"id", store.NewID(), "status", "done", "code", "", "message", "", "at", "1795442487820"})
	must(t, err)
	if line := waitForLogLine(t, lines, done, "CONTRACT_KEY"); !strings.Contains(line, "stream="+contract.ResultsStream) {
		t.Errorf("warning about an unsigned result = %s, want the stream in it", line)
	}
	stop()
	select {
	case err := <-done:
		must(t, err)
	case <-time.After(testTimeout):
		t.Fatal("timeout waiting for the process to stop")
	}
}

func TestWarnAboutEviction(t *testing.T) {
	for policy, want := range map[string]int{"allkeys-lru": 1, "volatile-ttl": 1, "noeviction": 0, "": 0} {
		m := redisWithPolicy(t, policy)
		client, err := store.OpenRedis("redis://" + m.Addr())
		must(t, err)
		var log bytes.Buffer
		must(t, warnAboutEviction(t.Context(), client, slog.New(slog.NewTextHandler(&log, nil))))
		client.Close()
		if got := strings.Count(log.String(), "maxmemory-policy="+policy); got != want || strings.Count(log.String(), "\n") != want {
			t.Errorf("%d warnings with policy %q, want %d:\n%s", got, policy, want, &log)
		}
	}
}

// waitForAcknowledgement waits until the group has read and acknowledged all of the stream up to the entry.
func waitForAcknowledgement(t *testing.T, client redis.UniversalClient, stream, group, entry string) {
	t.Helper()
	for giveUpAt := time.Now().Add(testTimeout); ; time.Sleep(10 * time.Millisecond) {
		groups, _ := client.XInfoGroups(t.Context(), stream).Result() // the group does not exist before the reader's first read
		for _, g := range groups {
			if g.Name == group && g.LastDeliveredID >= entry && g.Pending == 0 {
				return
			}
		}
		if time.Now().After(giveUpAt) {
			t.Fatalf("timeout waiting until group %s acknowledges entry %s of %s: %+v", group, entry, stream, groups)
		}
	}
}

func TestDemoIgnoresUnsignedMessages(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("CONTRACT_KEY", contractSecret)
	redisAddr, err := testenv.FreeAddr()
	must(t, err)
	metrics, err := testenv.FreeAddr()
	must(t, err)
	demo := startCommand(t, "demo", "--addr=127.0.0.1:0", "--redis-addr="+redisAddr, "--metrics-addr="+metrics,
		"--still", "--log-level=error",
		"--database-url=sqlite:"+filepath.Join(t.TempDir(), "demo.db"))
	client, err := store.OpenRedis("redis://" + redisAddr)
	must(t, err)
	defer client.Close()
	key, err := contract.NewKey(contractSecret)
	must(t, err)

	now := time.Now()
	command := contract.Command{
		GuildID: "100000000000000001", Actor: contract.User{ID: "1"}, Verb: contract.VerbGiveawayPause,
		Target: store.NewID(), Data: []byte("{}"),
		IssuedAt: now, ExpiresAt: now.Add(testTimeout),
	}
	unsigned, signed := command, command
	unsigned.ID, signed.ID = store.NewID(), store.NewID()
	must(t, unsigned.Send(t.Context(), client, contract.Key{}))
	must(t, signed.Send(t.Context(), client, key))
	last, err := client.XRevRangeN(t.Context(), contract.CommandsStream, "+", "-", 1).Result()
	must(t, err)
	waitForAcknowledgement(t, client, contract.CommandsStream, contract.BotGroup, last[0].ID)
	results, err := client.XRange(t.Context(), contract.ResultsStream, "-", "+").Result()
	must(t, err)
	answerCount := map[any]int{}
	for _, result := range results {
		answerCount[result.Values["id"]]++
		if !key.VerifyResult(result.Values) {
			t.Errorf("the result %v has no valid signature", result.Values)
		}
	}
	if answerCount[signed.ID] == 0 || answerCount[unsigned.ID] != 0 {
		t.Errorf("answers to the signed command = %d, to the unsigned one = %d, want at least 1 and 0",
			answerCount[signed.ID], answerCount[unsigned.ID])
	}

	entry, err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: contract.ResultsStream, Values: []any{
		"id", unsigned.ID, "status", "done", "code", "", "message", "", "at", "1795442487820",
	}}).Result()
	must(t, err)
	waitForAcknowledgement(t, client, contract.ResultsStream, contract.DashboardGroup, entry)
	response, err := http.Get("http://" + metrics + "/metrics")
	must(t, err)
	defer response.Body.Close()
	exposition, err := io.ReadAll(response.Body)
	must(t, err)
	if !bytes.Contains(exposition, []byte("\nguildboard_unsigned_results_total 1\n")) {
		t.Error("guildboard_unsigned_results_total is not 1")
	}
	demo.stop()
	demo.wait()
}

// runCaptured runs a command and returns its output and its error.
func runCaptured(t *testing.T, args ...string) (string, error) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	must(t, err)
	defer file.Close()
	stdout := os.Stdout
	os.Stdout = file
	failed := run(t.Context(), args)
	os.Stdout = stdout
	text, err := os.ReadFile(file.Name())
	must(t, err)
	return string(text), failed
}

func TestDoctorDataListsBadValues(t *testing.T) {
	clearEnvironment(t)
	path := filepath.Join(t.TempDir(), "g.db")
	db, err := store.Open(t.Context(), "sqlite:"+path)
	must(t, err)
	storetest.Guild(t, db, "1", "One")
	bad, good := storetest.Giveaway(t, db, "1", store.Giveaway{}), storetest.Giveaway(t, db, "1", store.Giveaway{})
	must(t, db.Close())
	if out, err := runCaptured(t, "doctor", "data", "--database-url=sqlite:"+path); err != nil || out != "no bad values\n" {
		t.Errorf("doctor data of a clean database: error = %v, output %q, want no bad values", err, out)
	}

	raw, err := sql.Open("sqlite", path)
	must(t, err)
	_, err = raw.ExecContext(t.Context(), "UPDATE giveaways SET ends_at = 'never', winner_count = -3 WHERE id = ?", bad.ID)
	must(t, err)
	must(t, raw.Close())
	out, err := runCaptured(t, "doctor", "data", "--database-url=sqlite:"+path)
	if err == nil || err.Error() != "bad values: 2" {
		t.Errorf("doctor data of a database with bad values: error = %v, want bad values: 2", err)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 2 || strings.Contains(out, good.ID) {
		t.Fatalf("doctor data printed %q, want a line for each of 2 bad values", out)
	}
	for _, column := range []string{"ends_at", "winner_count"} {
		found := false
		for _, line := range lines {
			found = found || strings.Contains(line, "giveaways") && strings.Contains(line, bad.ID) && strings.Contains(line, column)
		}
		if !found {
			t.Errorf("doctor data printed %q, want %s of %s in it", out, column, bad.ID)
		}
	}
}

func TestDoctorBotUsesWaitFlag(t *testing.T) {
	clearEnvironment(t)
	m := miniredis.RunT(t)
	out, err := runCaptured(t, "doctor", "bot", "--redis-url=redis://"+m.Addr(), "--wait=3ms")
	if err == nil || !strings.Contains(out, "commands in 3ms") {
		t.Errorf("doctor bot --wait=3ms without a bot: error = %v, output %q", err, out)
	}
	_, err = runCaptured(t, "doctor", "bot", "--redis-url=redis://"+m.Addr(), "--wait=0s")
	if err == nil || !strings.Contains(err.Error(), "--wait") {
		t.Errorf("doctor bot --wait=0s: error = %v, want one that names --wait", err)
	}
}
