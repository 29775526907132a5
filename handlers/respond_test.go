package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/text"
	"guildboard/views/ui"
)

func TestErrorResponseFor(t *testing.T) {
	for _, test := range []struct {
		err        error
		status     int
		key        string
		retryAfter bool
	}{
		{errNotFound, 404, "notFound", false},
		{fmt.Errorf("read ticket: %w", store.ErrNotFound), 404, "notFound", false},
		{fmt.Errorf("claim ticket: %w", store.ErrConflict), 409, "conflict", false},
		{fmt.Errorf("list tickets: %w", store.ErrUnavailable), 503, "unavailable", true},
		{fmt.Errorf("claim ticket: %w", store.ErrReadOnly), 503, "readOnly", true},
		{discord.ErrUnavailable, 503, "unavailable", true},
		{discord.ErrRateLimited, 503, "unavailable", true},
		{discord.ErrForbidden, 503, "unavailable", true},
		{discord.ErrInvalidClient, 503, "unavailable", true},
		{discord.ErrSignedOut, 401, "signIn", false},
		{errNotSignedIn, 401, "signIn", false},
		{errMethodNotAllowed, 405, "method", false},
		{errCrossSite, 403, "crossSite", false},
		{badInput("page must be a number"), 400, "badInput", false},
		{rateLimitError{time.Second}, 429, "tooMany", true},
		{asAccessError(errNotFound), 404, "notFound", false},
		{&live.Refusal{Reason: "user", Status: 429, RetryAfter: time.Second}, 429, "tooMany", true},
		{&live.Refusal{Reason: "closed", Status: 503, RetryAfter: time.Second}, 503, "unavailable", true},
		{errors.New("anything else"), 500, "internal", false},
		{context.DeadlineExceeded, 500, "internal", false},
	} {
		got := errorResponseFor(fmt.Errorf("handle request: %w", test.err))
		if got.status != test.status || got.key != test.key || (got.retryAfter > 0) != test.retryAfter {
			t.Errorf("%v: response = %+v, want status %d, key %s", test.err, got, test.status, test.key)
		}
	}
}

func TestEveryErrorResponseHasMessages(t *testing.T) {
	for _, key := range []string{"notFound", "conflict", "unavailable", "readOnly", "method", "crossSite", "badInput",
		"tooMany", "internal"} {
		for _, locale := range text.Locales {
			p := ui.Page{Reader: ui.Reader{Locale: locale.Locale}}
			for _, key := range []string{"problem." + key, "problem." + key + ".text"} {
				if text := p.T(key); text == key || text == "" {
					t.Errorf("%s has no text in %s", key, locale.Name)
				}
			}
		}
	}
	for key := range alertKinds {
		if p := (ui.Page{Reader: ui.Reader{Locale: text.Vietnamese}}); p.T(key) == key {
			t.Errorf("notice %s has no text", key)
		}
	}
}

func TestMatchesETag(t *testing.T) {
	for header, want := range map[string]bool{
		`"v1"`: true, `W/"v1"`: true, `"v0", "v1"`: true, `"v0",W/"v1" `: true, ` "v1"`: true,
		``: false, `v1`: false, `"v10"`: false, `"v"`: false, `""`: false, `"v0"`: false,
	} {
		if got := matchesETag(header, "v1"); got != want {
			t.Errorf("matchesETag(%s) = %t, want %t", header, got, want)
		}
	}
}

func TestBrowserName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox, Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge, Windows",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                   "Chrome, Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari, iOS",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                   "Safari, macOS",
		"curl/8": "unknown", "": "unknown",
	} {
		if got := browserName(agent, "unknown"); got != want {
			t.Errorf("browserName(%q) = %q, want %q", agent, got, want)
		}
	}
}

