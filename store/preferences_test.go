package store_test

import (
	"maps"
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestPreferencesBelongToUser(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		noError(t, s.SavePreferences(t.Context(), "1", map[string]string{"lang": "vi", "theme": "dark"}))
		noError(t, s.SavePreferences(t.Context(), "1", map[string]string{"theme": "", "zone": "UTC"}))
		noError(t, s.SavePreferences(t.Context(), "2", map[string]string{"lang": "en"}))
		for user, want := range map[string]map[string]string{
			"1": {"lang": "vi", "theme": "", "zone": "UTC"}, "2": {"lang": "en"}, "3": {},
		} {
			got, err := s.Preferences(t.Context(), user)
			noError(t, err)
			if !maps.Equal(got, want) {
				t.Errorf("preferences of %s = %v, want %v", user, got, want)
			}
		}
	})
}
