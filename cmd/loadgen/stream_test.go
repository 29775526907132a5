//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// rawResponse returns a server's response, in one piece or in chunks of any size.
func rawResponse(body string, chunked bool) string {
	if !chunked {
		return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + body
	}
	var b strings.Builder
	b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
	for len(body) > 0 {
		n := min(1+rand.N(500), len(body))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	return b.String()
}

func TestStreamParsesFragmentedMessages(t *testing.T) {
	var body strings.Builder
	for i := 1; i <= 200; i++ {
		fmt.Fprintf(&body, "event: ping\ndata:\n\nid: v%d\ndata: \"n\":%d %s\ndata: more\n\n", i, i, strings.Repeat("x", rand.N(300)))
	}
	for _, chunked := range []bool{false, true} {
		response := rawResponse(body.String(), chunked)
		for range 50 {
			var s stream
			pings, next := 0, 1
			for remaining := response; remaining != ""; {
				n := min(1+rand.N(700), len(remaining))
				s.feed([]byte(remaining[:n]), func(_ *stream, m []byte) {
					switch id := string(lineValue(m, "id:")); {
					case id == "" && string(m) == "event: ping\ndata:":
						pings++
					case id != fmt.Sprint("v", next) || parseDecimal(lineValue(m, `data: "n":`)) != next ||
						!strings.HasSuffix(string(m), "data: more"):
						t.Fatalf("message %d = %q", next, m)
					default:
						next++
					}
				})
				remaining = remaining[n:]
			}
			if s.status != 200 || pings != 200 || next != 201 {
				t.Fatalf("chunked %t: status = %d, pings = %d, messages = %d, want 200 of each", chunked, s.status, pings, next-1)
			}
		}
	}
}

// newTestClient returns a group of one client that is subscribed to a guild.
func newTestClient(g *guild, version string, folds bool) (*clientGroup, *stream) {
	server := &target{guilds: []*guild{g}, counterMarker: []byte(`data-entries="`), coalesces: folds}
	server.rowMarker = func(g *guild) []byte { return []byte(`id="entries-` + g.giveaway + `"`) }
	return &clientGroup{target: server}, &stream{guild: g, version: []byte(version)}
}

func TestWholeAndPartialFramesUpdateMeasuredRow(t *testing.T) {
	g := &guild{id: "1", giveaway: "a", publishedAt: newGuild(1).publishedAt}
	c, s := newTestClient(g, "V0", true)
	for _, m := range []string{
		"id: V1\n" + `data: <section id="live" data-version="V1">` +
			`<tr id="g-a"><td id="entries-a" data-entries="1">…</tr><tr id="g-b"><td id="entries-b" data-entries="9">…`,
		`id: V2 V1` + "\n" + `data: <hx-partial id="entries-a"><td id="entries-a" class="cell-number" data-entries="4">…</td></hx-partial>`,
		`id: V3 V2` + "\n" + `data: <hx-partial id="entries-b"><td id="entries-b" data-entries="10">…</td></hx-partial>`,
		"event: ping\ndata:",
	} {
		c.handleMessage(s, []byte(m))
	}
	if c.err != nil || s.lastShown != 4 || string(s.version) != "V3" || c.deliveries.Load() != 3 {
		t.Fatalf("event = %d, version = %s, deliveries = %d, error = %v; want 4, V3, 3, nil",
			s.lastShown, s.version, c.deliveries.Load(), c.err)
	}
	c.handleMessage(s, []byte(`id: V5 V4`+"\n"+`data: <hx-partial id="g-a" hx-swap="delete"></hx-partial>`))
	if c.err == nil {
		t.Error("a frame for a version that is not shown was accepted, want an error")
	}
}

func TestSkippedEventsAreLostUnlessCoalesced(t *testing.T) {
	g := &guild{id: "1", giveaway: "a", publishedAt: newGuild(1).publishedAt}
	for folds, want := range map[bool]int64{true: 4, false: 2} {
		c, s := newTestClient(g, "", folds)
		for _, n := range []int{1, 2, 5} {
			c.handleMessage(s, fmt.Appendf(nil, `data: id="entries-a" data-entries="%d"`, n))
		}
		if c.deliveries.Load() != want || c.err != nil {
			t.Errorf("folds %t: deliveries = %d, want %d; error = %v", folds, c.deliveries.Load(), want, c.err)
		}
	}
}

func TestOutOfOrderEventIsAnError(t *testing.T) {
	c, s := newTestClient(&guild{id: "1", giveaway: "a", publishedAt: newGuild(1).publishedAt}, "", true)
	for _, n := range []int{1, 3, 2} {
		c.handleMessage(s, fmt.Appendf(nil, `data: id="entries-a" data-entries="%d"`, n))
	}
	if c.err == nil {
		t.Error("event 2 after event 3 was accepted, want an error")
	}
}
