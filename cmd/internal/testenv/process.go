//go:build unix

// Package testenv starts the servers that measurements and fault tests need, on this machine: Redis, Postgres, the
// dashboard's binary, a fake Discord API, and sessions of signed-in test users.
package testenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startTimeout is how long a program may take to become ready.
const startTimeout = time.Minute

// A Process is a program that can be killed and started again.
type Process struct {
	Log Log

	program    string
	args       []string
	credential *syscall.Credential // nil for the current user
	dataDir    string              // data directory, removed by Close; "" for none
	ready      func(context.Context) error

	cmd    *exec.Cmd
	exited chan struct{}
}

// StartProcess runs a program with an environment that has none of the caller's settings, and waits until ready returns
// nil.
func StartProcess(ctx context.Context, ready func(context.Context) error, program string, args ...string) (*Process, error) {
	p := &Process{program: program, args: args, ready: ready}
	return p, p.startOrClose(ctx)
}

// startOrClose calls Start, and Close if that fails.
func (p *Process) startOrClose(ctx context.Context) error {
	err := p.Start(ctx)
	if err != nil {
		p.Close()
	}
	return err
}

// Close kills the process and removes its data directory.
func (p *Process) Close() {
	if p.cmd != nil {
		p.Kill()
	}
	if p.dataDir != "" {
		_ = os.RemoveAll(p.dataDir) // leftovers are in the directory for temporary files
	}
}

// Start starts the process, or restarts it after Kill, and waits until it is ready.
func (p *Process) Start(ctx context.Context) error {
	if err := p.spawn(); err != nil {
		return err
	}
	err := retryUntilReady(ctx, func(ctx context.Context) error {
		if p.HasExited() {
			return errExited
		}
		return p.ready(ctx)
	})
	if err != nil {
		return fmt.Errorf("start %s: %w\n%s", filepath.Base(p.program), err, p.Log.Tail(20))
	}
	return nil
}

func (p *Process) spawn() error {
	p.cmd = exec.Command(p.program, p.args...)
	p.cmd.Dir = os.TempDir()
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
	p.cmd.Stdout, p.cmd.Stderr = &p.Log, &p.Log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.credential}
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		return fmt.Errorf("start %s: %w", filepath.Base(p.program), err)
	}
	exited := make(chan struct{})
	p.exited = exited
	go func() {
		_ = p.cmd.Wait() // the log shows why it exited
		close(exited)
	}()
	return nil
}

// Kill sends SIGKILL and waits until the process has exited.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // fails if it has exited
	<-p.exited
}

// Interrupt sends SIGINT, at which Postgres closes its connections and stops, and waits until the process has exited.
func (p *Process) Interrupt() {
	_ = p.cmd.Process.Signal(os.Interrupt) // fails if it has exited
	<-p.exited
}

// Pause stops the process with its connections open, until Resume.
func (p *Process) Pause() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume continues the process after Pause.
func (p *Process) Resume() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// HasExited reports whether the process has exited.
func (p *Process) HasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

var errExited = errors.New("process has exited")

// retryUntilReady calls ready until it returns nil or errExited, for at most startTimeout.
func retryUntilReady(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for delay := 5 * time.Millisecond; ; delay = min(2*delay, 100*time.Millisecond) {
		err := ready(ctx)
		if err == nil || errors.Is(err, errExited) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(delay):
		}
	}
}

// FreeAddr returns an unused TCP address on this machine, each only once. The ports are below the range that systems
// use for outgoing connections, which could take the port before the server listens on it.
func FreeAddr() (string, error) {
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 15_000+rand.N(15_000))
		if _, used := usedAddrs.LoadOrStore(addr, true); used {
			continue
		}
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr, nil
		}
	}
	return "", errors.New("no free port")
}

var usedAddrs sync.Map // addresses that FreeAddr has returned

// A Log stores the output of a process.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

var _ io.Writer = (*Log)(nil)

func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// Lines returns all lines so far.
func (l *Log) Lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.text.String()), "\n")
}

// Tail returns the last lines of the log, at most the given number.
func (l *Log) Tail(lines int) string {
	all := l.Lines()
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
