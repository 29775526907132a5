package handlers

import (
	"net/http"
	"time"
)

const (
	// initialReadTimeout is the time that a client has before it must have read any part of a file.
	initialReadTimeout = 30 * time.Second
	// minReadRate is the minimum rate at which a client must read a file after that, in bytes per second.
	minReadRate = 8 << 10
)

// deadlineWriter writes a long response with a write deadline that grows with the amount that the client has read. Time
// in which the handler prepares data does not count. http.Server.WriteTimeout would limit the response as a whole.
type deadlineWriter struct {
	w          http.ResponseWriter
	controller *http.ResponseController
	written    int64
	blocked    time.Duration // waiting for the client
}

func newDeadlineWriter(w http.ResponseWriter) *deadlineWriter {
	d := &deadlineWriter{w: w, controller: http.NewResponseController(w)}
	d.setDeadline(time.Time{})
	return d
}

func (d *deadlineWriter) Write(b []byte) (int, error) {
	allowed := initialReadTimeout + time.Duration(d.written/minReadRate)*time.Second
	start := time.Now()
	d.setDeadline(start.Add(allowed - d.blocked))
	n, err := d.w.Write(b)
	d.setDeadline(time.Time{})
	d.written += int64(n)
	d.blocked += time.Since(start)
	return n, err
}

// finish sets the deadline for sending the rest of the server's buffers.
func (d *deadlineWriter) finish() { d.setDeadline(time.Now().Add(initialReadTimeout)) }

func (d *deadlineWriter) setDeadline(t time.Time) {
	_ = d.controller.SetWriteDeadline(t) // fails only on a closed connection, where the next write fails too
}
