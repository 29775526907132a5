package main

import (
	"context"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"guildboard/store"
)

// settingsProblems returns the problems with valid settings after some are changed.
func settingsProblems(t *testing.T, changes map[string]string) string {
	t.Helper()
	clearEnvironment(t)
	settings := validSettings(t)
	maps.Copy(settings, changes)
	for name, value := range settings {
		t.Setenv(name, value)
	}
	var c commands
	parser, err := kong.New(&c, kong.Resolvers(kong.ResolverFunc(resolveSecretFile)))
	must(t, err)
	if _, err := parser.Parse([]string{"dashboard"}); err != nil {
		return err.Error()
	}
	if err := c.Dashboard.validate(); err != nil {
		return err.Error()
	}
	return ""
}

func TestInvalidSettingsAreRejected(t *testing.T) {
	for _, test := range []struct{ setting, value, reason string }{
		{"STREAMS", "0", "1 at least"},
		{"STREAMS", "-1", "1 at least"},
		{"STREAMS_PER_USER", "-1", "1 at least"},
		{"STREAMS_PER_USER", "0", "1 at least"},
		{"SIGN_INS_PER_ADDRESS", "0", "1 at least"},
		{"CONNECTIONS", "-1", "CONNECTIONS"},
		{"DISCORD_CLIENT_ID", "1", "17 to 20 digits"},
		{"DISCORD_CLIENT_ID", "guildboard", "17 to 20 digits"},
		{"DISCORD_CLIENT_ID", "90000000000000000x", "17 to 20 digits"},
		{"DISCORD_CLIENT_ID", " 900000000000000001", "17 to 20 digits"},
		{"ADDR", "8080", "not host:port"},
		{"ADDR", "localhost:http", "port between"},
		{"ADDR", "localhost:65536", "port between"},
		{"METRICS_ADDR", "9090", "METRICS_ADDR"},
		{"METRICS_ADDR", ":-1", "METRICS_ADDR"},
		{"DISCORD_API", "discord.com", "DISCORD_API"},
		{"DISCORD_AUTHORIZE", "ftp://discord.com", "DISCORD_AUTHORIZE"},
		{"TRUSTED_PROXIES", "proxy.example", "neither an address nor a network"},
		{"TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.0/33", "neither an address nor a network"},
		{"TRUSTED_PROXIES", "0.0.0.0/0", "every address"},
		{"TRUSTED_PROXIES", "::/0", "every address"},
	} {
		got := settingsProblems(t, map[string]string{test.setting: test.value})
		if !strings.Contains(got, test.setting) || !strings.Contains(got, test.reason) {
			t.Errorf("%s=%s: problems = %q, want the setting and %q", test.setting, test.value, got, test.reason)
		}
	}
	tls := map[string]string{"PUBLIC_URL": "http://guildboard.example", "TLS_CERT": "cert.pem", "TLS_KEY": "key.pem"}
	if got := settingsProblems(t, tls); !strings.Contains(got, "PUBLIC_URL is http") || !strings.Contains(got, "https://") {
		t.Errorf("http PUBLIC_URL with TLS_CERT: problems = %q, want the reason", got)
	}
	same := map[string]string{"ADDR": "127.0.0.1:9", "METRICS_ADDR": "127.0.0.1:9"}
	if got := settingsProblems(t, same); !strings.Contains(got, "METRICS_ADDR") {
		t.Errorf("METRICS_ADDR equal to ADDR: problems = %q, want METRICS_ADDR", got)
	}
	for _, valid := range []map[string]string{
		nil, {"TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1 fd00::/8"}, {"ADDR": ":0", "METRICS_ADDR": "[::1]:9090"},
		{"STREAMS": "1", "STREAMS_PER_USER": "1"},
		{"PUBLIC_URL": "https://guildboard.example:8443/", "TLS_CERT": "cert.pem", "TLS_KEY": "key.pem"},
		{"DISCORD_CLIENT_ID": "12345678901234567"}, {"DISCORD_CLIENT_ID": "12345678901234567890"},
	} {
		if got := settingsProblems(t, valid); got != "" {
			t.Errorf("%v: problems = %q, want none", valid, got)
		}
	}
}

func TestWeakSessionKeyIsRejected(t *testing.T) {
	clearEnvironment(t)
	settings := validSettings(t)
	settings["SESSION_KEY"] = strings.Repeat("k", 32)
	message := startError(t, settings)
	if !strings.Contains(message, "SESSION_KEY") || !strings.Contains(message, "entropy") || strings.Contains(message, "kkk") {
		t.Errorf("SESSION_KEY of 32 equal letters: error = %q, want the reason without the key", message)
	}
}

