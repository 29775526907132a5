// Package static embeds the scripts, style sheets and images of the pages, and serves each under a name that contains a
// hash of its content, so that browsers can cache it for a year.
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

// Prefix is the path at which Handler must be mounted.
const Prefix = "/static/"

var pathOf, fileOf = hashFiles()

// hashFiles returns the path of each file, and the file of each name that follows Prefix.
func hashFiles() (pathOf, fileOf map[string]string) {
	pathOf, fileOf = map[string]string{}, map[string]string{}
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
		name := strings.TrimSuffix(file, ext) + "." + hex.EncodeToString(sum[:4]) + ext
		pathOf[file], fileOf[name] = Prefix+name, file
		return nil
	})
	if err != nil {
		panic("static: read embedded files: " + err.Error()) // they are part of the binary
	}
	return pathOf, fileOf
}

// Path returns the URL path of an embedded file, as in Path("app.css"). It panics for an unknown file, which is a mistake
// in a template; the test that renders every view finds it.
func Path(file string) string {
	hashed, ok := pathOf[file]
	if !ok {
		panic("static: no such file: " + file)
	}
	return hashed
}

// Content returns a copy of an embedded file. It panics for an unknown file, as Path does.
func Content(file string) []byte {
	content, err := files.ReadFile(file)
	if err != nil {
		panic("static: no such file: " + file)
	}
	return content
}

// Handler serves the files under their hashed names. Browsers and proxies may cache them for a year.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, ok := fileOf[strings.TrimPrefix(r.URL.Path, Prefix)]
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
