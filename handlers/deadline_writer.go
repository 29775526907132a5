package handlers

import (
	"net/http"
	"time"
)

const (
	// initialReadTimeout is how long a client may take before it has read anything of a file.
	initialReadTimeout = 30 * time.Second
	// minReadRate is how many bytes of a file a client must read per second after that.
	minReadRate = 8 << 10
)

// A deadlineWriter writes a long answer. The client gets time in proportion to what it reads, and none is taken from it
// while the answer is being made: http.Server.WriteTimeout would cut off whatever takes longer than that in all.
type deadlineWriter struct {
	w          http.ResponseWriter
	controller *http.ResponseController
	written    int64
	blocked    time.Duration // for the client
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

// finish gives the server time to send what is left in its buffers.
func (d *deadlineWriter) finish() { d.setDeadline(time.Now().Add(initialReadTimeout)) }

func (d *deadlineWriter) setDeadline(t time.Time) {
	_ = d.controller.SetWriteDeadline(t) // fails on a closed connection, where the next write fails, too
}