func TestContractKeyIsValidatedAtStartup(t *testing.T) {
	const first, second = "Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa", "q8TnXe5Ov3WgBz7Ki1CyFj6PaSr0MhDl"
	for _, test := range []struct{ key, previous, reason string }{
		{"short", "", "at least 32"},
		{strings.Repeat("k", 32), "", "entropy"},
		{first, strings.Repeat("k", 32), "entropy"},
		{"", first, "without CONTRACT_KEY"},
	} {
		got := settingsProblems(t, map[string]string{"CONTRACT_KEY": test.key, "CONTRACT_KEY_PREVIOUS": test.previous})
		isNamed := strings.Contains(got, "CONTRACT_KEY") && strings.Contains(got, test.reason)
		if !isNamed || strings.Contains(got, "kkk") || strings.Contains(got, first) {
			t.Errorf("CONTRACT_KEY=%s CONTRACT_KEY_PREVIOUS=%s: problems = %q, want %q and no key",
				test.key, test.previous, got, test.reason)
		}
	}
	if got := settingsProblems(t, map[string]string{"CONTRACT_KEY": first, "CONTRACT_KEY_PREVIOUS": second + "," + first}); got != "" {
		t.Errorf("valid CONTRACT_KEY: problems = %q, want none", got)
	}
}

func TestSecretsAreReadFromFiles(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	secrets := map[string]string{
		"SESSION_KEY":           "D0mXr9y8cVqkq4m2bWb1n7PZk3tJfL6sQx5uYg0hE2o=",
		"SESSION_KEY_PREVIOUS":  "lvn5QCr3Xq0wHUBm9cvS1r0HkGEaF6M4gX9hiC0yB5Q=\n7b0Yx1tqk5f7JmPp3ZQy2m8c9wE6Yl0uR4nTgVhD2sA=",
		"CONTRACT_KEY":          "Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa",
		"CONTRACT_KEY_PREVIOUS": "q8TnXe5Ov3WgBz7Ki1CyFj6PaSr0MhDl",
		"DISCORD_CLIENT_SECRET": "a secret, with = and spaces ",
		"DATABASE_URL":          "postgres://user:hunter2@db/name",
		"REDIS_URL":             "rediss://:hunter2@redis:6379",
	}
	clearEnvironment(t)
	for name, value := range validSettings(t) {
		if _, secret := secrets[name]; !secret {
			t.Setenv(name, value)
		}
	}
	for name, value := range secrets {
		t.Setenv(name+"_FILE", file(name, value+"\r\n"))
	}
	var c commands
	parser, err := kong.New(&c, kong.Resolvers(kong.ResolverFunc(resolveSecretFile)))
	must(t, err)
	command, err := parser.Parse([]string{"dashboard"})
	must(t, err)
	must(t, c.Dashboard.validate())
	for name, got := range map[string]string{
		"SESSION_KEY": c.Dashboard.SessionKey, "SESSION_KEY_PREVIOUS": c.Dashboard.SessionKeyPrevious,
		"CONTRACT_KEY": c.Dashboard.ContractKey, "CONTRACT_KEY_PREVIOUS": c.Dashboard.ContractKeyPrevious,
		"DISCORD_CLIENT_SECRET": c.Dashboard.DiscordClientSecret, "DATABASE_URL": c.Dashboard.DatabaseURL,
		"REDIS_URL": c.Dashboard.RedisURL,
	} {
		if got != secrets[name] {
			t.Errorf("value of %s_FILE = %q, want %q", name, got, secrets[name])
		}
	}
	if keys := splitList(c.Dashboard.SessionKeyPrevious); len(keys) != 2 {
		t.Errorf("SESSION_KEY_PREVIOUS has %d keys, want 2", len(keys))
	}
	if exposed := findExposedSecrets(command); len(exposed) != 0 {
		t.Errorf("secrets in files are reported as exposed: %v", exposed)
	}

	t.Run("every secret setting", func(t *testing.T) {
		for _, node := range parser.Model.Leaves(false) {
			for _, flag := range node.Flags {
				if name := flag.Name; strings.Contains(name, "secret") || strings.Contains(name, "key") && name != "tls-key" ||
					name == "database-url" || name == "redis-url" {
					if !flag.Tag.Has(secretTag) || len(flag.Envs) == 0 {
						t.Errorf("--%s of %s has no tag %q or no environment variable", name, node.Name, secretTag)
					}
				}
			}
		}
	})
	t.Run("an invalid file is an error", func(t *testing.T) {
		for name, test := range map[string]struct{ file, want string }{
			"missing":     {filepath.Join(folder, "none"), "no such file"},
			"empty":       {file("empty", "\n"), "is empty"},
			"large":       {file("large", strings.Repeat("x", maxSecretFileSize+1)), "too large"},
			"a directory": {folder, "directory"},
		} {
			got := settingsProblems(t, map[string]string{"SESSION_KEY": "", "SESSION_KEY_FILE": test.file})
			if !strings.Contains(got, "SESSION_KEY_FILE") || !strings.Contains(got, test.want) {
				t.Errorf("%s: problems = %q, want SESSION_KEY_FILE and %q", name, got, test.want)
			}
		}
		both := map[string]string{"SESSION_KEY_FILE": file("both", secrets["SESSION_KEY"])}
		if got := settingsProblems(t, both); !strings.Contains(got, "both set") {
			t.Errorf("SESSION_KEY and SESSION_KEY_FILE: problems = %q, want an error that both are set", got)
		}
	})
}

