package handlers

import (
	"net/http"
	"strings"

	"guildboard/store/access"
	"guildboard/store/snowflake"
	"guildboard/views/link"
)

// viewAsCookie names the cookie "<guild ID>:<role ID>" of a manager who views the guild as the role. It applies to the
// guild's pages, streams, actions and API, until the browser closes. Pages about all servers of the user, quick search
// and notifications keep the manager's rights. The cookie needs no signature, because it can only lower rights.
const viewAsCookie = "view_as"

// viewedRole returns the role ID in the visitor's cookie, or "" if there is none for the guild. Whether the visitor may
// view the guild as the role is for access.Rights.ViewAs to decide.
func viewedRole(r *http.Request, guild string) string {
	cookieGuild, role, _ := strings.Cut(cookieValue(r, viewAsCookie), ":")
	if cookieGuild != guild || !snowflake.IsValid(role) {
		return ""
	}
	return role
}

// startViewAs answers "POST /guilds/{guild}/view-as": from now on the manager views the guild as the role in the form. It
// returns errNotFound for a role without access, with which viewAsCookie would be ignored.
func (s *Server) startViewAs(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	guild, role := guildOf(r).link.ID, r.PostForm.Get("role")
	if !snowflake.IsValid(role) {
		return badInput("role must be the ID of a role")
	}
	staff, err := s.Store.Staff(r.Context(), guild)
	if err != nil {
		return err
	}
	if !access.RoleRights(staff.Grants, role).HasAny() {
		return errNotFound
	}
	http.SetCookie(w, s.newViewAsCookie(guild+":"+role, 0))
	http.Redirect(w, r, link.Guild(guild), http.StatusSeeOther)
	return nil
}

// stopViewAs answers "POST /guilds/{guild}/view-as/stop": the manager views all guilds with their own rights again.
func (s *Server) stopViewAs(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, s.newViewAsCookie("", -1))
	http.Redirect(w, r, link.Staff(guildOf(r).link.ID), http.StatusSeeOther)
	return nil
}

// newViewAsCookie returns the cookie with a value; maxAge is as in http.Cookie.
func (s *Server) newViewAsCookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: viewAsCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.isSecure(), SameSite: http.SameSiteLaxMode,
	}
}
