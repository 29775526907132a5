package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"guildboard/store"
	"guildboard/views"
)

// Of what somebody is told.
const (
	unclaimedNotifyAfter = 30 * time.Minute // after which a ticket that nobody has claimed is worth a word
	maxNotificationAge   = 15 * time.Minute // nobody is told of anything older, however long they were away
	maxRowDelay          = 15 * time.Second // that a row may come to the database after the time it bears
)

// showNotifications answers "GET /api/notifications?since=ms": what happened since then of what the reader wants to be
// told of, in all the servers they may see, as JSON: {"at": ms, "items": [{"id", "text", "server", "url"}]}. "at" is
// the next since. What happened shortly before since comes once more, for rows may come late; ids tell.
func (s *Server) showNotifications(w http.ResponseWriter, r *http.Request) error {
	page, now := s.page(r), time.Now()
	since := now
	if text := r.URL.Query().Get("since"); text != "" {
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return badInput("since must be milliseconds")
		}
		since = time.UnixMilli(ms)
		if since.After(now) {
			since = now
		}
		since = laterOf(since.Add(-maxRowDelay), now.Add(-maxNotificationAge))
	}
	visible, err := s.loadVisibleGuilds(r.Context(), visitorOf(r).session)
	if err != nil {
		return err
	}
	q := store.NotificationQuery{Since: since, Until: now, UnclaimedAfter: unclaimedNotifyAfter, UserID: visitorOf(r).session.UserID}
	for kind, selection := range map[string]struct {
		dst *[]string
		ids []string
	}{
		views.NotifyTicketOpened: {&q.NewTicketGuilds, visible.idsWithModule(store.ModuleTickets)}, views.NotifyTicketWaiting: {&q.UnclaimedGuilds, visible.idsWithModule(store.ModuleTickets)},
		views.NotifyTicketOverdue: {&q.OverdueGuilds, visible.idsWithModule(store.ModuleTickets)},
		views.NotifyGiveawayEnded: {&q.EndedGuilds, visible.idsWithModule(store.ModuleGiveaways)}, views.NotifyCommandRefused: {&q.FailedGuilds, visible.ids()},
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
	s.respondJSON(w, r, http.StatusOK, map[string]any{"at": now.UnixMilli(), "items": views.NotificationItems(page, notifications, visible.withBot)})
	return nil
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
