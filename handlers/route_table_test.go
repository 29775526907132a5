package handlers

// RouteTable lists the routes of the site, in the order in which they are mounted.
func RouteTable(s *Server) []Route {
	_, table := s.routes()
	lines := make([]Route, len(table))
	for i, r := range table {
		lines[i] = Route{Method: r.method, Pattern: r.pattern, Guard: r.guard, Level: r.level, Stream: r.stream}
	}
	return lines
}

// Route is a line of the route table.
type Route struct{ Method, Pattern, Guard, Level, Stream string }
