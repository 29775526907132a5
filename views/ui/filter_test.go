package ui

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
)

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
