package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/views/ui"
)

// Selection of notifications.
const (
	unclaimedNotifyAfter = 30 * time.Minute // age at which an unclaimed ticket causes a notification
	maxNotificationAge   = 15 * time.Minute // older events cause none
	maxRowDelay          = 15 * time.Second // maximum delay between the timestamp of a row and its commit
)

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
		since = laterTime(since.Add(-maxRowDelay), now.Add(-maxNotificationAge))
	}
	visible, err := s.loadVisibleGuilds(r.Context(), visitorOf(r).session)
	if err != nil {
		return err
	}
	q := store.NotificationQuery{
		Since: since, Until: now, UnclaimedAfter: unclaimedNotifyAfter, UserID: visitorOf(r).session.UserID,
	}
	giveaways, tickets := visible.idsWithModule(access.ModuleGiveaways), visible.idsWithModule(access.ModuleTickets)
	for kind, selection := range map[string]struct {
		dst *[]string
		ids []string
	}{
		ui.NotifyTicketOpened:   {&q.NewTicketGuilds, tickets},
		ui.NotifyTicketWaiting:  {&q.UnclaimedGuilds, tickets},
		ui.NotifyTicketOverdue:  {&q.OverdueGuilds, tickets},
		ui.NotifyGiveawayEnded:  {&q.EndedGuilds, giveaways},
		ui.NotifyCommandRefused: {&q.FailedGuilds, visible.ids()},
	} {
		if slices.Contains(page.Notifications.Kinds, kind) {
			*selection.dst = selection.ids
		}
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
