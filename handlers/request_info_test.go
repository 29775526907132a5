package handlers

import (
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestClientAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, test := range []struct {
		remote    string
		forwarded []string
		trusted   []netip.Prefix
		want      string
	}{
		{"192.0.2.1:1234", nil, nil, "192.0.2.1"},
		{"[2001:db8::1]:1234", nil, nil, "2001:db8::1"},
		{"[::ffff:192.0.2.1]:1234", nil, nil, "192.0.2.1"},
		{"[fe80::1%eth0]:1234", nil, nil, "fe80::1"},
		{"@", nil, nil, "invalid IP"}, // a Unix socket

		// The forwarded header of a client that is not a proxy is ignored.
		{"192.0.2.1:1234", []string{"203.0.113.7"}, nil, "192.0.2.1"},
		{"192.0.2.1:1234", []string{"203.0.113.7"}, proxies, "192.0.2.1"},
		{"10.0.0.1:1234", []string{"203.0.113.7"}, nil, "10.0.0.1"},

		{"10.0.0.1:1234", nil, proxies, "10.0.0.1"},
		{"10.0.0.1:1234", []string{"203.0.113.7"}, proxies, "203.0.113.7"},
		{"10.0.0.1:1234", []string{"198.51.100.1, 203.0.113.7"}, proxies, "203.0.113.7"},
		{"10.0.0.1:1234", []string{"198.51.100.1,203.0.113.7 , 10.2.3.4"}, proxies, "203.0.113.7"},
		{"10.0.0.1:1234", []string{"198.51.100.1", "203.0.113.7", "10.2.3.4"}, proxies, "203.0.113.7"},
		{"10.0.0.1:1234", []string{"10.2.3.4, 10.2.3.5"}, proxies, "10.2.3.4"},
		{"10.0.0.1:1234", []string{"203.0.113.7:4711"}, proxies, "203.0.113.7"},
		{"[fd00::1]:1234", []string{"[2001:db8::7]:4711"}, proxies, "2001:db8::7"},
		{"[fd00::1]:1234", []string{"2001:db8::7"}, proxies, "2001:db8::7"},
		{"[::ffff:10.0.0.1]:1234", []string{"::ffff:203.0.113.7"}, proxies, "203.0.113.7"},
		{"10.0.0.1:1234", []string{"203.0.113.7, unknown"}, proxies, "10.0.0.1"},
		{"10.0.0.1:1234", []string{"203.0.113.7, , 10.2.3.4"}, proxies, "10.2.3.4"},
		{"10.0.0.1:1234", []string{""}, proxies, "10.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = test.remote, test.forwarded
		if got := clientAddress(r, test.trusted).String(); got != test.want {
			t.Errorf("clientAddress(%s, %q) = %s, want %s", test.remote, test.forwarded, got, test.want)
		}
	}
}

func TestSignInLimiterLimitsRequests(t *testing.T) {
	l, now := newSignInLimiter(&Server{Config: Config{SignInsPerAddress: defaultSignInsPerAddress}}), time.Now()
	admitted := func(client string, n int) (in int, after time.Duration) {
		for range n {
			if a := l.admit(netip.MustParseAddr(client), now); a == 0 {
				in++
			} else {
				after = a
			}
		}
		return in, after
	}
	if in, after := admitted("192.0.2.1", 1000); in != l.burst || after <= 0 || after > time.Second {
		t.Errorf("admitted %d of 1000 requests of one address, retry after %v, want %d and at most a second",
			in, after, l.burst)
	}
	if in, _ := admitted("192.0.2.2", 10); in != 10 {
		t.Errorf("admitted %d of 10 requests of another address, want all", in)
	}
	now = now.Add(10 * time.Second)
	if in, _ := admitted("192.0.2.1", 1000); in != l.burst/6 {
		t.Errorf("admitted %d requests after ten seconds, want %d", in, l.burst/6)
	}

	// The addresses of one IPv6 network count as one. The total is limited, too.
	if in, _ := admitted("2001:db8::1", 30); in != 30 {
		t.Errorf("admitted %d of 30 requests, want all", in)
	}
	if in, _ := admitted("2001:db8::ffff", 1000); in != l.burst-30 {
		t.Errorf("admitted %d requests of another address in the same network, want %d", in, l.burst-30)
	}
	now = now.Add(time.Hour)
	in := 0
	for i := range 2000 {
		if l.admit(netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)}), now) == 0 {
			in++
		}
	}
	if in != totalSignInBurst {
		t.Errorf("admitted %d requests of 2000 addresses, want %d", in, totalSignInBurst)
	}
}

func TestSignInLimiterIsBounded(t *testing.T) {
	l, now := newSignInLimiter(&Server{Config: Config{SignInsPerAddress: defaultSignInsPerAddress}}), time.Now()
	for i := range 3 * maxSignInClients {
		l.clientLimiter(netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}), now)
		if len(l.clients) > maxSignInClients {
			t.Fatalf("stored addresses = %d, want at most %d", len(l.clients), maxSignInClients)
		}
	}
	// Eviction removes only addresses that have used none of their quota.
	l = newSignInLimiter(&Server{Config: Config{SignInsPerAddress: defaultSignInsPerAddress}})
	busy := netip.MustParseAddr("192.0.2.1")
	for l.admit(busy, now) == 0 {
	}
	for i := range maxSignInClients {
		l.clientLimiter(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if after := l.admit(busy, now); after == 0 {
		t.Error("an address without remaining requests was forgotten")
	}
}
