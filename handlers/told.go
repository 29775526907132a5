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
	patience = 30 * time.Minute // after which a ticket that nobody has claimed is worth a word
	tellBack = 15 * time.Minute // nobody is told of anything older, however long they were away
	tellSlow = 15 * time.Second // that a row may come to the database after the time it bears
)

// showTold answers "GET /api/notifications?since=ms": what happened since then of what the reader wants to be told of, in all the
// servers they may see, as JSON: {"at": ms, "items": [{"id", "text", "server", "url"}]}. "at" is the next since. What
// happened shortly before since comes once more, for rows may come late; ids tell.
func (s *Server) showTold(w http.ResponseWriter, r *http.Request) error {
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
		since = latest(since.Add(-tellSlow), now.Add(-tellBack))
	}
	own, err := s.guildsOf(r.Context(), visitorOf(r).session)
	if err != nil {
		return err
	}
	q := store.TellQuery{Since: since, Until: now, Patience: patience, User: visitorOf(r).session.UserID}
	for kind, into := range map[string]struct {
		guilds *[]string
		are    []string
	}{
		views.ToldOpened: {&q.Opened, own.that(store.ModuleTickets)}, views.ToldWaiting: {&q.Waiting, own.that(store.ModuleTickets)},
		views.ToldLate:  {&q.Late, own.that(store.ModuleTickets)},
		views.ToldEnded: {&q.Ended, own.that(store.ModuleGiveaways)}, views.ToldRefused: {&q.Failed, own.all()},
	} {
		if slices.Contains(page.Told.Kinds, kind) {
			*into.guilds = into.are
		}
	}
	happened, err := s.Store.Tell(r.Context(), q)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	s.json(w, r, http.StatusOK, map[string]any{"at": now.UnixMilli(), "items": views.ToldItems(page, happened, own.present)})
	return nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
