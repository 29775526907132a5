//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// answer is what a server sends, in one piece or in chunks of any size.
func answer(body string, chunked bool) string {
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

func TestMessagesAreFoundHoweverTheyAreCut(t *testing.T) {
	var body strings.Builder
	for i := 1; i <= 200; i++ {
		fmt.Fprintf(&body, "event: ping\ndata:\n\nid: v%d\ndata: \"n\":%d %s\ndata: more\n\n", i, i, strings.Repeat("x", rand.N(300)))
	}
	for _, chunked := range []bool{false, true} {
		whole := answer(body.String(), chunked)
		for range 50 {
			var s stream
			pings, next := 0, 1
			for rest := whole; rest != ""; {
				n := min(1+rand.N(700), len(rest))
				s.read([]byte(rest[:n]), func(_ *stream, m []byte) {
					switch id := string(field(m, "id:")); {
					case id == "" && string(m) == "event: ping\ndata:":
						pings++
					case id != fmt.Sprint("v", next) || number(field(m, `data: "n":`)) != next || !strings.HasSuffix(string(m), "data: more"):
						t.Fatalf("in the place of message %d: %q", next, m)
					default:
						next++
					}
				})
				rest = rest[n:]
			}
			if s.status != 200 || pings != 200 || next != 201 {
				t.Fatalf("chunked %t: status %d, %d pings, %d messages", chunked, s.status, pings, next-1)
			}
		}
	}
}

// watching is a crowd of one, which watches guild.
func watching(g *guild, version string, folds bool) (*crowd, *stream) {
	to := &target{guilds: []*guild{g}, mark: []byte(`data-entries="`), folds: folds}
	to.row = func(g *guild) []byte { return []byte(`id="entries-` + g.giveaway + `"`) }
	return &crowd{of: to}, &stream{guild: g, version: []byte(version)}
}

func TestBothKindsOfFrameShowTheMeasuredRow(t *testing.T) {
	g := &guild{id: "1", giveaway: "a", sent: newGuild(1).sent}
	c, s := watching(g, "V0", true)
	for _, m := range []string{
		`id: V1` + "\n" + `data: <section id="live" data-version="V1"><tr id="g-a"><td id="entries-a" data-entries="1">…</tr><tr id="g-b"><td id="entries-b" data-entries="9">…`,
		`id: V2 V1` + "\n" + `data: <hx-partial id="entries-a"><td id="entries-a" class="cell-number" data-entries="4">…</td></hx-partial>`,
		`id: V3 V2` + "\n" + `data: <hx-partial id="entries-b"><td id="entries-b" data-entries="10">…</td></hx-partial>`,
		"event: ping\ndata:",
	} {
		c.message(s, []byte(m))
	}
	if c.lost != nil || s.shown != 4 || string(s.version) != "V3" || c.arrived.Load() != 3 {
		t.Fatalf("shows event %d at %s after %d deliveries: %v", s.shown, s.version, c.arrived.Load(), c.lost)
	}
	c.message(s, []byte(`id: V5 V4`+"\n"+`data: <hx-partial id="g-a" hx-swap="delete"></hx-partial>`))
	if c.lost == nil {
		t.Error("a frame that changes what is not shown is taken as right")
	}
}

func TestWhatIsNotFoldedAndSkippedIsLost(t *testing.T) {
	g := &guild{id: "1", giveaway: "a", sent: newGuild(1).sent}
	for folds, want := range map[bool]int64{true: 4, false: 2} {
		c, s := watching(g, "", folds)
		for _, n := range []int{1, 2, 5} {
			c.message(s, fmt.Appendf(nil, `data: id="entries-a" data-entries="%d"`, n))
		}
		if c.arrived.Load() != want || c.lost != nil {
			t.Errorf("folds %t: %d deliveries, not %d: %v", folds, c.arrived.Load(), want, c.lost)
		}
	}
}

func TestAPageThatGoesBackIsWrong(t *testing.T) {
	c, s := watching(&guild{id: "1", giveaway: "a", sent: newGuild(1).sent}, "", true)
	for _, n := range []int{1, 3, 2} {
		c.message(s, fmt.Appendf(nil, `data: id="entries-a" data-entries="%d"`, n))
	}
	if c.lost == nil {
		t.Error("nobody complains of event 2 after event 3")
	}
}
