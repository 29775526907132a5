package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/sessions"
	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"
)

const (
	sessionLife    = 7 * 24 * time.Hour // without a visit
	sessionRefresh = time.Hour          // visits are noted no more often than this
	sessionTrust   = 10 * time.Minute   // how long a session is believed in while Redis does not answer
	sessionWait    = 2 * time.Second    // how long Redis may take to answer
	sessionsKept   = 10_000             // in memory, for when it does not answer
	maxUserAgent   = 256                // bytes
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

	store *Sessions
	key   string // in Redis
}

// Person is who is signed in.
func (s *Session) Person() Person {
	return Person{ID: s.UserID, Username: s.Username, Avatar: s.Avatar}
}

// Sessions keeps who is signed in, in Redis, where all processes see it. Records are sealed there, under keys that tell
// nothing of the cookie. It is a store for gorilla/sessions: each request reads its session once.
type Sessions struct {
	client redis.UniversalClient
	seal   *Sealer
	secure bool
	log    *slog.Logger
	recent *Recent[Session]
	now    func() time.Time
}

var _ sessions.Store = (*Sessions)(nil)

// NewSessions keeps sessions in client, sealed with seal. secure says that browsers come by https: cookies are then
// bound to the host and never sent in the clear.
func NewSessions(client redis.UniversalClient, seal *Sealer, secure bool, log *slog.Logger) *Sessions {
	return &Sessions{
		client: client, seal: seal, secure: secure, log: log, now: time.Now,
		recent: NewRecent[Session](sessionsKept, sessionTrust),
	}
}

// Load gives the session of a request, or nil when there is none: no cookie, or one that is expired, ended or made up.
// About once an hour it lengthens the session's life, and w the cookie's; w may be nil, for a response that has begun.
// While Redis does not answer, a session that this process has seen lately comes back Stale; else ErrUnavailable.
func (s *Sessions) Load(w http.ResponseWriter, r *http.Request) (*Session, error) {
	g, err := s.Get(r, s.cookieName())
	if err != nil {
		return nil, err
	}
	rec, ok := g.Values[recordKey].(*record)
	if !ok {
		return nil, nil
	}
	if w != nil && !rec.Stale && s.now().Sub(rec.SeenAt) >= sessionRefresh {
		if fresh, err := s.touch(w, r, g, rec.key); err == nil {
			rec = fresh
		} else {
			s.log.WarnContext(r.Context(), "session: not lengthened", "error", err)
		}
	}
	sess := rec.Session
	return &sess, nil
}

// touch notes a visit, from which on session and cookie last their full time again.
func (s *Sessions) touch(w http.ResponseWriter, r *http.Request, g *sessions.Session, key string) (*record, error) {
	rec, err := s.update(r.Context(), key, func(rec *record) bool {
		rec.SeenAt = s.now().UTC().Truncate(time.Millisecond)
		return true
	})
	if err != nil {
		return nil, err
	}
	g.Values[recordKey] = rec
	http.SetCookie(w, sessions.NewCookie(g.Name(), g.ID, g.Options))
	return rec, s.enlist(r.Context(), rec)
}

// Start signs a browser in as who (UserID, Username, Avatar), under a new id; a session that it had before is ended.
// token is Discord's pair for this session; nil where there is none, as in a demo. Redis not answering is ErrUnavailable.
func (s *Sessions) Start(w http.ResponseWriter, r *http.Request, who Session, token *oauth2.Token) (*Session, error) {
	old, err := s.Get(r, s.cookieName())
	if err != nil {
		return nil, err
	}
	if rec, ok := old.Values[recordKey].(*record); ok {
		if err := s.remove(r.Context(), rec.UserID, rec.key); err != nil {
			return nil, err
		}
	}
	old.ID = "" // so that Save makes a new one
	rec := &record{Session: who, Token: token}
	rec.UserAgent = r.UserAgent()
	if len(rec.UserAgent) > maxUserAgent {
		rec.UserAgent = rec.UserAgent[:maxUserAgent]
	}
	rec.CreatedAt = s.now().UTC().Truncate(time.Millisecond)
	rec.SeenAt, rec.Stale = rec.CreatedAt, false
	old.Values[recordKey] = rec
	if err := s.Save(r, w, old); err != nil {
		return nil, err
	}
	sess := rec.Session
	return &sess, nil
}

// End signs a browser out. When that was the person's last session, its pair of tokens comes back, for Discord to be
// told; else nil. Redis not answering is ErrUnavailable, and the browser remains signed in.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) (last *oauth2.Token, err error) {
	g, err := s.Get(r, s.cookieName())
	if err != nil {
		return nil, err
	}
	rec, ok := g.Values[recordKey].(*record)
	g.Options.MaxAge = -1
	if err := s.Save(r, w, g); err != nil || !ok {
		return nil, err
	}
	others, err := s.records(r.Context(), rec.UserID)
	if err != nil || len(others) > 0 { // signed out already; when in doubt there are others
		return nil, nil
	}
	return rec.Token, nil
}

