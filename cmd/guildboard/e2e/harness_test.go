//go:build e2e

// Package e2e drives Chromium against the binary itself, as a reader would: what a test says is what a person sees. The
// core of it runs in Firefox and WebKit, too (engines_test.go).
//
// The binary is built once. "guildboard demo --still" is shared by the tests that leave it as it is; whatever kills or
// breaks something, or needs other people than the demo's one, runs "guildboard dashboard" of its own, on a real Redis
// and with a made-up Discord. Between browser and server stands a proxy that counts, holds back and fails requests.
//
// Nothing sleeps: a test waits for what it says, or watches for a stated time that something stays away.
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

// What the servers under test are told: the shortest times that templ.yaml allows.
const (
	pollEvery     = 5 * time.Second
	pingEvery     = time.Second
	streamTimeout = 3 * pingEvery // after which a page gives its stream up

	templYAML = "poll:\n  giveaways: 5s\n  other: 5s\nping: 1s\n"
)

// defaultTimeout is how long a test waits for what should take a moment, on a machine that has other work.
const defaultTimeout = 40 * time.Second

var (
	workDir string // of the whole run
	binary  string

	cleanupMu   sync.Mutex
	runCleanups []func() // what the whole run shares ends last, the newest first
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
	_ = flag.Set("test.parallel", "10") // those that run beside others wait, mostly
	status := 1
	defer func() { os.Exit(status) }()
	var err error
	if workDir, err = os.MkdirTemp("", "guildboard-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, "making a directory:", err)
		return
	}
	defer os.RemoveAll(workDir)
	if err := buildBinary(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	if err := os.WriteFile(filepath.Join(workDir, "templ.yaml"), []byte(templYAML), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, "writing templ.yaml:", err)
		return
	}
	status = m.Run()
	for i := len(runCleanups) - 1; i >= 0; i-- {
		runCleanups[i]()
	}
}

// buildBinary makes the binary, or takes the one that GUILDBOARD names.
func buildBinary() error {
	if binary = os.Getenv("GUILDBOARD"); binary != "" {
		return nil
	}
	binary = filepath.Join(workDir, "guildboard")
	output, err := exec.Command("go", "build", "-o", binary, "guildboard/cmd/guildboard").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the binary: %w\n%s", err, output)
	}
	return nil
}

// skipMissing skips a test for want of a program, and fails it on CI, where nothing may be missing.
func skipMissing(t testing.TB, program string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and CI must not do without it", program)
	}
	t.Skipf("skipped: %s is not installed", program)
}

// eventually waits until what is true; why says what is seen in place of it.
func eventually(t testing.TB, what string, condition func() (ok bool, reason string)) {
	t.Helper()
	eventuallyWithin(t, defaultTimeout, what, condition)
}

func eventuallyWithin(t testing.TB, limit time.Duration, what string, condition func() (ok bool, reason string)) {
	t.Helper()
	pause := 10 * time.Millisecond
	for deadline := time.Now().Add(limit); ; pause = min(2*pause, 200*time.Millisecond) {
		ok, reason := condition()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s\nseen: %s", limit, what, reason)
		}
		<-time.After(pause)
	}
}

// consistently watches for a time that something stays as it is.
func consistently(t testing.TB, duration time.Duration, what string, condition func() (ok bool, reason string)) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(duration); time.Now().Before(deadline); <-tick.C {
		if ok, reason := condition(); !ok {
			t.Fatalf("not throughout %v: %s\nseen: %s", duration, what, reason)
		}
	}
}

// runScopedTB makes what it is given to last until the end of the run, in place of the test that happens to need it first.
type runScopedTB struct{ testing.TB }

func (runScopedTB) Cleanup(f func())         { addRunCleanup(f) }
func (runScopedTB) Context() context.Context { return context.Background() }
func (runScopedTB) Failed() bool             { return false } // that test has ended by the time somebody asks

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

// freeAddr is a loopback address that nobody listens on, nor takes meanwhile.
func freeAddr(t testing.TB) string {
	t.Helper()
	addr, err := testenv.FreeAddr()
	must(t, err)
	return addr
}

// A process is a program under test, which can be killed and started again.
type process struct {
	name   string
	args   []string
	env    []string // besides what every program needs
	cmd    *exec.Cmd
	exited chan struct{}
	log    *outputBuffer
}

// start runs a program until the end of the test, which shows what it said if the test failed.
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
	t.Logf("%s said:\n%s", filepath.Base(p.name), p.log.tail(40))
}

func (p *process) start(t testing.TB) {
	t.Helper()
	p.cmd = exec.Command(p.name, p.args...)
	p.cmd.Dir = workDir
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}, p.env...) // no settings of ours
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	must(t, p.cmd.Start())
	exited := make(chan struct{})
	p.exited = exited
	go func() {
		_ = p.cmd.Wait()
		close(exited)
	}()
}

// killAndWait is kill -9.
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

// outputBuffer keeps what a process says.
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

// httpStatus asks a server and says how it answers; 0 is not at all.
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

// waitReady waits until a server has all it needs.
func waitReady(t testing.TB, url string, p *process) {
	t.Helper()
	eventually(t, url+"/readyz answers 200", func() (bool, string) {
		if p.hasExited() {
			t.Fatalf("the server has ended:\n%s", p.log.tail(30))
		}
		got := httpStatus(url + "/readyz")
		return got == http.StatusOK, fmt.Sprint("status ", got)
	})
}
