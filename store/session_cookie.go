package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"
)

// Get is Load's part that gorilla/sessions knows: the session of a request, read once. name is the cookie's.
func (s *SessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie names; a new one when it names none. It fails only with ErrUnavailable.
func (s *SessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	g := sessions.NewSession(s, name)
	g.IsNew = true
	g.Options = &sessions.Options{
		Path: "/", MaxAge: int(sessionIdleTimeout / time.Second),
		HttpOnly: true, Secure: s.isSecure, SameSite: http.SameSiteLaxMode,
	}
	var failed error
	for _, secret := range cookieSecrets(r, name) {
		rec, err := s.readOrCached(r.Context(), sessionKey(secret))
		switch {
		case err == nil:
			g.ID, g.IsNew = secret, false
			g.Values[recordValueKey] = rec
			return g, nil
		case !errors.Is(err, ErrNotFound):
			failed = err
		}
	}
	return g, failed
}

// maxCookiesPerName is how many cookies of one name are looked at.
const maxCookiesPerName = 4

// cookieSecrets returns the secrets in the request's cookies of that name. There may be several: on plain http another path
// or another host of the domain can set one of the same name, which the browser sends first (RFC 6265, section 5.4).
func cookieSecrets(r *http.Request, name string) (secrets []string) {
	for _, cookie := range r.CookiesNamed(name) {
		if isSecret(cookie.Value) && len(secrets) < maxCookiesPerName {
			secrets = append(secrets, cookie.Value)
		}
	}
	return secrets
}

// Save writes the session and its cookie; with a MaxAge below zero it removes both. Redis not answering is
// ErrUnavailable, and the cookie is left alone.
func (s *SessionStore) Save(r *http.Request, w http.ResponseWriter, g *sessions.Session) error {
	rec, ok := g.Values[recordValueKey].(*sessionRecord)
	if g.Options.MaxAge < 0 {
		if ok {
			if err := s.removeRecord(r.Context(), rec); err != nil {
				return err
			}
		}
		delete(g.Values, recordValueKey)
		http.SetCookie(w, sessions.NewCookie(g.Name(), "", g.Options))
		return nil
	}
	if !ok {
		return errors.New("saving session: nobody is signed in")
	}
	if g.ID == "" {
		g.ID = newSecret()
	}
	rec.bind(s, sessionKey(g.ID))
	if err := s.writeRecord(r.Context(), rec); err != nil {
		return err
	}
	g.IsNew = false
	http.SetCookie(w, sessions.NewCookie(g.Name(), g.ID, g.Options))
	return nil
}

// cookieName is the session cookie's; the prefix has browsers refuse one that another host or plain http would set.
// https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
func (s *SessionStore) cookieName() string { return s.prefixedName("guildboard") }

// UnverifiedKey is what a request says its session is, "" if it says nothing. Nobody has looked whether there is one: it only
// tells requests of one session from those of another.
func (s *SessionStore) UnverifiedKey(r *http.Request) string {
	return strings.Join(cookieSecrets(r, s.cookieName()), " ")
}

func (s *SessionStore) prefixedName(cookie string) string {
	if s.isSecure {
		return "__Host-" + cookie
	}
	return cookie
}

// newSecret makes what a cookie holds: 256 random bits.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// isSecret reports whether newSecret could have made s.
func isSecret(s string) bool {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(b) == 32
}

// sessionKey is where Redis has the session of a cookie: reading Redis does not give the cookie.
func sessionKey(secret string) string { return "session:" + sha256Hex(secret) }

// userSessionsKey is where Redis has the keys of a person's sessions, scored with the time they lapse.
func userSessionsKey(userID string) string { return "sessions:" + userID }

// sha256Hex is the SHA-256 of s in hex.
func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