// List gives a person's sessions, the last seen first.
func (s *Sessions) List(ctx context.Context, userID string) ([]Session, error) {
	recs, err := s.records(ctx, userID)
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
	return list, nil
}

// EndOne ends the session of a person that List named so; ErrNotFound when there is none.
func (s *Sessions) EndOne(ctx context.Context, userID, id string) error {
	recs, err := s.records(ctx, userID)
	if err != nil {
		return err
	}
	for _, rec := range recs {
		if rec.ID == id {
			return s.remove(ctx, userID, rec.key)
		}
	}
	return fmt.Errorf("ending session: %w", ErrNotFound)
}

// EndAll ends all sessions of a person. A pair of tokens of one of them comes back, for Discord to be told: revoking
// one revokes them all.
func (s *Sessions) EndAll(ctx context.Context, userID string) (*oauth2.Token, error) {
	recs, err := s.records(ctx, userID)
	if err != nil {
		return nil, err
	}
	var token *oauth2.Token
	for _, rec := range recs {
		if err := s.remove(ctx, userID, rec.key); err != nil {
			return nil, err
		}
		token = cmp.Or(token, rec.Token)
	}
	return token, nil
}

// Check asks whether a session that was loaded before still holds: nil, ErrNotFound when it has ended, or
// ErrUnavailable when Redis has not answered for too long. It is for streams, which outlive their request's Load.
func (s *Session) Check(ctx context.Context) error {
	_, err := s.store.lookup(ctx, s.key)
	return err
}

// Token gives the session's pair of tokens as it now stands, whichever process has renewed it: ErrNotFound when the
// session has ended or has none.
func (s *Session) Token(ctx context.Context) (*oauth2.Token, error) {
	rec, err := s.store.read(ctx, s.key)
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
	_, err := s.store.update(ctx, s.key, func(rec *record) bool {
		rec.Token = token
		return false
	})
	return err
}

