package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/session"
	"guildboard/views/account"
	"guildboard/views/home"
)

const maxFormBytes = 64 << 10 // limit of a form's body in bytes

// showLogin answers "GET /login": the sign-in button, and why the last attempt failed. It does not redirect signed-out
// visitors, so a sign-in cannot end in a redirect loop.
func (s *Server) showLogin(w http.ResponseWriter, r *http.Request) error {
	returnTo := returnPath(r.URL.Query().Get("return"))
	if visitorOf(r) != nil && r.URL.Query().Get("note") == "" {
		http.Redirect(w, r, returnTo, http.StatusSeeOther)
		return nil
	}
	page := s.page(r)
	page.Title = page.T("login.title")
	return s.render(w, r, home.Login(page, returnTo))
}

// startLogin answers "GET /login/start". It redirects to Discord with a state that is bound to this browser.
func (s *Server) startLogin(w http.ResponseWriter, r *http.Request) error {
	returnTo := returnPath(r.URL.Query().Get("return"))
	if err := s.pingRedis(r.Context()); err != nil { // the callback would fail
		return s.redirectLoginFailed(w, r, "login.redisDown", returnTo, err)
	}
	verifier := oauth2.GenerateVerifier()
	state, err := s.Sessions.StartSignIn(w, r, verifier, returnTo)
	if err != nil {
		return err
	}
	http.Redirect(w, r, s.Discord.AuthURL(state, verifier, r.URL.Query().Has("again")), http.StatusSeeOther)
	return nil
}

// finishLogin answers "GET /login/callback", to which Discord redirects after authorization.
func (s *Server) finishLogin(w http.ResponseWriter, r *http.Request) error {
	if s.Discord == nil {
		return errNotFound
	}
	q := r.URL.Query()
	pending, err := s.Sessions.FinishSignIn(w, r, q.Get("state"))
	switch isRepeat := errors.Is(err, store.ErrConflict); {
	case isRepeat, errors.Is(err, store.ErrNotFound) && visitorOf(r) != nil:
		// A double click, a reload or another tab has used the state already. The guard of the page decides.
		http.Redirect(w, r, returnPath(pending.ReturnTo), http.StatusSeeOther)
		return nil
	case err != nil:
		return s.redirectLoginFailed(w, r, stateErrorKey(r, err), "", err)
	}
	if errorCode := q.Get("error"); errorCode != "" {
		return s.redirectLoginFailed(w, r, authorizationErrorKey(errorCode), pending.ReturnTo, errors.New("discord: "+errorCode))
	}
	token, err := s.Discord.Exchange(r.Context(), q.Get("code"), pending.Verifier)
	if errors.Is(err, discord.ErrInvalidCode) && visitorOf(r) != nil {
		http.Redirect(w, r, returnPath(pending.ReturnTo), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return s.redirectLoginFailed(w, r, tokenErrorKey(err), pending.ReturnTo, err)
	}
	user, err := s.Discord.Me(r.Context(), token)
	if err != nil {
		return s.redirectLoginFailed(w, r, tokenErrorKey(err), pending.ReturnTo, err)
	}
	profile := session.Session{UserID: user.ID, Username: user.DisplayName(), Avatar: user.Avatar}
	return s.signIn(w, r, profile, token, pending.ReturnTo)
}

// signIn starts a session and redirects to the path.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, profile session.Session, token *oauth2.Token, path string) error {
	sess, err := s.Sessions.Start(w, r, profile, token)
	if err != nil {
		return s.redirectLoginFailed(w, r, "login.redisDown", path, err)
	}
	requestInfoOf(r).user = sess.UserID
	s.logSecurity(r, slog.LevelInfo, "signed in", "session", sess.ID, "browser", sess.UserAgent)
	http.Redirect(w, r, returnPath(path), http.StatusSeeOther)
	return nil
}

// stateErrorKey distinguishes an expired or used state from a browser that does not send cookies.
func stateErrorKey(r *http.Request, err error) string {
	switch {
	case errors.Is(err, store.ErrUnavailable):
		return "login.redisDown"
	case len(r.Cookies()) == 0:
		return "login.cookie"
	}
	return "login.expired"
}

// authorizationErrorKey returns the message key for an OAuth error code of the callback (RFC 6749 §4.1.2.1).
func authorizationErrorKey(code string) string {
	switch code {
	case "access_denied":
		return "login.cancelled"
	case "invalid_scope":
		return "login.scope"
	case "invalid_client", "unauthorized_client":
		return "login.secret"
	}
	return "login.discordDown"
}

// tokenErrorKey returns the message key for an error of the token exchange or of loading the user.
func tokenErrorKey(err error) string {
	switch {
	case errors.Is(err, discord.ErrRedirectMismatch):
		return "login.address"
	case errors.Is(err, discord.ErrInvalidClient):
		return "login.secret"
	case errors.Is(err, discord.ErrMissingScope):
		return "login.scope"
	case errors.Is(err, discord.ErrInvalidCode), errors.Is(err, discord.ErrSignedOut):
		return "login.expired"
	}
	return "login.discordDown"
}

