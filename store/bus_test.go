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
)

// eventually is how long a test waits for what must come.
const eventually = 5 * time.Minute

// eachRedis runs a test on an embedded Redis, and on a real one where REDIS_URL names it. Others may be using that:
// names have to be the test's own.
func eachRedis(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	t.Run("embedded", func(t *testing.T) {
		test(t, redisAt(t, miniredis.RunT(t).Addr()))
	})
	t.Run("real", func(t *testing.T) {
		test(t, realRedis(t))
	})
}

func redisAt(t *testing.T, addr string) redis.UniversalClient {
	t.Helper()
	client, err := OpenRedis("redis://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// returning is a client of a Redis that is closed, and what starts it again, elsewhere: its port may be another program's by
// then.
func returning(t *testing.T, m *miniredis.Miniredis) (client redis.UniversalClient, again func()) {
	t.Helper()
	var at atomic.Value
	at.Store(m.Addr())
	options := &redis.Options{
		Dialer: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, at.Load().(string))
		},
		ContextTimeoutEnabled: true,
	}
	impatient(&options.DialTimeout, &options.ReadTimeout, &options.DialerRetries, &options.MaxRetries)
	client = redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client, func() {
		t.Helper()
		if err := m.StartAddr("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		at.Store(m.Addr())
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

// listener is a Bus that listens, and what it hears.
type listener struct {
	*Bus
	events     chan Event
	raw        chan string
	subscribed chan bool // again
	log        *logged
	stop       func() // and waits until it has
}

func listen(t *testing.T, client redis.UniversalClient, change func(*Bus)) *listener {
	t.Helper()
	l := &listener{
		events: make(chan Event, 100), raw: make(chan string, 100), subscribed: make(chan bool, 100), log: new(logged),
	}
	l.Bus = NewBus(client, slog.New(slog.NewTextHandler(l.log, nil)))
	l.channel = "test:" + rand.Text() // a real Redis carries one channel to all of its databases
	if change != nil {
		change(l.Bus)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- l.Listen(ctx, func(e Event, raw []byte) {
			l.events <- e
			l.raw <- string(raw)
		}, func(again bool) {
			l.subscribed <- again
		})
	}()
	l.stop = sync.OnceFunc(func() {
		cancel()
		if err := receive(t, done); err != nil {
			t.Errorf("Listen returned %v", err)
		}
	})
	t.Cleanup(l.stop)
	return l
}

func receive[T any](t *testing.T, ch <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-ch:
	case <-time.After(eventually):
		t.Fatal("waited in vain")
	}
	return got
}

// hears publishes an event and waits until it is heard.
func (l *listener) hears(t *testing.T, guild string) {
	t.Helper()
	if err := l.Publish(t.Context(), Event{Type: TicketClaimEvent, GuildID: guild}); err != nil {
		t.Fatal(err)
	}
	if e := receive(t, l.events); e.GuildID != guild {
		t.Errorf("heard of guild %s, want %s", e.GuildID, guild)
	}
}

// begins waits for a subscription to begin.
func (l *listener) begins(t *testing.T, again bool) {
	t.Helper()
	if got := receive(t, l.subscribed); got != again {
		t.Errorf("subscribed, again %t, want %t", got, again)
	}
	if !l.Subscribed() {
		t.Error("does not say that it is subscribed")
	}
}

// logged is a log that can be read while it is written.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) count(msg string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), msg)
}

func TestBusCarriesEvents(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		var mu sync.Mutex
		counts := map[string]int{}
		l := listen(t, client, func(b *Bus) {
			b.Counted = func(event, outcome string) {
				mu.Lock()
				defer mu.Unlock()
				counts[event+" "+outcome]++
			}
		})
		l.begins(t, false)
		before := time.Now().Truncate(time.Millisecond)
		if err := l.Publish(t.Context(), Event{Type: GiveawayEndEvent, GuildID: "1", Data: []byte(`{"winnerId":"2"}`)}); err != nil {
			t.Fatal(err)
		}
		e, raw := receive(t, l.events), receive(t, l.raw)
		if e.Type != GiveawayEndEvent || e.GuildID != "1" || len(e.ID) != 36 || e.Timestamp.Before(before) {
			t.Errorf("heard %+v", e)
		}
		want := fmt.Sprintf(`{"type":"GIVEAWAY_END","guildId":"1","data":{"winnerId":"2"},"id":%q,"timestamp":%d}`, e.ID, e.Timestamp.UnixMilli())
		if raw != want {
			t.Errorf("heard %s\nwant  %s", raw, want)
		}

		for _, raw := range []string{`{`, `{"type":"A","guildId":"x"}`, `{"type":"BOAST","guildId":"2",` + "\r\n" + `"data":1}`} {
			if err := client.Publish(t.Context(), l.channel, raw).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if raw := receive(t, l.raw); raw != `{"type":"BOAST","guildId":"2","data":1}` {
			t.Errorf("what spans lines is heard as %q", raw)
		}
		l.stop()
		want = "map[ guild:1  json:1 GIVEAWAY_END heard:1 GIVEAWAY_END published:1 other heard:1]"
		if got := fmt.Sprint(counts); got != want {
			t.Errorf("counted %s\nwant    %s", got, want)
		}
		if l.Subscribed() {
			t.Error("stopped, but says that it is subscribed")
		}
	})
}

