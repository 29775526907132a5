//go:build race

package handlers_test

// raceDetector reports whether the race detector is on.
const raceDetector = true
