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

// A childProcess is a running program with a temporary home directory. Its children belong to its process group, which
// Close kills.
type childProcess struct {
	cmd    *exec.Cmd
	home   string
	output *io.PipeReader
	exited chan struct{}

	mu          sync.Mutex
	outputLines []string // the first lines of its output
}

// maxOutputLines is the number of output lines that error messages include.
const maxOutputLines = 40

// launch starts a program. Its environment consists of env, PATH and variables for a temporary home.
func launch(env []string, name string, args ...string) (*childProcess, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, ErrMissing)
	}
	home, err := os.MkdirTemp("", "guildboard-browser-")
	if err != nil {
		return nil, fmt.Errorf("create home of %s: %w", name, err)
	}
	output, input := io.Pipe()
	p := &childProcess{cmd: exec.Command(path, args...), home: home, output: output, exited: make(chan struct{})}
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
		_ = p.cmd.Wait() // the output shows why it exited
		input.Close()
		close(p.exited)
	}()
	return p, nil
}

// waitForLine reads the program's output until match accepts a line, and returns the string from match. Later output is
// discarded.
func (p *childProcess) waitForLine(ctx context.Context, match func(line string) (string, bool)) (string, error) {
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(p.output)
		for lines.Scan() {
			if value, ok := match(lines.Text()); ok {
				found <- value
				break
			}
			p.mu.Lock()
			if len(p.outputLines) < maxOutputLines {
				p.outputLines = append(p.outputLines, lines.Text())
			}
			p.mu.Unlock()
		}
		_, _ = io.Copy(io.Discard, p.output)
	}()
	select {
	case value := <-found:
		return value, nil
	case <-p.exited:
		return "", fmt.Errorf("%s ended: %s", filepath.Base(p.cmd.Path), p.outputText())
	case <-ctx.Done():
		return "", fmt.Errorf("start %s: %w: %s", filepath.Base(p.cmd.Path), ctx.Err(), p.outputText())
	}
}

func (p *childProcess) outputText() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.outputLines, "\n")
}

// discardOutput reads and discards the program's output, so that its writes do not block.
func (p *childProcess) discardOutput() { go func() { _, _ = io.Copy(io.Discard, p.output) }() }

// Close kills the program and its children and removes the home directory.
func (p *childProcess) Close() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // fails if it has exited
	p.output.Close()
	<-p.exited
	_ = os.RemoveAll(p.home) // fails if an exiting child still writes there
}
