package store_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestStringsRoundTrip(t *testing.T) {
	lists := []store.Strings{nil, {"1"}, {"1", "2"}, {""}, {"NULL", "null"}, {`a"b\c`, "{}", ",", " x "}, {"é🎉\n"}}
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		for _, list := range lists {
			g := storetest.Giveaway(t, s, "1", store.Giveaway{RequiredRoleIDs: list})
			read := must(s.Giveaway(t.Context(), "1", g.ID))(t)
			if !slices.Equal(read.RequiredRoleIDs, list) {
				t.Errorf("%q: after a round trip = %q", list, read.RequiredRoleIDs)
			}
		}
	})
}

func FuzzStringsRoundTrip(f *testing.F) {
	f.Add("a", `b"\`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			t.Skip("skipped: Postgres rejects invalid UTF-8")
		}
		written := must(store.Strings{a, b}.Value())(t)
		var read store.Strings
		noError(t, read.Scan(written))
		if !slices.Equal(read, store.Strings{a, b}) {
			t.Errorf("%q, %q: after a round trip = %q", a, b, read)
		}
	})
}
