//go:build e2e

package e2e

import (
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
	for _, kind := range browsers.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			v, guild := d.arriveBy(t, kind)
			addr := freeAddr(t)
			server := start(t, binary, slices.Concat([]string{"dashboard", "--addr", addr}, settings)...)
			listening(t, addr, server)
			v.origin = "http://" + addr
			v.visit(giveawaysPath(guild))
			v.within(slowPing/2, "the mark says live", isLive)
		})
	}
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