func TestBusWarnsOnceOfIDsThatAreNumbers(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		l := listen(t, client, nil)
		l.begins(t, false)
		const warning = "ids come as JSON numbers"
		for i, raw := range []string{
			`{"type":"MEMBER_JOIN","guildId":"1"}`, `{"type":"MEMBER_JOIN","guildId":2}`, `{"type":"MEMBER_JOIN","guildId":"3","userId":7}`,
			`{"type":"MEMBER_JOIN","guildId":4}`,
		} {
			if err := client.Publish(t.Context(), l.channel, raw).Err(); err != nil {
				t.Fatal(err)
			}
			if e := receive(t, l.events); e.GuildID != fmt.Sprint(i+1) {
				t.Errorf("%s is of guild %q, want %d", raw, e.GuildID, i+1)
			}
			if got, want := l.log.count(warning), min(i, 1); got != want {
				t.Errorf("%d warnings after %s, want %d", got, raw, want)
			}
		}
	})
}

func TestBusHearsInOrder(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		l := listen(t, client, nil)
		l.begins(t, false)
		const n = 2000
		go func() {
			for i := range n {
				_ = l.Publish(t.Context(), Event{Type: TicketCreateEvent, GuildID: fmt.Sprint(i)})
			}
		}()
		for i := range n {
			if e := receive(t, l.events); e.GuildID != fmt.Sprint(i) {
				t.Fatalf("heard %s, want %d", e.GuildID, i)
			}
			receive(t, l.raw)
		}
	})
}

func TestBusOutlivesRedis(t *testing.T) {
	m := miniredis.RunT(t)
	client, again := returning(t, m)
	l := listen(t, client, nil)
	l.begins(t, false)
	l.hears(t, "1")
	for range 2 {
		m.Close()
		if err := l.Publish(t.Context(), Event{Type: TicketClaimEvent, GuildID: "2"}); err == nil {
			t.Error("published without Redis")
		}
		waitUntil(t, func() bool { return !l.Subscribed() })
		again()
		l.begins(t, true)
		l.hears(t, "3")
	}
	if lost, regained := l.log.count("subscription lost"), l.log.count("subscribed again"); lost != 2 || regained != 2 {
		t.Errorf("said %d times that it was lost and %d times that it is back, want 2 and 2", lost, regained)
	}
}

// waitUntil waits for a state that nothing announces.
func waitUntil(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(eventually); !ok(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}

func TestBusBeginsBeforeRedis(t *testing.T) {
	m := miniredis.RunT(t)
	client, again := returning(t, m)
	m.Close()
	l := listen(t, client, nil)
	waitUntil(t, func() bool { return l.log.count("subscription lost") == 1 })
	again()
	l.begins(t, false)
	l.hears(t, "1")
}

// As with Sentinel, or a name that leads elsewhere.
func TestBusFollowsRedisToAnotherAddress(t *testing.T) {
	first, second := miniredis.RunT(t), miniredis.RunT(t)
	var current atomic.Pointer[miniredis.Miniredis]
	current.Store(first)
	client := redis.NewClient(&redis.Options{
		Dialer: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", current.Load().Addr())
		},
	})
	t.Cleanup(func() { _ = client.Close() })
	l := listen(t, client, nil)
	l.begins(t, false)
	current.Store(second)
	first.Close()
	l.begins(t, true)
	l.hears(t, "1")
}

