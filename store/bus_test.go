package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"guildboard/store/contract"
)

// waitTimeout is the longest time that a test waits for an event that is expected immediately.
const waitTimeout = 5 * time.Minute

// forEachRedis runs a test on an embedded Redis, and on the Redis of REDIS_URL if it is set. Other programs may use
// that server, so names must be unique to the test.
func forEachRedis(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	t.Run("embedded", func(t *testing.T) {
		test(t, newRedisClient(t, miniredis.RunT(t).Addr()))
	})
	t.Run("real", func(t *testing.T) {
		test(t, realRedis(t))
	})
}

func newRedisClient(t *testing.T, addr string) redis.UniversalClient {
	t.Helper()
	client, err := OpenRedis("redis://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// newRestartableRedis returns a client of a stopped Redis, and a function that starts it again on another port, because
// the old port may be in use by then.
func newRestartableRedis(t *testing.T, m *miniredis.Miniredis) (client redis.UniversalClient, restart func()) {
	t.Helper()
	var addr atomic.Value
	addr.Store(m.Addr())
	options := &redis.Options{
		Dialer: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, addr.Load().(string))
		},
		ContextTimeoutEnabled: true,
	}
	setRedisTimeouts(&options.DialTimeout, &options.ReadTimeout, &options.DialerRetries, &options.MaxRetries)
	client = redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client, func() {
		t.Helper()
		if err := m.StartAddr("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		addr.Store(m.Addr())
	}
}

func realRedis(t *testing.T) *redis.Client {
	t.Helper()
	address := os.Getenv("REDIS_URL")
	if address == "" {
		t.Skip("REDIS_URL is not set")
	}
	opt, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	opt.ContextTimeoutEnabled = true
	opt.ClientName = "test-" + rand.Text()
	client := redis.NewClient(opt)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// busListener is a listening Bus that records what it receives.
type busListener struct {
	*Bus
	events     chan contract.Event
	raw        chan string
	subscribed chan bool // true for a resubscription
	log        *logBuffer
	stop       func() // stops the Bus and waits for it
}

func startListener(t *testing.T, client redis.UniversalClient, change func(*Bus)) *busListener {
	t.Helper()
	l := &busListener{
		events: make(chan contract.Event, 100), raw: make(chan string, 100), subscribed: make(chan bool, 100), log: new(logBuffer),
	}
	l.Bus = NewBus(client, slog.New(slog.NewTextHandler(l.log, nil)))
	l.channel = "test:" + rand.Text() // a real Redis delivers a channel to all of its databases
	if change != nil {
		change(l.Bus)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- l.Listen(ctx, func(e contract.Event, raw []byte) {
			l.events <- e
			l.raw <- string(raw)
		}, func(isResubscribed bool) {
			l.subscribed <- isResubscribed
		})
	}()
	l.stop = sync.OnceFunc(func() {
		cancel()
		if err := receiveFrom(t, done); err != nil {
			t.Errorf("Listen() error = %v, want nil", err)
		}
	})
	t.Cleanup(l.stop)
	return l
}

func receiveFrom[T any](t *testing.T, ch <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-ch:
	case <-time.After(waitTimeout):
		t.Fatal("timeout waiting for a message")
	}
	return got
}

// expectEvent publishes an event and waits until the listener receives it.
func (l *busListener) expectEvent(t *testing.T, guild string) {
	t.Helper()
	if err := l.Publish(t.Context(), contract.Event{Type: contract.TicketClaimEvent, GuildID: guild}); err != nil {
		t.Fatal(err)
	}
	if e := receiveFrom(t, l.events); e.GuildID != guild {
		t.Errorf("event of guild %s, want %s", e.GuildID, guild)
	}
}

// expectSubscription waits for a subscription to begin.
func (l *busListener) expectSubscription(t *testing.T, isResubscribed bool) {
	t.Helper()
	if got := receiveFrom(t, l.subscribed); got != isResubscribed {
		t.Errorf("subscribed callback: resubscribed = %t, want %t", got, isResubscribed)
	}
	waitUntil(t, l.IsSubscribed) // once the callback has returned
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) count(msg string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), msg)
}

