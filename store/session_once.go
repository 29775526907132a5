package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
)

// maxHere is how long a record that is tied to a browser may last, and the cookie that ties it.
const maxHere = 10 * time.Minute

// once is a one-time record as it rests in Redis: as JSON, sealed for its key.
type once struct {
	Until time.Time       `json:"until"`
	Value json.RawMessage `json:"value"`
}

// Remember keeps a value, as JSON, to be taken once within ttl by whoever shows key: 256 random bits that are safe in
// an address. Redis not answering is ErrUnavailable.
func (s *Sessions) Remember(ctx context.Context, kind string, value any, ttl time.Duration) (key string, err error) {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	plain, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("encoding %s: %w", kind, err)
	}
	plain, err = json.Marshal(once{s.now().Add(ttl), plain})
	if err != nil {
		return "", fmt.Errorf("encoding %s: %w", kind, err)
	}
	key = newSecret()
	place := oncePlace(kind, key)
	if err := s.client.Set(ctx, place, s.seal.Seal(plain, place), ttl).Err(); err != nil {
		return "", fmt.Errorf("remembering %s: %w: %w", kind, ErrUnavailable, err)
	}
	return key, nil
}

// Take reads into value what Remember kept, and forgets it. A key that is unknown, used up, too old or of another kind
// is ErrNotFound.
func (s *Sessions) Take(ctx context.Context, kind, key string, value any) error {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	place := oncePlace(kind, key)
	sealed, err := s.client.GetDel(ctx, place).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return fmt.Errorf("taking %s: %w", kind, ErrNotFound)
	case err != nil:
		return fmt.Errorf("taking %s: %w: %w", kind, ErrUnavailable, err)
	}
	var o once
	plain, err := s.seal.Open(sealed, place)
	if err == nil {
		err = json.Unmarshal(plain, &o)
	}
	if err != nil || !s.now().Before(o.Until) {
		return fmt.Errorf("taking %s: %w", kind, ErrNotFound)
	}
	if err := json.Unmarshal(o.Value, value); err != nil {
		return fmt.Errorf("decoding %s: %w", kind, err)
	}
	return nil
}

func oncePlace(kind, key string) string { return "once:" + kind + ":" + digest(key) }

// RememberHere is Remember for this browser alone, which a short-lived cookie marks: in another one the key is worth
// nothing. It is for the state of a sign-in (RFC 6749, section 10.12). ttl is at most ten minutes.
func (s *Sessions) RememberHere(w http.ResponseWriter, r *http.Request, kind string, value any, ttl time.Duration) (key string, err error) {
	browser, ok := s.browser(r)
	if !ok {
		browser = newSecret()
	}
	key, err = s.Remember(r.Context(), hereKind(kind, browser), value, min(ttl, maxHere))
	if err != nil {
		return "", err
	}
	// One cookie for all that the browser has under way, so that signing in from two tabs works in both.
	http.SetCookie(w, &http.Cookie{
		Name: s.named("guildboard-browser"), Value: browser, Path: "/", MaxAge: int(maxHere / time.Second),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
	return key, nil
}

// TakeHere is Take for what RememberHere kept: ErrNotFound in any other browser, where it leaves the record alone.
func (s *Sessions) TakeHere(r *http.Request, kind, key string, value any) error {
	browser, ok := s.browser(r)
	if !ok {
		return fmt.Errorf("taking %s: %w", kind, ErrNotFound)
	}
	return s.Take(r.Context(), hereKind(kind, browser), key, value)
}

func hereKind(kind, browser string) string { return kind + ":" + digest(browser) }

// browser reads the cookie that RememberHere has set.
func (s *Sessions) browser(r *http.Request) (string, bool) {
	cookie, err := r.Cookie(s.named("guildboard-browser"))
	if err != nil || !isSecret(cookie.Value) {
		return "", false
	}
	return cookie.Value, true
}

// KnowsBrowser tells whether the browser showed the cookie that RememberHere set: without it TakeHere finds nothing.
func (s *Sessions) KnowsBrowser(r *http.Request) bool {
	_, ok := s.browser(r)
	return ok
}
