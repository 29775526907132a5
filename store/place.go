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

// placeAnswer is how long Redis may take to say something of places, unless another time is set.
const placeAnswer = 500 * time.Millisecond

// takePlaces is ZADD if there is room, and says so where a change is told. Of the clocks only Redis's counts.
// KEYS: the places. ARGV: how many there may be, or 0 for any number; how long they hold in ms; the channel that is told
// of a change, or "" for none; as what; the places.
var takePlaces = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local changed = redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] ~= '0' and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
for i = 5, #ARGV do changed = changed + redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[3] ~= '' and changed > 0 then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return 1`)

// places are taken by who is somewhere, in all processes together, for as long as they are. Redis keeps them; one that its
// process does not renew, because it was killed, lapses. All of a process are renewed at once, by one timer.
type places struct {
	client redis.UniversalClient
	log    *slog.Logger
	prefix string        // of the keys
	holds  time.Duration // without being renewed
	most   int           // in one set; 0 for any number
	told   string        // the channel that hears of a set that changed; "" for none

	// Answers is how long Redis may take to answer. After a failure it is not asked for four times as long. Set it before use.
	Answers time.Duration

	away, back string // what the log says, once, when Redis does not answer and when it does again

	process string

	mu       sync.Mutex
	last     int
	held     map[string][]string // places by set
	leaving  []place             // to be told to Redis
	settled  *sync.Cond          // Redis knows of some of them
	timer    *time.Timer         // of the next renewal; nil while nothing is held
	askAfter time.Time           // Redis is left alone before
	missing  bool                // it did not answer the last call
	said     bool                // and that was logged
	saidAt   time.Time           // time of the last log line; there is at most one a minute
}

type place struct{ set, id string }

func (p *places) begin() {
	p.process, p.held, p.Answers = rand.Text()[:10], map[string][]string{}, placeAnswer
	p.settled = sync.NewCond(&p.mu)
}

func (p *places) key(set string) string { return p.prefix + set }

// args are those of takePlaces.
func (p *places) args(most int, set string, ids ...string) []any {
	args := []any{most, p.holds.Milliseconds(), p.told, set}
	for _, id := range ids {
		args = append(args, id)
	}
	return args
}

// next names a place that nobody has had.
func (p *places) next() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	return p.process + strconv.Itoa(p.last)
}

// ask asks Redis, unless it did not answer a moment ago, and reports whether it did.
func (p *places) ask(ctx context.Context, f func(context.Context) error) bool {
	p.mu.Lock()
	away := time.Now().Before(p.askAfter)
	p.mu.Unlock()
	if away {
		return false
	}
	asking, cancel := context.WithTimeout(ctx, p.Answers)
	defer cancel()
	err := f(asking)
	if ctx.Err() == nil { // else it is the browser that has gone
		p.answered(err)
	}
	return err == nil
}

// take takes a place, or reports that there is none left. While Redis does not answer there is always one.
func (p *places) take(ctx context.Context, set, id string) (leave func(), ok bool) {
	free := 1
	asked := p.ask(ctx, func(ctx context.Context) (err error) {
		free, err = takePlaces.Run(ctx, p.client, []string{p.key(set)}, p.args(p.most, set, id)...).Int()
		return err
	})
	if asked && free == 0 {
		return nil, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[set] = append(p.held[set], id)
	if p.timer == nil {
		p.timer = time.AfterFunc(p.holds/3, p.renew)
	}
	return func() { p.leave(place{set, id}) }, true
}

// answered has Redis left alone for a moment when it did not answer, and says once that it does not and that it does again.
func (p *places) answered(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.askAfter = time.Now().Add(4 * p.Answers)
	}
	switch was := p.missing; {
	case err != nil && !was:
		if p.said = p.saidAt.IsZero() || time.Since(p.saidAt) > logAgainAfter; p.said {
			p.saidAt = time.Now()
			p.log.Warn(p.away, "error", err)
		}
	case err == nil && was && p.said:
		p.log.Info(p.back)
	}
	p.missing = err != nil
}

// leave leaves a place, once, and does not wait.
func (p *places) leave(left place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := p.held[left.set]
	for i, id := range ids {
		if id == left.id {
			ids[i] = ids[len(ids)-1]
			ids = ids[:len(ids)-1]
			break
		}
	}
	p.held[left.set] = ids
	if len(ids) == 0 {
		delete(p.held, left.set)
	}
	if p.leaving = append(p.leaving, left); len(p.leaving) == 1 { // else somebody is at it
		go p.tell()
	}
}

// tell tells Redis of those who have left, as many at a time as there are by then.
func (p *places) tell() {
	for {
		p.mu.Lock()
		left := p.leaving
		if len(left) == 0 {
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), redisAnswer)
		_, err := p.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, l := range left {
				pipe.ZRem(ctx, p.key(l.set), l.id)
				if p.told != "" {
					pipe.Publish(ctx, p.told, l.set)
				}
			}
			return nil
		})
		cancel()
		p.answered(err) // if it does not, they lapse when they have not been renewed
		p.mu.Lock()
		p.leaving = p.leaving[len(left):]
		p.settled.Broadcast()
		p.mu.Unlock()
	}
}

// renew says that all places are still taken, whether Redis remembers them or not.
func (p *places) renew() {
	p.mu.Lock()
	held := make(map[string][]any, len(p.held))
	for set, ids := range p.held {
		held[set] = p.args(0, set, ids...)
	}
	p.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), p.holds/3)
	err := takePlaces.Load(ctx, p.client).Err()
	if err == nil {
		_, err = p.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for set, args := range held {
				takePlaces.EvalSha(ctx, pipe, []string{p.key(set)}, args...)
			}
			return nil
		})
	}
	cancel()
	p.answered(err)

	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer = nil; len(p.held) > 0 {
		p.timer = time.AfterFunc(p.holds/3, p.renew)
	}
}

// Settle waits until Redis was told of all who have left.
func (p *places) Settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.leaving) > 0 {
		p.settled.Wait()
	}
}
