package handlers

import (
	"net/http"
	"strconv"
	"time"

	"guildboard/store"
	"guildboard/views/ui"
)

// maxNotificationAge is the age of an event after which it causes no notification.
const maxNotificationAge = 15 * time.Minute

// showNotifications answers "GET /api/notifications?since=ms" with the notifications since then that the viewer has
// enabled, of all visible guilds, as JSON: {"at": ms, "items": [{"id", "text", "server", "url"}]}. "at" is the next
// since. Rows can be committed after their timestamp, so notifications from shortly before since are repeated; clients
// drop known IDs.
func (s *Server) showNotifications(w http.ResponseWriter, r *http.Request) error {
	page, now := s.page(r), time.Now()
	since := now
	if text := r.URL.Query().Get("since"); text != "" {
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return badInput("since must be a Unix time in milliseconds")
		}
		since = time.UnixMilli(ms)
		if since.After(now) {
			since = now
		}
		since = laterTime(since.Add(-store.MaxNotificationDelay), now.Add(-maxNotificationAge))
	}
	visible, err := s.loadVisibleGuilds(r.Context(), visitorOf(r).session)
	if err != nil {
		return err
	}
	q := store.NotificationQuery{Since: since, Until: now, UserID: visitorOf(r).session.UserID}
	for _, g := range visible.withBot {
		q.AddGuild(g.ID, g.Rights, page.Notifications.Kinds)
	}
	notifications, err := s.Store.Notifications(r.Context(), q)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	items := ui.NotificationItems(page, notifications, visible.withBot)
	s.respondJSON(w, r, http.StatusOK, map[string]any{"at": now.UnixMilli(), "items": items})
	return nil
}

func laterTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
