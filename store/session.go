package store

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
)

const (
	sessionIdleTimeout    = 7 * 24 * time.Hour  // without a visit
	sessionMaxAge         = 30 * 24 * time.Hour // however often one visits
	sessionTouchInterval  = time.Hour           // visits are noted no more often than this
	sessionRotateInterval = 24 * time.Hour      // after which a visit gets a new cookie
	rotationGracePeriod   = 5 * time.Minute     // that the old cookie is good for then: other tabs may have requests under way
	sessionCacheTTL       = 10 * time.Minute    // how long a session is believed in while Redis does not answer
	sessionTimeout        = 2 * time.Second     // how long Redis may take to answer
	maxCachedSessions     = 10_000              // in memory, for when it does not answer
	maxUserAgentBytes     = 256                 // bytes
)

// Session is one browser signed in as one person.
type Session struct {
	ID        string    `json:"-"`      // names the session to its owner; not what the cookie holds, and of no use in one
	UserID    string    `json:"userId"` // snowflake
	Username  string    `json:"username"`
	Avatar    string    `json:"avatar,omitempty"`    // Discord's avatar hash, or ""
	UserAgent string    `json:"userAgent,omitempty"` // of the browser when it signed in
	CreatedAt time.Time `json:"createdAt"`
	SeenAt    time.Time `json:"seenAt"` // to the hour
	Stale     bool      `json:"-"`      // Redis does not answer: this is what it said within the last ten minutes

	store *SessionStore
	key   string // in Redis
}

// User is who is signed in.
func (s *Session) User() User {
	return User{ID: s.UserID, Username: s.Username, Avatar: s.Avatar}
}

// Minimal is the session without what is only said on pages, for whoever holds on to it for long.
func (s *Session) Minimal() *Session {
	return &Session{ID: s.ID, UserID: s.UserID, store: s.store, key: s.key}
}

// SessionStore keeps who is signed in, in Redis, where all processes see it. Records are sealed there, under keys that tell
// nothing of the cookie. It is a store for gorilla/sessions: each request reads its session once.
type SessionStore struct {
	client   redis.UniversalClient
	sealer   *Sealer
	isSecure bool
	log      *slog.Logger
	cache    *TTLCache[Session]
	now      func() time.Time
}

var _ sessions.Store = (*SessionStore)(nil)

// NewSessionStore keeps sessions in client, sealed with seal. secure says that browsers come by https: cookies are then
// bound to the host and never sent in the clear.
func NewSessionStore(client redis.UniversalClient, sealer *Sealer, secure bool, log *slog.Logger) *SessionStore {
	return &SessionStore{
		client: client, sealer: sealer, isSecure: secure, log: log, now: time.Now,
		cache: NewTTLCache[Session](maxCachedSessions, sessionCacheTTL),
	}
}

// Load gives the session of a request, or nil when there is none: no cookie, or one that is expired, ended or made up.
// About once an hour it lengthens the session's life, and w the cookie's, up to 30 days after the sign-in; about once a
// day it replaces the cookie by another. w may be nil, for a response that has begun. While Redis does not answer, a session that this process has seen lately comes back Stale; else ErrUnavailable.
func (s *SessionStore) Load(w http.ResponseWriter, r *http.Request) (*Session, error) {
	g, err := s.Get(r, s.cookieName())
	if err != nil {
		return nil, err
	}
	rec, ok := g.Values[recordValueKey].(*sessionRecord)
	if !ok {
		return nil, nil
	}
	if w != nil && !rec.Stale {
		if fresh, err := s.refresh(w, r, g, rec); err == nil {
			rec = fresh
		} else {
			s.log.WarnContext(r.Context(), "refresh session", "error", err)
		}
	}
	sess := rec.Session
	return &sess, nil
}

