package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/testenv"
	"guildboard/handlers/live"
)

// testTimeout is how long a test waits for an asynchronous effect.
const testTimeout = 5 * time.Minute

// environmentVariables are all environment variables with a meaning for the program; tests clear them.
var environmentVariables = strings.Fields(`ADDR METRICS_ADDR TEMPL LOG_LEVEL LOG_JSON REDIS_ADDR DEMO_DATABASE_URL STILL ANYWHERE PUBLIC_URL DATABASE_URL
	REDIS_URL SESSION_KEY DISCORD_CLIENT_ID DISCORD_CLIENT_SECRET DISCORD_API DISCORD_AUTHORIZE TLS_CERT TLS_KEY STREAMS_PER_USER STREAMS
	CONNECTIONS SESSION_KEY_PREVIOUS CONTRACT_KEY CONTRACT_KEY_PREVIOUS TRUSTED_PROXIES SIGN_INS_PER_ADDRESS
	DATABASE_URL_FILE REDIS_URL_FILE CONTRACT_KEY_FILE CONTRACT_KEY_PREVIOUS_FILE SESSION_KEY_FILE SESSION_KEY_PREVIOUS_FILE
	DISCORD_CLIENT_SECRET_FILE DEMO_DATABASE_URL_FILE`)

// clearEnvironment clears the environment and changes to an empty directory without a templ.yaml.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range environmentVariables {
		if value, set := os.LookupEnv(name); set {
			must(t, os.Unsetenv(name))
			t.Cleanup(func() { _ = os.Setenv(name, value) })
		}
	}
	t.Chdir(t.TempDir())
}

// validSettings returns settings with which a production start proceeds until it connects to Redis.
func validSettings(t *testing.T) map[string]string {
	return map[string]string{
		"ADDR": "127.0.0.1:0", "PUBLIC_URL": "https://guildboard.example", "DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "g.db"),
		"REDIS_URL": "redis://127.0.0.1:1", "SESSION_KEY": "D0mXr9y8cVqkq4m2bWb1n7PZk3tJfL6sQx5uYg0hE2o=",
		"DISCORD_CLIENT_ID": "900000000000000001", "DISCORD_CLIENT_SECRET": "s",
		"LOG_LEVEL": "error",
	}
}

// startError returns the error of a production start with the settings.
func startError(t *testing.T, settings map[string]string) string {
	t.Helper()
	for name, value := range settings {
		t.Setenv(name, value)
	}
	ctx, stop := context.WithTimeout(t.Context(), testTimeout)
	defer stop()
	err := run(ctx, []string{"dashboard"})
	if err == nil || ctx.Err() != nil {
		t.Fatalf("run() with %v = nil error, want an error", settings)
	}
	return err.Error()
}

func TestDashboardListsMissingSettings(t *testing.T) {
	clearEnvironment(t)
	message := startError(t, nil)
	for setting, hint := range map[string]string{
		"PUBLIC_URL": "https://guildboard.example.com", "DATABASE_URL": "postgres://", "REDIS_URL": "redis://",
		"SESSION_KEY":       "openssl rand",
		"DISCORD_CLIENT_ID": "discord.com/developers", "DISCORD_CLIENT_SECRET": "same place",
	} {
		line := regexp.MustCompile(`(?m)^\s*` + setting + ` is missing: (.*)$`).FindStringSubmatch(message)
		if line == nil || !strings.Contains(line[1], hint) {
			t.Errorf("error without the setting %s:\n%s", setting, message)
		}
	}
}