// FuzzEscapeNonASCII checks that the result is an ASCII header value that decodes to the same text.
func FuzzEscapeNonASCII(f *testing.F) {
	for _, text := range []string{"", "plain", "Tiếng Việt", "🎉", "\u2028\ufeff", "a\r\nSet-Cookie: x=y", "\xff\xfe", "\x00\x7f", `"\`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		body, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			t.Fatal(err)
		}
		header := escapeNonASCII(body)
		if strings.ContainsFunc(header, func(c rune) bool { return c < 0x20 || c > 0x7f }) {
			t.Errorf("header of %q = %q, want ASCII only", text, header)
		}
		var was, is map[string]string
		if err := errors.Join(json.Unmarshal(body, &was), json.Unmarshal([]byte(header), &is)); err != nil || !reflect.DeepEqual(was, is) {
			t.Errorf("%q: header = %q, error = %v, want the same JSON", body, header, err)
		}
	})
}

// FuzzLocalPath checks that a return path never leads to another site, as a browser parses it (URL Standard) and as
// net/http writes it.
func FuzzLocalPath(f *testing.F) {
	for _, path := range []string{
		"/", "/guilds?x=y#z", "//evil", "///evil", "/\\evil", "/\t/evil", "https://evil", "javascript:x", "/%5Cevil",
		"/%2F/evil", "/..//evil",
		"/.//evil", "/a/..//evil", "/\u00a0/evil", " /", "/?//evil", "/#//evil", "/@evil", "/:80", "",
	} {
		f.Add(path)
	}
	site, err := url.Parse("https://guildboard.example/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := localPath(path, "/other")
		to, err := site.Parse(got)
		if err != nil || to.Host != site.Host || to.Scheme != site.Scheme {
			t.Errorf("%q resolves to %v (error %v), want a URL of the site", path, to, err)
		}
		// A browser removes tabs and line breaks anywhere and treats \ as /.
		asRead := strings.ReplaceAll(strings.NewReplacer("\t", "", "\n", "", "\r", "").
			Replace(strings.TrimLeft(got, " \x00\x1f")), `\`, "/")
		if !strings.HasPrefix(asRead, "/") || strings.HasPrefix(asRead, "//") {
			t.Errorf("%q is interpreted as %q, want a path", path, asRead)
		}
	})
}

// FuzzParseFilter checks that the filter of any query has one canonical URL, which parses to the same filter.
func FuzzParseFilter(f *testing.F) {
	for _, query := range []string{
		"", "status=ended&q=a+b&from=2026-01-01&to=2026-02-01&sort=oldest&only=a&only=b&page=3", "q=%20%20x%20&page=0", "q=%ff%00",
		"from=x&to=2026-01-01", "only=..", "page=+1", "page=007", "status=ENDED", "q=" + strings.Repeat("🎉", 101),
		"from=0000-00-00", "a;b", "%",
		"q=" + strings.Repeat("a", 99) + "+++b", "q=%E2%80%A8x",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, _ := url.ParseQuery(query) // like r.URL.Query(), which keeps the valid pairs
		read := func(q url.Values) (giveawayview.Filter, filterProblems) {
			f, problems := parseFilter(q, "/guilds/1/giveaways", lowerCase(store.GiveawayStatuses), giveawayview.Sorts)
			return giveawayview.Filter{Filter: f}, problems
		}
		filter, _ := read(values)
		u, err := url.Parse(filter.URL().String())
		if err != nil {
			t.Fatal(err)
		}
		again, problems := read(u.Query())
		if !reflect.DeepEqual(again, filter) || len(problems) > 0 {
			t.Errorf("%q: filter =\n%+v, parsed again\n%+v with problems %v", query, filter, again, problems)
		}
		if got, want := again.URL().String(), filter.URL().String(); got != want {
			t.Errorf("%q has two URLs: %s and %s", query, want, got)
		}
		if got, want := filter.URL().Stream(), strings.Replace(filter.URL().String(), "/giveaways", "/giveaways/live", 1); got != want {
			t.Errorf("%q: stream = %s, want %s", query, got, want)
		}
	})
}

func TestLoginURLReturnsToRequestedPage(t *testing.T) {
	const site = "https://guildboard.example"
	long := "/guilds/1/giveaways?q=" + strings.Repeat("a", maxReturnPath)
	for _, test := range []struct{ method, target, current, referer, want string }{
		{"GET", "/guilds/1?page=2", "", "", "/guilds/1?page=2"},
		{"GET", "/guilds/1?page=2", "", site + "/guilds/9", "/guilds/1?page=2"},
		{"GET", "/guilds/1/giveaways?status=ended", site + "/guilds/1/giveaways", "", "/guilds/1/giveaways"},
		{"GET", "/guilds/1", "::", "", "/guilds/1"},
		{"GET", "/guilds/1", "https://evil.example/x", "", "/guilds/1"},
		{"GET", long, "", "", "/guilds/1/giveaways"},
		{"POST", "/guilds/1/close", "", "", "/"},
		{"POST", "/guilds/1/close", "", site + "/guilds/1/tickets?page=2", "/guilds/1/tickets?page=2"},
		{"POST", "/guilds/1/close", "", "http://behind-a-proxy:8080/guilds/1", "/guilds/1"},
		{"POST", "/guilds/1/close", site + "/guilds/1/tickets?page=3", site + "/guilds/1/tickets", "/guilds/1/tickets?page=3"},
		{"POST", "/guilds/1/close", "", site + long, "/guilds/1/giveaways"},
		{"POST", "/guilds/1/close", "", "https://evil.example/guilds/1", "/"},
		{"POST", "/guilds/1/close", "", "http://guildboard.example/guilds/1", "/"},
		{"POST", "/guilds/1/close", "", site + "//evil.example/", "/"},
		{"POST", "/guilds/1/close", "", site + ".evil.example/", "/"},
		{"POST", "/guilds/1/close", "javascript:alert(1)", "data:text/html,x", "/"},
	} {
		r, err := http.NewRequest(test.method, test.target, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "behind-a-proxy:8080" // which does not forward Host
		r.Header.Set("Referer", test.referer)
		if test.current != "" {
			r.Header.Set("HX-Request", "true")
			r.Header.Set("HX-Request-Type", "partial")
			r.Header.Set("HX-Current-URL", test.current)
		}
		s := &Server{Config: Config{PublicURL: site}}
		if got, want := s.loginURL(r), "/login?note=login.needed&return="+url.QueryEscape(test.want); got != want {
			t.Errorf("loginURL(%s %.40s from %q, %q) = %s, want %s", test.method, test.target, test.current, test.referer, got, want)
		}
	}
}
