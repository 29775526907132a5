package session

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

	"guildboard/store"
)

// Get implements sessions.Store: it returns the session of a request, read once. name is the cookie's name.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New implements sessions.Store: it reads the session of the cookie, or returns a new one. The only error is
// store.ErrUnavailable.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	g := sessions.NewSession(s, name)
	g.IsNew = true
	g.Options = &sessions.Options{
		Path: "/", MaxAge: int(idleTimeout / time.Second),
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
		case !errors.Is(err, store.ErrNotFound):
			failed = err
		}
	}
	return g, failed
}

// maxCookiesPerName limits how many cookies of one name are tried.
const maxCookiesPerName = 4

// cookieSecrets returns the secrets in the request's cookies of that name. There may be several: over plain HTTP,
// another path or another host of the domain can set a cookie of the same name, which the browser sends first (RFC
// 6265, section 5.4).
func cookieSecrets(r *http.Request, name string) (secrets []string) {
	for _, cookie := range r.CookiesNamed(name) {
		if isSecret(cookie.Value) && len(secrets) < maxCookiesPerName {
			secrets = append(secrets, cookie.Value)
		}
	}
	return secrets
}

// Save implements sessions.Store: it writes the session and its cookie, or deletes both if MaxAge is negative. When
// Redis does not answer it returns store.ErrUnavailable and leaves the cookie unchanged.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, g *sessions.Session) error {
	rec, ok := g.Values[recordValueKey].(*record)
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
		return errors.New("save session: no signed-in user")
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

// cookieName returns the name of the session cookie. With its prefix, browsers reject a cookie set by another host or
// over plain HTTP. https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
func (s *Store) cookieName() string { return s.prefixedName("guildboard") }

// UnverifiedKey returns the session cookies of a request, or "". The session may not exist: the key only
// distinguishes requests of different sessions.
func (s *Store) UnverifiedKey(r *http.Request) string {
	return strings.Join(cookieSecrets(r, s.cookieName()), " ")
}

func (s *Store) prefixedName(cookie string) string {
	if s.isSecure {
		return "__Host-" + cookie
	}
	return cookie
}

// newSecret returns a cookie secret: 256 random bits, base64url-encoded.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// isSecret reports whether s has the form of a newSecret result.
func isSecret(s string) bool {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(b) == 32
}

// sessionKey returns the Redis key of a cookie's session. It is a hash, so read access to Redis does not reveal
// cookies.
func sessionKey(secret string) string { return "session:" + sha256Hex(secret) }

// userSessionsKey returns the Redis key of the sorted set of a user's session keys, scored by expiry time in
// milliseconds.
func userSessionsKey(userID string) string { return "sessions:" + userID }

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
