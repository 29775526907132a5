package gallery

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/text"
	"guildboard/views/ui"
	"guildboard/views/viewstest"
)

// hasFormattedText are the components whose elements depend on a text: they show markdown, links of valid URLs, or the
// match of a search. In all others a text must not change the elements.
var hasFormattedText = map[string]bool{
	"ticket.Details": true, "ticket.Edits": true, "ticket.EditsDialog": true, "ticket.Rows": true,
}

func TestHTMLInjection(t *testing.T) {
	want := map[string]string{}
	for name, view := range allStates("plain") {
		want[name] = elementNames(viewstest.Render(t, view))
	}
	for _, sample := range viewstest.HostileTexts {
		for name, view := range allStates(sample) {
			doc := viewstest.Render(t, view)
			checkDocument(t, name, doc)
			if sample == "" {
				continue // empty texts are omitted or replaced
			}
			component, _, _ := strings.Cut(name, "/")
			if got := elementNames(doc); got != want[name] && !hasFormattedText[component] {
				t.Errorf("%s with %.40q: elements =\n%s\nwant\n%s", name, sample, got, want[name])
			}
		}
	}
}

// elementNames returns the names of all elements in document order, without those that markdown consists of.
func elementNames(doc *goquery.Document) string {
	elements := doc.Find("*").NotSelection(doc.Find(".markdown *"))
	return strings.Join(elements.Map(func(_ int, s *goquery.Selection) string { return goquery.NodeName(s) }), " ")
}

func checkDocument(t *testing.T, name string, doc *goquery.Document) {
	t.Helper()
	ids := map[string]bool{}
	doc.Find("*").Each(func(_ int, e *goquery.Selection) {
		for _, a := range e.Nodes[0].Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.Contains(a.Key, "<"), strings.Contains(a.Key, `"`):
				t.Errorf("%s: injected attribute: <%s %s=%.40q>", name, goquery.NodeName(e), a.Key, a.Val)
			case (a.Key == "href" || a.Key == "src" || a.Key == "action") && !isSafeURL(value):
				t.Errorf("%s: unsafe URL: <%s %s=%.60q>", name, goquery.NodeName(e), a.Key, a.Val)
			case a.Key == "id":
				if ids[a.Val] || a.Val == "" {
					t.Errorf("%s: duplicate or empty id %.40q", name, a.Val)
				}
				ids[a.Val] = true
			}
			mayHoldControls := a.Key == "value" || a.Key == "data-text" || strings.HasPrefix(a.Key, "hx-") || a.Key == "id"
			const controls = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
			if strings.ContainsAny(isolatedPattern.ReplaceAllString(a.Val, ""), controls) && !mayHoldControls {
				t.Errorf("%s: %s=%.60q changes the direction of the text after it", name, a.Key, a.Val)
			}
		}
	})
	if found := doc.Find("script:not([src]), style, iframe, [onerror], [onload], img[src=x]"); found.Length() > 0 {
		html, _ := goquery.OuterHtml(found)
		t.Errorf("%s: injected element: %.200s", name, html)
	}
}

// isolatedPattern matches a text between FSI and PDI, without other characters that change the direction.
var isolatedPattern = regexp.MustCompile("\u2068[^\u202a-\u202e\u2066-\u2069]*\u2069")

