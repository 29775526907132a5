package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/views"
)

// visitor is who is signed in.
type visitor struct{ session *store.Session }

// guildAccess is the guild that a request is about, which its visitor may manage.
type guildAccess struct {
	link   views.GuildLink
	others []views.GuildLink // all that the visitor may manage and the bot is in, this one too
	stale  bool              // confirmed a while ago: Discord does not answer
}

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
		if err != nil { // a page for strangers does without
			s.Log.WarnContext(r.Context(), "session not read", "error", err, "request", requestID(r))
		}
		if session != nil {
			r = r.WithContext(context.WithValue(r.Context(), visitorKey, &visitor{session}))
		}
		next.ServeHTTP(w, r)
	})
}

// requireSession lets only those pass who are signed in.
func (s *Server) requireSession(next http.Handler) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		session, err := s.Sessions.Load(w, r)
		switch {
		case err != nil:
			return err
		case session == nil:
			return errSignIn
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey, &visitor{session})))
		return nil
	})
}

// requireGuild lets only those pass who may manage the guild that the request names. A guild that does not exist, is
// not theirs, or is without the bot, looks the same: not found.
func (s *Server) requireGuild(named func(*http.Request) (string, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return s.handle(func(w http.ResponseWriter, r *http.Request) error {
			id, err := named(r)
			if err != nil {
				return err
			}
			access, err := s.access(r, id)
			if err != nil {
				return err
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), guildKey, access)))
			return nil
		})
	}
}

func guildInPath(r *http.Request) (string, error) { return chi.URLParam(r, "guild"), nil }

func guildInQuery(r *http.Request) (string, error) {
	id := r.URL.Query().Get("guildId")
	if id == "" {
		return "", badInput("guildId is missing")
	}
	return id, nil
}

// access decides whether the visitor may manage the guild, and loads what the shell says about it.
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
	if g, in := list.Find(id); !in || !g.CanManage {
		return nil, errNotFound
	}
	present, _, err := s.sort(r.Context(), list)
	if err != nil {
		return nil, err
	}
	for _, link := range present {
		if link.ID == id {
			return &guildAccess{link: link, others: present, stale: list.Stale}, nil
		}
	}
	return nil, errNotFound
}

// sort parts the guilds that a person may manage into those with the bot and those without.
func (s *Server) sort(ctx context.Context, list discord.GuildList) (present, absent []views.GuildLink, err error) {
	var ids []string
	for _, g := range list.Guilds {
		if g.CanManage {
			ids = append(ids, g.ID)
		}
	}
	known, err := s.Store.GuildsIn(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range list.Guilds {
		if !g.CanManage {
			continue
		}
		link := views.GuildLink{ID: g.ID, Name: g.Name, Icon: g.Icon, Owner: g.Owner}
		if _, link.Present = known[g.ID]; link.Present {
			present = append(present, link)
		} else {
			absent = append(absent, link)
		}
	}
	return present, absent, nil
}

// viewer is who watches a stream of the request's guild; the engine asks again whether they still may.
func (s *Server) viewer(r *http.Request) live.Viewer {
	session, guild := visitorOf(r).session, guildOf(r).link.ID
	return live.Viewer{User: session.UserID, Allowed: func(ctx context.Context) (bool, error) {
		return s.stillAllowed(ctx, session, guild)
	}}
}

// stillAllowed asks what the guard asked. No answer is an error, and not a no.
func (s *Server) stillAllowed(ctx context.Context, session *store.Session, guild string) (bool, error) {
	if err := session.Check(ctx); err != nil {
		return false, noIfNotFound(err)
	}
	list, err := s.Guilds.Guilds(ctx, session.UserID, session, discord.Reading)
	if err != nil {
		return false, noIfNotFound(err)
	}
	if g, in := list.Find(guild); !in || !g.CanManage {
		return false, nil
	}
	known, err := s.Store.GuildsIn(ctx, []string{guild})
	if err != nil {
		return false, err
	}
	_, present := known[guild]
	return present, nil
}

func noIfNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, discord.ErrSignedOut) {
		return nil
	}
	return err
}
