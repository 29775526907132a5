package handlers

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// TestListURLsAreCanonical checks that the URL of a list has the parameters of its own filter, in a fixed order and
// without default values. Such URLs are bookmarked and shared.
func TestListURLsAreCanonical(t *testing.T) {
	const all = "&page=3&by=10&verb=TICKET_CLOSE&only=x&only=y&sort=oldest&words=1&staff=11&stars=5&overdue=yes&label=l1&label=l2" +
		"&priority=high&claimer=me&opener=13&category=c1&to=2026-02-01&from=2026-01-01&repeat=yes&channel=14&host=15&x=y&q="
	cursor := store.Cursor{At: time.UnixMilli(1_767_225_600_000).UTC(), ID: "c1"}.String()
	for _, list := range []struct {
		path, status, query, want, placed string
		url                               func(*http.Request, *ui.Page) string
	}{
		{"/guilds/1/giveaways", "ended", all + "a%26b%3Dc%20d%2B%C3%A9", "q=a%26b%3Dc+d%2B%C3%A9&host=15&channel=14&repeat=yes" +
			"&from=2026-01-01&to=2026-02-01&sort=oldest&only=x&only=y&page=3", "&page=2&after=" + cursor,
			func(r *http.Request, p *ui.Page) string { return parseGiveawayFilter(r, p).URL().String() }},
		{"/guilds/1/tickets", "open", all + "a", "q=a&from=2026-01-01&to=2026-02-01&category=c1&opener=13&claimer=7&priority=high" +
			"&label=l1&label=l2&overdue=yes&sort=oldest&only=x&only=y&page=3", "&page=2&before=" + cursor,
			func(r *http.Request, p *ui.Page) string {
				f, _ := new(Server).ticketSelection(r, p)
				return f.URL().String()
			}},
		{"/guilds/1/ratings", "pending", all + "a", "from=2026-01-01&to=2026-02-01&stars=5&staff=11&words=1&only=x&only=y&page=3",
			"&page=2", func(r *http.Request, p *ui.Page) string { return parseRatingFilter(r, p).URL().String() }},
		{"/guilds/1/audit", "done", all + "a", "from=2026-01-01&to=2026-02-01&verb=TICKET_CLOSE&by=10&page=3", "&page=2&before=" + cursor,
			func(r *http.Request, p *ui.Page) string { return parseAuditFilter(r, p).URL().String() }},
	} {
		for query, want := range map[string]string{
			list.query + "&status=" + list.status:  "?status=" + list.status + "&" + list.want,
			list.placed + "&status=" + list.status: "?status=" + list.status + list.placed,
			"page=1&sort=&q=&status=&from=":        "",
		} {
			page := ui.Page{Guild: &ui.GuildLink{ID: "1"},
				Reader: ui.Reader{Locale: text.English, Zone: time.UTC, User: &contract.User{ID: "7"}}}
			r := httptest.NewRequest(http.MethodGet, list.path+"?"+query, nil)
			if got := list.url(r, &page); got != list.path+want {
				t.Errorf("URL of %s?%s =\n%s, want\n%s", list.path, query, got, list.path+want)
			}
		}
	}
}
