//go:build linux

package main

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// This test runs the baseline in this process: every client receives every published event.
func TestEveryDeliveryIsCounted(t *testing.T) {
	client := storetest.Redis(t)
	server := &target{redis: client, counterMarker: []byte(`"entries":`), guilds: []*guild{newGuild(1), newGuild(2)}}
	server.streamPath = func(g *guild, _ int) string { return "/" + g.id }
	o := newSubscriberSet()
	web := httptest.NewServer(o.routes())
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	server.addr = strings.TrimPrefix(web.URL, "http://")
	events := client.Subscribe(t.Context(), contract.EventsChannel)
	t.Cleanup(func() { events.Close() })
	if _, err := events.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	go func() {
		for m := range events.Channel() {
			o.broadcast([]byte(m.Payload))
		}
	}()

	c, err := newClientGroup(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	r := &scenarioRun{scenario: scenario{Streams: 20, Guilds: 2}, target: server, clients: c,
		publisher: &publisher{target: server, redis: client}}
	if err := c.join(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	if err := r.waitAllLive(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.resetCounters()
	from := r.lastEvents()
	if err := r.publishAtRate(200)(t.Context(), 100*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := r.publisher.publishBurst(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Minute)
	for c.deliveries.Load() < r.expectedDeliveries(from) && time.Now().Before(until) { // waitSettled may return early
		if err := r.waitSettled(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if due, arrived := r.expectedDeliveries(from), c.deliveries.Load(); due != 300 || arrived != due {
		t.Errorf("deliveries = %d of %d, want 300 of 300", arrived, due)
	}
	if c.latencies.total != 300 || c.latencies.quantile(.5) <= 0 {
		t.Errorf("latencies = %d with median %v, want 300 with a median above 0", c.latencies.total, c.latencies.quantile(.5))
	}
}

func TestDialRefusesRemoteAddresses(t *testing.T) {
	for _, addr := range []string{"192.0.2.1:80", "[::1]:80", "localhost:80", ""} {
		if _, err := dialLoopback(addr, 0); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("dialLoopback(%q) = %v, want an error that refuses the address", addr, err)
		}
	}
}

func TestProcessUsage(t *testing.T) {
	bytes, err := residentMemory(os.Getpid())
	if err != nil || bytes < 1<<20 {
		t.Errorf("residentMemory() = %v, %v, want at least 1 MiB", bytes, err)
	}
	if cpuTime(os.Getpid()) <= 0 {
		t.Error("cpuTime() of this process is not above 0")
	}
}
