package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/views"
)

// visitor is who is signed in.
type visitor struct {
	session *store.Session
	chosen  map[string]string // their preferences, by field
}

// guildAccess is the guild that a request is about, of which its visitor may see something.
type guildAccess struct {
	link   views.GuildLink
	rights store.Rights
	looks  bool              // nobody has confirmed lately that the visitor may do more than look
	others []views.GuildLink // all that the visitor may see something of and the bot is in, this one too
	stale  bool              // confirmed a while ago: Discord does not answer
}

// trusted is how long the bot's word for who has which role holds: as long as Discord's for who may manage.
func trusted(f discord.Freshness) (since time.Time) { return time.Now().Add(-f.MaxAge) }

func visitorOf(r *http.Request) *visitor {
	v, _ := r.Context().Value(visitorKey).(*visitor)
	return v
}

func guildOf(r *http.Request) *guildAccess {
	g, _ := r.Context().Value(guildKey).(*guildAccess)
	return g
}

// withSession lets everybody pass, and knows who is signed in.
func (s *Server) withSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := s.Sessions.Load(w, r)
		if err != nil && !isGone(r) { // a page for strangers does without
			s.Log.WarnContext(r.Context(), "session not read", "error", err, "request", requestID(r))
		}
		if session != nil {
			r = s.visited(r, session)
		}
		next.ServeHTTP(w, r)
	})
}

// visited is a request of somebody who is signed in. Where the database does not say what they prefer, their browser's
// cookies do; the page that needs more of the database says what is the matter.
func (s *Server) visited(r *http.Request, session *store.Session) *http.Request {
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	chosen, _ := s.Store.Preferences(ctx, session.UserID)
	infoOf(r).user = session.UserID
	return r.WithContext(context.WithValue(r.Context(), visitorKey, &visitor{session, chosen}))
}

// requireSession lets only those pass who are signed in.
func (s *Server) requireSession(next http.Handler) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		if visitorOf(r) != nil { // withSession has seen to it
			next.ServeHTTP(w, r)
			return nil
		}
		session, err := s.Sessions.Load(w, r)
		switch {
		case err != nil:
			return err
		case session == nil:
			return errSignIn
		}
		next.ServeHTTP(w, s.visited(r, session))
		return nil
	})
}

// requireGuild lets only those pass who may see something of the guild that the request names: its managers, and whoever
// has a role that they have let into a module. A guild that does not exist, is not theirs, or is without the bot, looks
// the same: not found.
func (s *Server) requireGuild(named func(*http.Request) (string, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return s.handle(func(w http.ResponseWriter, r *http.Request) error {
			id, err := named(r)
			if err != nil {
				return err
			}
			access, err := s.access(r, id)
			if err != nil {
				return hidden(err)
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), guildKey, access)))
			return nil
		})
	}
}

// permitted is permit for the user of a request. Where the right to act could not be confirmed, the error says so.
func permitted(r *http.Request, m store.Module, l store.Level) error {
	err := permit(guildOf(r).rights, m, l)
	if errors.Is(err, errForbidden) && guildOf(r).looks {
		return errUnconfirmed
	}
	return err
}

// permit is nil when the rights go that far in the module.
func permit(rights store.Rights, m store.Module, l store.Level) error {
	switch {
	case rights.May(m, l):
		return nil
	case rights.May(m, store.LevelSee):
		return errForbidden
	}
	return errNotFound
}

func guildInPath(r *http.Request) (string, error) { return chi.URLParam(r, "guild"), nil }

func guildInQuery(r *http.Request) (string, error) {
	id := r.URL.Query().Get("guildId")
	if id == "" {
		return "", badInput("guildId is missing")
	}
	return id, nil
}