func TestInvalidSettingPreventsStartup(t *testing.T) {
	for name, test := range map[string]struct {
		setting, value string
		want           []string
	}{
		"certificate without key": {"TLS_CERT", "cert.pem", []string{"TLS_CERT and TLS_KEY go together"}},
		"key without certificate": {"TLS_KEY", "key.pem", []string{"TLS_CERT and TLS_KEY go together"}},
		"no address":              {"PUBLIC_URL", "guildboard.example", []string{"PUBLIC_URL", "scheme and host"}},
		"another scheme":          {"PUBLIC_URL", "ftp://guildboard.example", []string{"PUBLIC_URL"}},
		"a path":                  {"PUBLIC_URL", "https://guildboard.example/board", []string{"PUBLIC_URL"}},
		"a query":                 {"PUBLIC_URL", "https://guildboard.example/?x=1", []string{"PUBLIC_URL"}},
		"no host":                 {"PUBLIC_URL", "https://", []string{"PUBLIC_URL"}},
		"short key":               {"SESSION_KEY", "short", []string{"SESSION_KEY", "32"}},
		"a database of no kind":   {"DATABASE_URL", "mysql://root:hunter2@db/x", []string{"DATABASE_URL"}},
		"a folder that is not":    {"DATABASE_URL", "sqlite:/nonexistent/folder/x.db", []string{"DATABASE_URL"}},
		"a Redis of no kind":      {"REDIS_URL", "http://:hunter2@redis", []string{"REDIS_URL"}},
		"a Redis that is none":    {"REDIS_URL", "redis://:hunter2@[::1", []string{"REDIS_URL"}},
		"a number that is none":   {"STREAMS", "many", []string{"STREAMS", "many"}},
		"a level that is none":    {"LOG_LEVEL", "loud", []string{"LOG_LEVEL", "info"}},
		"an address in use":       {"ADDR", "256.0.0.1:80", []string{"ADDR"}},
		"a file that is not":      {"TEMPL", "none.yaml", []string{"TEMPL", "none.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			settings := validSettings(t)
			settings[test.setting] = test.value
			message := startError(t, settings)
			for _, words := range test.want {
				if !strings.Contains(strings.ReplaceAll(message, "--log-level", "LOG_LEVEL"), words) &&
					!strings.Contains(strings.ReplaceAll(message, "--streams", "STREAMS"), words) {
					t.Errorf("error = %q, want %q in it", message, words)
				}
			}
			if strings.Contains(message, "hunter2") {
				t.Errorf("error = %q, want no password in it", message)
			}
		})
	}
}

func TestInvalidTemplYAMLReportsFileAndLine(t *testing.T) {
	for _, command := range []string{"demo", "dashboard"} {
		clearEnvironment(t)
		for name, value := range validSettings(t) {
			t.Setenv(name, value)
		}
		must(t, os.WriteFile("templ.yaml", []byte("brand: Ours\naccent: teal\n"), 0o600))
		err := run(t.Context(), []string{command, "--addr=127.0.0.1:0"})
		if err == nil || !strings.Contains(err.Error(), "templ.yaml:2: accent: expected a colour") {
			t.Errorf("%s: error = %v, want the file and line", command, err)
		}
	}
}

func TestDemoListensOnLoopbackOnly(t *testing.T) {
	clearEnvironment(t)
	for _, args := range [][]string{
		{"--addr=:8080"}, {"--addr=0.0.0.0:8080"}, {"--addr=[::]:8080"}, {"--addr=192.0.2.1:80"}, {"--addr=example.com:80"},
		{"--addr=nonsense"},
		{"--addr=127.0.0.1:0", "--redis-addr=:6380"}, {"--addr=127.0.0.1:0", "--redis-addr=0.0.0.0:6380"},
	} {
		err := run(t.Context(), append([]string{"demo"}, args...))
		if err == nil || !strings.Contains(err.Error(), "reachable from other machines") || !strings.Contains(err.Error(), "--anywhere") {
			t.Errorf("run(%v) = %v, want an error about the address and --anywhere", args, err)
		}
	}
	for addr, want := range map[string]bool{
		"127.0.0.1:0": true, "127.9.9.9:80": true, "localhost:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true,
		"127.0.0.1": false, "": false, "localhost.example.com:80": false, "10.0.0.1:80": false, "0x7f.1:80": false,
	} {
		if got := isLoopback(addr); got != want {
			t.Errorf("isLoopback(%q) = %t, want %t", addr, got, !got)
		}
	}
}