func TestBusDeliversPublishedEvents(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		var mu sync.Mutex
		counts := map[string]int{}
		l := startListener(t, client, func(b *Bus) {
			b.CountEvent = func(event, outcome string) {
				mu.Lock()
				defer mu.Unlock()
				counts[event+" "+outcome]++
			}
		})
		l.expectSubscription(t, false)
		before := time.Now().Truncate(time.Millisecond)
		if err := l.Publish(t.Context(), contract.Event{Type: contract.GiveawayEndEvent, GuildID: "1",
			Data: []byte(`{"winnerId":"2"}`)}); err != nil {
			t.Fatal(err)
		}
		e, raw := receiveFrom(t, l.events), receiveFrom(t, l.raw)
		if e.Type != contract.GiveawayEndEvent || e.GuildID != "1" || len(e.ID) != 36 || e.Timestamp.Before(before) {
			t.Errorf("event = %+v, want GIVEAWAY_END of guild 1 with id and time", e)
		}
		want := fmt.Sprintf(`{"type":"GIVEAWAY_END","guildId":"1","data":{"winnerId":"2"},"id":%q,"timestamp":%d}`,
			e.ID, e.Timestamp.UnixMilli())
		if raw != want {
			t.Errorf("message = %s\nwant %s", raw, want)
		}

		for _, raw := range []string{`{`, `{"type":"A","guildId":"x"}`, `{"type":"BOAST","guildId":"2",` + "\r\n" + `"data":1}`} {
			if err := client.Publish(t.Context(), l.channel, raw).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if raw := receiveFrom(t, l.raw); raw != `{"type":"BOAST","guildId":"2","data":1}` {
			t.Errorf("multi-line message = %q, want one line", raw)
		}
		l.stop()
		want = "map[ guild:1  json:1 GIVEAWAY_END published:1 GIVEAWAY_END received:1 other received:1]"
		if got := fmt.Sprint(counts); got != want {
			t.Errorf("counts = %s\nwant %s", got, want)
		}
		if l.IsSubscribed() {
			t.Error("IsSubscribed() after stopping = true, want false")
		}
	})
}

func TestBusWarnsOnceAboutNumericIDs(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		l := startListener(t, client, nil)
		l.expectSubscription(t, false)
		const warning = "event has ids as JSON numbers"
		for i, raw := range []string{
			`{"type":"MEMBER_JOIN","guildId":"1"}`, `{"type":"MEMBER_JOIN","guildId":2}`, `{"type":"MEMBER_JOIN","guildId":"3","userId":7}`,
			`{"type":"MEMBER_JOIN","guildId":4}`,
		} {
			if err := client.Publish(t.Context(), l.channel, raw).Err(); err != nil {
				t.Fatal(err)
			}
			if e := receiveFrom(t, l.events); e.GuildID != fmt.Sprint(i+1) {
				t.Errorf("%s: guild = %q, want %d", raw, e.GuildID, i+1)
			}
			if got, want := l.log.count(warning), min(i, 1); got != want {
				t.Errorf("warnings = %d after %s, want %d", got, raw, want)
			}
		}
	})
}

func TestBusDeliversEventsInOrder(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		l := startListener(t, client, nil)
		l.expectSubscription(t, false)
		const n = 2000
		var publishing sync.WaitGroup
		defer publishing.Wait()
		publishing.Go(func() {
			for i := range n {
				err := l.Publish(t.Context(), contract.Event{Type: contract.TicketCreateEvent, GuildID: fmt.Sprint(i)})
				if err != nil {
					t.Errorf("Publish() of event %d: error = %v, want nil", i, err)
				}
			}
		})
		for i := range n {
			if e := receiveFrom(t, l.events); e.GuildID != fmt.Sprint(i) {
				t.Fatalf("event of guild %s, want %d", e.GuildID, i)
			}
			receiveFrom(t, l.raw)
		}
	})
}

func TestBusResubscribesAfterRedisRestart(t *testing.T) {
	m := miniredis.RunT(t)
	client, restart := newRestartableRedis(t, m)
	l := startListener(t, client, nil)
	l.expectSubscription(t, false)
	l.expectEvent(t, "1")
	for range 2 {
		m.Close()
		if err := l.Publish(t.Context(), contract.Event{Type: contract.TicketClaimEvent, GuildID: "2"}); err == nil {
			t.Error("Publish() without Redis = nil, want an error")
		}
		waitUntil(t, func() bool { return !l.IsSubscribed() })
		restart()
		l.expectSubscription(t, true)
		l.expectEvent(t, "3")
	}
	if losses, recoveries := l.log.count("subscription lost"), l.log.count("subscription restored"); losses != 2 || recoveries != 2 {
		t.Errorf("logged %d losses and %d recoveries, want 2 and 2", losses, recoveries)
	}
}

// waitUntil polls until the condition is true.
func waitUntil(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(waitTimeout); !ok(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("timeout waiting for the condition")
		}
	}
}

func TestBusSubscribesOnceRedisStarts(t *testing.T) {
	m := miniredis.RunT(t)
	client, restart := newRestartableRedis(t, m)
	m.Close()
	l := startListener(t, client, nil)
	waitUntil(t, func() bool { return l.log.count("subscription lost") == 1 })
	restart()
	l.expectSubscription(t, false)
	l.expectEvent(t, "1")
}

// TestBusFollowsRedisAddressChange checks that the Bus reconnects to a new address, as with Sentinel or a changed DNS
// entry.
func TestBusFollowsRedisAddressChange(t *testing.T) {
	first, second := miniredis.RunT(t), miniredis.RunT(t)
	var current atomic.Pointer[miniredis.Miniredis]
	current.Store(first)
	client := redis.NewClient(&redis.Options{
		Dialer: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", current.Load().Addr())
		},
	})
	t.Cleanup(func() { _ = client.Close() })
	l := startListener(t, client, nil)
	l.expectSubscription(t, false)
	current.Store(second)
	first.Close()
	l.expectSubscription(t, true)
	l.expectEvent(t, "1")
}

