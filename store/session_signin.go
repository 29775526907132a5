package store

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
)

const (
	signInTimeout        = 10 * time.Minute // from the start to the return from Discord
	maxPendingSignIns    = 4                // that one browser has under way, such as in several tabs
	maxSignInCookieBytes = 3000             // bytes of a cookie; browsers keep 4096 with its name
)

// PendingSignIn is a sign-in under way. The browser keeps it, in a cookie of its own that is sealed: starting one costs the site
// nothing, however often somebody does so. Redis remembers only which ones have come back.
type PendingSignIn struct {
	State     string    `json:"state"`    // what the browser must bring back from Discord (RFC 6749, section 10.12)
	Verifier  string    `json:"verifier"` // the secret half of PKCE (RFC 7636)
	ReturnTo  string    `json:"return"`   // the path it leads to
	ExpiresAt time.Time `json:"until"`
}

// StartSignIn gives the browser a cookie for a new sign-in, and returns its state: 256 random bits that are safe in an
// address. It does not ask Redis. Cookies of sign-ins that are over, or of the oldest when there are many, are removed.
func (s *SessionStore) StartSignIn(w http.ResponseWriter, r *http.Request, verifier, returnTo string) (state string, err error) {
	signIn := PendingSignIn{State: newSecret(), Verifier: verifier, ReturnTo: returnTo, ExpiresAt: s.now().Add(signInTimeout)}
	name := s.signInCookieName(signIn.State)
	plain, err := json.Marshal(signIn)
	if err != nil {
		return "", fmt.Errorf("encoding sign-in: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(s.sealer.Seal(plain, signInAdditionalData(name)))
	if len(value) > maxSignInCookieBytes {
		return "", fmt.Errorf("encoding sign-in: cookie of %d bytes, want at most %d", len(value), maxSignInCookieBytes)
	}
	s.evictSignIns(w, r)
	http.SetCookie(w, s.signInCookie(name, value, int(signInTimeout/time.Second)))
	return signIn.State, nil
}

// FinishSignIn returns the sign-in that the browser has brought back from Discord, once: the second time is ErrConflict,
// with the sign-in all the same. A state that this browser has no cookie for, or an old one, is ErrNotFound. Redis not
// answering is ErrUnavailable.
func (s *SessionStore) FinishSignIn(w http.ResponseWriter, r *http.Request, state string) (PendingSignIn, error) {
	signIn, ok := s.findSignIn(r, state)
	if !ok {
		return PendingSignIn{}, fmt.Errorf("finishing sign-in: %w", ErrNotFound)
	}
	ctx, cancel := context.WithTimeout(r.Context(), sessionTimeout)
	defer cancel()
	first, err := s.client.SetNX(ctx, usedSignInKey(state), 1, max(signIn.ExpiresAt.Sub(s.now()).Round(time.Second), time.Second)).Result()
	if err != nil {
		return PendingSignIn{}, fmt.Errorf("finishing sign-in: %w: %w", ErrUnavailable, err)
	}
	http.SetCookie(w, s.signInCookie(s.signInCookieName(state), "", -1))
	if !first {
		return signIn, fmt.Errorf("finishing sign-in: %w", ErrConflict)
	}
	return signIn, nil
}

// findSignIn opens the cookie of a sign-in. Of several of its name the one that opens counts.
func (s *SessionStore) findSignIn(r *http.Request, state string) (PendingSignIn, bool) {
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

// unsealSignIn opens the cookie of a sign-in that is not over.
func (s *SessionStore) unsealSignIn(cookie *http.Cookie) (signIn PendingSignIn, ok bool) {
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

// evictSignIns makes room for one more sign-in among the browser's cookies.
func (s *SessionStore) evictSignIns(w http.ResponseWriter, r *http.Request) {
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
		cookies = append(cookies, pending{cookie.Name, signIn.ExpiresAt}) // what does not open is the oldest
	}
	slices.SortFunc(cookies, func(a, b pending) int { return cmp.Or(b.until.Compare(a.until), cmp.Compare(a.name, b.name)) })
	for i, p := range cookies {
		if i >= maxPendingSignIns-1 || !s.now().Before(p.until) {
			http.SetCookie(w, s.signInCookie(p.name, "", -1))
		}
	}
}

const signInCookiePrefix = "guildboard-signin-"

// signInCookieName names a sign-in's cookie: each has one of its own, so that several tabs do not disturb each other.
func (s *SessionStore) signInCookieName(state string) string {
	return s.prefixedName(signInCookiePrefix + state[:8])
}

func signInAdditionalData(cookie string) string { return "signin:" + cookie }

// usedSignInKey is where Redis remembers that a sign-in has come back.
func usedSignInKey(state string) string { return "signin:" + sha256Hex(state) }

func (s *SessionStore) signInCookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.isSecure, SameSite: http.SameSiteLaxMode,
	}
}
