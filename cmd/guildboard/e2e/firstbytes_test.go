//go:build e2e

package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"guildboard/cmd/internal/browsers"
)

// slowPing is the longest time between two pings that templ.yaml allows. The first ping of a server's only stream is sent
// near its end.
const slowPing = 30 * time.Second

// TestLiveBeforeTheFirstPing asserts that the first bytes of a stream are sent with its headers: Firefox does not hand
// over a response before it has some of the body.
func TestLiveBeforeTheFirstPing(t *testing.T) {
	t.Parallel()
	d := newDashboard(t, someRedis(t))
	quiet := filepath.Join(t.TempDir(), "templ.yaml")
	must(t, os.WriteFile(quiet, []byte("poll:\n  giveaways: 10m\n  other: 10m\nping: 30s\n"), 0o600))
	settings := slices.Clone(d.settings)
	settings[slices.Index(settings, "--templ")+1] = quiet
	cert, key := certificate(t)
	for _, kind := range browsers.Kinds {
		for scheme, more := range map[string][]string{"http": nil, "https": {"--tls-cert", cert, "--tls-key", key}} {
			t.Run(string(kind)+" over "+scheme, func(t *testing.T) {
				v, guild := d.arriveBy(t, kind)
				addr := freeAddr(t)
				server := start(t, binary, slices.Concat([]string{"dashboard", "--addr", addr}, settings, more)...)
				listening(t, addr, server)
				v.origin = scheme + "://" + addr
				v.visit(giveawaysPath(guild))
				v.within(slowPing/2, "the mark says live", isLive)
				if protocol := v.protocol(); scheme == "https" && protocol != "h2" && protocol != "" { // WebKitGTK does not tell
					t.Errorf("the browser has spoken %q, want h2", protocol)
				}
			})
		}
	}
}

// protocol is what the page was loaded by, as ALPN names it; "" when the browser does not tell.
func (v *visitor) protocol() (name string) {
	v.t.Helper()
	v.do("ask for the protocol", func(ctx context.Context) error {
		return v.page.Evaluate(ctx, `performance.getEntriesByType('navigation')[0]?.nextHopProtocol ?? ''`, &name)
	})
	return name
}

// listening waits until a server accepts connections.
func listening(t testing.TB, addr string, server *process) {
	t.Helper()
	eventually(t, "the server listens", func() (bool, string) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return false, server.log.tail(5)
		}
		return conn.Close() == nil, ""
	})
}

// certificate writes a self-signed certificate for 127.0.0.1 and its key.
func certificate(t testing.TB) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	must(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	return cert, key
}