// TestRightToLeftTextIsIsolated checks that text of members does not affect the direction of ours around it: it is
// between FSI and PDI, or in an element whose direction is that of its text.
func TestRightToLeftTextIsIsolated(t *testing.T) {
	// The samples of these components and elements stand for our own text, or for ids.
	const ownText = " account.Sessions gallery.toastPreview ui.CountStat ui.DetailItem ui.EmptyState ui.ErrorPage ui.LiveRegion" +
		" ui.RowMenu ui.Stat ui.Stats settings.ConfirmDelete "
	const technical = ".field-error, .note, code, [name=zone], [name=winnerClaimTimeout], [name=imageUrl], [name=endsIn], [name=thumbnail]," +
		" [name$=Ids], [name$=Id], [name=bonusRole]"
	for name, view := range allStates("שלום 123") {
		component, _, _ := strings.Cut(name, "/")
		if strings.Contains(ownText, " "+component+" ") {
			continue
		}
		viewstest.Render(t, view).Find("*").Not(technical).Each(func(_ int, e *goquery.Selection) {
			own := isolatedPattern.ReplaceAllString(e.Contents().Not("*").Text(), "")
			if strings.Contains(own, "שלום") && e.Closest("[dir=auto], bdi").Length() == 0 {
				t.Errorf("%s: <%s id=%q class=%q> shows %q without isolation", name, goquery.NodeName(e),
					e.AttrOr("id", ""), e.AttrOr("class", ""), own)
			}
			for _, a := range e.Nodes[0].Attr {
				isText := a.Key == "title" || a.Key == "aria-label" || a.Key == "placeholder"
				if isText && strings.Contains(isolatedPattern.ReplaceAllString(a.Val, ""), "שלום") {
					t.Errorf("%s: <%s %s=%q> is without isolation", name, goquery.NodeName(e), a.Key, a.Val)
				}
			}
			isField := e.Is("textarea") || e.Is("input") && strings.Contains(e.AttrOr("value", ""), "שלום") && e.Is("[type=text], :not([type])")
			if isField && e.AttrOr("dir", "") != "auto" {
				t.Errorf("%s: <%s name=%q> has no dir=auto", name, goquery.NodeName(e), e.AttrOr("name", ""))
			}
		})
	}
}

// isSafeURL reports whether address is a page or file of the site or a page of Discord.
func isSafeURL(address string) bool {
	for _, prefix := range []string{"/", "#", "https://discord.com/", "https://cdn.discordapp.com/", "discord://-/"} {
		if strings.HasPrefix(address, prefix) && !strings.HasPrefix(address, "//") {
			return true
		}
	}
	return false
}

func TestUserTextDoesNotChangeTextDirection(t *testing.T) {
	const turning = "\u202egnp.exe\u2066"
	for name, view := range allStates(turning) {
		viewstest.Render(t, view).Find("*").Each(func(_ int, e *goquery.Selection) {
			ownText := e.Contents().Not("*").Text()
			// The end of such an element also ends the change of direction.
			isIsolated := e.Is("p, textarea, blockquote, dt, dd, bdi") && strings.TrimSpace(ownText) == turning
			if strings.ContainsAny(ownText, "\u202e\u2066") && !isIsolated {
				t.Errorf("%s: <%s> contains %q without isolation", name, goquery.NodeName(e), ownText)
			}
		})
	}
}

func TestViewsUsePageLocale(t *testing.T) {
	g := store.Giveaway{ID: "c1", GuildID: "1", Prize: "Lamp", Status: store.GiveawayEnded, Entries: 1234, WinnerCount: 1}
	for locale, want := range map[text.Locale][]string{
		text.English: {"Ended", "1,234", "No entries"}, text.Vietnamese: {"Đã kết thúc", "1.234", "Không có ai tham gia"},
	} {
		p := ui.Page{Site: ui.DefaultSite(), Reader: ui.Reader{Locale: locale}, Guild: &ui.GuildLink{ID: "1", Name: "x"}}
		list := giveawayview.ListView{List: store.List[store.Giveaway]{Items: []store.Giveaway{g}, Page: 1, Pages: 1}}
		sample := viewstest.Render(t, giveawayview.Rows(p, list)).Text()
		for _, phrase := range want {
			if !strings.Contains(sample, phrase) {
				t.Errorf("%s: text = %[3]q, want it to contain %[2]q", locale, phrase, sample)
			}
		}
	}
}

// TestRenderingIsDeterministic checks that equal arguments render equal bytes; otherwise each render would be a new
// version.
func TestRenderingIsDeterministic(t *testing.T) {
	first := map[string]string{}
	for range 3 {
		for name, view := range allStates("x") {
			var html bytes.Buffer
			if err := view.Render(t.Context(), &html); err != nil {
				t.Fatal(err)
			}
			if first[name] == "" {
				first[name] = html.String()
			} else if first[name] != html.String() {
				t.Errorf("%s: second rendering differs from the first", name)
			}
		}
	}
}

func TestViewsRenderConcurrently(t *testing.T) {
	done := make(chan error)
	for range 8 {
		go func() {
			var err error
			for _, view := range allStates("x") {
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

func readSource(t *testing.T, file string) string {
	t.Helper()
	sample, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(sample)
}
