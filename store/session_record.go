package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"
)

// recordValueKey is where a gorilla session has its record.
const recordValueKey = "guildboard"

// sessionRecord is a session as it rests in Redis: as JSON, sealed for its key.
type sessionRecord struct {
	Session
	Token    *oauth2.Token `json:"token,omitempty"`
	Handle   string        `json:"handle,omitempty"`  // Session.ID, which outlasts the cookie
	IssuedAt time.Time     `json:"issuedAt,omitzero"` // when the cookie was made

	// NextSecret is the cookie that has replaced the one that led here. The session is where that leads; this record is good for
	// rotationGracePeriod.
	NextSecret string `json:"next,omitempty"`

	replacementSecret string // the cookie in place of the one that was asked about; "" when that is still the right one
}

// bind tells a record where it rests.
func (rec *sessionRecord) bind(s *SessionStore, key string) {
	rec.store, rec.key = s, key
	if rec.Handle == "" {
		rec.Handle = sha256Hex("handle " + key)[:16]
	}
	rec.ID = rec.Handle
	if rec.IssuedAt.IsZero() {
		rec.IssuedAt = rec.CreatedAt
	}
}

// expiresAt returns when the session ends unless there is another visit.
func (rec *sessionRecord) expiresAt() time.Time {
	idle, latest := rec.SeenAt.Add(sessionIdleTimeout), rec.CreatedAt.Add(sessionMaxAge)
	switch {
	case rec.NextSecret != "":
		return rec.IssuedAt.Add(rotationGracePeriod)
	case latest.Before(idle):
		return latest
	}
	return idle
}

// readOrCached reads a record, from memory (without its tokens, and Stale) while Redis does not answer.
func (s *SessionStore) readOrCached(ctx context.Context, key string) (*sessionRecord, error) {
	rec, err := s.readRecord(ctx, key)
	switch {
	case err == nil && rec.key == key: // a replaced cookie is soon worth nothing
		s.cache.Put(key, rec.Session, s.now())
	case err == nil:
	case errors.Is(err, ErrNotFound):
		s.cache.Delete(key)
	case ctx.Err() == nil:
		if sess, _, ok := s.cache.Get(key, s.now()); ok {
			sess.Stale = true
			return &sessionRecord{Session: sess}, nil
		}
	}
	return rec, err
}

// readRecord reads a record: ErrNotFound when there is none that is still good, else ErrUnavailable.
func (s *SessionStore) readRecord(ctx context.Context, key string) (*sessionRecord, error) {
	rec, _, err := s.readSealed(ctx, key)
	return rec, err
}

// readSealed reads a record, and gives it sealed too. From a cookie that was replaced it goes on to the one in its place.
func (s *SessionStore) readSealed(ctx context.Context, key string) (*sessionRecord, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	var replacement string
	for range maxReplacements {
		rec, sealed, err := s.readKey(ctx, key)
		if err != nil {
			return nil, nil, err
		}
		if rec.NextSecret == "" {
			rec.replacementSecret = replacement
			return rec, sealed, nil
		}
		key, replacement = sessionKey(rec.NextSecret), rec.NextSecret
	}
	return nil, nil, fmt.Errorf("reading session: %w: replaced too often", ErrNotFound)
}

// maxReplacements bounds how many cookies of one session are followed. One is replaced once a day, and good for minutes then.
const maxReplacements = 3

func (s *SessionStore) readKey(ctx context.Context, key string) (*sessionRecord, []byte, error) {
	sealed, err := s.client.Get(ctx, key).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil, fmt.Errorf("reading session: %w", ErrNotFound)
	case err != nil:
		return nil, nil, fmt.Errorf("reading session: %w: %w", ErrUnavailable, err)
	}
	rec, err := s.unseal(key, sealed)
	return rec, sealed, err
}

// unseal opens a sealed record. One that cannot be opened, because the session key was changed or somebody else wrote
// it, is as good as none.
func (s *SessionStore) unseal(key string, sealed []byte) (*sessionRecord, error) {
	plain, err := s.sealer.Open(sealed, key)
	rec := new(sessionRecord)
	if err == nil {
		err = json.Unmarshal(plain, rec)
	}
	if err != nil {
		s.log.Debug("session: record cannot be opened", "error", err)
		return nil, fmt.Errorf("opening session: %w", ErrNotFound)
	}
	rec.bind(s, key)
	if s.now().After(rec.expiresAt()) {
		return nil, fmt.Errorf("opening session: %w", ErrNotFound)
	}
	return rec, nil
}

// ttl is how long the record is good for unless there is another visit: a second at least, since Redis takes 0 for ever.
func (rec *sessionRecord) ttl(now time.Time) time.Duration {
	return max(rec.expiresAt().Sub(now).Round(time.Second), time.Second)
}

func (s *SessionStore) sealRecord(rec *sessionRecord) ([]byte, error) {
	plain, err := json.Marshal(rec)
	if err != nil {
		return nil, fmt.Errorf("encoding session: %w", err)
	}
	return s.sealer.Seal(plain, rec.key), nil
}

// writeRecord writes a record and lists it as its owner's.
func (s *SessionStore) writeRecord(ctx context.Context, rec *sessionRecord) error {
	ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	sealed, err := s.sealRecord(rec)
	if err != nil {
		return err
	}
	if err := s.client.Set(ctx, rec.key, sealed, rec.ttl(s.now())).Err(); err != nil {
		return fmt.Errorf("writing session: %w: %w", ErrUnavailable, err)
	}
	if err := s.addToUserIndex(ctx, rec); err != nil {
		return err
	}
	s.cache.Put(rec.key, rec.Session, s.now())
	return nil
}

