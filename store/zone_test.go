package store_test

import (
	"slices"
	"testing"

	_ "time/tzdata"

	"guildboard/store"
)

func TestZoneAcceptsNamesThatBrowsersKnow(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "Asia/Saigon", "US/Pacific"} {
		if zone := store.Zone(name); zone == nil || zone.String() != name {
			t.Errorf("Zone(%q) = %v, want that zone", name, zone)
		}
	}
	for _, name := range []string{
		"", "Local", "localtime", "posixrules", "Factory", "right/Europe/Berlin", "right/UTC", "posix/Europe/Berlin", "posix/UTC",
		"Etc/Unknown", "SystemV/EST5", "Asia/Hanoi", "Europe//Berlin", "Europe/./Berlin",
		"Europe/Berlin/", "../UTC", "/UTC", "europe/nowhere", "+02:00", "Asia/Saigon Asia/Ho_Chi_Minh", "UTC\n",
	} {
		if zone := store.Zone(name); zone != nil {
			t.Errorf("Zone(%q) = %v, want nil", name, zone)
		}
	}
}

func TestEveryZoneNameIsAZone(t *testing.T) {
	names := store.ZoneNames()
	if len(names) < 400 || !slices.IsSorted(names) {
		t.Fatalf("ZoneNames() = %d names, want over 400, sorted", len(names))
	}
	for _, name := range names {
		if store.Zone(name) == nil || store.CanonicalZone(name) != name {
			t.Errorf("%q: Zone() = %v, CanonicalZone() = %q, want that zone and its own name", name, store.Zone(name), store.CanonicalZone(name))
		}
	}
	for alias, want := range map[string]string{
		"Asia/Saigon": "Asia/Ho_Chi_Minh", "Asia/Calcutta": "Asia/Kolkata", "Europe/Kiev": "Europe/Kyiv", "Etc/UTC": "UTC",
		"Etc/GMT+5": "Etc/GMT+5", "Etc/Unknown": "Etc/Unknown", "": "",
	} {
		if got := store.CanonicalZone(alias); got != want {
			t.Errorf("CanonicalZone(%q) = %q, want %q", alias, got, want)
		}
	}
}
