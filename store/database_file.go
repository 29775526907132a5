package store

import (
	"io/fs"
	"os"
	"runtime"
	"strings"

	"guildboard/store/internal/sqldb"
)

// DatabaseFile is a file of an SQLite database.
type DatabaseFile struct {
	Path string
	Mode fs.FileMode
}

// ExposedFiles returns the files of the SQLite database at url that other users of this machine can read or write. It
// returns none for Postgres, and none on Windows, where file modes do not show access.
func ExposedFiles(url string) (files []DatabaseFile) {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok || runtime.GOOS == "windows" {
		return nil
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(path + suffix); err == nil && info.Mode().Perm()&^sqldb.PrivateFileMode != 0 {
			files = append(files, DatabaseFile{path + suffix, info.Mode().Perm()})
		}
	}
	return files
}
