//go:build unix

package browsers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// A program is a running program with a home directory of its own. Its children belong to its process group, which
// Close kills.
type program struct {
	cmd    *exec.Cmd
	home   string
	output *io.PipeReader
	gone   chan struct{}

	mu   sync.Mutex
	said []string // the first lines of its output
}

// kept is how many lines of output are remembered for error messages.
const kept = 40

// launch starts a program with nothing but env, PATH and a temporary home in its environment.
func launch(env []string, name string, args ...string) (*program, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, ErrMissing)
	}
	home, err := os.MkdirTemp("", "guildboard-browser-")
	if err != nil {
		return nil, fmt.Errorf("make a home for %s: %w", name, err)
	}
	output, input := io.Pipe()
	p := &program{cmd: exec.Command(path, args...), home: home, output: output, gone: make(chan struct{})}
	p.cmd.Dir = home
	p.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "XDG_RUNTIME_DIR=" + home,
	}, env...)
	p.cmd.Stdout, p.cmd.Stderr = input, input
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		os.RemoveAll(home)
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // the output says why it ended
		input.Close()
		close(p.gone)
	}()
	return p, nil
}

// find reads the program's output until pick accepts a line. Whatever is written later is discarded.
func (p *program) find(ctx context.Context, pick func(line string) (string, bool)) (string, error) {
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(p.output)
		for lines.Scan() {
			if value, ok := pick(lines.Text()); ok {
				found <- value
				break
			}
			p.mu.Lock()
			if len(p.said) < kept {
				p.said = append(p.said, lines.Text())
			}
			p.mu.Unlock()
		}
		_, _ = io.Copy(io.Discard, p.output)
	}()
	select {
	case value := <-found:
		return value, nil
	case <-p.gone:
		return "", fmt.Errorf("%s ended: %s", filepath.Base(p.cmd.Path), p.log())
	case <-ctx.Done():
		return "", fmt.Errorf("start %s: %w: %s", filepath.Base(p.cmd.Path), ctx.Err(), p.log())
	}
}

func (p *program) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.said, "\n")
}

// discard lets the program write what it likes.
func (p *program) discard() { go func() { _, _ = io.Copy(io.Discard, p.output) }() }

// Close kills the program and its children, and removes its home.
func (p *program) Close() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may have ended
	p.output.Close()
	<-p.gone
	_ = os.RemoveAll(p.home) // a child that is still ending may write; what stays is in the folder for temporary files
}
