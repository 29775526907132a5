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

func TestEveryFileIsServedUnderItsHash(t *testing.T) {
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
			t.Errorf("%s is at %s", file, address)
		}
		answer := get(http.MethodGet, address)
		content, err := io.ReadAll(answer.Body)
		if sum := sha256.Sum256(content); answer.StatusCode != http.StatusOK || !strings.Contains(address, "."+hex.EncodeToString(sum[:4])+".") {
			t.Errorf("%s: %d with %d bytes that are not its own", address, answer.StatusCode, len(content))
		}
		if got := answer.Header.Get("Content-Type"); got != kind {
			t.Errorf("%s is %q, not %q", address, got, kind)
		}
		if got := answer.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %q", address, got)
		}
		if head := get(http.MethodHead, address); head.StatusCode != http.StatusOK || head.ContentLength != answer.ContentLength {
			t.Errorf("HEAD %s answers %d with %d bytes", address, head.StatusCode, head.ContentLength)
		}
		return err
	})
	if err != nil || served < 6 {
		t.Errorf("%d files are served: %v", served, err)
	}
}

func TestWhatIsNotAFileUnderItsHashIsNotFound(t *testing.T) {
	for _, name := range []string{"app.css", "app.00000000.css", "", "vendor/", "static.go", "../go.mod", "%2e%2e/go.mod", "app.css/", strings.TrimPrefix(static.Path("app.css"), static.Prefix) + "x"} {
		if answer := get(http.MethodGet, static.Prefix+name); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%q answers %d", name, answer.StatusCode)
		}
	}
}

func TestAnUnknownNameInATemplateIsAMistake(t *testing.T) {
	defer func() {
		if said, _ := recover().(string); !strings.Contains(said, "none.css") {
			t.Errorf("it said %q", said)
		}
	}()
	static.Path("none.css")
}

// What others wrote says in its first line what it is, which version, and under which licence.
func TestVendoredFilesSayWhatTheyAre(t *testing.T) {
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
			t.Errorf("%s begins with %.200q", file, first)
		}
	}
}
