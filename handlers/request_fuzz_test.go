package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"guildboard/store"
)

// serve handles the request without a network.
func (s *site) serve(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.web.Config.Handler.ServeHTTP(w, r)
	return w.Result()
}

// FuzzQuery checks that no URL requested by a signed-in user causes a server error.
func FuzzQuery(f *testing.F) {
	s := openSite(f)
	s.createGiveaway(store.Giveaway{Prize: "100% \"cotton\" _ <b>"})
	s.createTicket("Help", midnightUTC("2026-03-01"))
	g := s.createGiveaway(store.Giveaway{})
	cookies := s.signIn(robin).client.Jar.Cookies(s.browser().url("/"))

	lists := []string{
		giveawaysPath, ticketsPath, giveawaysPath + "/" + g.ID, giveawaysPath + "/" + g.ID + "/entries",
		"/guilds/" + lantern + "/audit", apiGiveaways, apiTickets, "/guilds/" + lantern, "/guilds", "/sessions", "/login"}
	for _, query := range []string{
		"", "status=active&q=%22*&page=2", "q=%25_%5C'%22", "q=NEAR(a%20b)%20OR%20-x*%20^y:", "q=%00%ff%F0%9F%8E%89",
		"q=#1", "q=%23999999999999999999999",
		"from=0000-01-01&to=9999-12-31", "from=-1&to=2026-02-30", "only=a&only=-&only=_", "page=10000&sort=ending",
		"page=3&after=MTc3NzYzNjgwMDAwMCBj", "page=2&before=MTc3NzYzNjgwMDAwMCBj", "after=%00&before=x", "sort=entries&q=ab",
		"startDate=2026-01-01T00:00:00Z&endDate=9999-12-31T23:59:59.999Z&limit=100&page=10000", "status=OPEN",
		"note=login.address&return=//x", "a;b=%zz&&==",
	} {
		for _, path := range lists {
			f.Add(path, query, false)
			f.Add(path, query, true)
		}
	}
	f.Add("/guilds/"+lantern+"/giveaways/%ff/%00", "", false)
	f.Add("/api/events/stream", "guildId=%00", false)
	f.Fuzz(func(t *testing.T, path, query string, part bool) {
		u, err := url.ParseRequestURI(path + "?" + query)
		if err != nil || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasSuffix(u.Path, "/live") ||
			strings.HasSuffix(u.Path, "/stream") && u.Query().Get("guildId") == lantern {
			t.Skip("skipped: not a valid request, or a stream")
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL, r.RequestURI = u, u.RequestURI()
		for _, c := range cookies {
			r.AddCookie(c)
		}
		if part {
			for i := 0; i < len(asPartial); i += 2 {
				r.Header.Set(asPartial[i], asPartial[i+1])
			}
		}
		response := s.serve(r)
		// there is neither Discord nor a subscription here
		if response.StatusCode >= 500 && path != "/login/start" && path != "/readyz" {
			t.Errorf("%s: status %d, want less than 500", u, response.StatusCode)
		}
		if to := response.Header.Get("Location"); to != "" &&
			(!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`)) {
			t.Errorf("%s redirects to %q, want a path of the site", u, to)
		}
	})
}

// FuzzForm checks the same for submitted forms.
func FuzzForm(f *testing.F) {
	s := openSite(f)
	cookies := s.signIn(robin).client.Jar.Cookies(s.browser().url("/"))
	paths := []string{"/preferences", "/guilds/refresh", "/sessions/0123456789abcdef/end"}
	for _, body := range []string{"", "lang=vi&return=//evil", "theme=%zz", "lang=en&return=/%5Cevil&theme=dark",
		"return=https://x", "&&&;=", "lang=en&return=/\u2028//x", "return=/%250d%250aX"} {
		for i := range paths {
			f.Add(uint(i), body, "application/x-www-form-urlencoded")
		}
		f.Add(uint(0), body, "multipart/form-data; boundary=x")
		f.Add(uint(0), body, "text/plain")
	}
	f.Fuzz(func(t *testing.T, path uint, body, kind string) {
		r := httptest.NewRequest(http.MethodPost, paths[path%uint(len(paths))], strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		response := s.serve(r)
		if response.StatusCode >= 500 {
			t.Errorf("%s with %q: status %d, want less than 500", r.URL, body, response.StatusCode)
		}
		if to := response.Header.Get("Location"); to != "" &&
			(!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t")) {
			t.Errorf("%q redirects to %q, want a path of the site", body, to)
		}
	})
}