func TestBusNoticesASilentConnection(t *testing.T) {
	m := miniredis.RunT(t)
	p := newProxy(t, m.Addr())
	l := listen(t, redisAt(t, p.addr()), func(b *Bus) { b.ping, b.silence = 20*time.Millisecond, 3*time.Second })
	l.begins(t, false)
	p.stall() // connections stand, but nothing passes
	l.begins(t, true)
	l.hears(t, "1")
	if l.log.count(errSilent.Error()) != 1 {
		t.Error("does not say why the subscription was lost")
	}
}

// proxy passes bytes between a client and a server.
type proxy struct {
	listener net.Listener
	mu       sync.Mutex
	stalled  *atomic.Bool // of the connections made from now on
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
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				_ = near.Close()
				continue
			}
			p.mu.Lock()
			stalled := p.stalled
			p.mu.Unlock()
			go pass(near, far, stalled)
			go pass(far, near, stalled)
		}
	}()
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

// stall has all connections that stand now swallow what they are given.
func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled.Store(true)
	p.stalled = new(atomic.Bool)
}

func pass(to io.WriteCloser, from io.ReadCloser, stalled *atomic.Bool) {
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

func TestBusOutlivesAKilledConnection(t *testing.T) {
	client := realRedis(t)
	l := listen(t, client, nil)
	l.begins(t, false)
	for range 3 {
		l.hears(t, "1")
		kill(t, client)
		l.begins(t, true)
	}
	l.hears(t, "2")
}

// kill ends the subscribed connections of a client, by its name: CLIENT KILL TYPE pubsub would end those of whoever else
// uses the server.
func kill(t *testing.T, client *redis.Client) {
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
		t.Fatalf("%d connections are subscribed, want 1", killed)
	}
}

func TestBusSaysOnceAMinuteWhatItDoesNotUnderstand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out logged
		log := slog.New(slog.NewTextHandler(&out, nil))
		var bad badEvents
		for range 150 { // seconds
			bad.log(t.Context(), log, "json")
			time.Sleep(time.Second)
		}
		if n := out.count("not understood"); n != 3 {
			t.Errorf("said %d times in 150 s, want 3", n)
		}
		if out.count("count=60") != 2 {
			t.Error("does not say how many there were")
		}
	})
}

func TestBackoffGrowsAndEndsAtMaxBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wait backoff
		longest := 100 * time.Millisecond
		for range 50 {
			start := time.Now()
			wait.sleep(t.Context())
			if d := time.Since(start); d < longest/2 || d > longest {
				t.Fatalf("waited %v, want between %v and %v", d, longest/2, longest)
			}
			longest = min(2*longest, maxBackoff)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		if wait.sleep(ctx); time.Since(start) != 0 {
			t.Error("waited although nobody wants it any more")
		}
	})
}

func TestOpenRedisTellsAddressesApart(t *testing.T) {
	for address, want := range map[string]string{
		"redis://127.0.0.1:6379/3":                                "*redis.Client",
		"rediss://user:secret@redis.example/0?read_timeout=5s":    "*redis.Client",
		"redis://s1:26379/0?master_name=guildboard&addr=s2:26379": "*redis.Client", // go-redis has no type of its own for it
		"redis://n1:6379?addr=n2:6379":                            "*redis.ClusterClient",
	} {
		client, err := OpenRedis(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got := fmt.Sprintf("%T", client); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
		_ = client.Close()
	}
	for _, address := range []string{"", "localhost:6379", "http://localhost", "redis://h/x", "redis://h?nonsense=1", "redis://h:%"} {
		if _, err := OpenRedis(address); err == nil {
			t.Errorf("%q is an address", address)
		}
	}
	if _, err := OpenRedis("redis://:secret@h:%"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a bad address is told as %v", err)
	}
}
