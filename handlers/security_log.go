package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"guildboard/store"
)

// accessError says that a guard has refused what was asked for. It is answered like the error in it.
type accessError struct{ error }

func (e *accessError) Unwrap() error { return e.error }

// asAccessError makes an error of a guard known as one, when it says that there is nothing here. A page that does not
// exist has the same error, and is of no interest.
func asAccessError(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &accessError{err}
	}
	return err
}

// logSecurity writes a line of the security log: lines of the log with log=security, which say what users and strangers
// do to what guards the site. Each has the user, the client's address and the request.
func (s *Server) logSecurity(r *http.Request, level slog.Level, event string, attrs ...any) {
	info := requestInfoOf(r)
	address := ""
	if info.address.IsValid() {
		address = info.address.String()
	}
	attrs = append([]any{"log", "security", "user", info.user, "address", address, "request", info.id}, attrs...)
	s.Log.Log(r.Context(), level, event, attrs...)
}

// logRefusal writes to the security log that a request was refused, if it was by what guards the site.
func (s *Server) logRefusal(r *http.Request, p errorResponse, err error) {
	level := slog.LevelInfo
	switch p.status {
	case http.StatusUnauthorized, http.StatusTooManyRequests: // a flood of requests must not be a flood of warnings
	case http.StatusForbidden:
		level = slog.LevelWarn
	case http.StatusNotFound:
		if !errors.As(err, new(*accessError)) {
			return
		}
	default:
		return
	}
	attrs := []any{"status", p.status, "reason", p.key, "method", r.Method, "path", r.URL.Path}
	if errors.Is(err, errCrossSite) {
		attrs = append(attrs, "origin", r.Header.Get("Origin"), "site", r.Header.Get("Sec-Fetch-Site"))
	}
	s.logSecurity(r, level, "access refused", attrs...)
}

// describeGrants is grants in one line of the log: role module level, separated by commas.
func describeGrants(grants []store.Grant) string {
	var lines []string
	for _, g := range grants {
		if g.Level != store.LevelNone {
			lines = append(lines, g.RoleID+" "+string(g.Module)+" "+g.Level.String())
		}
	}
	return strings.Join(lines, ", ")
}