func TestSecretsOnCommandLineLogWarning(t *testing.T) {
	clearEnvironment(t)
	var c commands
	parser, err := kong.New(&c, kong.Resolvers(kong.ResolverFunc(resolveSecretFile)))
	must(t, err)
	t.Setenv("SESSION_KEY", "from the environment")
	command, err := parser.Parse([]string{
		"dashboard", "--discord-client-secret=hunter2", "--redis-url=redis://:hunter2@redis", "--database-url=sqlite:g.db",
		"--public-url=http://x",
	})
	must(t, err)
	exposed := findExposedSecrets(command)
	slices.Sort(exposed)
	if want := (exposedSecrets{"--discord-client-secret", "--redis-url"}); !slices.Equal(exposed, want) {
		t.Errorf("findExposed() = %v, want %v", exposed, want)
	}
	var log strings.Builder
	exposed.logWarnings(slog.New(slog.NewTextHandler(&log, nil)))
	if !strings.Contains(log.String(), "DISCORD_CLIENT_SECRET_FILE") || strings.Contains(log.String(), "hunter2") {
		t.Errorf("warning = %q, want the _FILE setting and no secret", &log)
	}
}

func TestInsecureSettingsLogWarning(t *testing.T) {
	for _, test := range []struct {
		public, redis string
		want          []string
	}{
		{"https://guildboard.example", "rediss://:pw@redis:6379", nil},
		{"http://127.0.0.1:8080", "redis://127.0.0.1:6379", nil},
		{"http://localhost", "redis://localhost", nil},
		{"http://[::1]:1", "redis://[::1]:6379", nil},
		{"http://guildboard.example", "rediss://:pw@redis", []string{"PUBLIC_URL is http"}},
		{"http://10.0.0.1", "rediss://:pw@redis", []string{"PUBLIC_URL is http"}},
		{"https://guildboard.example", "redis://:pw@redis", []string{"without TLS"}},
		{"https://guildboard.example", "rediss://redis", []string{"no password"}},
		{"https://guildboard.example", "redis://redis", []string{"without TLS", "no password"}},
	} {
		var log strings.Builder
		d := dashboardCommand{PublicURL: test.public, RedisURL: test.redis}
		d.logWarnings(slog.New(slog.NewTextHandler(&log, nil)))
		if got := strings.Count(log.String(), "\n"); got != len(test.want) {
			t.Errorf("%s and %s: warnings = %q, want %v", test.public, test.redis, &log, test.want)
		}
		for _, wantText := range test.want {
			if !strings.Contains(log.String(), wantText) {
				t.Errorf("%s and %s: warnings = %q, want %q", test.public, test.redis, &log, wantText)
			}
		}
	}
}

func TestDatabaseFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: Windows has no file mode bits for other users")
	}
	path := filepath.Join(t.TempDir(), "guildboard.db")
	db, err := store.Open(context.Background(), "sqlite:"+path)
	must(t, err)
	must(t, db.SaveGuild(t.Context(), store.Guild{ID: "1", Name: "One"}))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		must(t, err)
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", path+suffix, got)
		}
	}
	var log strings.Builder
	warn := func() string {
		log.Reset()
		warnAboutReadableFiles("sqlite:"+path, slog.New(slog.NewTextHandler(&log, nil)))
		return log.String()
	}
	if got := warn(); got != "" {
		t.Errorf("warning about private files = %q, want none", got)
	}
	must(t, os.Chmod(path, fs.FileMode(0o644)))
	if got := warn(); !strings.Contains(got, path) || !strings.Contains(got, "rw-r--r--") {
		t.Errorf("warning about a file of mode 644 = %q, want its path and mode", got)
	}
	must(t, db.Close())
	db, err = store.Open(context.Background(), "sqlite:"+path) // the file is used despite its mode
	must(t, err)
	must(t, db.Close())
	warnAboutReadableFiles("postgres://u:p@db/name", slog.New(slog.NewTextHandler(&log, nil)))
}

func TestNormalizeOrigin(t *testing.T) {
	for address, want := range map[string]string{
		"https://Guildboard.Example/": "https://guildboard.example", "https://guildboard.example:443": "https://guildboard.example",
		"http://guildboard.example:80/": "http://guildboard.example", "https://guildboard.example:8443": "https://guildboard.example:8443",
		"http://127.0.0.1:8080": "http://127.0.0.1:8080", "http://[::1]:443": "http://[::1]:443",
	} {
		if got := normalizeOrigin(address); got != want {
			t.Errorf("origin(%s) = %s, want %s", address, got, want)
		}
	}
}
