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

// recordKey is where a gorilla session has its record.
const recordKey = "guildboard"

// record is a session as it rests in Redis: as JSON, sealed for its key.
type record struct {
	Session
	Token    *oauth2.Token `json:"token,omitempty"`
	Handle   string        `json:"handle,omitempty"`  // Session.ID, which outlasts the cookie
	IssuedAt time.Time     `json:"issuedAt,omitzero"` // when the cookie was made

	// Next is the cookie that has replaced the one that led here. The session is where that leads; this record is good for
	// sessionGrace.
	Next string `json:"next,omitempty"`

	replacedBy string // the cookie in place of the one that was asked about; "" when that is still the right one
}

// belong tells a record where it rests.
func (rec *record) belong(s *Sessions, key string) {
	rec.store, rec.key = s, key
	if rec.Handle == "" {
		rec.Handle = digest("handle " + key)[:16]
	}
	rec.ID = rec.Handle
	if rec.IssuedAt.IsZero() {
		rec.IssuedAt = rec.CreatedAt
	}
}

// expires returns when the session ends unless there is another visit.
func (rec *record) expires() time.Time {
	idle, longest := rec.SeenAt.Add(sessionLife), rec.CreatedAt.Add(sessionMaxLife)
	switch {
	case rec.Next != "":
		return rec.IssuedAt.Add(sessionGrace)
	case longest.Before(idle):
		return longest
	}
	return idle
}

// lookup reads a record, from memory (without its tokens, and Stale) while Redis does not answer.
func (s *Sessions) lookup(ctx context.Context, key string) (*record, error) {
	rec, err := s.read(ctx, key)
	switch {
	case err == nil && rec.key == key: // a replaced cookie is soon worth nothing
		s.recent.Put(key, rec.Session, s.now())
	case err == nil:
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

// readSealed reads a record, and gives it sealed too. From a cookie that was replaced it goes on to the one in its place.
func (s *Sessions) readSealed(ctx context.Context, key string) (*record, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	var replacedBy string
	for range maxReplaced {
		rec, sealed, err := s.readOne(ctx, key)
		if err != nil {
			return nil, nil, err
		}
		if rec.Next == "" {
			rec.replacedBy = replacedBy
			return rec, sealed, nil
		}
		key, replacedBy = sessionKey(rec.Next), rec.Next
	}
	return nil, nil, fmt.Errorf("reading session: %w: replaced too often", ErrNotFound)
}

// maxReplaced bounds how many cookies of one session are followed. One is replaced once a day, and good for minutes then.
const maxReplaced = 3

func (s *Sessions) readOne(ctx context.Context, key string) (*record, []byte, error) {
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
	rec.belong(s, key)
	if s.now().After(rec.expires()) {
		return nil, fmt.Errorf("opening session: %w", ErrNotFound)
	}
	return rec, nil
}

// left is how long the record is good for unless there is another visit: a second at least, since Redis takes 0 for ever.
func (rec *record) left(now time.Time) time.Duration {
	return max(rec.expires().Sub(now).Round(time.Second), time.Second)
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
	if err := s.client.Set(ctx, rec.key, sealed, rec.left(s.now())).Err(); err != nil {
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
		var life time.Duration
		if change(rec) {
			life = rec.left(s.now())
		}
		switch swapped, err := s.swap(ctx, rec, was, life); {
		case err != nil:
			return nil, err
		case swapped:
			return rec, nil
		}
	}
}

// swap puts a record in the place of what was there, unless that has changed. A life of 0 is what is left of the old one's.
func (s *Sessions) swap(ctx context.Context, rec *record, was []byte, life time.Duration) (swapped bool, err error) {
	sealed, err := s.sealed(rec)
	if err != nil {
		return false, err
	}
	swapped, err = swap.Run(ctx, s.client, []string{rec.key}, was, sealed, life.Milliseconds()).Bool()
	if err != nil && !errors.Is(err, redis.Nil) {
		return false, fmt.Errorf("changing session: %w: %w", ErrUnavailable, err)
	}
	return swapped, nil
}

// rotate moves a session to a new cookie, the record's replacedBy, and notes the visit. The old cookie leads to the new one
// for sessionGrace. Of several that do so at the same time one wins, and the others are given its cookie.
func (s *Sessions) rotate(ctx context.Context, key string) (*record, error) {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	for {
		rec, was, err := s.readSealed(ctx, key)
		if err != nil || rec.replacedBy != "" {
			return rec, err
		}
		now := s.now().UTC().Truncate(time.Millisecond)
		fresh := *rec
		fresh.replacedBy, fresh.SeenAt, fresh.IssuedAt = newSecret(), now, now
		fresh.belong(s, sessionKey(fresh.replacedBy))
		if err := s.write(ctx, &fresh); err != nil { // before the old cookie leads there
			return nil, err
		}
		old := record{Session: Session{UserID: rec.UserID, CreatedAt: rec.CreatedAt}, IssuedAt: now, Next: fresh.replacedBy}
		old.belong(s, rec.key)
		swapped, err := s.swap(ctx, &old, was, sessionGrace)
		if err != nil {
			return nil, err
		}
		left := rec
		if !swapped { // somebody has changed it meanwhile
			left = &fresh
			s.client.Del(ctx, fresh.key)
		}
		if err := s.client.ZRem(ctx, userKey(left.UserID), left.key).Err(); err != nil {
			s.log.DebugContext(ctx, "replaced session cookie still listed", "error", err) // records knows
		}
		s.recent.Forget(left.key)
		if swapped {
			return &fresh, nil
		}
	}
}

// enlist notes that a record is its owner's, and for how long.
func (s *Sessions) enlist(ctx context.Context, rec *record) error {
	list, lapses := userKey(rec.UserID), rec.expires()
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

// remove ends a session and publishes that on SessionsChannel. Redis not answering is ErrUnavailable.
func (s *Sessions) remove(ctx context.Context, rec *record) error {
	ctx, cancel := context.WithTimeout(ctx, sessionWait)
	defer cancel()
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, rec.key)
		p.ZRem(ctx, userKey(rec.UserID), rec.key)
		p.Publish(ctx, SessionsChannel, SessionEnd{rec.UserID, rec.ID}.encode())
		return nil
	})
	if err != nil {
		return fmt.Errorf("ending session: %w: %w", ErrUnavailable, err)
	}
	s.recent.Forget(rec.key)
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
		if rec, err := s.open(keys[i], sealed); err == nil && rec.UserID == userID && rec.Next == "" {
			recs = append(recs, rec)
		}
	}
	return recs, nil
}
