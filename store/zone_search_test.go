package store_test

import (
	"slices"
	"strings"
	"testing"

	"guildboard/store"
)

func TestFindZones(t *testing.T) {
	for text, want := range map[string]string{
		"Berlin": "Europe/Berlin", "berlin ": "Europe/Berlin", "Europe/Berlin": "Europe/Berlin", "europe/berlin": "Europe/Berlin",
		"Hồ Chí Minh": "Asia/Ho_Chi_Minh", "ho chi minh": "Asia/Ho_Chi_Minh", "Sài Gòn": "Asia/Ho_Chi_Minh",
		"Asia/Saigon": "Asia/Ho_Chi_Minh", "New York": "America/New_York", "buenos aires": "America/Argentina/Buenos_Aires",
		"São Paulo": "America/Sao_Paulo", "utc": "UTC", "kolk": "Asia/Kolkata",
		"Louisville": "America/Kentucky/Louisville", "": "", "xx": "", "Mars/Olympus": "",
	} {
		if got := strings.Join(store.FindZones(text), ", "); got != want {
			t.Errorf("FindZones(%q) = %s, want %s", text, got, want)
		}
	}
	if got := store.FindZones("Indiana"); len(got) < 2 || !slices.IsSorted(got) || !slices.Contains(got, "America/Indiana/Knox") {
		t.Errorf("FindZones(Indiana) = %v, want the zones of Indiana, sorted", got)
	}
}
