package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"

	"guildboard/store"
)

// recordValueKey is the key of the record in the values of a gorilla session.
const recordValueKey = "guildboard"

// record is a session as stored in Redis: as JSON, sealed for its key.
type record struct {
	Session
	Token    *oauth2.Token `json:"token,omitempty"`
	Handle   string        `json:"handle,omitempty"`  // Session.ID, which stays the same when the cookie is replaced
	IssuedAt time.Time     `json:"issuedAt,omitzero"` // when the cookie was created

	// NextSecret is the cookie that replaces this one. If set, the session is under that cookie's key, and this
	// record expires after rotationGracePeriod.
	NextSecret string `json:"next,omitempty"`

	replacementSecret string // cookie that replaces the requested one; "" if that is current
}

// bind sets the fields that are not stored, and those that older records lack.
func (rec *record) bind(s *Store, key string) {
	rec.store, rec.key = s, key
	if rec.Handle == "" {
		rec.Handle = sha256Hex("handle " + key)[:16]
	}
	rec.ID = rec.Handle
	if rec.IssuedAt.IsZero() {
		rec.IssuedAt = rec.CreatedAt
	}
}

// expiresAt returns when the session expires without another visit.
func (rec *record) expiresAt() time.Time {
	idle, latest := rec.SeenAt.Add(idleTimeout), rec.CreatedAt.Add(maxAge)
	switch {
	case rec.NextSecret != "":
		return rec.IssuedAt.Add(rotationGracePeriod)
	case latest.Before(idle):
		return latest
	}
	return idle
}

// readOrCached reads a record; while Redis does not answer it returns the cached session, with IsStale set and without
// a token.
func (s *Store) readOrCached(ctx context.Context, key string) (*record, error) {
	rec, err := s.readRecord(ctx, key)
	switch {
	case err == nil && rec.key == key: // a replaced cookie expires soon and is not cached
		s.cache.Put(key, rec.Session, s.now())
	case err == nil:
	case errors.Is(err, store.ErrNotFound):
		s.cache.Delete(key)
	case ctx.Err() == nil:
		if sess, _, ok := s.cache.Get(key, s.now()); ok {
			sess.IsStale = true
			return &record{Session: sess}, nil
		}
	}
	return rec, err
}

// readRecord reads a record: store.ErrNotFound when there is no valid one, else store.ErrUnavailable.
func (s *Store) readRecord(ctx context.Context, key string) (*record, error) {
	rec, _, err := s.readSealed(ctx, key)
	return rec, err
}

// readSealed reads a record and also returns its sealed bytes. It follows replaced cookies to the current record.
func (s *Store) readSealed(ctx context.Context, key string) (*record, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
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
	return nil, nil, fmt.Errorf("read session: replaced more than %d times: %w", maxReplacements, store.ErrNotFound)
}

// maxReplacements limits how many replaced cookies are followed. A cookie is replaced once a day and then valid for
// minutes.
const maxReplacements = 3

func (s *Store) readKey(ctx context.Context, key string) (*record, []byte, error) {
	sealed, err := s.client.Get(ctx, key).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil, fmt.Errorf("read session: %w", store.ErrNotFound)
	case err != nil:
		return nil, nil, fmt.Errorf("read session: %w: %w", store.ErrUnavailable, err)
	}
	rec, err := s.unseal(key, sealed)
	return rec, sealed, err
}

// unseal decrypts a record. A record that cannot be decrypted, because the session key was changed or another program
// wrote it, is store.ErrNotFound.
func (s *Store) unseal(key string, sealed []byte) (*record, error) {
	plain, err := s.sealer.Open(sealed, key)
	rec := new(record)
	if err == nil {
		err = json.Unmarshal(plain, rec)
	}
	if err != nil {
		s.log.Debug("invalid session record ignored", "err", err)
		return nil, fmt.Errorf("open session: %w", store.ErrNotFound)
	}
	rec.bind(s, key)
	if s.now().After(rec.expiresAt()) {
		return nil, fmt.Errorf("open session: %w", store.ErrNotFound)
	}
	return rec, nil
}

// ttl returns how long the record is valid without another visit, at least 1 s: Redis takes 0 as no expiry.
func (rec *record) ttl(now time.Time) time.Duration {
	return max(rec.expiresAt().Sub(now).Round(time.Second), time.Second)
}

func (s *Store) sealRecord(rec *record) ([]byte, error) {
	plain, err := json.Marshal(rec)
	if err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	return s.sealer.Seal(plain, rec.key), nil
}

