//go:build e2e

package e2e

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"guildboard/static"
)

// A timesPage is a page that consists of times.js and what it reads.
type timesPage struct {
	lang, zone, siteZone, serverTime string

	times []timeElement
	extra string // HTML before the script
}

type timeElement struct {
	at, attributes string
	want           string
}

const serverText = "as the server wrote it"

func (p timesPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Server-Timing", `now;desc="`+p.serverTime+`"`)
	fmt.Fprintf(w, `<!DOCTYPE html><html lang="%s" data-zone="%s" data-site-zone="%s"><body>%s`, p.lang, p.zone, p.siteZone, p.extra)
	for i, e := range p.times {
		fmt.Fprintf(w, `<p><time id="t%d" datetime="%s" %s>%s</time></p>`, i, html.EscapeString(e.at), e.attributes, serverText)
	}
	fmt.Fprintf(w, `<script src="%s" data-ended="ended" data-in="in {time}"></script></body></html>`, static.Path("times.js"))
}

// openTimesPage opens the page in a browser that is in a time zone.
func openTimesPage(t *testing.T, b *tab, p *timesPage, browserZone string) {
	t.Helper()
	callCDP(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: browserZone})
	b.visit("/page")
	for _, message := range b.takeConsoleErrors() {
		t.Error(message)
	}
	for i, e := range p.times {
		// U+202F is a space before AM and PM.
		got := evaluate[string](b, fmt.Sprintf(`document.getElementById('t%d').textContent.replaceAll('\u202f', ' ')`, i))
		if got != e.want {
			t.Errorf("text of %s (%s) in %q = %q, want %q", e.at, e.attributes, p.zone, got, e.want)
		}
	}
}

