//go:build linux

package main

import (
	"bytes"
	"time"
)

// A stream is the connection of a simulated browser: the state of its parser, and what the browser shows.
type stream struct {
	fd    int
	guild *guild

	index          int           // index in its guild
	reconnectDelay time.Duration // delay before the next reconnect; 0 before the first one
	retryAfter     time.Duration // Retry-After of the response

	status         int // status of the response; 0 until its header is read
	chunked        bool
	chunkRemaining int    // remaining bytes of the chunk, or one of the states below
	sizeLine       []byte // incomplete chunk size line
	incomplete     []byte // incomplete header or message

	version   []byte // version of the shown frame
	hasShown  bool   // an event was shown since it connected
	lastShown int    // number of the newest event shown
}

// States in chunkRemaining.
const (
	expectChunkSize = -1 // next is a chunk size line
	expectChunkEnd  = -2 // next is the line end after a chunk
)

// feed parses received data. It calls message with the lines of each complete server-sent event.
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

// readHead reads the response's header and returns the data after it.
func (s *stream) readHead(b []byte) []byte {
	s.incomplete = append(s.incomplete, b...)
	i := bytes.Index(s.incomplete, []byte("\r\n\r\n"))
	if i < 0 {
		return nil
	}
	head, body := s.incomplete[:i], s.incomplete[i+4:]
	s.incomplete = nil
	s.status = -1 // not HTTP
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
	if s.chunkRemaining == 0 { // end of the response
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

// readBody parses a part of the event stream.
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

// lineValue returns the value of a message's first line with the name; nil if there is none.
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

// parseDecimal returns the decimal number at the start of b.
func parseDecimal(b []byte) (n int) {
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}
