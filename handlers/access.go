package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/discord"
	"guildboard/store/session"
	"guildboard/views/ui"
)

// visitor is the signed-in user of a request.
type visitor struct {
	session     *session.Session
	preferences map[string]string // the user's preferences by field name
}

// guildAccess is the guild of a request and what its visitor may do there. The visitor can see some part of the guild.
type guildAccess struct {
	link             ui.GuildLink
	rights           access.Rights
	viewedRole       string         // ID of the role as which a manager views the guild, with its rights; "" for none
	isActUnconfirmed bool           // rights above LevelSee were not confirmed recently
	guilds           []ui.GuildLink // all guilds with the bot that the visitor can see, including this one
	isStale          bool           // the guild list is not recent because Discord does not answer
}

// confirmedSince returns the time since which the bot must have confirmed a role for it to count. Roles have the same
// maximum age as Discord's guild list.
func confirmedSince(f discord.Freshness) (since time.Time) { return time.Now().Add(-f.MaxAge) }

// visitorOf returns the visitor of a request; nil for a signed-out visitor.
func visitorOf(r *http.Request) *visitor {
	v, _ := r.Context().Value(visitorKey).(*visitor)
	return v
}

// guildOf returns the guild of a request; nil outside of requireGuild.
func guildOf(r *http.Request) *guildAccess {
	g, _ := r.Context().Value(guildKey).(*guildAccess)
	return g
}

// withSession adds the visitor to the request if there is one. It lets every request pass.
func (s *Server) withSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sess, err := s.Sessions.Load(w, r)
		if err != nil && !isClientGone(r) { // pages for signed-out visitors need no session
			s.Log.WarnContext(r.Context(), "load session", "err", err, "request", requestID(r))
		}
		if sess != nil {
			r = s.withVisitor(r, sess)
		}
		next.ServeHTTP(w, r)
	})
}

// withVisitor returns the request with its visitor. If the database cannot be read, the preferences in the browser's
// cookies apply; a page that needs the database reports the failure.
func (s *Server) withVisitor(r *http.Request, sess *session.Session) *http.Request {
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	preferences, _ := s.Store.Preferences(ctx, sess.UserID)
	requestInfoOf(r).user = sess.UserID
	return r.WithContext(context.WithValue(r.Context(), visitorKey, &visitor{sess, preferences}))
}

// requireSession rejects requests without a session.
func (s *Server) requireSession(next http.Handler) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		if visitorOf(r) != nil { // set by withSession
			next.ServeHTTP(w, r)
			return nil
		}
		sess, err := s.Sessions.Load(w, r)
		switch {
		case err != nil:
			return err
		case sess == nil:
			return errNotSignedIn
		}
		next.ServeHTTP(w, s.withVisitor(r, sess))
		return nil
	})
}

// requireGuild rejects requests for a guild that the visitor cannot see. Managers can see it, and members with a role
// that has access to a module. A guild that does not exist, that the user is not in, or that the bot is not in is not
// found.
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

// checkPermission is checkLevel for the user of a request. It returns errUnconfirmed if rights to act could not be confirmed.
func checkPermission(r *http.Request, m access.Module, l access.Level) error {
	err := checkLevel(guildOf(r).rights, m, l)
	if errors.Is(err, errForbidden) && guildOf(r).isActUnconfirmed {
		return errUnconfirmed
	}
	return err
}

// checkLevel returns nil if the rights include the level in the module, errForbidden if they include LevelSee only, and
// errNotFound otherwise.
func checkLevel(rights access.Rights, m access.Module, l access.Level) error {
	switch {
	case rights.Can(m, l):
		return nil
	case rights.Can(m, access.LevelSee):
		return errForbidden
	}
	return errNotFound
}

// guildInPath returns the guild ID in the path.
func guildInPath(r *http.Request) (string, error) { return chi.URLParam(r, "guild"), nil }

// guildInQuery returns the guild ID in the query parameter guildId. It returns a badInput if it is missing.
func guildInQuery(r *http.Request) (string, error) {
	id := r.URL.Query().Get("guildId")
	if id == "" {
		return "", badInput("guildId is missing")
	}
	return id, nil
}

