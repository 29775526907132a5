package store

import (
	"context"

	"guildboard/store/internal/sqldb"
)

// Preferences returns a user's preferences by name; unset ones are missing.
func (s *Store) Preferences(ctx context.Context, user string) (map[string]string, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	preferences := map[string]string{}
	err := s.batch(ctx, preferencesQuery(user, preferences))
	return preferences, s.wrapError("read preferences", err)
}

func preferencesQuery(user string, preferences map[string]string) sqldb.Query {
	return sqldb.Query{
		SQL:  "SELECT name, value FROM preferences WHERE user_id = $1",
		Args: []any{user},
		Row: func(r sqldb.Row) error {
			var name, value string
			err := r.Scan(&name, &value)
			preferences[name] = value
			return err
		},
	}
}

// SavePreferences saves the given preferences of a user and keeps the others.
func (s *Store) SavePreferences(ctx context.Context, user string, preferences map[string]string) error {
	return s.withTx(ctx, "save preferences", func(ctx context.Context, t tx) error {
		for name, value := range preferences {
			_, err := t.Exec(ctx, sqldb.Insert("preferences", "user_id, name, value")+
				" ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value", user, name, value)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
