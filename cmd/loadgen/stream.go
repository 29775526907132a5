//go:build linux

package main

import (
	"bytes"
	"time"
)

// A stream is one browser at its stream: where it is in reading it, and what it shows.
type stream struct {
	fd    int
	guild *guild

	index          int           // among those of its guild
	reconnectDelay time.Duration // before it comes back, the next time; 0 as long as it never had to
	retryAfter     time.Duration // Retry-After of the answer

	status         int // of the answer; 0 until its head was read
	chunked        bool
	chunkRemaining int    // bytes of the chunk that are to come; see the states below
	sizeLine       []byte // of a size line, what was read of it
	incomplete     []byte // of a head or a message, what was read of it

	version   []byte // of what is shown
	hasShown  bool   // anything was shown since it connected
	lastShown int    // the number of its guild's newest event that is shown
}

// States of left.
const (
	expectChunkSize = -1 // a size line is next
	expectChunkEnd  = -2 // the line end behind a chunk is next
)

// feed takes what came in. message is called for each server-sent event that is complete, with its lines.
func (s *stream) feed(b []byte, message func(*stream, []byte)) {
	if s.status == 0 {
		if b = s.readHead(b); s.status == 0 {
			return
		}
	}
	if !s.chunked {
		s.readBody(b, message)
		return
	}
	for len(b) > 0 {
		switch s.chunkRemaining {
		case expectChunkSize:
			b = s.readChunkSize(b)
		case expectChunkEnd:
			i := bytes.IndexByte(b, '\n')
			if i < 0 {
				return
			}
			b, s.chunkRemaining = b[i+1:], expectChunkSize
		default:
			n := min(s.chunkRemaining, len(b))
			s.readBody(b[:n], message)
			b = b[n:]
			if s.chunkRemaining -= n; s.chunkRemaining == 0 {
				s.chunkRemaining = expectChunkEnd
			}
		}
	}
}

// readHead reads the answer's head and gives what stands behind it.
func (s *stream) readHead(b []byte) []byte {
	s.incomplete = append(s.incomplete, b...)
	i := bytes.Index(s.incomplete, []byte("\r\n\r\n"))
	if i < 0 {
		return nil
	}
	head, body := s.incomplete[:i], s.incomplete[i+4:]
	s.incomplete = nil
	s.status = -1 // what does not speak HTTP
	if line, ok := bytes.CutPrefix(head, []byte("HTTP/1.1 ")); ok {
		s.status = parseDecimal(line)
	}
	if i := bytes.Index(bytes.ToLower(head), []byte("\nretry-after: ")); i >= 0 {
		s.retryAfter = time.Duration(parseDecimal(head[i+len("\nretry-after: "):])) * time.Second
	}
	s.chunked = bytes.Contains(bytes.ToLower(head), []byte("transfer-encoding: chunked"))
	s.chunkRemaining = expectChunkSize
	return body
}

func (s *stream) readChunkSize(b []byte) []byte {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		s.sizeLine = append(s.sizeLine, b...)
		return nil
	}
	line := append(s.sizeLine, b[:i]...)
	s.sizeLine, s.chunkRemaining = nil, 0
	for _, c := range bytes.TrimSpace(line) {
		s.chunkRemaining = s.chunkRemaining<<4 | hexDigit(c)
	}
	if s.chunkRemaining == 0 { // the stream's end
		s.chunkRemaining = expectChunkSize
	}
	return b[i+1:]
}

func hexDigit(c byte) int {
	if c <= '9' {
		return int(c - '0')
	}
	return int(c|0x20-'a') + 10
}

// readBody takes a part of the event stream.
func (s *stream) readBody(b []byte, message func(*stream, []byte)) {
	if len(s.incomplete) > 0 {
		b = append(s.incomplete, b...)
		s.incomplete = nil
	}
	for {
		i := bytes.Index(b, []byte("\n\n"))
		if i < 0 {
			break
		}
		message(s, b[:i])
		b = b[i+2:]
	}
	if len(b) > 0 {
		s.incomplete = bytes.Clone(b)
	}
}

// lineValue is the value of the first line of a message that has that name; nil for none.
func lineValue(message []byte, name string) []byte {
	for len(message) > 0 {
		line, rest, _ := bytes.Cut(message, []byte("\n"))
		if value, ok := bytes.CutPrefix(line, []byte(name)); ok {
			return bytes.TrimPrefix(value, []byte(" "))
		}
		message = rest
	}
	return nil
}

// parseDecimal is the decimal number that b begins with.
func parseDecimal(b []byte) (n int) {
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}
