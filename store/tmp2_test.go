package store
import "context"
func (s *Store) Run(ctx context.Context, r read) error { return s.batch(ctx, r) }
func SQL(r read) string { return r.sql }