// TestTimesOfPage has the server's clock at noon of 1 December 2026, which the browser's clock is not.
func TestTimesOfPage(t *testing.T) {
	t.Parallel()
	current := timesPage{lang: "en"}
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) { current.ServeHTTP(w, r) })
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	b := newBrowserUser(t, server.URL).openWindow("/page")
	for name, test := range map[string]struct {
		page        timesPage
		browserZone string
		wantZone    string // in which times are shown
		wantSent    string // time zone that the server gets
		wantNote    string // that the chosen zone is unknown
		wantNamed   string // zone that the page names
	}{
		"relative words count calendar days": {
			page: timesPage{lang: "en", zone: "UTC", times: []timeElement{
				{"2026-12-03T11:00:00Z", "data-relative", "in 2 days"}, // 47 hours
				{"2026-11-29T13:00:00Z", "data-relative", "2 days ago"},
				{"2026-12-14T12:00:00Z", "data-relative", "in 13 days"},
				{"2026-12-02T13:00:00Z", "data-relative", "tomorrow"},
				{"2026-11-30T10:00:00Z", "data-relative", "yesterday"},
				{"2026-12-02T11:00:00Z", "data-relative", "in 22 hours"},
				{"2026-12-31T11:00:00Z", "data-relative", "in 30 days"},
				{"2027-01-29T12:00:00Z", "data-relative", "in 1 month"},
				{"2025-12-01T12:00:00Z", "data-relative", "1 year ago"},
			}},
			browserZone: "Asia/Tokyo", wantZone: "UTC", wantSent: "Asia/Tokyo", wantNamed: "named UTC",
		},
		"calendar days are those of the zone": {
			page: timesPage{lang: "vi", zone: "Pacific/Auckland", times: []timeElement{ // 1:00 on 2 December
				{"2026-12-02T12:30:00Z", "data-relative", "Ngày mai"}, // 1:30 on 3 December
				{"2026-11-29T12:30:00Z", "data-relative", "Hôm kia"},  // 1:30 on 30 November
			}},
			browserZone: "UTC", wantZone: "Pacific/Auckland", wantSent: "UTC", wantNamed: "named Pacific/Auckland",
		},
		"times that JavaScript cannot represent": {
			page: timesPage{lang: "en", zone: "UTC", times: []timeElement{
				{"10001-01-01T00:00:00.000Z", "data-relative", serverText},
				{"58413-07-02T00:00:00.000Z", "data-countdown", serverText},
				{"", "data-full", serverText},
				{"-0001-01-01T00:00:00.000Z", "data-since", serverText},
				{"2026-12-01T12:05:00Z", "data-relative", "in 4 minutes"},
			}},
			browserZone: "UTC", wantZone: "UTC", wantSent: "UTC", wantNamed: "named UTC",
		},
		"styles of timestamps in messages": {
			page: timesPage{lang: "en", zone: "America/New_York", times: []timeElement{
				{"2026-12-04T12:00:00Z", `data-timestamp="F"`, "Friday, 4 December 2026 at 07:00"},
				{"2026-12-04T12:00:00Z", `data-timestamp="D"`, "4 December 2026"},
				{"2026-12-04T12:00:00Z", `data-timestamp="t"`, "07:00"},
				{"2026-12-04T12:00:00Z", `data-timestamp="T"`, "07:00:00"},
				{"2026-12-04T12:00:00Z", `data-timestamp="d"`, "04/12/2026"},
				{"2026-12-04T12:00:00Z", `data-timestamp="f"`, "4 December 2026 at 07:00"},
				{"2026-12-04T12:00:00Z", `data-timestamp="s"`, "04/12/2026, 07:00"},
				{"2026-12-04T12:00:00Z", `data-timestamp="S"`, "04/12/2026, 07:00:00"},
				{"2026-12-04T12:00:00Z", `data-timestamp="R"`, "in 3 days"},
			}},
			browserZone: "UTC", wantZone: "America/New_York", wantSent: "UTC", wantNamed: "named America/New_York",
		},
		"the server's clock counts, not the browser's": {
			page: timesPage{lang: "en", zone: "Asia/Tokyo", times: []timeElement{
				{"2026-12-01T12:10:00Z", "data-full", "1 Dec 2026, 21:10 GMT+9 (in 9 minutes)"},
				{"2026-12-01T11:00:00Z", "data-countdown", "ended"},
				{"2026-12-01T15:20:00Z", "data-countdown", "in 3h 19m"},
				{"2026-12-01T12:30:00Z", "data-since", "0s"},
			}},
			browserZone: "UTC", wantZone: "Asia/Tokyo", wantSent: "UTC", wantNamed: "named Asia/Tokyo",
		},
		"a zone that the browser does not know": {
			page: timesPage{lang: "en", zone: "right/UTC", siteZone: "UTC", times: []timeElement{
				{"2026-12-01T12:10:00Z", "data-full", "1 Dec 2026, 21:10 GMT+9 (in 9 minutes)"},
			}},
			browserZone: "Asia/Tokyo", wantZone: "Asia/Tokyo", wantSent: "Asia/Tokyo",
			wantNote: "right/UTC is unknown, Asia/Tokyo is used", wantNamed: "named Asia/Tokyo",
		},
		"no zone chosen": {
			page: timesPage{lang: "en", siteZone: "UTC", times: []timeElement{
				{"2026-12-01T12:10:00Z", "data-full", "1 Dec 2026, 21:10 GMT+9 (in 9 minutes)"},
			}},
			browserZone: "Asia/Tokyo", wantZone: "Asia/Tokyo", wantSent: "Asia/Tokyo", wantNamed: "named Asia/Tokyo",
		},
		"a browser that does not know its own zone": {
			page: timesPage{lang: "en", siteZone: "Europe/Berlin", extra: `<script>{
					const resolved = Intl.DateTimeFormat.prototype.resolvedOptions;
					Intl.DateTimeFormat.prototype.resolvedOptions = function () {
						return { ...resolved.call(this), timeZone: 'Etc/Unknown' };
					};
				}</script>`,
				times: []timeElement{{"2026-12-01T12:10:00Z", "data-full", "1 Dec 2026, 13:10 CET (in 9 minutes)"}}},
			browserZone: "UTC", wantZone: "Europe/Berlin", wantSent: "", wantNamed: "named Europe/Berlin",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b.runScript(`document.cookie = 'browser_zone=; Path=/; Max-Age=0'`)
			current = test.page
			current.serverTime = "2026-12-01T12:00:00.500Z"
			current.extra += `<p data-zone-text="named {zone}">named ` + test.page.zone + `</p>`
			if test.page.zone != "" {
				current.extra += `<p id="zone-unknown" hidden data-zone-text="` + test.page.zone + ` is unknown, {zone} is used"></p>`
			}
			openTimesPage(t, b, &current, test.browserZone)
			if got := evaluate[string](b, `document.documentElement.dataset.zone`); got != test.wantZone {
				t.Errorf("time zone of the page = %q, want %q", got, test.wantZone)
			}
			cookie := evaluate[string](b, `document.cookie`)
			if _, got, _ := strings.Cut(cookie, "browser_zone="); got != test.wantSent {
				t.Errorf("time zone for the server = %q, want %q", got, test.wantSent)
			}
			note := evaluate[string](b, `(e => !e || e.hidden ? '' : e.textContent)(document.getElementById('zone-unknown'))`)
			if note != test.wantNote {
				t.Errorf("note = %q, want %q", note, test.wantNote)
			}
			if got := evaluate[string](b, `document.querySelector('[data-zone-text^=named]').textContent`); got != test.wantNamed {
				t.Errorf("the page names %q, want %q", got, test.wantNamed)
			}
		})
	}
}