func TestBusDetectsSilentConnection(t *testing.T) {
	m := miniredis.RunT(t)
	p := newProxy(t, m.Addr())
	l := startListener(t, newRedisClient(t, p.addr()), func(b *Bus) { b.pingInterval, b.replyTimeout = 20*time.Millisecond, 3*time.Second })
	l.expectSubscription(t, false)
	p.stall() // connections stay open but transfer nothing
	l.expectSubscription(t, true)
	l.expectEvent(t, "1")
	if l.log.count(errNoPong.Error()) != 1 {
		t.Error("log has no reason for the lost subscription")
	}
}

// proxy copies bytes between a client and a server.
type proxy struct {
	listener net.Listener
	mu       sync.Mutex
	stalled  *atomic.Bool // for new connections
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	p := &proxy{listener: ln, stalled: new(atomic.Bool)}
	go func() {
		for {
			clientConn, err := ln.Accept()
			if err != nil {
				return
			}
			serverConn, err := net.Dial("tcp", server)
			if err != nil {
				_ = clientConn.Close()
				continue
			}
			p.mu.Lock()
			stalled := p.stalled
			p.mu.Unlock()
			go forward(clientConn, serverConn, stalled)
			go forward(serverConn, clientConn, stalled)
		}
	}()
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

// stall makes all open connections discard their input.
func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled.Store(true)
	p.stalled = new(atomic.Bool)
}

func forward(to io.WriteCloser, from io.ReadCloser, stalled *atomic.Bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if stalled.Load() {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestBusResubscribesAfterKilledConnection(t *testing.T) {
	client := realRedis(t)
	l := startListener(t, client, nil)
	l.expectSubscription(t, false)
	for range 3 {
		l.expectEvent(t, "1")
		killSubscription(t, client)
		l.expectSubscription(t, true)
	}
	l.expectEvent(t, "2")
}

// killSubscription ends the subscribed connections of a client, found by its name. CLIENT KILL TYPE pubsub would end
// those of other users of the server, too.
func killSubscription(t *testing.T, client *redis.Client) {
	t.Helper()
	list, err := client.Do(t.Context(), "CLIENT", "LIST", "TYPE", "pubsub").Text()
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		if !slices.Contains(fields, "name="+client.Options().ClientName) {
			continue
		}
		id, _ := strings.CutPrefix(fields[0], "id=")
		if err := client.ClientKillByFilter(t.Context(), "ID", id).Err(); err != nil {
			t.Fatal(err)
		}
		killed++
	}
	if killed != 1 {
		t.Fatalf("subscribed connections = %d, want 1", killed)
	}
}

func TestBadEventLogIsRateLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out logBuffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		var bad badEventLog
		for range 150 { // one per second
			bad.add(t.Context(), log, "json")
			time.Sleep(time.Second)
		}
		if n := out.count("invalid events ignored"); n != 3 {
			t.Errorf("warnings in 150 s = %d, want 3", n)
		}
		if out.count("count=60") != 2 {
			t.Error("log does not count the ignored events")
		}
	})
}

func TestBackoffGrowsUpToMaxBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wait backoff
		longest := 100 * time.Millisecond
		for range 50 {
			start := time.Now()
			wait.sleep(t.Context())
			if d := time.Since(start); d < longest/2 || d > longest {
				t.Fatalf("sleep() took %v, want between %v and %v", d, longest/2, longest)
			}
			longest = min(2*longest, maxBackoff)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		if wait.sleep(ctx); time.Since(start) != 0 {
			t.Error("sleep() with a canceled context waited, want no wait")
		}
	})
}

func TestOpenRedisSelectsClientType(t *testing.T) {
	for address, want := range map[string]string{
		"redis://127.0.0.1:6379/3":                                "*redis.Client",
		"rediss://user:secret@redis.example/0?read_timeout=5s":    "*redis.Client",
		"redis://s1:26379/0?master_name=guildboard&addr=s2:26379": "*redis.Client", // go-redis has no separate type for it
		"redis://n1:6379?addr=n2:6379":                            "*redis.ClusterClient",
	} {
		client, err := OpenRedis(address)
		if err != nil {
			t.Errorf("OpenRedis(%s) error = %v, want nil", address, err)
			continue
		}
		if got := fmt.Sprintf("%T", client); got != want {
			t.Errorf("OpenRedis(%s) = %s, want %s", address, got, want)
		}
		_ = client.Close()
	}
	for _, address := range []string{"", "localhost:6379", "http://localhost", "redis://h/x", "redis://h?nonsense=1", "redis://h:%"} {
		if _, err := OpenRedis(address); err == nil {
			t.Errorf("OpenRedis(%q) = nil error, want one", address)
		}
	}
	if _, err := OpenRedis("redis://:secret@h:%"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("OpenRedis() error = %v, want one without the secret", err)
	}
}
