package views

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"guildboard/store"
)

// hostile is what somebody might call a prize, a server or themselves.
var hostile = []string{
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

func TestHTMLInjection(t *testing.T) {
	shape := map[string]string{}
	for name, view := range every("plain") {
		shape[name] = elements(rendered(t, view))
	}
	for _, text := range hostile {
		for name, view := range every(text) {
			doc := rendered(t, view)
			isWell(t, name, doc)
			if text == "" {
				continue // what is empty is left out, or said in other words
			}
			// Other words, but no other elements: but for links that are offered for good addresses only.
			if got := elements(doc); got != shape[name] && !strings.HasPrefix(name, "Giveaway") && !strings.HasPrefix(name, "Ticket") {
				t.Errorf("%s is made of other elements with %.40q:\n%s\nnot\n%s", name, text, got, shape[name])
			}
		}
	}
}

// elements are the names of all elements, in order.
func elements(doc *goquery.Document) string {
	return strings.Join(doc.Find("*").Map(func(_ int, s *goquery.Selection) string { return goquery.NodeName(s) }), " ")
}

func isWell(t *testing.T, name string, doc *goquery.Document) {
	t.Helper()
	ids := map[string]bool{}
	doc.Find("*").Each(func(_ int, e *goquery.Selection) {
		for _, a := range e.Nodes[0].Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.Contains(a.Key, "<"), strings.Contains(a.Key, `"`):
				t.Errorf("%s: <%s %s=%.40q>", name, goquery.NodeName(e), a.Key, a.Val)
			case (a.Key == "href" || a.Key == "src" || a.Key == "action") && !isSafe(value):
				t.Errorf("%s: <%s %s=%.60q> leads elsewhere", name, goquery.NodeName(e), a.Key, a.Val)
			case a.Key == "id":
				if ids[a.Val] || a.Val == "" {
					t.Errorf("%s: the id %.40q is there twice, or empty", name, a.Val)
				}
				ids[a.Val] = true
			}
			if utf := a.Val; strings.ContainsAny(utf, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") && a.Key != "value" && a.Key != "data-text" && !strings.HasPrefix(a.Key, "hx-") && a.Key != "id" {
				t.Errorf("%s: %s=%.60q turns the direction of what follows", name, a.Key, a.Val)
			}
		}
	})
	if found := doc.Find("script:not([src]), style, iframe, [onerror], [onload], img[src=x]"); found.Length() > 0 {
		html, _ := goquery.OuterHtml(found)
		t.Errorf("%s: injected %.200s", name, html)
	}
}

// isSafe tells addresses of this site, of its own files, and of Discord from all others.
func isSafe(address string) bool {
	for _, good := range []string{"/", "#", "https://discord.com/", "https://cdn.discordapp.com/", "discord://-/"} {
		if strings.HasPrefix(address, good) && !strings.HasPrefix(address, "//") {
			return true
		}
	}
	return false
}

func TestLinesOfPeopleDoNotTurnTheTextAroundThem(t *testing.T) {
	const turning = "\u202egnp.exe\u2066"
	for name, view := range every(turning) {
		rendered(t, view).Find("*").Each(func(_ int, e *goquery.Selection) {
			own := e.Contents().Not("*").Text()
			alone := e.Is("p, textarea, blockquote, dt, dd") && strings.TrimSpace(own) == turning // its end ends the turn
			if strings.ContainsAny(own, "\u202e\u2066") && !alone {
				t.Errorf("%s: <%s> holds %q", name, goquery.NodeName(e), own)
			}
		})
	}
}

func TestViewsSpeakTheReadersLanguage(t *testing.T) {
	g := store.Giveaway{ID: "c1", GuildID: "1", Prize: "Lamp", Status: store.GiveawayEnded, Entries: 1234, WinnerCount: 1}
	for locale, want := range map[Locale][]string{
		English: {"Ended", "1,234", "Nobody entered"}, Vietnamese: {"Đã kết thúc", "1.234", "Không ai tham gia"},
	} {
		p := Page{Site: DefaultSite(), Locale: locale, Guild: &GuildLink{ID: "1", Name: "x"}}
		text := rendered(t, GiveawayRows(p, GiveawayList{List: store.List[store.Giveaway]{Items: []store.Giveaway{g}, Page: 1, Pages: 1}})).Text()
		for _, words := range want {
			if !strings.Contains(text, words) {
				t.Errorf("%s: %q is missing in %q", locale, words, text)
			}
		}
	}
}

// The same arguments make the same bytes, or every look would be a new version.
func TestViewsDependOnTheirArgumentsAlone(t *testing.T) {
	first := map[string]string{}
	for range 3 {
		for name, view := range every("x") {
			var html bytes.Buffer
			if err := view.Render(t.Context(), &html); err != nil {
				t.Fatal(err)
			}
			if first[name] == "" {
				first[name] = html.String()
			} else if first[name] != html.String() {
				t.Errorf("%s came out differently", name)
			}
		}
	}
}

func TestViewsAreRenderedByManyAtOnce(t *testing.T) {
	done := make(chan error)
	for range 8 {
		go func() {
			var err error
			for _, view := range every("x") {
				if e := view.Render(t.Context(), new(bytes.Buffer)); e != nil {
					err = e
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func rendered(t *testing.T, view templ.Component) *goquery.Document {
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

func source(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
