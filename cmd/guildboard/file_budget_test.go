package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestFileBudgetFitsOpenFileLimit(t *testing.T) {
	for _, test := range []struct {
		files, streams, connections int
		tls                         bool
		wantStreams, want           int
	}{
		{1 << 20, 0, 0, false, 20_000, 20_000},
		{1 << 20, 0, 500, false, 20_000, 500},
		{1 << 20, 5, 0, false, 5, 16},
		{20_000, 20_000, 0, false, 14_772, 4924}, // a quarter
		{20_000, 20_000, 0, true, 9848, 9848},    // half
		{20_000, 15_000, 0, false, 14_772, 4924},
		{1024, 0, 0, false, 540, 180},
		{1024, 0, 700, false, 90, 630}, // some streams in any case
		{1024, 100, 500, false, 100, 500},
		{64, 0, 0, false, 16, 16},
	} {
		got := newFileBudget(test.files, test.streams, test.connections, test.tls)
		if got.streams != test.wantStreams || got.connections != test.want {
			t.Errorf("newFileBudget(%d, %d, %d, %t) = %d streams and %d connections, want %d and %d", test.files, test.streams,
				test.connections, test.tls, got.streams, got.connections, test.wantStreams, test.want)
		}
	}
}

func TestReducedFileBudgetLogsWarning(t *testing.T) {
	for files, want := range map[int]bool{1 << 20: false, 1024: true} {
		var log bytes.Buffer
		budget := newFileBudget(files, 20_000, 1000, false)
		budget.warnIfReduced(slog.New(slog.NewTextHandler(&log, nil)), 20_000, 1000)
		if got := strings.Contains(log.String(), "open files limit is too low"); got != want {
			t.Errorf("log with %d open files = %q, want a warning: %t", files, log.String(), want)
		}
	}
}

func TestCheckConnections(t *testing.T) {
	for connections, want := range map[int]bool{0: true, 16: true, 100_000: true, 15: false, -1: false} {
		if err := checkConnections(connections); (err == nil) != want {
			t.Errorf("checkConnections(%d) = %v", connections, err)
		}
	}
}
