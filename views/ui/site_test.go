package ui

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildboard/views/text"
)

// sameZone compares time zones by name: their fields are unexported.
var sameZone = cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })

func TestRepositoryFileMatchesDefaultSite(t *testing.T) {
	text, err := os.ReadFile("../../templ.yaml")
	if err != nil {
		t.Fatal(err)
	}
	site, err := ParseSite("templ.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(DefaultSite(), site, sameZone); diff != "" {
		t.Errorf("templ.yaml differs from the default (-default +templ.yaml):\n%s", diff)
	}
	for key := range siteSettings {
		if !strings.Contains(knownKeys(), key) {
			t.Errorf("known keys do not contain %q", key)
		}
	}
}

func TestParseSiteAppliesSettings(t *testing.T) {
	site, err := ParseSite("templ.yaml",
		[]byte("brand: Hội\naccent: '#123abc'\nlocale: vi\ntimezone: Asia/Ho_Chi_Minh\npoll: {giveaways: 20s}\nping: 5s"))
	if err != nil {
		t.Fatal(err)
	}
	if site.Brand != "Hội" || site.Locale != text.Vietnamese || site.Zone.String() != "Asia/Ho_Chi_Minh" ||
		site.GiveawayPollInterval.Seconds() != 20 {
		t.Errorf("site = %+v, want the values of the file", site)
	}
	if site.DefaultPollInterval != DefaultSite().DefaultPollInterval {
		t.Errorf("DefaultPollInterval = %v, want the default", site.DefaultPollInterval)
	}
}

func TestParseSiteErrorNamesFileLineAndExpectedValue(t *testing.T) {
	for text, want := range map[string][]string{
		"brand: A\ncolour: red":        {"templ.yaml:2", `"colour"`, "accent"},
		"accent: teal":                 {"templ.yaml:1", "accent", "#0f766e", `"teal"`},
		"\n\nlocale: fr":               {"templ.yaml:3", "en or vi"},
		"timezone: Mars/Olympus":       {"templ.yaml:1", "IANA"},
		"timezone: Local":              {"templ.yaml:1", "IANA"},
		"timezone: right/UTC":          {"templ.yaml:1", "IANA"},
		"poll:\n  giveaways: 1ms":      {"templ.yaml:2", "poll.giveaways", "5s"},
		"poll:\n  tickets: 15s":        {"templ.yaml:2", `"poll.tickets"`},
		"ping: soon":                   {"templ.yaml:1", "ping"},
		"support: javascript:alert(1)": {"templ.yaml:1", "https://"},
		"brand: ''":                    {"templ.yaml:1", "brand"},
		"brand: [a]":                   {"templ.yaml:1", "brand"},
		"brand: a\nbrand: b":           {"brand"},
		"- a list":                     {"templ.yaml:1", "key: value"},
		"brand: \"unfinished":          {"templ.yaml"},
	} {
		_, err := ParseSite("templ.yaml", []byte(text))
		if err == nil {
			t.Errorf("%q: no error, want one", text)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: error = %q, want it to contain %q", text, err, part)
			}
		}
	}
}

func FuzzParseSite(f *testing.F) {
	f.Add([]byte("brand: A\npoll:\n  giveaways: 15s"))
	f.Add([]byte("&a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		site, err := ParseSite("f", text)
		if err == nil && (site.Zone == nil || site.Brand == "" || !site.Locale.IsSupported()) {
			t.Errorf("%q: invalid site %+v without an error", text, site)
		}
	})
}
