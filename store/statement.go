package store

// Statement is a SQL statement and its arguments.
type Statement struct {
	SQL  string
	Args []any
}

// Watch makes the store call fn with every read, and with every change that is a single statement, before it is sent;
// nil stops that. It is for measurements. fn is called concurrently.
func (s *Store) Watch(fn func(Statement)) { s.watcher.Store(&fn) }

func (s *Store) reportStatement(sql string, args []any) {
	if fn := s.watcher.Load(); fn != nil && *fn != nil {
		(*fn)(Statement{sql, args})
	}
}