// redirectLoginFailed logs a failed sign-in and redirects to the sign-in page, which shows the message of alertKey and
// keeps returnTo.
func (s *Server) redirectLoginFailed(w http.ResponseWriter, r *http.Request, alertKey, returnTo string, err error) error {
	if alertKey != "login.cancelled" {
		attrs := []any{"reason", strings.TrimPrefix(alertKey, "login."), "err", err}
		if fix := s.signInFix(alertKey); fix != "" {
			attrs = append(attrs, "fix", fix)
		}
		s.logSecurity(r, slog.LevelWarn, "sign-in failed", attrs...)
	}
	to := "/login?note=" + url.QueryEscape(alertKey)
	if returnTo != "" && returnTo != homePath {
		to += "&return=" + url.QueryEscape(returnTo)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// signInFix returns what the operator has to change for a failed sign-in, for the log, or "". The sign-in page does not
// name settings, because its visitors cannot change them.
func (s *Server) signInFix(alertKey string) string {
	switch alertKey {
	case "login.address":
		return "add " + s.redirectURL() + " to the redirects of the Discord application, or correct PUBLIC_URL"
	case "login.secret":
		return "correct DISCORD_CLIENT_ID or DISCORD_CLIENT_SECRET"
	}
	return ""
}

// loginDemo answers "POST /login/demo", which exists only in demo mode.
func (s *Server) loginDemo(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	user := s.Demo.Manager
	if r.PostFormValue("as") == "staff" {
		user = s.Demo.StaffMember
	}
	profile := session.Session{UserID: user.ID, Username: user.Username, Avatar: user.Avatar}
	return s.signIn(w, r, profile, nil, returnPath(r.PostFormValue("return")))
}

// clearSiteData makes the browser delete what it stores of the site: its HTTP cache, pages cached for Back, and drafts
// in its storage. It keeps cookies, because they contain the viewer's preferences and the directive would affect other
// sites of the domain. https://www.w3.org/TR/clear-site-data/
func clearSiteData(w http.ResponseWriter) { w.Header().Set("Clear-Site-Data", `"cache", "storage"`) }

// logout answers "POST /logout". It ends the session of this browser; after the user's last session it revokes the
// token.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	last, err := s.Sessions.End(w, r)
	if err != nil {
		return err
	}
	clearSiteData(w)
	http.SetCookie(w, s.newViewAsCookie("", -1))
	if v := visitorOf(r); v != nil {
		s.logSecurity(r, slog.LevelInfo, "signed out", "session", v.session.ID)
	}
	if last != nil && s.Discord != nil {
		if err := s.Discord.Revoke(r.Context(), last); err != nil {
			s.Log.WarnContext(r.Context(), "revoke token", "err", err, "request", requestID(r))
		}
	}
	http.Redirect(w, r, "/login?note=login.out", http.StatusSeeOther)
	return nil
}

// showSessions answers "GET /sessions": the user's sessions.
func (s *Server) showSessions(w http.ResponseWriter, r *http.Request) error {
	current := visitorOf(r).session
	all, err := s.Sessions.List(r.Context(), current.UserID)
	if err != nil {
		return err
	}
	page := s.page(r)
	page.Title = page.T("sessions.title")
	lines := make([]account.SessionRow, len(all))
	for i, sess := range all {
		lines[i] = account.SessionRow{
			Handle: sess.ID, Browser: browserName(sess.UserAgent, page.T("sessions.unknown")),
			SignedInAt: sess.CreatedAt, LastSeenAt: sess.SeenAt, IsCurrent: sess.ID == current.ID,
		}
	}
	return s.render(w, r, account.Sessions(page, lines))
}

// endSession answers "POST /sessions/{session}/end". It ends one of the user's sessions.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request) error {
	current, id := visitorOf(r).session, r.PathValue("session")
	if err := s.Sessions.EndOne(r.Context(), current.UserID, id); err != nil {
		return err
	}
	s.logSecurity(r, slog.LevelInfo, "session ended", "session", id)
	if id == current.ID {
		clearSiteData(w)
	}
	http.Redirect(w, r, "/sessions?note=sessions.ended", http.StatusSeeOther)
	return nil
}

// browserName returns a readable form of a user agent. The first match applies, since browsers also name their
// ancestors.
func browserName(userAgent, unknown string) string {
	name, system := unknown, ""
	for _, b := range [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(userAgent, b[0]) {
			name = b[1]
			break
		}
	}
	for _, o := range [][2]string{
		{"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iPadOS"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(userAgent, o[0]) {
			system = ", " + o[1]
			break
		}
	}
	return name + system
}

// redirectURL returns the OAuth redirect URL of the site.
func (s *Server) redirectURL() string { return s.PublicURL + "/login/callback" }

// isSecure reports whether browsers use HTTPS, so that cookies can have the Secure attribute.
func (s *Server) isSecure() bool { return strings.HasPrefix(s.PublicURL, "https://") }
