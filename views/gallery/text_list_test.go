package gallery

import (
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// printTexts makes TestPrintTexts print the texts whose key begins with it.
var printTexts = flag.String("texts", "", `print the texts whose key begins with this ("all": all texts)`)

// TestPrintTexts prints all texts of the pages with their key, both languages and the places of use, to be read on their own:
//
//	go test ./views/gallery -v -run TestPrintTexts -texts all
func TestPrintTexts(t *testing.T) {
	if *printTexts == "" {
		t.Skip("only with -texts")
	}
	sources := sourceFiles(t)
	for _, key := range slices.Sorted(maps.Keys(messages)) {
		if *printTexts == "all" || strings.HasPrefix(key, *printTexts) {
			fmt.Printf("%s\n  en %s\n  vi %s\n  at %s\n", key, messages[key].En, messages[key].Vi, placesOfUse(sources, key))
		}
	}
}

// placesOfUse returns "file:line" of each line that contains the key, or else the longest prefix of the key that ends in a dot.
func placesOfUse(sources map[string]string, key string) string {
	for name := strings.TrimSuffix(key, ".one"); name != ""; name = parentPrefix(name) {
		var places []string
		for file, source := range sources {
			for i, line := range strings.Split(source, "\n") {
				if strings.Contains(line, `"`+name+`"`) {
					places = append(places, fmt.Sprintf("%s/%s:%d", filepath.Base(filepath.Dir(file)), filepath.Base(file), i+1))
				}
			}
		}
		if len(places) > 0 {
			slices.Sort(places)
			return strings.Join(places, " ")
		}
	}
	return "?"
}

// parentPrefix returns the part of a key up to the last dot that is not its end: "a." for "a.b" and "a.b." for "a.b.c".
func parentPrefix(key string) string {
	return key[:strings.LastIndex(strings.TrimSuffix(key, "."), ".")+1]
}
