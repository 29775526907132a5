// Package session keeps the sessions of signed-in users in Redis, shared by all dashboards, as encrypted records under
// keys that do not reveal the cookie. Sign-ins in progress are kept in an encrypted cookie. Each can be finished once.
package session

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/sessions"
	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/internal/ttlcache"
)

const (
	idleTimeout         = 7 * 24 * time.Hour  // without a visit
	maxAge              = 30 * 24 * time.Hour // after the sign-in, regardless of visits
	touchInterval       = time.Hour           // shortest time between two recorded visits
	rotateInterval      = 24 * time.Hour      // a visit after this time gets a new cookie
	rotationGracePeriod = 5 * time.Minute     // how long the old cookie stays valid, for requests of other tabs in flight
	cacheTTL            = 10 * time.Minute    // how long a cached session is accepted while Redis does not answer
	redisTimeout        = 2 * time.Second     // of one Redis operation
	maxCachedSessions   = 10_000              // in memory, for Redis outages
	maxUserAgentBytes   = 256                 // bytes
)

// Session is one signed-in browser of a user.
type Session struct {
	ID        string    `json:"-"`      // names the session to its owner; not the cookie's secret, so it cannot be used to sign in
	UserID    string    `json:"userId"` // snowflake
	Username  string    `json:"username"`
	Avatar    string    `json:"avatar,omitempty"`    // Discord's avatar hash, or ""
	UserAgent string    `json:"userAgent,omitempty"` // of the browser at sign-in
	CreatedAt time.Time `json:"createdAt"`
	SeenAt    time.Time `json:"seenAt"` // accurate to the hour
	IsStale   bool      `json:"-"`      // from the cache, at most ten minutes old, because Redis does not answer

	store *Store
	key   string // Redis key
}

// User returns the signed-in user.
func (s *Session) User() contract.User {
	return contract.User{ID: s.UserID, Username: s.Username, Avatar: s.Avatar}
}

// Minimal returns a copy without the fields that only pages show, for long-lived streams.
func (s *Session) Minimal() *Session {
	return &Session{ID: s.ID, UserID: s.UserID, store: s.store, key: s.key}
}

// Store stores the sessions of signed-in users in Redis, shared by all processes. Records are encrypted, under
// keys that do not reveal the cookie. It implements the store interface of gorilla/sessions: each request reads its
// session once.
type Store struct {
	client   redis.UniversalClient
	sealer   *Sealer
	isSecure bool
	log      *slog.Logger
	cache    *ttlcache.Cache[Session]
	now      func() time.Time
}

var _ sessions.Store = (*Store)(nil)

// NewStore returns a store that keeps sessions in client, encrypted by sealer. secure means that browsers use
// HTTPS: cookies are then bound to the host and never sent over plain HTTP.
func NewStore(client redis.UniversalClient, sealer *Sealer, secure bool, log *slog.Logger) *Store {
	return &Store{
		client: client, sealer: sealer, isSecure: secure, log: log, now: time.Now,
		cache: ttlcache.New[Session](maxCachedSessions, cacheTTL),
	}
}

// Load returns the session of a request, or nil if there is none: no cookie, or one that is expired, ended or forged.
// About once an hour it extends the session and the cookie in w, up to 30 days after sign-in; about once a day it
// replaces the cookie. w may be nil if the response has already started. While Redis does not answer, Load returns a
// recently cached session with IsStale set, or else store.ErrUnavailable.
func (s *Store) Load(w http.ResponseWriter, r *http.Request) (*Session, error) {
	g, err := s.Get(r, s.cookieName())
	if err != nil {
		return nil, err
	}
	rec, ok := g.Values[recordValueKey].(*record)
	if !ok {
		return nil, nil
	}
	if w != nil && !rec.IsStale {
		if fresh, err := s.refresh(w, r, g, rec); err == nil {
			rec = fresh
		} else {
			s.log.WarnContext(r.Context(), "session refresh failed", "err", err)
		}
	}
	sess := rec.Session
	return &sess, nil
}

// refresh extends the session of a request or replaces its cookie if that is due, and sets the cookie. A browser that
// sends a replaced cookie gets the new one again.
func (s *Store) refresh(w http.ResponseWriter, r *http.Request, g *sessions.Session, rec *record) (*record, error) {
	now := s.now()
	var err error
	switch {
	case rec.replacementSecret != "":
		g.ID = rec.replacementSecret
	case now.Sub(rec.IssuedAt) >= rotateInterval:
		if rec, err = s.rotate(r.Context(), rec.key); err == nil {
			g.ID = rec.replacementSecret
		}
	case now.Sub(rec.SeenAt) >= touchInterval:
		if rec, err = s.touch(r.Context(), rec.key); err == nil && rec.replacementSecret != "" {
			g.ID = rec.replacementSecret
		}
	default:
		return rec, nil
	}
	if err != nil {
		return nil, err
	}
	g.Values[recordValueKey] = rec
	g.Options.MaxAge = int(rec.ttl(now) / time.Second)
	http.SetCookie(w, sessions.NewCookie(g.Name(), g.ID, g.Options))
	return rec, nil
}

