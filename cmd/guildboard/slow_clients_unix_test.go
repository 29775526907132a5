//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"guildboard/handlers/connlimit"
)

// fewFilesEnv is an environment variable that makes the test binary a server with a low limit of open files.
const fewFilesEnv = "GUILDBOARD_TEST_FEW_FILES"

// TestMain runs the tests, or the server for one of them.
func TestMain(m *testing.M) {
	if os.Getenv(fewFilesEnv) == "" {
		os.Exit(m.Run())
	}
	if err := serveWithFewFiles(128); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serveWithFewFiles serves until its standard input ends. It prints its address and its limit of connections.
func serveWithFewFiles(files uint64) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: files, Max: files}); err != nil {
		return err
	}
	budget := newFileBudget(openFiles(), 16, 0, false)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a page") })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("POST /", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	log := slog.New(slog.DiscardHandler)
	web := newHTTPServer(mux, connlimit.New(connlimit.Config{Connections: budget.connections, Exempt: isHealthCheck, Log: log}), log)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr(), budget.connections)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return web.Serve(listener)
}

// A server that may have 128 files open, and 900 clients that send one byte of a body and then nothing.
func TestSlowClientsDoNotBlockOthers(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), fewFilesEnv+"=1")
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	must(t, err)
	stdout, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	t.Cleanup(func() { stdin.Close(); _ = child.Wait() })
	var addr string
	var limit int
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(t, err)
	_, err = fmt.Sscan(line, &addr, &limit)
	must(t, err)

	client := &http.Client{Timeout: testTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	requireOK := func(path string) {
		t.Helper()
		response, err := client.Get("http://" + addr + path)
		must(t, err)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Fatalf("%s = %d, want 200", path, response.StatusCode)
		}
	}
	var slowConns []net.Conn
	for i := range 900 {
		conn, err := net.Dial("tcp", addr)
		must(t, err)
		defer conn.Close()
		_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx") // it may be closed by now
		slowConns = append(slowConns, conn)
		if i%50 == 49 {
			requireOK("/healthz")
			requireOK("/")
		}
	}
	// Those that have just arrived may be on the reserve for a moment. Fifteen seconds later their bodies would be overdue.
	openConns := slowConns
	for end := time.Now().Add(10 * time.Second); ; {
		openConns = slices.DeleteFunc(openConns, func(conn net.Conn) bool {
			_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
			_, err := conn.Read(make([]byte, 1))
			return !errors.Is(err, os.ErrDeadlineExceeded)
		})
		if len(openConns) <= limit || time.Now().After(end) {
			break
		}
	}
	if len(openConns) > limit {
		t.Errorf("%d slow connections are open, want at most %d", len(openConns), limit)
	}
}