// refresh does what is due for the session of a request, and tells the browser: a new cookie once a day, and a longer life
// once an hour. A browser that still shows a replaced cookie is given the new one again.
func (s *SessionStore) refresh(w http.ResponseWriter, r *http.Request, g *sessions.Session, rec *sessionRecord) (*sessionRecord, error) {
	now := s.now()
	var err error
	switch {
	case rec.replacementSecret != "":
		g.ID = rec.replacementSecret
	case now.Sub(rec.IssuedAt) >= sessionRotateInterval:
		if rec, err = s.rotate(r.Context(), rec.key); err == nil {
			g.ID = rec.replacementSecret
		}
	case now.Sub(rec.SeenAt) >= sessionTouchInterval:
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

// touch notes a visit, from which on the session lasts its full time again.
func (s *SessionStore) touch(ctx context.Context, key string) (*sessionRecord, error) {
	rec, err := s.updateRecord(ctx, key, func(rec *sessionRecord) bool {
		rec.SeenAt = s.now().UTC().Truncate(time.Millisecond)
		return true
	})
	if err != nil {
		return nil, err
	}
	return rec, s.addToUserIndex(ctx, rec)
}

// Start signs a browser in as who (UserID, Username, Avatar), under a new id; a session that it had before is ended.
// token is Discord's pair for this session; nil where there is none, as in a demo. Redis not answering is ErrUnavailable.
func (s *SessionStore) Start(w http.ResponseWriter, r *http.Request, user Session, token *oauth2.Token) (*Session, error) {
	old, err := s.Get(r, s.cookieName())
	if err != nil {
		return nil, err
	}
	if rec, ok := old.Values[recordValueKey].(*sessionRecord); ok {
		if err := s.removeRecord(r.Context(), rec); err != nil {
			return nil, err
		}
	}
	old.ID, old.Options.MaxAge = "", int(sessionIdleTimeout/time.Second) // so that Save makes a new one
	rec := &sessionRecord{Session: user, Token: token}
	rec.UserAgent = r.UserAgent()
	if len(rec.UserAgent) > maxUserAgentBytes {
		rec.UserAgent = rec.UserAgent[:maxUserAgentBytes]
	}
	rec.CreatedAt = s.now().UTC().Truncate(time.Millisecond)
	rec.SeenAt, rec.IssuedAt, rec.Stale = rec.CreatedAt, rec.CreatedAt, false
	old.Values[recordValueKey] = rec
	if err := s.Save(r, w, old); err != nil {
		return nil, err
	}
	sess := rec.Session
	return &sess, nil
}

// End signs a browser out. When that was the person's last session, its pair of tokens comes back, for Discord to be
// told; else nil. Redis not answering is ErrUnavailable, and the browser remains signed in.
func (s *SessionStore) End(w http.ResponseWriter, r *http.Request) (last *oauth2.Token, err error) {
	g, err := s.Get(r, s.cookieName())
	if err != nil {
		return nil, err
	}
	rec, ok := g.Values[recordValueKey].(*sessionRecord)
	g.Options.MaxAge = -1
	if err := s.Save(r, w, g); err != nil || !ok {
		return nil, err
	}
	others, err := s.userRecords(r.Context(), rec.UserID)
	if err != nil || len(others) > 0 { // signed out already; when in doubt there are others
		return nil, nil
	}
	return rec.Token, nil
}

// List gives a person's sessions, the last seen first.
func (s *SessionStore) List(ctx context.Context, userID string) ([]Session, error) {
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
	// While its cookie is being replaced, a session is there twice.
	return slices.CompactFunc(list, func(a, b Session) bool { return a.ID == b.ID }), nil
}

// EndOne ends the session of a person that List named so; ErrNotFound when there is none.
func (s *SessionStore) EndOne(ctx context.Context, userID, id string) error {
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
		return fmt.Errorf("ending session: %w", ErrNotFound)
	}
	return nil
}

// EndAll ends all sessions of a person. A pair of tokens of one of them comes back, for Discord to be told: revoking
// one revokes them all.
func (s *SessionStore) EndAll(ctx context.Context, userID string) (*oauth2.Token, error) {
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

// Check asks whether a session that was loaded before still holds: nil, ErrNotFound when it has ended, or
// ErrUnavailable when Redis has not answered for too long. It is for streams, which outlive their request's Load.
func (s *Session) Check(ctx context.Context) error {
	_, err := s.store.readOrCached(ctx, s.key)
	return err
}

// Token gives the session's pair of tokens as it now stands, whichever process has renewed it: ErrNotFound when the
// session has ended or has none.
func (s *Session) Token(ctx context.Context) (*oauth2.Token, error) {
	rec, err := s.store.readRecord(ctx, s.key)
	if err != nil {
		return nil, err
	}
	if rec.Token == nil {
		return nil, fmt.Errorf("reading token: %w", ErrNotFound)
	}
	return rec.Token, nil
}

// ReplaceToken puts a renewed pair of tokens in the place of the old one. ErrNotFound when the session has ended meanwhile.
func (s *Session) ReplaceToken(ctx context.Context, token *oauth2.Token) error {
	_, err := s.store.updateRecord(ctx, s.key, func(rec *sessionRecord) bool {
		rec.Token = token
		return false
	})
	return err
}
