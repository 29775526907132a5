//go:build !unix

package main

import "math"

// openFiles returns how many files the process may have open: Windows has no such limit.
func openFiles() int { return math.MaxInt32 }
