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

	number int           // among those of its guild
	wait   time.Duration // before it comes back, the next time; 0 as long as it never had to
	told   time.Duration // Retry-After of the answer

	status  int // of the answer; 0 until its head was read
	chunked bool
	left    int    // bytes of the chunk that are to come; see the states below
	line    []byte // of a size line, what was read of it
	begun   []byte // of a head or a message, what was read of it

	version []byte // of what is shown
	heard   bool   // anything was shown since it connected
	shown   int    // the number of its guild's newest event that is shown
}

// States of left.
const (
	chunkSize = -1 // a size line is next
	chunkEnd  = -2 // the line end behind a chunk is next
)

// read takes what came in. message is called for each server-sent event that is complete, with its lines.
func (s *stream) read(b []byte, message func(*stream, []byte)) {
	if s.status == 0 {
		if b = s.head(b); s.status == 0 {
			return
		}
	}
	if !s.chunked {
		s.body(b, message)
		return
	}
	for len(b) > 0 {
		switch s.left {
		case chunkSize:
			b = s.size(b)
		case chunkEnd:
			i := bytes.IndexByte(b, '\n')
			if i < 0 {
				return
			}
			b, s.left = b[i+1:], chunkSize
		default:
			n := min(s.left, len(b))
			s.body(b[:n], message)
			b = b[n:]
			if s.left -= n; s.left == 0 {
				s.left = chunkEnd
			}
		}
	}
}

// head reads the answer's head and gives what stands behind it.
func (s *stream) head(b []byte) []byte {
	s.begun = append(s.begun, b...)
	i := bytes.Index(s.begun, []byte("\r\n\r\n"))
	if i < 0 {
		return nil
	}
	head, rest := s.begun[:i], s.begun[i+4:]
	s.begun = nil
	s.status = -1 // what does not speak HTTP
	if line, ok := bytes.CutPrefix(head, []byte("HTTP/1.1 ")); ok {
		s.status = number(line)
	}
	if i := bytes.Index(bytes.ToLower(head), []byte("\nretry-after: ")); i >= 0 {
		s.told = time.Duration(number(head[i+len("\nretry-after: "):])) * time.Second
	}
	s.chunked = bytes.Contains(bytes.ToLower(head), []byte("transfer-encoding: chunked"))
	s.left = chunkSize
	return rest
}

func (s *stream) size(b []byte) []byte {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		s.line = append(s.line, b...)
		return nil
	}
	line := append(s.line, b[:i]...)
	s.line, s.left = nil, 0
	for _, c := range bytes.TrimSpace(line) {
		s.left = s.left<<4 | hex(c)
	}
	if s.left == 0 { // the stream's end
		s.left = chunkSize
	}
	return b[i+1:]
}

func hex(c byte) int {
	if c <= '9' {
		return int(c - '0')
	}
	return int(c|0x20-'a') + 10
}

// body takes a part of the event stream.
func (s *stream) body(b []byte, message func(*stream, []byte)) {
	if len(s.begun) > 0 {
		b = append(s.begun, b...)
		s.begun = nil
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
		s.begun = bytes.Clone(b)
	}
}

// field is the value of the first line of a message that has that name; nil for none.
func field(message []byte, name string) []byte {
	for len(message) > 0 {
		line, rest, _ := bytes.Cut(message, []byte("\n"))
		if value, ok := bytes.CutPrefix(line, []byte(name)); ok {
			return bytes.TrimPrefix(value, []byte(" "))
		}
		message = rest
	}
	return nil
}

// number is the decimal number that b begins with.
func number(b []byte) (n int) {
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}
