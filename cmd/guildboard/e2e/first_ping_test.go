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

// maxPing is the longest interval between pings that templ.yaml allows. The first ping of a server's only stream is
// sent near the end of the interval.
const maxPing = 30 * time.Second

// TestPageIsLiveBeforeFirstPing checks that the first bytes of a stream are sent with its headers: Firefox does not
// deliver a response to scripts before it has received some of the body.
func TestPageIsLiveBeforeFirstPing(t *testing.T) {
	t.Parallel()
	d := newDashboardServer(t, availableRedis(t))
	templFile := filepath.Join(t.TempDir(), "templ.yaml")
	must(t, os.WriteFile(templFile, []byte("poll:\n  giveaways: 10m\n  other: 10m\nping: 30s\n"), 0o600))
	settings := slices.Clone(d.args)
	settings[slices.Index(settings, "--templ")+1] = templFile
	for _, kind := range browsers.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			v, guild := d.signInWith(t, kind)
			addr := freeAddr(t)
			server := start(t, binary, slices.Concat([]string{"dashboard", "--addr", addr}, settings)...)
			waitListening(t, addr, server)
			v.origin = "http://" + addr
			v.visit(giveawaysPath(guild))
			v.waitForWithin(maxPing/2, "the live status is live", isLiveExpression)
		})
	}
}

// waitListening waits until a server accepts connections.
func waitListening(t testing.TB, addr string, server *process) {
	t.Helper()
	eventually(t, "the server listens", func() (bool, string) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return false, server.log.tail(5)
		}
		return conn.Close() == nil, ""
	})
}
