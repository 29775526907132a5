package static_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"testing"

	"guildboard/static"
)

func get(method, address string) *http.Response {
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, httptest.NewRequest(method, address, nil))
	return w.Result()
}

func TestFilesAreServedUnderTheirHash(t *testing.T) {
	kinds := map[string]string{
		".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
	}
	served := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		kind, ours := kinds[path.Ext(file)]
		if err != nil || d.IsDir() || !ours {
			return err
		}
		served++
		address := static.Path(file)
		if !strings.HasPrefix(address, static.Prefix) || address == static.Prefix+file || path.Ext(address) != path.Ext(file) {
			t.Errorf("Path(%q) = %q, want a name with a hash after %q", file, address, static.Prefix)
		}
		answer := get(http.MethodGet, address)
		content, err := io.ReadAll(answer.Body)
		if sum := sha256.Sum256(content); answer.StatusCode != http.StatusOK ||
			!strings.Contains(address, "."+hex.EncodeToString(sum[:4])+".") {
			t.Errorf("GET %s = %d with %d bytes, want 200 and the content of the hash", address, answer.StatusCode, len(content))
		}
		if got := answer.Header.Get("Content-Type"); got != kind {
			t.Errorf("GET %s: Content-Type = %q, want %q", address, got, kind)
		}
		if got := answer.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("GET %s: Cache-Control = %q, want a year", address, got)
		}
		if head := get(http.MethodHead, address); head.StatusCode != http.StatusOK || head.ContentLength != answer.ContentLength {
			t.Errorf("HEAD %s = %d with %d bytes, want 200 with %d", address, head.StatusCode, head.ContentLength, answer.ContentLength)
		}
		return err
	})
	if err != nil || served < 6 {
		t.Errorf("%d files are served, want at least 6; err = %v", served, err)
	}
}

func TestOtherPathsAreNotFound(t *testing.T) {
	hashed := strings.TrimPrefix(static.Path("app.css"), static.Prefix)
	for _, name := range []string{
		"app.css", "app.00000000.css", "", "vendor/", "static.go", "../go.mod", "%2e%2e/go.mod", "app.css/", hashed + "x",
	} {
		if answer := get(http.MethodGet, static.Prefix+name); answer.StatusCode != http.StatusNotFound {
			t.Errorf("GET %q = %d, want 404", name, answer.StatusCode)
		}
	}
}

func TestPathPanicsForAnUnknownFile(t *testing.T) {
	defer func() {
		if got, _ := recover().(string); !strings.Contains(got, "none.css") {
			t.Errorf("panic value is %q, want the name of the file", got)
		}
	}()
	static.Path("none.css")
}

// TestVendoredFilesNameTheirSource checks that the first line of a vendored file has its name, version and license.
func TestVendoredFilesNameTheirSource(t *testing.T) {
	files, err := fs.Glob(os.DirFS("."), "vendor/*.js")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		if len(first) > 300 || !strings.Contains(first, "4.0.1") || !strings.Contains(first, "htmx") || !strings.ContainsAny(first, "0B") {
			t.Errorf("first line of %s is %.200q, want name, version and license", file, first)
		}
	}
}
