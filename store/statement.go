package store

// Statement is what the database is asked.
type Statement struct {
	SQL  string
	Args []any
}

// Watch has fn told of every read, and of every change that is a single statement, before it is sent; nil tells nobody.
// It is for measuring. fn is called by many goroutines at the same time.
func (s *Store) Watch(fn func(Statement)) { s.watcher.Store(&fn) }

func (s *Store) reportStatement(sql string, args []any) {
	if fn := s.watcher.Load(); fn != nil && *fn != nil {
		(*fn)(Statement{sql, args})
	}
}