// Get is Load's part that gorilla/sessions knows: the session of a request, read once. name is the cookie's.
func (s *Sessions) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie names; a new one when it names none. It fails only with ErrUnavailable.
func (s *Sessions) New(r *http.Request, name string) (*sessions.Session, error) {
	g := sessions.NewSession(s, name)
	g.IsNew = true
	g.Options = &sessions.Options{
		Path: "/", MaxAge: int(sessionLife / time.Second),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
	cookie, err := r.Cookie(name)
	if err != nil || !isSecret(cookie.Value) {
		return g, nil
	}
	rec, err := s.lookup(r.Context(), sessionKey(cookie.Value))
	switch {
	case errors.Is(err, ErrNotFound):
		return g, nil
	case err != nil:
		return g, err
	}
	g.ID, g.IsNew = cookie.Value, false
	g.Values[recordKey] = rec
	return g, nil
}

// Save writes the session and its cookie; with a MaxAge below zero it removes both. Redis not answering is
// ErrUnavailable, and the cookie is left alone.
func (s *Sessions) Save(r *http.Request, w http.ResponseWriter, g *sessions.Session) error {
	rec, ok := g.Values[recordKey].(*record)
	if g.Options.MaxAge < 0 {
		if ok {
			if err := s.remove(r.Context(), rec.UserID, rec.key); err != nil {
				return err
			}
		}
		delete(g.Values, recordKey)
		http.SetCookie(w, sessions.NewCookie(g.Name(), "", g.Options))
		return nil
	}
	if !ok {
		return errors.New("saving session: nobody is signed in")
	}
	if g.ID == "" {
		g.ID = newSecret()
	}
	rec.belong(s, sessionKey(g.ID))
	if err := s.write(r.Context(), rec); err != nil {
		return err
	}
	g.IsNew = false
	http.SetCookie(w, sessions.NewCookie(g.Name(), g.ID, g.Options))
	return nil
}

// cookieName is the session cookie's; the prefix has browsers refuse one that another host or plain http would set.
// https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
func (s *Sessions) cookieName() string { return s.named("guildboard") }

func (s *Sessions) named(cookie string) string {
	if s.secure {
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
func sessionKey(secret string) string { return "session:" + digest(secret) }

// userKey is where Redis has the keys of a person's sessions, scored with the time they lapse.
func userKey(userID string) string { return "sessions:" + userID }

// digest is the SHA-256 of s in hex.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// recordKey is where a gorilla session has its record.
const recordKey = "guildboard"

// record is a session as it rests in Redis: as JSON, sealed for its key.
type record struct {
	Session
	Token *oauth2.Token `json:"token,omitempty"`
}

// belong tells a record where it rests.
func (rec *record) belong(s *Sessions, key string) {
	rec.store, rec.key = s, key
	rec.ID = digest("handle " + key)[:16]
}

// lookup reads a record, from memory (without its tokens, and Stale) while Redis does not answer.
func (s *Sessions) lookup(ctx context.Context, key string) (*record, error) {
	rec, err := s.read(ctx, key)
	switch {
	case err == nil:
		s.recent.Put(key, rec.Session, s.now())
	case errors.Is(err, ErrNotFound):
		s.recent.Forget(key)
	case ctx.Err() == nil:
		if sess, _, ok := s.recent.Get(key, s.now()); ok {
			sess.Stale = true
			return &record{Session: sess}, nil
		}
	}
	return rec, err
}

// read reads a record: ErrNotFound when there is none that is still good, else ErrUnavailable.
func (s *Sessions) read(ctx context.Context, key string) (*record, error) {
	rec, _, err := s.readSealed(ctx, key)
	return rec, err
}

func (s *Sessions) readSealed(ctx context.Context, key string) (*record, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	sealed, err := s.client.Get(ctx, key).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil, fmt.Errorf("reading session: %w", ErrNotFound)
	case err != nil:
		return nil, nil, fmt.Errorf("reading session: %w: %w", ErrUnavailable, err)
	}
	rec, err := s.open(key, sealed)
	return rec, sealed, err
}

// open opens a sealed record. One that cannot be opened, because the session key was changed or somebody else wrote
// it, is as good as none.
func (s *Sessions) open(key string, sealed []byte) (*record, error) {
	plain, err := s.seal.Open(sealed, key)
	rec := new(record)
	if err == nil {
		err = json.Unmarshal(plain, rec)
	}
	if err != nil {
		s.log.Debug("session: record cannot be opened", "error", err)
		return nil, fmt.Errorf("opening session: %w", ErrNotFound)
	}
	if s.now().Sub(rec.SeenAt) > sessionLife {
		return nil, fmt.Errorf("opening session: %w", ErrNotFound)
	}
	rec.belong(s, key)
	return rec, nil
}

func (s *Sessions) sealed(rec *record) ([]byte, error) {
	plain, err := json.Marshal(rec)
	if err != nil {
		return nil, fmt.Errorf("encoding session: %w", err)
	}
	return s.seal.Seal(plain, rec.key), nil
}

// write writes a record and lists it as its owner's.
func (s *Sessions) write(ctx context.Context, rec *record) error {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	sealed, err := s.sealed(rec)
	if err != nil {
		return err
	}
	if err := s.client.Set(ctx, rec.key, sealed, sessionLife).Err(); err != nil {
		return fmt.Errorf("writing session: %w: %w", ErrUnavailable, err)
	}
	if err := s.enlist(ctx, rec); err != nil {
		return err
	}
	s.recent.Put(rec.key, rec.Session, s.now())
	return nil
}

// swap puts ARGV[2] in the place of ARGV[1], for ARGV[3] milliseconds, or when that is 0 for as long as it had.
var swap = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`)

// update changes a record and leaves alone what another process has changed meanwhile: it reads again until nobody has.
// change reports whether the session's life begins anew. A session that has ended is not brought back: ErrNotFound.
func (s *Sessions) update(ctx context.Context, key string, change func(*record) (renew bool)) (*record, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	for {
		rec, was, err := s.readSealed(ctx, key)
		if err != nil {
			return nil, err
		}
		var life int64
		if change(rec) {
			life = sessionLife.Milliseconds()
		}
		sealed, err := s.sealed(rec)
		if err != nil {
			return nil, err
		}
		swapped, err := swap.Run(ctx, s.client, []string{key}, was, sealed, life).Bool()
		switch {
		case err != nil && !errors.Is(err, redis.Nil):
			return nil, fmt.Errorf("changing session: %w: %w", ErrUnavailable, err)
		case swapped:
			return rec, nil
		}
	}
}

// enlist notes that a record is its owner's, and for how long.
func (s *Sessions) enlist(ctx context.Context, rec *record) error {
	list, lapses := userKey(rec.UserID), rec.SeenAt.Add(sessionLife)
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.ZRemRangeByScore(ctx, list, "-inf", strconv.FormatInt(s.now().UnixMilli(), 10))
		p.ZAdd(ctx, list, redis.Z{Score: float64(lapses.UnixMilli()), Member: rec.key})
		p.Expire(ctx, list, sessionLife)
		return nil
	})
	if err != nil {
		return fmt.Errorf("listing session: %w: %w", ErrUnavailable, err)
	}
	return nil
}

// remove ends a session. Redis not answering is ErrUnavailable.
func (s *Sessions) remove(ctx context.Context, userID, key string) error {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, key)
		p.ZRem(ctx, userKey(userID), key)
		return nil
	})
	if err != nil {
		return fmt.Errorf("ending session: %w: %w", ErrUnavailable, err)
	}
	s.recent.Forget(key)
	return nil
}

// records reads a person's records.
func (s *Sessions) records(ctx context.Context, userID string) ([]*record, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	keys, err := s.client.ZRange(ctx, userKey(userID), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w: %w", ErrUnavailable, err)
	}
	gets := make([]*redis.StringCmd, len(keys))
	_, err = s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			gets[i] = p.Get(ctx, key)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("listing sessions: %w: %w", ErrUnavailable, err)
	}
	var recs []*record
	for i, get := range gets {
		sealed, err := get.Bytes()
		if errors.Is(err, redis.Nil) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("listing sessions: %w: %w", ErrUnavailable, err)
		}
		if rec, err := s.open(keys[i], sealed); err == nil && rec.UserID == userID {
			recs = append(recs, rec)
		}
	}
	return recs, nil
}
