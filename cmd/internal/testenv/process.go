//go:build unix

// Package testenv starts what measurements and fault tests need, all of it on this machine and for them alone: Redis,
// Postgres, the dashboard's binary, a Discord that is made up, and people who are signed in without having come by it.
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

// startTimeout is how long a program may take until it answers.
const startTimeout = time.Minute

// A Process is a program that runs until it is killed, and can then be started again.
type Process struct {
	Log Log

	program    string
	args       []string
	credential *syscall.Credential // nil: as ourselves
	dataDir    string              // its directory, removed by Close; "" for none
	ready      func(context.Context) error

	cmd    *exec.Cmd
	exited chan struct{}
}

// StartProcess runs a program with no settings of ours in its environment, and waits until it answers.
func StartProcess(ctx context.Context, ready func(context.Context) error, program string, args ...string) (*Process, error) {
	p := &Process{program: program, args: args, ready: ready}
	return p, p.startOrClose(ctx)
}

// startOrClose is Start, the first time.
func (p *Process) startOrClose(ctx context.Context) error {
	err := p.Start(ctx)
	if err != nil {
		p.Close()
	}
	return err
}

// Close ends the process, and removes what it has kept.
func (p *Process) Close() {
	if p.cmd != nil {
		p.Kill()
	}
	if p.dataDir != "" {
		_ = os.RemoveAll(p.dataDir) // what stays is in the folder for temporary things
	}
}

// Start starts the process again after Kill, and waits until it answers.
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
		return fmt.Errorf("starting %s: %w\n%s", filepath.Base(p.program), err, p.Log.Tail(20))
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
		return fmt.Errorf("starting %s: %w", filepath.Base(p.program), err)
	}
	exited := make(chan struct{})
	p.exited = exited
	go func() {
		_ = p.cmd.Wait() // how it ended is for the log
		close(exited)
	}()
	return nil
}

// Kill is kill -9, and waits for the end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.exited
}

// Interrupt sends SIGINT, at which Postgres ends its connections and stops, and waits for the end.
func (p *Process) Interrupt() {
	_ = p.cmd.Process.Signal(os.Interrupt) // it may have ended by itself
	<-p.exited
}

// Pause has the process stand still, with its connections open; Resume lets it go on.
func (p *Process) Pause() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (p *Process) Resume() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// PID is the process's number in the system.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// HasExited tells whether the process has ended.
func (p *Process) HasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

var errExited = errors.New("it has ended")

// retryUntilReady asks until the answer is no error, for as long as patience.
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

// FreeAddr is an address on this machine that nobody listens on, and that was not given before. Its port is below those
// that systems give to connections going out, any of which may take such a port before its server does.
func FreeAddr() (string, error) {
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 15_000+rand.N(15_000))
		if _, used := usedAddrs.LoadOrStore(addr, true); used {
			continue
		}
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close() // it has served
			return addr, nil
		}
	}
	return "", errors.New("looking for a free port: there is none")
}

var usedAddrs sync.Map // given by FreeAddr

// A Log keeps what a process says.
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

// Lines are all that was said so far.
func (l *Log) Lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.text.String()), "\n")
}

// Tail is the last of it.
func (l *Log) Tail(lines int) string {
	all := l.Lines()
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
