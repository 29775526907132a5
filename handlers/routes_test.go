package handlers_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"guildboard/handlers"
	"guildboard/store/access"
)

var updateRoutes = flag.Bool("update", false, "write testdata/routes.golden")

// TestRouteTable compares every guarded route and its stream with testdata/routes.golden, so that a diff shows changes
// of access. To update: go test ./handlers -run TestRouteTable -update.
func TestRouteTable(t *testing.T) {
	s := openSite(t)
	table := handlers.RouteTable(s.Server)
	var got strings.Builder
	mounted := map[string]bool{}
	for _, r := range table {
		line := fmt.Sprintf("%-4s %-74s %-26s %-6s %s", r.Method, r.Pattern, r.Guard, r.Level, r.Stream)
		fmt.Fprintln(&got, strings.TrimRight(line, " "))
		mounted[r.Method+" "+strings.TrimSuffix(r.Pattern, "/")] = true
		mounted["GET "+r.Stream] = true
	}
	golden := filepath.Join("testdata", "routes.golden")
	if *updateRoutes {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("routes differ from %s; got:\n%s", golden, got.String())
	}

	// Every mounted route is in the table.
	unguarded := map[string]bool{
		"GET /healthz": true, "GET /readyz": true, "GET " + stylePath: true, "GET /static/*": true,
	}
	err = chi.Walk(s.Handler().(chi.Routes), func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		pattern = strings.TrimSuffix(strings.ReplaceAll(pattern, "/*/", "/"), "/")
		if key := method + " " + pattern; method != http.MethodHead && !mounted[key] && !unguarded[key] {
			t.Errorf("route %s is missing in the table", key)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStreamsRequireTheirGuardForHEAD compares HEAD of each stream with GET of its page, where the page is refused.
func TestStreamsRequireTheirGuardForHEAD(t *testing.T) {
	s := openSite(t)
	manager, b := s.signIn(robin), s.signInStaff(access.LevelSee, access.LevelNone)
	refused := 0
	for _, r := range handlers.RouteTable(s.Server) {
		page := strings.Replace(r.Pattern, "{guild}", lantern, 1)
		if r.Stream == "" || strings.Contains(page, "{") || manager.get(page).StatusCode != http.StatusOK {
			continue
		}
		want := b.get(page).StatusCode
		if want != http.StatusForbidden && want != http.StatusNotFound {
			continue
		}
		refused++
		stream := strings.Replace(r.Stream, "{guild}", lantern, 1)
		if got := b.send(http.MethodHead, stream, nil).StatusCode; got != want {
			t.Errorf("HEAD %s = %d, want %d as for its page", stream, got, want)
		}
	}
	if refused < 8 {
		t.Errorf("%d pages refuse a user who sees giveaways only, want at least 8", refused)
	}
}