// writeRecord writes a record and adds it to the user's index.
func (s *Store) writeRecord(ctx context.Context, rec *record) error {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	sealed, err := s.sealRecord(rec)
	if err != nil {
		return err
	}
	if err := s.client.Set(ctx, rec.key, sealed, rec.ttl(s.now())).Err(); err != nil {
		return fmt.Errorf("write session: %w: %w", store.ErrUnavailable, err)
	}
	if err := s.addToUserIndex(ctx, rec); err != nil {
		return err
	}
	s.cache.Put(rec.key, rec.Session, s.now())
	return nil
}

// swapScript replaces the value ARGV[1] with ARGV[2], for ARGV[3] milliseconds; 0 keeps the remaining time.
var swapScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`)

// updateRecord changes a record with optimistic locking: it reads and retries until no other process has written in
// between. change reports whether the session's lifetime starts again. A session that has ended is
// store.ErrNotFound and is not recreated.
func (s *Store) updateRecord(ctx context.Context, key string, change func(*record) (renew bool)) (*record, error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
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

// compareAndSwap replaces the sealed record previous unless it has changed. A ttl of 0 keeps the remaining time.
func (s *Store) compareAndSwap(
	ctx context.Context, rec *record, previous []byte, ttl time.Duration,
) (swapped bool, err error) {
	sealed, err := s.sealRecord(rec)
	if err != nil {
		return false, err
	}
	swapped, err = swapScript.Run(ctx, s.client, []string{rec.key}, previous, sealed, ttl.Milliseconds()).Bool()
	if err != nil && !errors.Is(err, redis.Nil) {
		return false, fmt.Errorf("change session: %w: %w", store.ErrUnavailable, err)
	}
	return swapped, nil
}

// rotate moves a session to a new cookie, the record's replacementSecret, and records the visit. The old cookie leads
// to the new one for rotationGracePeriod. If several requests rotate at the same time, one wins and the others return
// its cookie.
func (s *Store) rotate(ctx context.Context, key string) (*record, error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
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
		old := record{
			Session: Session{UserID: rec.UserID, CreatedAt: rec.CreatedAt}, IssuedAt: now, NextSecret: fresh.replacementSecret,
		}
		old.bind(s, rec.key)
		swapped, err := s.compareAndSwap(ctx, &old, previous, rotationGracePeriod)
		if err != nil {
			return nil, err
		}
		obsolete := rec
		if !swapped { // changed concurrently
			obsolete = &fresh
			s.client.Del(ctx, fresh.key)
		}
		if err := s.client.ZRem(ctx, userSessionsKey(obsolete.UserID), obsolete.key).Err(); err != nil {
			s.log.DebugContext(ctx, "replaced session still in user index", "err", err) // harmless: userRecords skips replaced records
		}
		s.cache.Delete(obsolete.key)
		if swapped {
			return &fresh, nil
		}
	}
}

// addToUserIndex adds a record to the user's index until it expires.
func (s *Store) addToUserIndex(ctx context.Context, rec *record) error {
	list, expiresAt := userSessionsKey(rec.UserID), rec.expiresAt()
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.ZRemRangeByScore(ctx, list, "-inf", strconv.FormatInt(s.now().UnixMilli(), 10))
		p.ZAdd(ctx, list, redis.Z{Score: float64(expiresAt.UnixMilli()), Member: rec.key})
		p.Expire(ctx, list, idleTimeout)
		return nil
	})
	if err != nil {
		return fmt.Errorf("add session to user index: %w: %w", store.ErrUnavailable, err)
	}
	return nil
}

// removeRecord ends a session and publishes that on endsChannel. It returns store.ErrUnavailable when Redis does not
// answer.
func (s *Store) removeRecord(ctx context.Context, rec *record) error {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, rec.key)
		p.ZRem(ctx, userSessionsKey(rec.UserID), rec.key)
		p.Publish(ctx, endsChannel, EndEvent{rec.UserID, rec.ID}.encode())
		return nil
	})
	if err != nil {
		return fmt.Errorf("end session: %w: %w", store.ErrUnavailable, err)
	}
	s.cache.Delete(rec.key)
	return nil
}

// userRecords reads the current records of a user.
func (s *Store) userRecords(ctx context.Context, userID string) ([]*record, error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	keys, err := s.client.ZRange(ctx, userSessionsKey(userID), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w: %w", store.ErrUnavailable, err)
	}
	gets := make([]*redis.StringCmd, len(keys))
	_, err = s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			gets[i] = p.Get(ctx, key)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("list sessions: %w: %w", store.ErrUnavailable, err)
	}
	var recs []*record
	for i, get := range gets {
		sealed, err := get.Bytes()
		if errors.Is(err, redis.Nil) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("list sessions: %w: %w", store.ErrUnavailable, err)
		}
		if rec, err := s.unseal(keys[i], sealed); err == nil && rec.UserID == userID && rec.NextSecret == "" {
			recs = append(recs, rec)
		}
	}
	return recs, nil
}
