//go:build e2e

// Package e2e tests the guildboard binary in Chromium as a user would use it. The core flows run in Firefox and WebKit,
// too (engines_test.go).
//
// The binary is built once. Tests that break nothing share one "guildboard demo --still". Tests that stop a service, or
// need other users than the demo's, start their own "guildboard dashboard" with a real Redis and a simulated Discord. A
// proxy between browser and server counts, delays and fails requests.
//
// Tests do not sleep. They wait for a condition, or check for a stated time that a condition holds.
package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guildboard/cmd/internal/testenv"
)

// Intervals of the servers under test: the shortest that templ.yaml allows.
const (
	pollEvery     = 5 * time.Second
	pingEvery     = time.Second
	streamTimeout = 3 * pingEvery // a page abandons a stream that is silent for so long

	templYAML = "poll:\n  giveaways: 5s\n  other: 5s\nping: 1s\n"
)

// defaultTimeout bounds waits for conditions that should hold almost at once, on a busy machine.
const defaultTimeout = 40 * time.Second

var (
	workDir string // directory for files of the run
	binary  string

	cleanupMu   sync.Mutex
	runCleanups []func() // run after all tests, newest first
)

func addRunCleanup(f func()) {
	cleanupMu.Lock()
	defer cleanupMu.Unlock()
	runCleanups = append(runCleanups, f)
}

func TestMain(m *testing.M) {
	if settings := os.Getenv(workerEnv); settings != "" {
		fmt.Fprintln(os.Stderr, "worker:", runWorker(settings))
		os.Exit(1)
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "10") // parallel tests spend most of their time waiting
	status := 1
	defer func() { os.Exit(status) }()
	var err error
	if workDir, err = os.MkdirTemp("", "guildboard-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, "make a directory:", err)
		return
	}
	defer os.RemoveAll(workDir)
	if err := buildBinary(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	if err := os.WriteFile(filepath.Join(workDir, "templ.yaml"), []byte(templYAML), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, "write templ.yaml:", err)
		return
	}
	status = m.Run()
	for i := len(runCleanups) - 1; i >= 0; i-- {
		runCleanups[i]()
	}
}

// buildBinary builds the binary, unless GUILDBOARD names one.
func buildBinary() error {
	if binary = os.Getenv("GUILDBOARD"); binary != "" {
		return nil
	}
	binary = filepath.Join(workDir, "guildboard")
	output, err := exec.Command("go", "build", "-o", binary, "guildboard/cmd/guildboard").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the binary: %w\n%s", err, output)
	}
	return nil
}

// skipMissing skips the test because a program is not installed. On CI it fails the test.
func skipMissing(t testing.TB, program string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, but CI requires it", program)
	}
	t.Skipf("skipped: %s is not installed", program)
}

// eventually waits until condition returns true, and fails the test after defaultTimeout. label describes the
// condition, reason the state that was found instead.
func eventually(t testing.TB, label string, condition func() (ok bool, reason string)) {
	t.Helper()
	eventuallyWithin(t, defaultTimeout, label, condition)
}

func eventuallyWithin(t testing.TB, limit time.Duration, label string, condition func() (ok bool, reason string)) {
	t.Helper()
	pause := 10 * time.Millisecond
	for deadline := time.Now().Add(limit); ; pause = min(2*pause, 200*time.Millisecond) {
		ok, reason := condition()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("timeout after %v waiting until %s\ngot: %s", limit, label, reason)
		}
		<-time.After(pause)
	}
}

// consistently checks that condition holds for a duration.
func consistently(t testing.TB, duration time.Duration, label string, condition func() (ok bool, reason string)) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(duration); time.Now().Before(deadline); <-tick.C {
		if ok, reason := condition(); !ok {
			t.Fatalf("condition %q did not hold for %v\ngot: %s", label, duration, reason)
		}
	}
}

// runScopedTB is a TB whose cleanups run at the end of the run, not of the test that needs the resource first.
type runScopedTB struct{ testing.TB }

func (runScopedTB) Cleanup(f func())         { addRunCleanup(f) }
func (runScopedTB) Context() context.Context { return context.Background() }
func (runScopedTB) Failed() bool             { return false } // the test has ended when cleanups run

func (r runScopedTB) TempDir() string {
	dir, err := os.MkdirTemp(workDir, "")
	must(r, err)
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// freeAddr returns an unused loopback address that no other test gets.
func freeAddr(t testing.TB) string {
	t.Helper()
	addr, err := testenv.FreeAddr()
	must(t, err)
	return addr
}

// A process is a program that a test can kill and start again.
type process struct {
	name   string
	args   []string
	env    []string // in addition to PATH, HOME and TMPDIR
	cmd    *exec.Cmd
	exited chan struct{}
	log    *outputBuffer
}

// start runs a program until the end of the test. If the test fails, its output is logged.
func start(t testing.TB, program string, args ...string) *process {
	t.Helper()
	return startWithEnv(t, nil, program, args...)
}

func startWithEnv(t testing.TB, env []string, program string, args ...string) *process {
	t.Helper()
	p := &process{name: program, args: args, env: env, log: &outputBuffer{}}
	p.start(t)
	t.Cleanup(func() {
		p.killAndWait()
		if t.Failed() {
			p.logOutput(t)
		}
	})
	return p
}

func (p *process) logOutput(t testing.TB) {
	t.Helper()
	t.Logf("output of %s:\n%s", filepath.Base(p.name), p.log.tail(40))
}

func (p *process) start(t testing.TB) {
	t.Helper()
	p.cmd = exec.Command(p.name, p.args...)
	p.cmd.Dir = workDir
	// The environment does not contain the developer's settings.
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}, p.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	must(t, p.cmd.Start())
	exited := make(chan struct{})
	p.exited = exited
	go func() {
		_ = p.cmd.Wait()
		close(exited)
	}()
}

// killAndWait sends SIGKILL and waits until the process has exited.
func (p *process) killAndWait() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// outputBuffer holds the output of a process.
type outputBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *outputBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *outputBuffer) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(l.text.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// httpStatus returns the status of a GET request; 0 without a response.
func httpStatus(url string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// waitReady waits until a server's /readyz returns 200.
func waitReady(t testing.TB, url string, p *process) {
	t.Helper()
	eventually(t, url+"/readyz answers 200", func() (bool, string) {
		if p.hasExited() {
			t.Fatalf("server exited:\n%s", p.log.tail(30))
		}
		got := httpStatus(url + "/readyz")
		return got == http.StatusOK, fmt.Sprint("status ", got)
	})
}
