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
	session     *store.Session
	preferences map[string]string // their preferences, by field
}

// guildAccess is the guild that a request is about, of which its visitor may see something.
type guildAccess struct {
	link             views.GuildLink
	rights           store.Rights
	isActUnconfirmed bool              // nobody has confirmed lately that the visitor may do more than look
	guilds           []views.GuildLink // all that the visitor may see something of and the bot is in, this one too
	isStale          bool              // confirmed a while ago: Discord does not answer
}

// confirmedSince is how long the bot's word for who has which role holds: as long as Discord's for who may manage.
func confirmedSince(f discord.Freshness) (since time.Time) { return time.Now().Add(-f.MaxAge) }

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
		if err != nil && !isClientGone(r) { // a page for strangers does without
			s.Log.WarnContext(r.Context(), "session not read", "error", err, "request", requestID(r))
		}
		if session != nil {
			r = s.withVisitor(r, session)
		}
		next.ServeHTTP(w, r)
	})
}

// withVisitor is a request of somebody who is signed in. Where the database does not say what they prefer, their browser's
// cookies do; the page that needs more of the database says what is the matter.
func (s *Server) withVisitor(r *http.Request, session *store.Session) *http.Request {
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	chosen, _ := s.Store.Preferences(ctx, session.UserID)
	requestInfoOf(r).user = session.UserID
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
			return errNotSignedIn
		}
		next.ServeHTTP(w, s.withVisitor(r, session))
		return nil
	})
}

// requireGuild lets only those pass who may see something of the guild that the request names: its managers, and whoever
// has a role that they have let into a module. A guild that does not exist, is not theirs, or is without the bot, looks
// the same: not found.
func (s *Server) requireGuild(guildID func(*http.Request) (string, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return s.handle(func(w http.ResponseWriter, r *http.Request) error {
			id, err := guildID(r)
			if err != nil {
				return err
			}
			access, err := s.loadGuildAccess(r, id)
			if err != nil {
				return asAccessError(err)
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), guildKey, access)))
			return nil
		})
	}
}

// permitted is permit for the user of a request. Where the right to act could not be confirmed, the error says so.
func permitted(r *http.Request, m store.Module, l store.Level) error {
	err := checkLevel(guildOf(r).rights, m, l)
	if errors.Is(err, errForbidden) && guildOf(r).isActUnconfirmed {
		return errUnconfirmed
	}
	return err
}

// checkLevel is nil when the rights go that far in the module.
func checkLevel(rights store.Rights, m store.Module, l store.Level) error {
	switch {
	case rights.Can(m, l):
		return nil
	case rights.Can(m, store.LevelSee):
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

// loadGuildAccess decides what the visitor may do in the guild, and loads what the shell says about it.
func (s *Server) loadGuildAccess(r *http.Request, id string) (*guildAccess, error) {
	session := visitorOf(r).session
	freshness := discord.ReadFreshness
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		freshness = discord.ActFreshness
		if session.Stale {
			return nil, store.ErrUnavailable
		}
	}
	list, err := s.Guilds.Guilds(r.Context(), session.UserID, session, freshness)
	if err != nil {
		return nil, err
	}
	if _, found := list.Find(id); !found {
		return nil, errNotFound
	}
	rights, err := s.rightsByGuild(r.Context(), session.UserID, list, confirmedSince(freshness))
	if err != nil {
		return nil, err
	}
	access := &guildAccess{rights: rights[id], isStale: list.Stale}
	if freshness == discord.ActFreshness && !access.rights.HasAny() { // enough to be told so, where one may look
		viewRights, err := s.rightsByGuild(r.Context(), session.UserID, list, confirmedSince(discord.ReadFreshness))
		if err != nil {
			return nil, err
		}
		rights[id], access.isActUnconfirmed = viewRights[id].ViewOnly(), true
		access.rights = rights[id]
	}
	if access.guilds, _ = partitionGuilds(list, rights); !access.rights.HasAny() {
		return nil, errNotFound
	}
	for _, link := range access.guilds {
		if link.ID == id {
			access.link = link
		}
	}
	return access, nil
}

// rightsByGuild is what a person may do in those of the guilds where the bot is, by guild. Roles that the bot has not
// confirmed since then do not count. Discord's own list comes first: who has left a guild has no role there, whatever
// the bot has missed.
func (s *Server) rightsByGuild(ctx context.Context, user string, list discord.GuildList, since time.Time) (map[string]store.Rights, error) {
	ids := make([]string, len(list.Guilds))
	for i, g := range list.Guilds {
		ids[i] = g.ID
	}
	memberships, err := s.Store.Memberships(ctx, user, ids)
	if err != nil {
		return nil, err
	}
	rights := make(map[string]store.Rights, len(memberships))
	for _, g := range list.Guilds {
		if membership, hasBot := memberships[g.ID]; hasBot {
			membership.IsManager = g.CanManage
			rights[g.ID] = membership.Rights(since)
		}
	}
	return rights, nil
}

// partitionGuilds parts the guilds of a person into those with the bot that they may see something of, and those without it
// that they may invite it to.
func partitionGuilds(list discord.GuildList, rights map[string]store.Rights) (withBot, withoutBot []views.GuildLink) {
	for _, g := range list.Guilds {
		link := views.GuildLink{ID: g.ID, Name: g.Name, Icon: g.Icon, IsOwner: g.Owner, IsStaff: !g.CanManage}
		switch link.Rights, link.HasBot = rights[g.ID]; {
		case link.Rights.HasAny():
			withBot = append(withBot, link)
		case g.CanManage && !link.HasBot:
			withoutBot = append(withoutBot, link)
		}
	}
	return withBot, withoutBot
}

// streamViewer is who watches a stream of the request's guild; the engine asks again whether they still may. Whoever may more
// or less by now is to see another view: their stream ends, and the guard decides when the browser comes back.
func (s *Server) streamViewer(r *http.Request) live.Viewer {
	session, guild, rights := visitorOf(r).session.Minimal(), guildOf(r).link.ID, guildOf(r).rights
	return live.Viewer{UserID: session.UserID, AuthorizedAt: requestInfoOf(r).startedAt, CheckAccess: func(ctx context.Context) (bool, error) {
		return s.recheckAccess(ctx, session, guild, rights)
	}}
}

// recheckAccess asks what the guard asked. No answer is an error, and not a no.
func (s *Server) recheckAccess(ctx context.Context, session *store.Session, guild string, rights store.Rights) (bool, error) {
	if err := session.Check(ctx); err != nil {
		return false, ignoreRevoked(err)
	}
	list, err := s.Guilds.Guilds(ctx, session.UserID, session, discord.ReadFreshness)
	if err != nil {
		return false, ignoreRevoked(err)
	}
	g, found := list.Find(guild)
	if !found {
		return false, nil
	}
	list.Guilds = []discord.Guild{g}
	current, err := s.rightsByGuild(ctx, session.UserID, list, confirmedSince(discord.ReadFreshness))
	return current[guild] == rights, err
}

func ignoreRevoked(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, discord.ErrSignedOut) {
		return nil
	}
	return err
}
