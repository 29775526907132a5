//go:build unix

package rig

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Build makes the dashboard's binary in dir, from the module that we run in.
func Build(ctx context.Context, dir string) (binary string, err error) {
	binary = filepath.Join(dir, "guildboard")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "guildboard/cmd/guildboard")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return binary, nil
}

// A Dashboard is one of those that a rig runs.
type Dashboard struct {
	*Process
	URL     string // where it answers
	Metrics string // where it answers /metrics
}

// Settings are what a Dashboard stands on.
type Settings struct {
	Binary, RedisURL, DatabaseURL string
	Discord                       *Discord
	Addr                          string   // where to listen; "" for a free port
	PublicURL                     string   // "" for where it listens
	More                          []string // flags of its own
}

// NewDashboard starts one, and waits until it is ready.
func NewDashboard(ctx context.Context, s Settings) (*Dashboard, error) {
	metrics, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	if s.Addr == "" {
		if s.Addr, err = FreeAddr(); err != nil {
			return nil, err
		}
	}
	d := &Dashboard{URL: "http://" + s.Addr, Metrics: "http://" + metrics + "/metrics"}
	if s.PublicURL == "" {
		s.PublicURL = d.URL
	}
	d.Process, err = Start(ctx, func(ctx context.Context) error { return Answers(ctx, d.URL+"/readyz") }, s.Binary,
		append([]string{
			"dashboard", "--addr", s.Addr, "--metrics-addr", metrics, "--public-url", s.PublicURL,
			"--redis-url", s.RedisURL, "--database-url", s.DatabaseURL, "--session-key", sessionKey,
			"--discord-client-id", "900000000000000001", "--discord-client-secret", "none", "--discord-api", s.Discord.URL,
		}, s.More...)...)
	return d, err
}

// Answers is nil when a GET is answered with 200.
func Answers(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Close = true // nothing of ours stays open
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 512))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", resp.StatusCode, said)
	}
	return nil
}

// Metric is a figure that the dashboard gives operators; its labels go with its name.
func (d *Dashboard) Metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.Metrics, nil)
	if err != nil {
		return 0, err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("there is no metric %s: %w", name, cmp.Or(lines.Err(), io.EOF))
}
