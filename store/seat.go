package store

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// How long a seat is kept for a process that does not say that it is still taken, and how long Redis may take to say
// whether there is one.
const (
	seatHolds  = 20 * time.Second
	seatRenew  = seatHolds / 3
	seatAnswer = 500 * time.Millisecond
)

// takeSeat is ZADD if there is room. Of the clocks only Redis's counts.
// KEYS: the person's seats. ARGV: the seat, how many there may be, how long it holds in ms.
var takeSeat = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`)

// keepSeats says that seats are still taken, whether Redis remembers them or not.
// KEYS: the person's seats. ARGV: how long they hold in ms, the seats.
var keepSeats = redis.NewScript(`
local t = redis.call('TIME')
local till = t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[1]
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], till, ARGV[i]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`)

// Seats limits how many of something each person holds in all processes together, such as streams. The seats of a process
// that was killed are free again after 20 seconds. While Redis does not answer everybody gets a seat: a limit is no reason
// to be down.
type Seats struct {
	client  redis.UniversalClient
	log     *slog.Logger
	most    int
	process string

	mu      sync.Mutex
	last    int
	held    map[string][]string // seats by person
	leaving []seat              // to be told to Redis
	told    *sync.Cond          // Redis knows of some of them
	timer   *time.Timer         // of the next renewal; nil while nobody has a seat
	away    time.Time           // Redis is not asked before
	missing bool                // it did not answer when last asked, and the log says so
}

type seat struct{ person, id string }

// NewSeats gives each person so many seats.
func NewSeats(client redis.UniversalClient, most int, log *slog.Logger) *Seats {
	s := &Seats{client: client, log: log, most: most, process: rand.Text()[:10], held: map[string][]string{}}
	s.told = sync.NewCond(&s.mu)
	return s
}

func seatsKey(person string) string { return "seats:" + person }

// Take gives a seat, or says that the person has all of theirs. A seat is left once, and leaving does not wait.
func (s *Seats) Take(ctx context.Context, person string) (leave func(), ok bool) {
	s.mu.Lock()
	s.last++
	taken := seat{person, s.process + strconv.Itoa(s.last)}
	away := time.Now().Before(s.away)
	s.mu.Unlock()
	if !away {
		asking, cancel := context.WithTimeout(ctx, seatAnswer)
		defer cancel()
		free, err := takeSeat.Run(asking, s.client, []string{seatsKey(person)}, taken.id, s.most, seatHolds.Milliseconds()).Int()
		if ctx.Err() == nil { // else it is the browser that has gone
			s.answered(err)
		}
		if err == nil && free == 0 {
			return nil, false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[person] = append(s.held[person], taken.id)
	if s.timer == nil {
		s.timer = time.AfterFunc(seatRenew, s.renew)
	}
	return func() { s.leave(taken) }, true
}

// answered has Redis left alone for a moment when it did not answer, and says once that it does not and that it does again.
func (s *Seats) answered(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.away = time.Now().Add(seatAnswer * 4)
	}
	switch was := s.missing; {
	case err != nil && !was:
		s.log.Warn("streams of a person are counted in this process alone: Redis does not answer", "error", err)
	case err == nil && was:
		s.log.Info("streams of a person are counted over all processes again")
	}
	s.missing = err != nil
}

func (s *Seats) leave(left seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := s.held[left.person]
	for i, id := range ids {
		if id == left.id {
			ids[i] = ids[len(ids)-1]
			ids = ids[:len(ids)-1]
			break
		}
	}
	s.held[left.person] = ids
	if len(ids) == 0 {
		delete(s.held, left.person)
	}
	if s.leaving = append(s.leaving, left); len(s.leaving) == 1 { // else somebody is at it
		go s.tell()
	}
}

// tell tells Redis of those who have left, as many at a time as there are by then.
func (s *Seats) tell() {
	for {
		s.mu.Lock()
		left := s.leaving
		if len(left) == 0 {
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), redisAnswer)
		_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, l := range left {
				pipe.ZRem(ctx, seatsKey(l.person), l.id)
			}
			return nil
		})
		cancel()
		s.answered(err) // if it does not, they are free when they have not been renewed
		s.mu.Lock()
		s.leaving = s.leaving[len(left):]
		s.told.Broadcast()
		s.mu.Unlock()
	}
}

// renew says that all seats are still taken.
func (s *Seats) renew() {
	s.mu.Lock()
	held := make(map[string][]any, len(s.held))
	for person, ids := range s.held {
		args := []any{seatHolds.Milliseconds()}
		for _, id := range ids {
			args = append(args, id)
		}
		held[person] = args
	}
	s.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), seatRenew)
	err := keepSeats.Load(ctx, s.client).Err()
	if err == nil {
		_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for person, args := range held {
				keepSeats.EvalSha(ctx, pipe, []string{seatsKey(person)}, args...)
			}
			return nil
		})
	}
	cancel()
	s.answered(err)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer = nil; len(s.held) > 0 {
		s.timer = time.AfterFunc(seatRenew, s.renew)
	}
}

// Settle waits until Redis was told of all who have left.
func (s *Seats) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.leaving) > 0 {
		s.told.Wait()
	}
}
