package views

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
)

func TestChooseLocale(t *testing.T) {
	for _, test := range []struct {
		choice, accept string
		site, want     Locale
	}{
		{"vi", "en", English, Vietnamese}, // the user's choice
		{"en", "vi", Vietnamese, English},
		{"", "vi", English, Vietnamese}, // the browser's language
		{"", "vi-VN,vi;q=0.9", English, Vietnamese},
		{"", "fr;q=0.9, vi;q=0.1", English, Vietnamese},
		{"", "en-GB, vi", Vietnamese, English},
		{"", "vi;q=0.2, en;q=0.9", Vietnamese, English},
		{"", "", Vietnamese, Vietnamese}, // the site's language
		{"", "fr, de", Vietnamese, Vietnamese},
		{"", "*", Vietnamese, Vietnamese},
		{"", ";;q=x,,", Vietnamese, Vietnamese},
		{"fr", "", English, English},
		{"VI", "", English, English},
		{"<script>", strings.Repeat("x", 10_000), Vietnamese, Vietnamese},
	} {
		if got := ChooseLocale(test.choice, test.accept, test.site); got != test.want {
			t.Errorf("ChooseLocale(%q, %.40q, %s) = %s, want %s", test.choice, test.accept, test.site, got, test.want)
		}
	}
}

func TestFormatNumbers(t *testing.T) {
	en, vi := Page{Locale: English}, Page{Locale: Vietnamese}
	for got, want := range map[string]string{
		English.FormatNumber(1234567): "1,234,567", Vietnamese.FormatNumber(1234567): "1.234.567", English.FormatNumber(-5): "-5",
		English.FormatDecimal(1234.56): "1,234.6", Vietnamese.FormatDecimal(0.25): "0,2", English.FormatDecimal(0): "0.0",
		en.N("giveaways.n", 0): "0 giveaways", en.N("giveaways.n", 1): "1 giveaway", en.N("giveaways.n", 1000): "1,000 giveaways",
		vi.N("giveaways.n", 1): "1 giveaway", vi.N("tickets.n", 2000): "2.000 phiếu",
		en.T("list.page", "page", 2, "pages", 1001): "page 2 of 1,001", en.T("no.such.key"): "no.such.key",
		en.T("filter.badDate", "value", "{n}{value}"): "“{n}{value}” is not a day; write it as 2026-12-31.",
	} {
		if got != want {
			t.Errorf("text = %q, want %q", got, want)
		}
	}
}

func TestFormatTimes(t *testing.T) {
	at := time.Date(2026, 3, 1, 23, 30, 15, 987_654_321, time.FixedZone("", -3600))
	saigon, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Skip("no time zones here:", err)
	}
	for got, want := range map[string]string{
		formatISO(at): "2026-03-02T00:30:15.987Z",
		Page{Locale: English, Site: DefaultSite()}.formatTime(at):         "2 Mar 2026, 00:30 UTC",
		Page{Locale: Vietnamese, Site: Site{Zone: saigon}}.formatTime(at): "02/03/2026 07:30 +07",
	} {
		if got != want {
			t.Errorf("text = %q, want %q", got, want)
		}
	}
}

func TestPageNumbers(t *testing.T) {
	for _, test := range []struct {
		page, pages int
		want        []int
	}{
		{1, 1, []int{1}}, {2, 3, []int{1, 2, 3}}, {4, 7, []int{1, 2, 3, 4, 5, 6, 7}},
		{1, 8, []int{1, 2, 3, 4, 0, 8}}, {3, 8, []int{1, 2, 3, 4, 0, 8}}, {4, 8, []int{1, 0, 3, 4, 5, 0, 8}},
		{6, 8, []int{1, 0, 5, 6, 7, 8}}, {8, 8, []int{1, 0, 5, 6, 7, 8}}, {50, 100, []int{1, 0, 49, 50, 51, 0, 100}},
	} {
		if got := pageNumbers(test.page, test.pages); !slices.Equal(got, test.want) {
			t.Errorf("pageNumbers(%d, %d) = %v, want %v", test.page, test.pages, got, test.want)
		}
	}
	for pages := 1; pages < 60; pages++ {
		for page := 1; page <= pages; page++ {
			got := pageNumbers(page, pages)
			if len(got) > 7 || !slices.Contains(got, page) || got[0] != 1 || got[len(got)-1] != pages {
				t.Errorf("pageNumbers(%d, %d) = %v, want at most 7 with the first, current and last page",
					page, pages, got)
			}
			for i, n := range got[1:] {
				before := got[i]
				if n != 0 && before != 0 && n != before+1 || n == 0 && before+2 > got[i+2] {
					t.Errorf("pageNumbers(%d, %d) = %v, want a gap only where pages are missing", page, pages, got)
				}
			}
		}
	}
}

