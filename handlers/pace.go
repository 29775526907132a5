package handlers

import (
	"net/http"
	"time"
)

const (
	// firstWait is how long a client may take before it has read anything of a file.
	firstWait = 30 * time.Second
	// slowestRead is how many bytes of a file a client must read per second after that.
	slowestRead = 8 << 10
)

// A pacedWriter writes a long answer. The client gets time in proportion to what it reads, and none is taken from it while
// the answer is being made: http.Server.WriteTimeout would cut off whatever takes longer than that in all.
type pacedWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	written int64
	waited  time.Duration // for the client
}

func newPacedWriter(w http.ResponseWriter) *pacedWriter {
	p := &pacedWriter{w: w, control: http.NewResponseController(w)}
	p.setDeadline(time.Time{})
	return p
}

func (p *pacedWriter) Write(b []byte) (int, error) {
	allowed := firstWait + time.Duration(p.written/slowestRead)*time.Second
	began := time.Now()
	p.setDeadline(began.Add(allowed - p.waited))
	n, err := p.w.Write(b)
	p.setDeadline(time.Time{})
	p.written += int64(n)
	p.waited += time.Since(began)
	return n, err
}

// finish gives the server time to send what is left in its buffers.
func (p *pacedWriter) finish() { p.setDeadline(time.Now().Add(firstWait)) }

func (p *pacedWriter) setDeadline(t time.Time) {
	_ = p.control.SetWriteDeadline(t) // fails on a closed connection, where the next write fails, too
}