// swapScript puts ARGV[2] in the place of ARGV[1], for ARGV[3] milliseconds, or when that is 0 for as long as it had.
var swapScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`)

// updateRecord changes a record and leaves alone what another process has changed meanwhile: it reads again until nobody has.
// change reports whether the session's life begins anew. A session that has ended is not brought back: ErrNotFound.
func (s *SessionStore) updateRecord(ctx context.Context, key string, change func(*sessionRecord) (renew bool)) (*sessionRecord, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	for {
		rec, previous, err := s.readSealed(ctx, key)
		if err != nil {
			return nil, err
		}
		var ttl time.Duration
		if change(rec) {
			ttl = rec.ttl(s.now())
		}
		switch swapped, err := s.compareAndSwap(ctx, rec, previous, ttl); {
		case err != nil:
			return nil, err
		case swapped:
			return rec, nil
		}
	}
}

// compareAndSwap puts a record in the place of what was there, unless that has changed. A life of 0 is what is left of the old one's.
func (s *SessionStore) compareAndSwap(ctx context.Context, rec *sessionRecord, previous []byte, ttl time.Duration) (swapped bool, err error) {
	sealed, err := s.sealRecord(rec)
	if err != nil {
		return false, err
	}
	swapped, err = swapScript.Run(ctx, s.client, []string{rec.key}, previous, sealed, ttl.Milliseconds()).Bool()
	if err != nil && !errors.Is(err, redis.Nil) {
		return false, fmt.Errorf("changing session: %w: %w", ErrUnavailable, err)
	}
	return swapped, nil
}

// rotate moves a session to a new cookie, the record's replacementSecret, and notes the visit. The old cookie leads to the new one
// for rotationGracePeriod. Of several that do so at the same time one wins, and the others are given its cookie.
func (s *SessionStore) rotate(ctx context.Context, key string) (*sessionRecord, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	for {
		rec, previous, err := s.readSealed(ctx, key)
		if err != nil || rec.replacementSecret != "" {
			return rec, err
		}
		now := s.now().UTC().Truncate(time.Millisecond)
		fresh := *rec
		fresh.replacementSecret, fresh.SeenAt, fresh.IssuedAt = newSecret(), now, now
		fresh.bind(s, sessionKey(fresh.replacementSecret))
		if err := s.writeRecord(ctx, &fresh); err != nil { // before the old cookie leads there
			return nil, err
		}
		old := sessionRecord{Session: Session{UserID: rec.UserID, CreatedAt: rec.CreatedAt}, IssuedAt: now, NextSecret: fresh.replacementSecret}
		old.bind(s, rec.key)
		swapped, err := s.compareAndSwap(ctx, &old, previous, rotationGracePeriod)
		if err != nil {
			return nil, err
		}
		obsolete := rec
		if !swapped { // somebody has changed it meanwhile
			obsolete = &fresh
			s.client.Del(ctx, fresh.key)
		}
		if err := s.client.ZRem(ctx, userSessionsKey(obsolete.UserID), obsolete.key).Err(); err != nil {
			s.log.DebugContext(ctx, "replaced session cookie still listed", "error", err) // records knows
		}
		s.cache.Delete(obsolete.key)
		if swapped {
			return &fresh, nil
		}
	}
}

// addToUserIndex notes that a record is its owner's, and for how long.
func (s *SessionStore) addToUserIndex(ctx context.Context, rec *sessionRecord) error {
	list, expiresAt := userSessionsKey(rec.UserID), rec.expiresAt()
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.ZRemRangeByScore(ctx, list, "-inf", strconv.FormatInt(s.now().UnixMilli(), 10))
		p.ZAdd(ctx, list, redis.Z{Score: float64(expiresAt.UnixMilli()), Member: rec.key})
		p.Expire(ctx, list, sessionIdleTimeout)
		return nil
	})
	if err != nil {
		return fmt.Errorf("listing session: %w: %w", ErrUnavailable, err)
	}
	return nil
}

// removeRecord ends a session and publishes that on SessionsChannel. Redis not answering is ErrUnavailable.
func (s *SessionStore) removeRecord(ctx context.Context, rec *sessionRecord) error {
	ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, rec.key)
		p.ZRem(ctx, userSessionsKey(rec.UserID), rec.key)
		p.Publish(ctx, SessionsChannel, SessionEnd{rec.UserID, rec.ID}.encode())
		return nil
	})
	if err != nil {
		return fmt.Errorf("ending session: %w: %w", ErrUnavailable, err)
	}
	s.cache.Delete(rec.key)
	return nil
}

// userRecords reads a person's records.
func (s *SessionStore) userRecords(ctx context.Context, userID string) ([]*sessionRecord, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	keys, err := s.client.ZRange(ctx, userSessionsKey(userID), 0, -1).Result()
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
	var recs []*sessionRecord
	for i, get := range gets {
		sealed, err := get.Bytes()
		if errors.Is(err, redis.Nil) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("listing sessions: %w: %w", ErrUnavailable, err)
		}
		if rec, err := s.unseal(keys[i], sealed); err == nil && rec.UserID == userID && rec.NextSecret == "" {
			recs = append(recs, rec)
		}
	}
	return recs, nil
}