// loadGuildAccess loads the visitor's rights in the guild and the guild list of the page shell.
func (s *Server) loadGuildAccess(r *http.Request, id string) (*guildAccess, error) {
	sess := visitorOf(r).session
	freshness := discord.ReadFreshness
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		freshness = discord.ActFreshness
		if sess.IsStale {
			return nil, store.ErrUnavailable
		}
	}
	list, err := s.Guilds.Guilds(r.Context(), sess.UserID, sess, freshness)
	if err != nil {
		return nil, err
	}
	if _, found := list.Find(id); !found {
		return nil, errNotFound
	}
	found, err := s.loadMemberships(r.Context(), sess.UserID, list)
	if err != nil {
		return nil, err
	}
	rights := found.rights(confirmedSince(freshness))
	role := viewedRole(r, id)
	roleRights, isRole := rights[id].ViewAs(role, found[id].Grants)
	rights[id] = roleRights
	access := &guildAccess{rights: roleRights, isStale: list.IsStale}
	if isRole {
		access.viewedRole = role
	}
	if freshness == discord.ActFreshness && !access.rights.HasAny() { // view rights let the handler answer 403 with the reason
		rights[id] = found.rights(confirmedSince(discord.ReadFreshness))[id].ViewOnly()
		access.isActUnconfirmed = true
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

// memberships are the memberships of a user by guild ID.
type memberships map[string]access.Membership

// loadMemberships loads the user's memberships in those guilds of the list that the bot is in. Discord's list has
// precedence: a user who left a guild is no member there, even if the bot missed the event.
func (s *Server) loadMemberships(ctx context.Context, user string, list discord.GuildList) (memberships, error) {
	ids := make([]string, len(list.Guilds))
	for i, g := range list.Guilds {
		ids[i] = g.ID
	}
	found, err := s.Store.Memberships(ctx, user, ids)
	for _, g := range list.Guilds {
		if membership, hasBot := found[g.ID]; hasBot {
			membership.IsManager = g.CanManage
			found[g.ID] = membership
		}
	}
	return found, err
}

// rights returns the user's rights by guild ID. Roles that the bot has not confirmed since then do not count.
func (m memberships) rights(since time.Time) map[string]access.Rights {
	rights := make(map[string]access.Rights, len(m))
	for guild, membership := range m {
		rights[guild] = membership.Rights(since)
	}
	return rights
}

// partitionGuilds splits a user's guilds into those with the bot that the user can see, and those without the bot that
// the user can add it to.
func partitionGuilds(list discord.GuildList, rights map[string]access.Rights) (withBot, withoutBot []ui.GuildLink) {
	for _, g := range list.Guilds {
		link := ui.GuildLink{ID: g.ID, Name: g.Name, Icon: g.Icon, IsOwner: g.Owner, IsStaff: !g.CanManage}
		switch link.Rights, link.HasBot = rights[g.ID]; {
		case link.Rights.HasAny():
			withBot = append(withBot, link)
		case g.CanManage && !link.HasBot:
			withoutBot = append(withoutBot, link)
		}
	}
	return withBot, withoutBot
}

// streamViewer returns the viewer of a stream about the request's guild. The engine calls CheckAccess while the stream
// is open. If the rights changed, the stream ends, because the viewer needs another view; the guard decides when the
// browser reconnects.
func (s *Server) streamViewer(r *http.Request) live.Viewer {
	sess, guild, rights := visitorOf(r).session.Minimal(), guildOf(r).link.ID, guildOf(r).rights
	role := viewedRole(r, guild)
	return live.Viewer{
		UserID: sess.UserID, AuthorizedAt: requestInfoOf(r).startedAt,
		CheckAccess: func(ctx context.Context) (bool, error) { return s.recheckAccess(ctx, sess, guild, role, rights) },
	}
}

// recheckAccess reports whether the session is valid and its user, who views the guild as role unless that is "", still
// has exactly these rights in the guild. It returns an error if that cannot be determined.
func (s *Server) recheckAccess(
	ctx context.Context, sess *session.Session, guild, role string, rights access.Rights,
) (bool, error) {
	if err := sess.Check(ctx); err != nil {
		return false, ignoreRevoked(err)
	}
	list, err := s.Guilds.Guilds(ctx, sess.UserID, sess, discord.ReadFreshness)
	if err != nil {
		return false, ignoreRevoked(err)
	}
	g, found := list.Find(guild)
	if !found {
		return false, nil
	}
	list.Guilds = []discord.Guild{g}
	current, err := s.loadMemberships(ctx, sess.UserID, list)
	now, _ := current.rights(confirmedSince(discord.ReadFreshness))[guild].ViewAs(role, current[guild].Grants)
	return now == rights, err
}

// ignoreRevoked returns nil for an error that means that the session or the token was revoked, else err.
func ignoreRevoked(err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, discord.ErrSignedOut) {
		return nil
	}
	return err
}
