package bot_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// workerSettingsVar is set when the test binary runs as a worker process; it holds the worker's settings.
const workerSettingsVar = "GUILDBOARD_TEST_WORKER"

func TestMain(m *testing.M) {
	if settings := os.Getenv(workerSettingsVar); settings != "" {
		if err := workerMain(context.Background(), settings, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		return
	}
	logging.Disable() // go-redis logs every failed connection to a Redis that a test has stopped
	os.Exit(m.Run())
}

// workerSettings are the addresses of what the worker shares with other processes.
type workerSettings struct{ Database, Redis, Discord string }

// A workerCommand is a line that a worker reads: a ticket to open, or the step of each verb after which it blocks.
type workerCommand struct {
	StopAfter  map[contract.Verb]string
	OpenTicket *bot.TicketRequest
}

// workerMain runs an engine until it is killed. It writes "ready" once its stop points are set, and "at VERB STEP" when
// it blocks at one.
func workerMain(ctx context.Context, settings string, in io.Reader, out io.Writer) error {
	var shared workerSettings
	if err := json.Unmarshal([]byte(settings), &shared); err != nil {
		return err
	}
	db, err := store.Open(ctx, shared.Database)
	if err != nil {
		return err
	}
	client, err := store.OpenRedis(shared.Redis)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	e := bot.New(db, client, store.NewBus(client, log), sim.Dial(shared.Discord), log).WithShortIntervals(testLease)
	stopSteps := make(chan map[contract.Verb]string, 1)
	stopSteps <- nil
	e.CrashAfter(func(v contract.Verb, step string) bool {
		stops := <-stopSteps
		stopSteps <- stops
		if stops[v] == step {
			fmt.Fprintln(out, "at", v, step)
			select {} // wait for SIGKILL
		}
		return false
	})
	go func() {
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			var o workerCommand
			if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
				fmt.Fprintln(os.Stderr, "worker:", err)
				os.Exit(1)
			}
			if o.OpenTicket != nil {
				go func() { _, _ = e.OpenTicket(ctx, *o.OpenTicket) }()
				continue
			}
			<-stopSteps
			stopSteps <- o.StopAfter
			fmt.Fprintln(out, "ready")
		}
		os.Exit(1) // the parent process has exited
	}()
	return e.Run(ctx)
}

// A worker is a process of the bot.
type worker struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout chan string
	stderr *strings.Builder
}

// multiProcessEnv is the environment that outlives the workers: a simulated Discord that they reach from their own
// processes.
type multiProcessEnv struct {
	*testEnv
	settings workerSettings
}

// newMultiProcessEnv returns an environment whose Discord drops the responses that dropResponse selects.
func newMultiProcessEnv(t *testing.T, dropResponse func(sim.Request) bool) *multiProcessEnv {
	t.Helper()
	address, client := storetest.DatabaseURL(t), storetest.Redis(t)
	env := newTestEnv(t, storetest.OpenAt(t, address), client)
	o := &multiProcessEnv{testEnv: env}
	server := httptest.NewServer(&sim.Server{Discord: env.discord, DropResponse: dropResponse})
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	options := client.(*redis.Client).Options()
	o.settings = workerSettings{address, fmt.Sprintf("redis://%s/%d", options.Addr, options.DB), server.URL}
	return o
}

// startWorker starts a worker. It ends with the test, unless it is killed before.
func (o *multiProcessEnv) startWorker(t *testing.T) *worker {
	t.Helper()
	settings, err := json.Marshal(o.settings)
	check(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerSettingsVar+"="+string(settings))
	p := &worker{t: t, cmd: cmd, stdout: make(chan string, 100), stderr: &strings.Builder{}}
	cmd.Stderr = p.stderr
	p.stdin, err = cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	outputRead := make(chan struct{})
	go func() {
		defer close(outputRead)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.stdout <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-outputRead
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("stderr of the worker:\n%s", p.stderr)
		}
	})
	return p
}

// readLine waits for a line and returns it.
func (p *worker) readLine() string {
	p.t.Helper()
	select {
	case line := <-p.stdout:
		return line
	case <-time.After(testTimeout):
		p.t.Fatal("timeout waiting for output of the worker")
		return ""
	}
}

// send writes a command to the worker.
func (p *worker) send(o workerCommand) {
	p.t.Helper()
	line, err := json.Marshal(o)
	check(p.t, err)
	_, err = p.stdin.Write(append(line, '\n'))
	check(p.t, err)
}

// dumpStacks makes the worker print its goroutines and exit.
func (p *worker) dumpStacks() {
	p.t.Helper()
	check(p.t, p.cmd.Process.Signal(syscall.SIGQUIT))
	_, _ = p.cmd.Process.Wait()
}

// kill sends SIGKILL.
func (p *worker) kill() {
	p.t.Helper()
	check(p.t, p.cmd.Process.Kill())
	_, _ = p.cmd.Process.Wait()
}

func TestResumedStepToleratesOneConflict(t *testing.T) {
	e := newTestEnv(t, storetest.Open(t), storetest.Redis(t)).newEngine()
	for name, c := range map[string]struct {
		resumed   bool
		conflicts int
		want      error
	}{
		"previous worker was first": {true, 1, nil},
		"another actor was first":   {true, 2, store.ErrConflict},
		"first attempt":             {false, 1, store.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			remaining := c.conflicts
			err := e.RunStep(t.Context(), c.resumed, func(context.Context) error {
				if remaining--; remaining >= 0 {
					return store.ErrConflict
				}
				return nil
			})
			if !errors.Is(err, c.want) {
				t.Errorf("error = %v, want %v", err, c.want)
			}
		})
	}
}