// runningCommand is a running command.
type runningCommand struct {
	t    *testing.T
	url  string
	stop func()
	done <-chan error
	*http.Client
}

// startCommand runs a command until it serves at the address that it prints.
func startCommand(t *testing.T, args ...string) *runningCommand {
	t.Helper()
	out, in, err := os.Pipe()
	must(t, err)
	stdout := os.Stdout
	os.Stdout = in
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx, args); in.Close() }()
	urls := make(chan string, 1)
	go func() {
		defer out.Close()
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if i := strings.Index(lines.Text(), "http://"); i >= 0 {
				urls <- lines.Text()[i:]
			}
		}
	}()
	jar, err := cookiejar.New(nil)
	must(t, err)
	s := &runningCommand{t: t, stop: stop, done: done, Client: &http.Client{Jar: jar}}
	select {
	case s.url = <-urls:
	case err := <-done:
		t.Fatalf("%v ended with %v, want it to serve", args, err)
	case <-time.After(testTimeout):
		t.Fatalf("timeout waiting until %v serves", args)
	}
	os.Stdout = stdout
	t.Cleanup(stop)
	return s
}

func (s *runningCommand) get(path string) (int, string) {
	s.t.Helper()
	response, err := s.Get(s.url + path)
	must(s.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(s.t, err)
	return response.StatusCode, string(body)
}

// wait waits until the command has ended after stop.
func (s *runningCommand) wait() {
	s.t.Helper()
	select {
	case err := <-s.done:
		must(s.t, err)
	case <-time.After(testTimeout):
		s.t.Fatal("timeout waiting for the command to stop")
	}
}

func TestDemoServesAndShutsDown(t *testing.T) {
	clearEnvironment(t)
	database := filepath.Join(t.TempDir(), "demo.db")
	args := []string{"demo", "--addr=127.0.0.1:0", "--redis-addr=127.0.0.1:0", "--database-url=sqlite:" + database, "--still",
		"--log-level=error"}
	demo := startCommand(t, args...)

	for path, want := range map[string]string{"/healthz": "ok", "/": "Guildboard", "/login": "Try as server owner"} {
		if status, body := demo.get(path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: status %d, want 200 and %q", path, status, want)
		}
	}
	response, err := demo.PostForm(demo.url+"/login/demo", nil)
	must(t, err)
	response.Body.Close()
	if response.Request.URL.Path != "/" {
		t.Fatalf("demo sign-in leads to %s with status %d", response.Request.URL, response.StatusCode)
	}
	status, list := demo.get("/guilds/100000000000000001/giveaways")
	if status != http.StatusOK || !strings.Contains(list, `id="rows"`) {
		t.Fatalf("GET list: status %d, want 200:\n%s", status, list)
	}

	// An open stream ends cleanly at shutdown.
	stream, err := demo.Get(demo.url + "/guilds/100000000000000001/giveaways/live")
	must(t, err)
	defer stream.Body.Close()
	first := make([]byte, 6)
	if _, err := io.ReadFull(stream.Body, first); err != nil || string(first) != ":\n\nid:" {
		t.Fatalf("start of the stream = %q, %v, want a frame", first, err)
	}
	demo.stop()
	if _, err := io.Copy(io.Discard, stream.Body); err != nil {
		t.Errorf("stream ended with %v, want a clean end", err)
	}
	demo.wait() // fails if a request is cut off
	if _, err := demo.Get(demo.url + "/healthz"); err == nil {
		t.Error("GET /healthz after the stop succeeds, want an error")
	}

	restarted := startCommand(t, args...) // with the existing database
	if status, _ := restarted.get("/healthz"); status != http.StatusOK {
		t.Errorf("status after the restart = %d, want 200", status)
	}
	restarted.stop()
	restarted.wait()
}

func TestDashboardServesTLSAndMetrics(t *testing.T) {
	clearEnvironment(t)
	redis := miniredis.RunT(t)
	cert, key := writeCertificate(t)
	for name, value := range validSettings(t) {
		t.Setenv(name, value)
	}
	addr, err := testenv.FreeAddr()
	must(t, err)
	metrics, err := testenv.FreeAddr()
	must(t, err)
	for name, value := range map[string]string{
		"REDIS_URL": "redis://" + redis.Addr(), "ADDR": addr, "METRICS_ADDR": metrics, "TLS_CERT": cert, "TLS_KEY": key,
		"PUBLIC_URL": "https://" + addr + "/",
	} {
		t.Setenv(name, value)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"dashboard"}) }()

	client := &http.Client{
		Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	get := func(address string) *http.Response {
		t.Helper()
		for giveUpAt := time.Now().Add(testTimeout); ; {
			response, err := client.Get(address)
			if err == nil {
				t.Cleanup(func() { response.Body.Close() })
				return response
			}
			select {
			case err := <-done:
				t.Fatalf("dashboard ended with %v, want it to serve", err)
			case <-time.After(10 * time.Millisecond): // retry until it listens
			}
			if time.Now().After(giveUpAt) {
				t.Fatal(err)
			}
		}
	}
	page := get("https://" + addr + "/login")
	if page.StatusCode != http.StatusOK || page.ProtoMajor != 2 || page.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("sign-in page: status %s over %s, header %v; want 200 over HTTP/2 with Strict-Transport-Security",
			page.Status, page.Proto, page.Header)
	}
	redirect := get("https://" + addr + "/login/start")
	location := redirect.Header.Get("Location")
	if redirect.StatusCode != http.StatusSeeOther || !strings.HasPrefix(location, "https://discord.com/") ||
		!strings.Contains(location, "redirect_uri=https%3A%2F%2F"+strings.ReplaceAll(addr, ":", "%3A")+"%2Flogin%2Fcallback") {
		t.Errorf("sign-in redirects to %s, want Discord with the redirect URI", location)
	}
	for _, c := range redirect.Cookies() {
		if !c.Secure || !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie = %v, want Secure and the prefix __Host-", c)
		}
	}
	exposition, err := io.ReadAll(get("http://" + metrics + "/metrics").Body)
	must(t, err)
	if !bytes.Contains(exposition, []byte("\nguildboard_streams 0")) {
		t.Error("response at METRICS_ADDR has no guildboard_streams metric")
	}
	if other := get("http://" + metrics + "/guilds"); other.StatusCode != http.StatusNotFound {
		t.Errorf("GET /guilds at METRICS_ADDR: status %s, want 404", other.Status)
	}
	if demo := get("https://" + addr + "/login/demo"); demo.StatusCode != http.StatusNotFound {
		t.Errorf("GET /login/demo: status %s, want 404", demo.Status)
	}
	stop()
	select {
	case err := <-done:
		must(t, err)
	case <-time.After(testTimeout):
		t.Fatal("timeout waiting for the dashboard to stop")
	}
}

func TestInviteURL(t *testing.T) {
	got := (&dashboardCommand{DiscordClientID: "42"}).inviteURL("7")
	for _, part := range []string{"https://discord.com/oauth2/authorize?", "client_id=42", "guild_id=7",
		"scope=bot+applications.commands", "permissions=268553232"} {
		if !strings.Contains(got, part) {
			t.Errorf("inviteURL() = %s, want %s in it", got, part)
		}
	}
}

// writeCertificate writes a self-signed certificate and its key as PEM files.
func writeCertificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	must(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), 0o600))
	return cert, key
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A user who loses a role loses its access within a minute: the bot saves the change, and then the dashboard rechecks
// the access.
func TestLostRoleEndsStreamsWithinAMinute(t *testing.T) {
	engine := bot.New(nil, nil, nil, nil, slog.New(slog.DiscardHandler))
	// The requests themselves may take five seconds.
	if delay := engine.DirectorySyncInterval + live.DefaultRecheckInterval; delay > time.Minute-5*time.Second {
		t.Errorf("delay = %v, want less than a minute", delay)
	}
}