// touch records a visit, from which the idle timeout starts again.
func (s *Store) touch(ctx context.Context, key string) (*record, error) {
	rec, err := s.updateRecord(ctx, key, func(rec *record) bool {
		rec.SeenAt = s.now().UTC().Truncate(time.Millisecond)
		return true
	})
	if err != nil {
		return nil, err
	}
	return rec, s.addToUserIndex(ctx, rec)
}

// Start signs a browser in as user (UserID, Username, Avatar) with a new session id; the browser's previous session
// is ended. token is Discord's token for this session, or nil if there is none, as in the demo. Start returns
// store.ErrUnavailable when Redis does not answer.
func (s *Store) Start(w http.ResponseWriter, r *http.Request, user Session, token *oauth2.Token) (*Session, error) {
	old, err := s.Get(r, s.cookieName())
	if err != nil {
		return nil, err
	}
	if rec, ok := old.Values[recordValueKey].(*record); ok {
		if err := s.removeRecord(r.Context(), rec); err != nil {
			return nil, err
		}
	}
	old.ID, old.Options.MaxAge = "", int(idleTimeout/time.Second) // so that Save creates a new session
	rec := &record{Session: user, Token: token}
	rec.UserAgent = r.UserAgent()
	if len(rec.UserAgent) > maxUserAgentBytes {
		rec.UserAgent = rec.UserAgent[:maxUserAgentBytes]
	}
	rec.CreatedAt = s.now().UTC().Truncate(time.Millisecond)
	rec.SeenAt, rec.IssuedAt, rec.IsStale = rec.CreatedAt, rec.CreatedAt, false
	old.Values[recordValueKey] = rec
	if err := s.Save(r, w, old); err != nil {
		return nil, err
	}
	sess := rec.Session
	return &sess, nil
}

// End signs a browser out. It returns the token for revocation at Discord if this was the user's last session, else
// nil. When Redis does not answer it returns store.ErrUnavailable and the browser remains signed in.
func (s *Store) End(w http.ResponseWriter, r *http.Request) (last *oauth2.Token, err error) {
	g, err := s.Get(r, s.cookieName())
	if err != nil {
		return nil, err
	}
	rec, ok := g.Values[recordValueKey].(*record)
	g.Options.MaxAge = -1
	if err := s.Save(r, w, g); err != nil || !ok {
		return nil, err
	}
	others, err := s.userRecords(r.Context(), rec.UserID)
	if err != nil || len(others) > 0 { // already signed out; on error, assume that there are other sessions
		return nil, nil
	}
	return rec.Token, nil
}

// List returns a user's sessions, most recently seen first.
func (s *Store) List(ctx context.Context, userID string) ([]Session, error) {
	recs, err := s.userRecords(ctx, userID)
	if err != nil {
		return nil, err
	}
	list := make([]Session, len(recs))
	for i, rec := range recs {
		list[i] = rec.Session
	}
	slices.SortFunc(list, func(a, b Session) int {
		return cmp.Or(b.SeenAt.Compare(a.SeenAt), cmp.Compare(a.ID, b.ID))
	})
	// While a cookie is being replaced, its session is listed twice.
	return slices.CompactFunc(list, func(a, b Session) bool { return a.ID == b.ID }), nil
}

// EndOne ends the session of the user with the id from List; store.ErrNotFound when there is none.
func (s *Store) EndOne(ctx context.Context, userID, id string) error {
	recs, err := s.userRecords(ctx, userID)
	if err != nil {
		return err
	}
	found := false
	for _, rec := range recs {
		if rec.ID != id {
			continue
		}
		found = true
		if err := s.removeRecord(ctx, rec); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("end session: %w", store.ErrNotFound)
	}
	return nil
}

// EndAll ends all sessions of a user. It returns one of their tokens for revocation at Discord: revoking one revokes
// all.
func (s *Store) EndAll(ctx context.Context, userID string) (*oauth2.Token, error) {
	recs, err := s.userRecords(ctx, userID)
	if err != nil {
		return nil, err
	}
	var token *oauth2.Token
	for _, rec := range recs {
		if err := s.removeRecord(ctx, rec); err != nil {
			return nil, err
		}
		token = cmp.Or(token, rec.Token)
	}
	return token, nil
}

// Check reports whether a previously loaded session is still valid: nil, store.ErrNotFound when it has ended, or
// store.ErrUnavailable when Redis has not answered for too long. Streams use it, because they outlive their request's
// Load.
func (s *Session) Check(ctx context.Context) error {
	_, err := s.store.readOrCached(ctx, s.key)
	return err
}

// Token returns the session's current token, including renewals by other processes. It returns store.ErrNotFound
// when the session has ended or has no token.
func (s *Session) Token(ctx context.Context) (*oauth2.Token, error) {
	rec, err := s.store.readRecord(ctx, s.key)
	if err != nil {
		return nil, err
	}
	if rec.Token == nil {
		return nil, fmt.Errorf("read token: %w", store.ErrNotFound)
	}
	return rec.Token, nil
}

// ReplaceToken replaces the session's token with a renewed one; store.ErrNotFound when the session has ended.
func (s *Session) ReplaceToken(ctx context.Context, token *oauth2.Token) error {
	_, err := s.store.updateRecord(ctx, s.key, func(rec *record) bool {
		rec.Token = token
		return false
	})
	return err
}
