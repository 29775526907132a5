package ui

import (
	"net/url"
	"strings"
	"testing"
)

func TestListURLIsCanonical(t *testing.T) {
	u := ListURL{Path: "/l", Page: 3}
	u.Add("status", "ended")
	u.Add("q", "a&b=c d+é")
	u.Add("from", "")
	u.Add("only", "x", "", "y")
	const filters = "&q=a%26b%3Dc+d%2B%C3%A9&only=x&only=y"
	for got, want := range map[string]string{
		u.String():                   "/l?status=ended" + filters + "&page=3",
		u.Stream():                   "/l/live?status=ended" + filters + "&page=3",
		u.Export("csv"):              "/l/export?status=ended" + filters + "&format=csv",
		u.WithPage(1).String():       "/l?status=ended" + filters,
		u.WithoutFilters().String():  "/l?status=ended",
		u.Clear():                    "/l?status=ended",
		u.WithoutFilters().Clear():   "",
		ListURL{Path: "/l"}.Stream(): "/l/live",

		ListURL{Path: "/l", Page: 1}.String(): "/l", ListURL{Path: "/l"}.Export("csv"): "/l/export?format=csv",
	} {
		if got != want {
			t.Errorf("URL = %s, want %s", got, want)
		}
	}
	parsed, err := url.Parse(u.String())
	if err != nil || parsed.Query().Get("q") != "a&b=c d+é" {
		t.Errorf("URL = %v, error = %v, want the same search term", parsed, err)
	}
	if got := u.String(); !strings.HasSuffix(got, filters+"&page=3") {
		t.Errorf("URL = %s after building other URLs, want it unchanged", got)
	}
}
