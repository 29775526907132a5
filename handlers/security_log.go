package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"guildboard/store"
	"guildboard/store/access"
)

// accessError is the error of a guard that denied access. It is answered like the wrapped error.
type accessError struct{ error }

func (e *accessError) Unwrap() error { return e.error }

// asAccessError marks a "not found" error of a guard as a denial, so that it is logged. A page that does not exist has
// the same error, but is not logged.
func asAccessError(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &accessError{err}
	}
	return err
}

// logSecurity logs an event of the security log. Its records have the attribute log=security, and the user, the
// client's address and the request.
func (s *Server) logSecurity(r *http.Request, level slog.Level, event string, attrs ...any) {
	info := requestInfoOf(r)
	address := ""
	if info.address.IsValid() {
		address = info.address.String()
	}
	attrs = append([]any{"log", "security", "user", info.user, "address", address, "request", info.id}, attrs...)
	s.Log.Log(r.Context(), level, event, attrs...)
}

// logRefusal logs to the security log that a guard or a limit refused the request. It ignores other errors.
func (s *Server) logRefusal(r *http.Request, p errorResponse, err error) {
	level := slog.LevelInfo
	switch p.status {
	case http.StatusUnauthorized, http.StatusTooManyRequests: // not warnings, since they can be frequent
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

// describeGrants formats grants for the log as "role module level", separated by commas.
func describeGrants(grants []access.Grant) string {
	var lines []string
	for _, g := range grants {
		if g.Level != access.LevelNone {
			lines = append(lines, g.RoleID+" "+string(g.Module)+" "+g.Level.String())
		}
	}
	return strings.Join(lines, ", ")
}
