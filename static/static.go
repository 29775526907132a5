// Package static holds what browsers load beside the pages: scripts, styles, icons. The files are embedded, and served
// under a name that carries a hash of their content, so that they may be kept for a year and never be stale.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed *.js *.css *.svg *.png vendor/*.js
var files embed.FS

// Prefix is where Handler is to be mounted.
const Prefix = "/static/"

var hashed, plain = name()

// name gives each file its address, and each address its file.
func name() (hashed, plain map[string]string) {
	hashed, plain = map[string]string{}, map[string]string{}
	err := fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(file)
		address := strings.TrimSuffix(file, ext) + "." + hex.EncodeToString(sum[:4]) + ext
		hashed[file], plain[address] = Prefix+address, file
		return nil
	})
	if err != nil {
		panic("static: reading embedded files: " + err.Error()) // they are part of the binary
	}
	return hashed, plain
}

// Path is the address of an embedded file, as in Path("app.css"). An unknown name is a mistake in a template: it panics,
// and the test that renders every view finds it.
func Path(file string) string {
	address, ok := hashed[file]
	if !ok {
		panic("static: no such file: " + file)
	}
	return address
}

// Content is what an embedded file holds, for the caller to change. Of names it asks what Path does.
func Content(file string) []byte {
	content, err := files.ReadFile(file)
	if err != nil {
		panic("static: no such file: " + file)
	}
	return content
}

// Handler serves the files under their hashed names, for a year.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, ok := plain[strings.TrimPrefix(r.URL.Path, Prefix)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		content, err := files.Open(file)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer content.Close()
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, file, time.Time{}, content.(interface {
			Read([]byte) (int, error)
			Seek(int64, int) (int64, error)
		}))
	})
}
