//go:build unix

package testenv

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

// BuildDashboard builds the dashboard's binary in dir, from the module of the working directory.
func BuildDashboard(ctx context.Context, dir string) (binary string, err error) {
	binary = filepath.Join(dir, "guildboard")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "guildboard/cmd/guildboard")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build dashboard: %w\n%s", err, out)
	}
	return binary, nil
}

// A Dashboard is a running dashboard process.
type Dashboard struct {
	*Process
	URL        string // its base URL
	MetricsURL string // its /metrics
}

// DashboardConfig configures a Dashboard.
type DashboardConfig struct {
	Binary, RedisURL, DatabaseURL string
	Discord                       *FakeDiscord
	Addr                          string   // listen address; "" for a free port
	PublicURL                     string   // "" for its base URL
	ExtraArgs                     []string // further flags
}

// StartDashboard starts a dashboard and waits until it is ready.
func StartDashboard(ctx context.Context, s DashboardConfig) (*Dashboard, error) {
	metrics, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	if s.Addr == "" {
		if s.Addr, err = FreeAddr(); err != nil {
			return nil, err
		}
	}
	d := &Dashboard{URL: "http://" + s.Addr, MetricsURL: "http://" + metrics + "/metrics"}
	if s.PublicURL == "" {
		s.PublicURL = d.URL
	}
	d.Process, err = StartProcess(ctx, func(ctx context.Context) error { return CheckOK(ctx, d.URL+"/readyz") }, s.Binary,
		append([]string{
			"dashboard", "--addr", s.Addr, "--metrics-addr", metrics, "--public-url", s.PublicURL,
			"--redis-url", s.RedisURL, "--database-url", s.DatabaseURL, "--session-key", sessionKey,
			"--discord-client-id", "900000000000000001", "--discord-client-secret", "none", "--discord-api", s.Discord.URL,
		}, s.ExtraArgs...)...)
	return d, err
}

// CheckOK sends a GET request and returns nil if the response's status is 200.
func CheckOK(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Close = true // keep no idle connection
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 512))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", resp.StatusCode, body)
	}
	return nil
}

// Metric returns the value of a metric, whose name includes its labels.
func (d *Dashboard) Metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.MetricsURL, nil)
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
	return 0, fmt.Errorf("no metric %s: %w", name, cmp.Or(lines.Err(), io.EOF))
}