// access decides what the visitor may do in the guild, and loads what the shell says about it.
func (s *Server) access(r *http.Request, id string) (*guildAccess, error) {
	session := visitorOf(r).session
	freshness := discord.Reading
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		freshness = discord.Acting
		if session.Stale {
			return nil, store.ErrUnavailable
		}
	}
	list, err := s.Guilds.Guilds(r.Context(), session.UserID, session, freshness)
	if err != nil {
		return nil, err
	}
	if _, in := list.Find(id); !in {
		return nil, errNotFound
	}
	rights, err := s.rightsIn(r.Context(), session.UserID, list, trusted(freshness))
	if err != nil {
		return nil, err
	}
	access := &guildAccess{rights: rights[id], stale: list.Stale}
	if freshness == discord.Acting && !access.rights.Any() { // enough to be told so, where one may look
		seen, err := s.rightsIn(r.Context(), session.UserID, list, trusted(discord.Reading))
		if err != nil {
			return nil, err
		}
		rights[id], access.looks = seen[id].Looking(), true
		access.rights = rights[id]
	}
	if access.others, _ = sortGuilds(list, rights); !access.rights.Any() {
		return nil, errNotFound
	}
	for _, link := range access.others {
		if link.ID == id {
			access.link = link
		}
	}
	return access, nil
}

// rightsIn is what a person may do in those of the guilds where the bot is, by guild. Roles that the bot has not
// confirmed since then do not count. Discord's own list comes first: who has left a guild has no role there, whatever
// the bot has missed.
func (s *Server) rightsIn(ctx context.Context, user string, list discord.GuildList, since time.Time) (map[string]store.Rights, error) {
	ids := make([]string, len(list.Guilds))
	for i, g := range list.Guilds {
		ids[i] = g.ID
	}
	standings, err := s.Store.Standings(ctx, user, ids)
	if err != nil {
		return nil, err
	}
	rights := make(map[string]store.Rights, len(standings))
	for _, g := range list.Guilds {
		if standing, present := standings[g.ID]; present {
			standing.Manages = g.CanManage
			rights[g.ID] = standing.Rights(since)
		}
	}
	return rights, nil
}

// sortGuilds parts the guilds of a person into those with the bot that they may see something of, and those without it
// that they may invite it to.
func sortGuilds(list discord.GuildList, rights map[string]store.Rights) (present, absent []views.GuildLink) {
	for _, g := range list.Guilds {
		link := views.GuildLink{ID: g.ID, Name: g.Name, Icon: g.Icon, Owner: g.Owner, Staff: !g.CanManage}
		switch link.Rights, link.Present = rights[g.ID]; {
		case link.Rights.Any():
			present = append(present, link)
		case g.CanManage && !link.Present:
			absent = append(absent, link)
		}
	}
	return present, absent
}

// viewer is who watches a stream of the request's guild; the engine asks again whether they still may. Whoever may more
// or less by now is to see another view: their stream ends, and the guard decides when the browser comes back.
func (s *Server) viewer(r *http.Request) live.Viewer {
	session, guild, rights := visitorOf(r).session.Brief(), guildOf(r).link.ID, guildOf(r).rights
	return live.Viewer{User: session.UserID, Guarded: infoOf(r).began, Allowed: func(ctx context.Context) (bool, error) {
		return s.stillAllowed(ctx, session, guild, rights)
	}}
}

// stillAllowed asks what the guard asked. No answer is an error, and not a no.
func (s *Server) stillAllowed(ctx context.Context, session *store.Session, guild string, rights store.Rights) (bool, error) {
	if err := session.Check(ctx); err != nil {
		return false, noIfNotFound(err)
	}
	list, err := s.Guilds.Guilds(ctx, session.UserID, session, discord.Reading)
	if err != nil {
		return false, noIfNotFound(err)
	}
	g, in := list.Find(guild)
	if !in {
		return false, nil
	}
	list.Guilds = []discord.Guild{g}
	now, err := s.rightsIn(ctx, session.UserID, list, trusted(discord.Reading))
	return now[guild] == rights, err
}

func noIfNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, discord.ErrSignedOut) {
		return nil
	}
	return err
}
