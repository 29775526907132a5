// Package viewstest helps to test components: it renders them, and has texts as hostile users write them.
package viewstest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// HostileTexts are possible names of prizes, servers and users.
var HostileTexts = []string{
	"",
	"plain",
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`'><svg onload=alert(1)>`,
	`</title></textarea></style></section><iframe src=//evil>`,
	`javascript:alert(1)`,
	"\u202egnp.exe\u2066\u200f",
	"\x00\x1b[31m\r\n\t\ufffd\xff",
	strings.Repeat("long ", 2000),
	"👩‍👩‍👧‍👦🏳️‍🌈 Ẑ̸̛̼a̴͉͑l̶͎̓g̵̖̾o̷̺̓ العربية",
	`{{.}} {n} {name} ${7*7} %s %n`,
}

// Render returns the rendered component, parsed.
func Render(t *testing.T, view templ.Component) *goquery.Document {
	t.Helper()
	var html bytes.Buffer
	if err := view.Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&html)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
