//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// cpuTime returns the CPU time of all threads of a process, as counted by the scheduler: clock ticks of 10 ms are too
// coarse. Threads that have exited are not counted; Go's threads do not exit.
// https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
func cpuTime(pid int) (total time.Duration) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, name := range threads {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has exited
		}
		runTime, _, _ := bytes.Cut(text, []byte(" "))
		ns, _ := strconv.ParseInt(string(runTime), 10, 64)
		total += time.Duration(ns)
	}
	return total
}

// residentMemory returns the resident memory of a process, in bytes.
func residentMemory(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("read memory: /proc has %q", text)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	return float64(pages) * float64(os.Getpagesize()), nil
}

// peakMemory returns the peak resident memory of a process, in bytes.
func peakMemory(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	kilobytes := lineValue(text, "VmHWM:")
	if kilobytes == nil {
		return 0, fmt.Errorf("read memory: /proc has no VmHWM")
	}
	return float64(parseDecimal(bytes.TrimSpace(kilobytes))) * 1024, nil
}
