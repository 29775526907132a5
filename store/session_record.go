package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"
)

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
		if rec, err := s.open(keys[i], sealed); err == nil && rec.UserID == userID {
			recs = append(recs, rec)
		}
	}
	return recs, nil
}