func TestFilterURLIsCanonical(t *testing.T) {
	f := Filter{Path: "/l", Status: "ended", SearchTerm: "a&b=c d+é", From: "2026-01-01", To: "2026-02-01",
		Sort: "oldest", SelectedIDs: []string{"x", "y"}, Page: 3}
	want := "?status=ended&q=a%26b%3Dc+d%2B%C3%A9&from=2026-01-01&to=2026-02-01&sort=oldest&only=x&only=y&page=3"
	if f.URL() != "/l"+want || f.StreamURL() != "/l/live"+want {
		t.Errorf("URL() = %s, StreamURL() = %s, want query %s", f.URL(), f.StreamURL(), want)
	}
	u, err := url.Parse(f.URL())
	if err != nil || u.Query().Get("q") != f.SearchTerm {
		t.Errorf("URL = %v, error = %v, want the same search term", u, err)
	}
	for got, want := range map[string]string{
		Filter{Path: "/l", Page: 1}.URL(): "/l", Filter{Path: "/l"}.StreamURL(): "/l/live",
		f.WithStatus("active").URL(): strings.Replace("/l"+strings.Replace(want, "ended", "active", 1), "&page=3", "", 1),
		f.WithPage(1).URL():          "/l" + strings.Replace(want, "&page=3", "", 1),
		f.WithoutFilters().URL():     "/l?status=ended",
	} {
		if got != want {
			t.Errorf("URL = %s, want %s", got, want)
		}
	}
	if !reflect.DeepEqual(f, Filter{Path: "/l", Status: "ended", SearchTerm: f.SearchTerm, From: f.From, To: f.To,
		Sort: "oldest", SelectedIDs: []string{"x", "y"}, Page: 3}) {
		t.Error("building other URLs changed the filter")
	}
}

func TestAccentTextHasContrast(t *testing.T) {
	for accent, on := range map[string]string{
		"#0f766e": "#ffffff", "#000000": "#ffffff", "#ffffff": "#000000", "#ffff00": "#000000", "#ABCDEF": "#000000", "#777777": "#000000",
	} {
		site := Site{Accent: accent}
		if got, want := accentCSS(site), ":root{--accent:"+accent+";--on-accent:"+on+"}"; got != want {
			t.Errorf("accentCSS() = %s, want %s", got, want)
		}
		if got := contrast(accent, on); got < 4.5 {
			t.Errorf("contrast of %s on %s = %.2f, want at least 4.5", on, accent, got)
		}
	}
	if got := contrast("#000000", "#ffffff"); got != 21 {
		t.Errorf("contrast of black and white = %v, want 21", got)
	}
	for r := 0; r < 256; r += 15 { // black or white is readable on every color (WCAG 2.2, 1.4.3)
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				accent := "#" + hex(r) + hex(g) + hex(b)
				if best := max(contrast(accent, "#000000"), contrast(accent, "#ffffff")); best < 4.5 {
					t.Errorf("best contrast on %s = %.2f, want at least 4.5", accent, best)
				}
			}
		}
	}
	if one, two := StylePath(Site{Accent: "#111111"}), StylePath(Site{Accent: "#222222"}); one == two {
		t.Error("StylePath() of two accent colors is the same, want different paths")
	}
}

func hex(n int) string { return string("0123456789abcdef"[n/16]) + string("0123456789abcdef"[n%16]) }

func TestSanitizeAndTruncateUserText(t *testing.T) {
	for text, want := range map[string]string{
		"  plain  ": "plain", "two\nlines\tand": "two lines and", "\u202eevil\u2066": "evil", "\x00\x1b[0m": "[0m", "\xff": "", "": "",
		"👩‍👩‍👧": "👩‍👩‍👧", "שלום": "שלום",
	} {
		if got := sanitizeLine(text); got != want {
			t.Errorf("sanitizeLine(%q) = %q, want %q", text, got, want)
		}
	}
	if got := truncate(strings.Repeat("ü", 50), 10); got != strings.Repeat("ü", 9)+"…" {
		t.Errorf("truncate() = %q, want 9 letters and an ellipsis", got)
	}
	for name, want := range map[string]string{"Lantern Hollow Of Old Times": "LHO", "": "?", "  \x00": "?", "🦊 fox": "🦊f", "đức": "đ"} {
		if got := initials(name, 3); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestDiscordLinks(t *testing.T) {
	for got, want := range map[string]string{
		discordAppLink(channelLink("1", "2")): "discord://-/channels/1/2", discordAppLink(""): "",
		profileLink("3"): "https://discord.com/users/3", profileLink("3/../x"): "",
		channelLink("1", "2"): "https://discord.com/channels/1/2", channelLink("1", "2/../.."): "",
		channelLink("", "2"): "", channelLink("x", "2"): "",
		messageLink(store.Giveaway{GuildID: "1", ChannelID: "2"}):                            "https://discord.com/channels/1/2",
		messageLink(store.Giveaway{GuildID: "1", ChannelID: "2", MessageID: new("3")}):       "https://discord.com/channels/1/2/3",
		messageLink(store.Giveaway{GuildID: "1", ChannelID: "2", MessageID: new("3?evil=")}): "https://discord.com/channels/1/2",
	} {
		if got != want {
			t.Errorf("text = %q, want %q", got, want)
		}
	}
}
