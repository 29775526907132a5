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
	"guildboard/store/storetest"
)

// workerEnv is set where the test's binary runs as a worker of the bot, a process of its own, and holds its settings.
const workerEnv = "GUILDBOARD_TEST_WORKER"

func TestMain(m *testing.M) {
	if settings := os.Getenv(workerEnv); settings != "" {
		if err := workerMain(context.Background(), settings, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		return
	}
	logging.Disable() // go-redis says it each time when a Redis that a test has stopped does not answer
	os.Exit(m.Run())
}

// workerSettings is where a worker finds what it shares with the others.
type workerSettings struct{ Database, Redis, Discord string }

// An order is a line that a worker reads: a ticket to be opened, or after which step of each verb it is to stand still.
type order struct {
	Stops map[store.Verb]string
	Open  *bot.Opening
}

// workerMain runs an engine until it is killed. It writes "ready" when it knows where to stand still, and "at VERB STEP" where it
// stands still.
func workerMain(ctx context.Context, settings string, in io.Reader, out io.Writer) error {
	var at workerSettings
	if err := json.Unmarshal([]byte(settings), &at); err != nil {
		return err
	}
	db, err := store.Open(ctx, at.Database)
	if err != nil {
		return err
	}
	client, err := store.OpenRedis(at.Redis)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	e := bot.New(db, client, store.NewBus(client, log), sim.Dial(at.Discord), log).Brisk(shortly)
	orders := make(chan map[store.Verb]string, 1)
	orders <- nil
	e.Stops(func(v store.Verb, step string) bool {
		stops := <-orders
		orders <- stops
		if stops[v] == step {
			fmt.Fprintln(out, "at", v, step)
			select {} // for SIGKILL
		}
		return false
	})
	go func() {
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			var o order
			if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
				fmt.Fprintln(os.Stderr, "worker:", err)
				os.Exit(1)
			}
			if o.Open != nil {
				go func() { _, _ = e.OpenTicket(ctx, *o.Open) }()
				continue
			}
			<-orders
			orders <- o.Stops
			fmt.Fprintln(out, "ready")
		}
		os.Exit(1) // whoever started it is gone
	}()
	return e.Run(ctx)
}

// A worker is a process of the bot.
type worker struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	err   *strings.Builder
}

// outside is what outlives the workers: a world whose Discord they reach from their own processes.
type outside struct {
	*world
	settings workerSettings
}

// newOutside makes one whose Discord loses answers as loses says.
func newOutside(t *testing.T, loses func(sim.Request) bool) *outside {
	t.Helper()
	address, client := storetest.Address(t), storetest.Redis(t)
	w := newWorld(t, storetest.At(t, address), client)
	o := &outside{world: w}
	server := httptest.NewServer(&sim.Face{Discord: w.discord, Loses: loses})
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	options := client.(*redis.Client).Options()
	o.settings = workerSettings{address, fmt.Sprintf("redis://%s/%d", options.Addr, options.DB), server.URL}
	return o
}

// worker starts one. It ends with the test, if it is not killed before.
func (o *outside) worker(t *testing.T) *worker {
	t.Helper()
	settings, err := json.Marshal(o.settings)
	check(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+string(settings))
	p := &worker{t: t, cmd: cmd, lines: make(chan string, 100), err: &strings.Builder{}}
	cmd.Stderr = p.err
	p.in, err = cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("a worker said: %s", p.err)
		}
	})
	return p
}

// says waits for a line, and returns it.
func (p *worker) says() string {
	p.t.Helper()
	select {
	case line := <-p.lines:
		return line
	case <-time.After(patience):
		p.t.Fatal("the worker says nothing")
		return ""
	}
}

// told gives an order.
func (p *worker) told(o order) {
	p.t.Helper()
	line, err := json.Marshal(o)
	check(p.t, err)
	_, err = p.in.Write(append(line, '\n'))
	check(p.t, err)
}

// dump has the worker end and say what it was at.
func (p *worker) dump() {
	p.t.Helper()
	check(p.t, p.cmd.Process.Signal(syscall.SIGQUIT))
	_, _ = p.cmd.Process.Wait()
}

// kill is kill -9.
func (p *worker) kill() {
	p.t.Helper()
	check(p.t, p.cmd.Process.Kill())
	_, _ = p.cmd.Process.Wait()
}

func TestAStepThatAnotherWorkerDidJustNowIsDone(t *testing.T) {
	e := newWorld(t, storetest.Open(t), storetest.Redis(t)).engine()
	for name, c := range map[string]struct {
		resumed   bool
		conflicts int
		want      error
	}{
		"the other was first":          {true, 1, nil},
		"somebody else was":            {true, 2, store.ErrConflict},
		"nobody has begun this before": {false, 1, store.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			left := c.conflicts
			err := e.Step(t.Context(), c.resumed, func(context.Context) error {
				if left--; left >= 0 {
					return store.ErrConflict
				}
				return nil
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}
