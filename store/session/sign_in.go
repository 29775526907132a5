package session

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"guildboard/store"
)

const (
	signInTimeout        = 10 * time.Minute // from the start to the return from Discord
	maxPendingSignIns    = 4                // of one browser, such as in several tabs
	maxSignInCookieBytes = 3000             // browsers store 4096 bytes including the name
)

// PendingSignIn is a sign-in in progress. It is stored in an encrypted cookie of the browser, so that starting
// sign-ins costs the server nothing. Redis only records which ones were completed.
type PendingSignIn struct {
	State     string    `json:"state"`    // must match the value returned from Discord (RFC 6749, section 10.12)
	Verifier  string    `json:"verifier"` // PKCE code verifier (RFC 7636)
	ReturnTo  string    `json:"return"`   // path to redirect to after sign-in
	ExpiresAt time.Time `json:"until"`
}

// StartSignIn sets a cookie for a new sign-in and returns its state: 256 random bits, URL-safe. It does not use
// Redis. Cookies of expired sign-ins, and of the oldest when there are too many, are removed.
func (s *Store) StartSignIn(w http.ResponseWriter, r *http.Request, verifier, returnTo string) (state string, err error) {
	signIn := PendingSignIn{State: newSecret(), Verifier: verifier, ReturnTo: returnTo, ExpiresAt: s.now().Add(signInTimeout)}
	name := s.signInCookieName(signIn.State)
	plain, err := json.Marshal(signIn)
	if err != nil {
		return "", fmt.Errorf("encode sign-in: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(s.sealer.Seal(plain, signInAdditionalData(name)))
	if len(value) > maxSignInCookieBytes {
		return "", fmt.Errorf("encode sign-in: cookie of %d bytes, want at most %d", len(value), maxSignInCookieBytes)
	}
	s.evictSignIns(w, r)
	http.SetCookie(w, s.signInCookie(name, value, int(signInTimeout/time.Second)))
	return signIn.State, nil
}

// FinishSignIn returns the sign-in that the browser brings back from Discord, once: a second call returns the sign-in
// and store.ErrConflict. A state without a cookie in this browser, or an expired one, is store.ErrNotFound. It returns
// store.ErrUnavailable when Redis does not answer.
func (s *Store) FinishSignIn(w http.ResponseWriter, r *http.Request, state string) (PendingSignIn, error) {
	signIn, ok := s.findSignIn(r, state)
	if !ok {
		return PendingSignIn{}, fmt.Errorf("finish sign-in: %w", store.ErrNotFound)
	}
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	first, err := s.client.SetNX(ctx, usedSignInKey(state), 1, max(signIn.ExpiresAt.Sub(s.now()).Round(time.Second), time.Second)).Result()
	if err != nil {
		return PendingSignIn{}, fmt.Errorf("finish sign-in: %w: %w", store.ErrUnavailable, err)
	}
	http.SetCookie(w, s.signInCookie(s.signInCookieName(state), "", -1))
	if !first {
		return signIn, fmt.Errorf("finish sign-in: %w", store.ErrConflict)
	}
	return signIn, nil
}

// findSignIn returns the sign-in with that state. If several cookies have its name, the first that decrypts counts.
func (s *Store) findSignIn(r *http.Request, state string) (PendingSignIn, bool) {
	if !isSecret(state) {
		return PendingSignIn{}, false
	}
	for _, cookie := range r.CookiesNamed(s.signInCookieName(state)) {
		signIn, ok := s.unsealSignIn(cookie)
		if ok && subtle.ConstantTimeCompare([]byte(signIn.State), []byte(state)) == 1 {
			return signIn, true
		}
	}
	return PendingSignIn{}, false
}

// unsealSignIn decrypts the cookie of a sign-in; ok is false if it is invalid or expired.
func (s *Store) unsealSignIn(cookie *http.Cookie) (signIn PendingSignIn, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return signIn, false
	}
	plain, err := s.sealer.Open(sealed, signInAdditionalData(cookie.Name))
	if err != nil || json.Unmarshal(plain, &signIn) != nil {
		return signIn, false
	}
	return signIn, s.now().Before(signIn.ExpiresAt)
}

// evictSignIns removes cookies so that there is room for one more sign-in.
func (s *Store) evictSignIns(w http.ResponseWriter, r *http.Request) {
	type pending struct {
		name  string
		until time.Time
	}
	var cookies []pending
	for _, cookie := range r.Cookies() {
		if !strings.HasPrefix(cookie.Name, s.prefixedName(signInCookiePrefix)) {
			continue
		}
		signIn, _ := s.unsealSignIn(cookie)
		if slices.ContainsFunc(cookies, func(p pending) bool { return p.name == cookie.Name }) {
			continue
		}
		cookies = append(cookies, pending{cookie.Name, signIn.ExpiresAt}) // an invalid cookie has the zero time and goes first
	}
	slices.SortFunc(cookies, func(a, b pending) int { return cmp.Or(b.until.Compare(a.until), cmp.Compare(a.name, b.name)) })
	for i, p := range cookies {
		if i >= maxPendingSignIns-1 || !s.now().Before(p.until) {
			http.SetCookie(w, s.signInCookie(p.name, "", -1))
		}
	}
}

const signInCookiePrefix = "guildboard-signin-"

// signInCookieName returns the cookie name of a sign-in. Each sign-in has its own cookie, so that several tabs do not
// interfere.
func (s *Store) signInCookieName(state string) string {
	return s.prefixedName(signInCookiePrefix + state[:8])
}

func signInAdditionalData(cookie string) string { return "signin:" + cookie }

// usedSignInKey returns the Redis key that marks a sign-in as completed.
func usedSignInKey(state string) string { return "signin:" + sha256Hex(state) }

func (s *Store) signInCookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.isSecure, SameSite: http.SameSiteLaxMode,
	}
}
