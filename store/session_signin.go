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
	signInLife     = 10 * time.Minute // from the start to the return from Discord
	maxSignIns     = 4                // that one browser has under way, such as in several tabs
	maxSignInValue = 3000             // bytes of a cookie; browsers keep 4096 with its name
)

// SignIn is a sign-in under way. The browser keeps it, in a cookie of its own that is sealed: starting one costs the site
// nothing, however often somebody does so. Redis remembers only which ones have come back.
type SignIn struct {
	State    string    `json:"state"`    // what the browser must bring back from Discord (RFC 6749, section 10.12)
	Verifier string    `json:"verifier"` // the secret half of PKCE (RFC 7636)
	Return   string    `json:"return"`   // the path it leads to
	Until    time.Time `json:"until"`
}

// StartSignIn gives the browser a cookie for a new sign-in, and returns its state: 256 random bits that are safe in an
// address. It does not ask Redis. Cookies of sign-ins that are over, or of the oldest when there are many, are removed.
func (s *Sessions) StartSignIn(w http.ResponseWriter, r *http.Request, verifier, returnTo string) (state string, err error) {
	in := SignIn{State: newSecret(), Verifier: verifier, Return: returnTo, Until: s.now().Add(signInLife)}
	name := s.signInName(in.State)
	plain, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("encoding sign-in: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(s.seal.Seal(plain, signInPlace(name)))
	if len(value) > maxSignInValue {
		return "", fmt.Errorf("encoding sign-in: cookie of %d bytes, want at most %d", len(value), maxSignInValue)
	}
	s.removeSignIns(w, r)
	http.SetCookie(w, s.signInCookie(name, value, int(signInLife/time.Second)))
	return in.State, nil
}

// FinishSignIn returns the sign-in that the browser has brought back from Discord, once: the second time is ErrConflict,
// with the sign-in all the same. A state that this browser has no cookie for, or an old one, is ErrNotFound. Redis not
// answering is ErrUnavailable.
func (s *Sessions) FinishSignIn(w http.ResponseWriter, r *http.Request, state string) (SignIn, error) {
	in, ok := s.signIn(r, state)
	if !ok {
		return SignIn{}, fmt.Errorf("finishing sign-in: %w", ErrNotFound)
	}
	ctx, cancel := context.WithTimeout(r.Context(), sessionWait)
	defer cancel()
	first, err := s.client.SetNX(ctx, usedKey(state), 1, max(in.Until.Sub(s.now()).Round(time.Second), time.Second)).Result()
	if err != nil {
		return SignIn{}, fmt.Errorf("finishing sign-in: %w: %w", ErrUnavailable, err)
	}
	http.SetCookie(w, s.signInCookie(s.signInName(state), "", -1))
	if !first {
		return in, fmt.Errorf("finishing sign-in: %w", ErrConflict)
	}
	return in, nil
}

// signIn opens the cookie of a sign-in. Of several of its name the one that opens counts.
func (s *Sessions) signIn(r *http.Request, state string) (SignIn, bool) {
	if !isSecret(state) {
		return SignIn{}, false
	}
	for _, cookie := range r.CookiesNamed(s.signInName(state)) {
		in, ok := s.openSignIn(cookie)
		if ok && subtle.ConstantTimeCompare([]byte(in.State), []byte(state)) == 1 {
			return in, true
		}
	}
	return SignIn{}, false
}

// openSignIn opens the cookie of a sign-in that is not over.
func (s *Sessions) openSignIn(cookie *http.Cookie) (in SignIn, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return in, false
	}
	plain, err := s.seal.Open(sealed, signInPlace(cookie.Name))
	if err != nil || json.Unmarshal(plain, &in) != nil {
		return in, false
	}
	return in, s.now().Before(in.Until)
}

// removeSignIns makes room for one more sign-in among the browser's cookies.
func (s *Sessions) removeSignIns(w http.ResponseWriter, r *http.Request) {
	type pending struct {
		name  string
		until time.Time
	}
	var under []pending
	for _, cookie := range r.Cookies() {
		if !strings.HasPrefix(cookie.Name, s.named(signInPrefix)) {
			continue
		}
		in, _ := s.openSignIn(cookie)
		if slices.ContainsFunc(under, func(p pending) bool { return p.name == cookie.Name }) {
			continue
		}
		under = append(under, pending{cookie.Name, in.Until}) // what does not open is the oldest
	}
	slices.SortFunc(under, func(a, b pending) int { return cmp.Or(b.until.Compare(a.until), cmp.Compare(a.name, b.name)) })
	for i, p := range under {
		if i >= maxSignIns-1 || !s.now().Before(p.until) {
			http.SetCookie(w, s.signInCookie(p.name, "", -1))
		}
	}
}

const signInPrefix = "guildboard-signin-"

// signInName names a sign-in's cookie: each has one of its own, so that several tabs do not disturb each other.
func (s *Sessions) signInName(state string) string { return s.named(signInPrefix + state[:8]) }

func signInPlace(cookie string) string { return "signin:" + cookie }

// usedKey is where Redis remembers that a sign-in has come back.
func usedKey(state string) string { return "signin:" + digest(state) }

func (s *Sessions) signInCookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
}
