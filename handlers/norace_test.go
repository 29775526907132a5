//go:build !race

package handlers_test

// raceDetector tells whether the race detector watches.
const raceDetector = false
