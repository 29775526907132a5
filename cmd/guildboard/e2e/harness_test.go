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

	"guildboard/cmd/internal/rig"
)

// What the servers under test are told: the shortest times that templ.yaml allows.
const (
	pollEvery = 5 * time.Second
	pingEvery = time.Second
	silence   = 3 * pingEvery // after which a page gives its stream up

	templYAML = "poll:\n  giveaways: 5s\n  other: 5s\nping: 1s\n"
)

// patience is how long a test waits for what should take a moment, on a machine that has other work.
const patience = 40 * time.Second

var (
	workDir string // of the whole run
	binary  string

	ending sync.Mutex
	atEnd  []func() // what the whole run shares ends last, the newest first
)

func finally(f func()) {
	ending.Lock()
	defer ending.Unlock()
	atEnd = append(atEnd, f)
}

func TestMain(m *testing.M) {
	if settings := os.Getenv(workerEnv); settings != "" {
		fmt.Fprintln(os.Stderr, "worker:", workerMain(settings))
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
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	if err := os.WriteFile(filepath.Join(workDir, "templ.yaml"), []byte(templYAML), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, "writing templ.yaml:", err)
		return
	}
	status = m.Run()
	for i := len(atEnd) - 1; i >= 0; i-- {
		atEnd[i]()
	}
}

// build makes the binary, or takes the one that GUILDBOARD names.
func build() error {
	if binary = os.Getenv("GUILDBOARD"); binary != "" {
		return nil
	}
	binary = filepath.Join(workDir, "guildboard")
	out, err := exec.Command("go", "build", "-o", binary, "guildboard/cmd/guildboard").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return nil
}

// missing skips a test for want of a program, and fails it on CI, where nothing may be missing.
func missing(t testing.TB, program string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and CI must not do without it", program)
	}
	t.Skipf("skipped: %s is not installed", program)
}

// eventually waits until what is true; why says what is seen in place of it.
func eventually(t testing.TB, what string, is func() (ok bool, why string)) {
	t.Helper()
	within(t, patience, what, is)
}

func within(t testing.TB, limit time.Duration, what string, is func() (ok bool, why string)) {
	t.Helper()
	pause := 10 * time.Millisecond
	for until := time.Now().Add(limit); ; pause = min(2*pause, 200*time.Millisecond) {
		ok, why := is()
		if ok {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("not within %v: %s\nseen: %s", limit, what, why)
		}
		<-time.After(pause)
	}
}

// throughout watches for a time that something stays as it is.
func throughout(t testing.TB, window time.Duration, what string, is func() (ok bool, why string)) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(window); time.Now().Before(until); <-tick.C {
		if ok, why := is(); !ok {
			t.Fatalf("not throughout %v: %s\nseen: %s", window, what, why)
		}
	}
}

// forRun makes what it is given to last until the end of the run, in place of the test that happens to need it first.
type forRun struct{ testing.TB }

func (forRun) Cleanup(f func())         { finally(f) }
func (forRun) Context() context.Context { return context.Background() }
func (forRun) Failed() bool             { return false } // that test has ended by the time somebody asks

func (r forRun) TempDir() string {
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
	addr, err := rig.FreeAddr()
	must(t, err)
	return addr
}

// A process is a program under test, which can be killed and started again.
type process struct {
	name string
	args []string
	env  []string // besides what every program needs
	cmd  *exec.Cmd
	gone chan struct{}
	log  *logbook
}

// start runs a program until the end of the test, which shows what it said if the test failed.
func start(t testing.TB, program string, args ...string) *process {
	t.Helper()
	return startWith(t, nil, program, args...)
}

func startWith(t testing.TB, env []string, program string, args ...string) *process {
	t.Helper()
	p := &process{name: program, args: args, env: env, log: &logbook{}}
	p.start(t)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			p.report(t)
		}
	})
	return p
}

func (p *process) report(t testing.TB) {
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
	gone := make(chan struct{})
	p.gone = gone
	go func() {
		_ = p.cmd.Wait()
		close(gone)
	}()
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.gone
}

func (p *process) dead() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// logbook keeps what a process says.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) tail(lines int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := strings.Split(strings.TrimSpace(l.text.String()), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// status asks a server and says how it answers; 0 is not at all.
func status(url string) int {
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

// ready waits until a server has all it needs.
func ready(t testing.TB, url string, p *process) {
	t.Helper()
	eventually(t, url+"/readyz answers 200", func() (bool, string) {
		if p.dead() {
			t.Fatalf("the server has ended:\n%s", p.log.tail(30))
		}
		got := status(url + "/readyz")
		return got == http.StatusOK, fmt.Sprint("status ", got)
	})
}
