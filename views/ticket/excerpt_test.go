package ticket

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"guildboard/store"
	"guildboard/views/markdown"
	"guildboard/views/text"
)

func TestExcerptShowsSearchMatch(t *testing.T) {
	reader := markdown.Reader{Locale: text.English, Zone: time.UTC}
	long := strings.Repeat("ä", 70)
	for _, test := range []struct {
		content, term string
		want          excerpt
	}{
		{"I want a REFUND now", "refund", excerpt{"I want a ", "REFUND", " now"}},
		{"refund", " Refund ", excerpt{"", "refund", ""}},
		{"Tôi muốn HOÀN TIỀN ngay", "hoàn tiền", excerpt{"Tôi muốn ", "HOÀN TIỀN", " ngay"}},
		{"Tôi muốn " + norm.NFD.String("HOÀN TIỀN") + " ngay", "hoàn tiền", excerpt{"Tôi muốn ", norm.NFD.String("HOÀN TIỀN"), " ngay"}},
		{"Tôi muốn HOÀN TIỀN ngay", norm.NFD.String("hoàn tiền"), excerpt{"Tôi muốn ", "HOÀN TIỀN", " ngay"}},
		{"İİİ in İSTANBUL, ja", "istanbul", excerpt{"İİİ in ", "İSTANBUL", ", ja"}},
		{"Süße Grüße aus Gießen", "GIESSEN", excerpt{"Süße Grüße aus ", "Gießen", ""}},
		{"two\nlines", "two lines", excerpt{"", "two lines", ""}},
		{long + " here " + long, "here", excerpt{"…" + strings.Repeat("ä", 39) + " ", "here", " " + strings.Repeat("ä", 39) + "…"}},
		{"<@!42> asks <@43> in <#44> <a:wave:45>", "asks", excerpt{"@Ann ", "asks", " @43 in #44 :wave:"}},
		{"<@42> asks", "42", excerpt{"@Ann asks", "", ""}},
		{"```go\nfmt.Println()```", "PRINT", excerpt{"fmt.", "Print", "ln()"}},
		{"the code is __5513__ at <t:1772366400:D>", "code", excerpt{"the ", "code", " is 5513 at 1 March 2026"}},
		{"it is ||the butler||", "butler", excerpt{"it is [Spoiler]", "", ""}},
		{"<b>&amp;", "B>", excerpt{"<", "b>", "&amp;"}},
		{"\u202eturned", "turned", excerpt{"", "turned", ""}},
		{long + long, "x", excerpt{strings.Repeat("ä", 79) + "…", "", ""}},
		{"", "x", excerpt{}},
		{"x", "", excerpt{"x", "", ""}},
	} {
		m := store.TicketMessage{Content: test.content, MentionNames: map[string]string{"42": "Ann"}}
		if got := newExcerpt(reader, m, test.term); got != test.want {
			t.Errorf("newExcerpt() for %q in %q = %q, want %q", test.term, test.content, got, test.want)
		}
	}
}
