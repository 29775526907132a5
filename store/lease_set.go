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

// leaseTimeout is how long Redis may take to say something of places, unless another time is set.
const leaseTimeout = 500 * time.Millisecond

// acquireLeasesScript is ZADD if there is room, and says so where a change is told. Of the clocks only Redis's counts.
// KEYS: the places. ARGV: how many there may be, or 0 for any number; how long they hold in ms; the channel that is told
// of a change, or "" for none; as what; the places.
var acquireLeasesScript = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local changed = redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] ~= '0' and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
for i = 5, #ARGV do changed = changed + redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[3] ~= '' and changed > 0 then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return 1`)

// leaseSet are taken by who is somewhere, in all processes together, for as long as they are. Redis keeps them; one that its
// process does not renew, because it was killed, lapses. All of a process are renewed at once, by one timer.
type leaseSet struct {
	client        redis.UniversalClient
	log           *slog.Logger
	prefix        string        // of the keys
	ttl           time.Duration // without being renewed
	maxPerSet     int           // in one set; 0 for any number
	changeChannel string        // the channel that hears of a set that changed; "" for none

	// Timeout is how long Redis may take to answer. After a failure it is not asked for four times as long. Set it before use.
	Timeout time.Duration

	unavailableMessage, recoveredMessage string // what the log says, once, when Redis does not answer and when it does again

	processID string

	mu             sync.Mutex
	lastID         int
	held           map[string][]string // places by set
	releasing      []lease             // to be told to Redis
	released       *sync.Cond          // Redis knows of some of them
	renewTimer     *time.Timer         // of the next renewal; nil while nothing is held
	retryAt        time.Time           // Redis is left alone before
	isUnavailable  bool                // it did not answer the last call
	isOutageLogged bool                // and that was logged
	outageLoggedAt time.Time           // time of the last log line; there is at most one a minute
}

type lease struct{ set, id string }

func (p *leaseSet) start() {
	p.processID, p.held, p.Timeout = rand.Text()[:10], map[string][]string{}, leaseTimeout
	p.released = sync.NewCond(&p.mu)
}

func (p *leaseSet) key(set string) string { return p.prefix + set }

// acquireArgs are those of acquireLeasesScript.
func (p *leaseSet) acquireArgs(maxLeases int, set string, ids ...string) []any {
	args := []any{maxLeases, p.ttl.Milliseconds(), p.changeChannel, set}
	for _, id := range ids {
		args = append(args, id)
	}
	return args
}

// newID names a place that nobody has had.
func (p *leaseSet) newID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastID++
	return p.processID + strconv.Itoa(p.lastID)
}

// callRedis asks Redis, unless it did not answer a moment ago, and reports whether it did.
func (p *leaseSet) callRedis(ctx context.Context, call func(context.Context) error) bool {
	p.mu.Lock()
	isPaused := time.Now().Before(p.retryAt)
	p.mu.Unlock()
	if isPaused {
		return false
	}
	callCtx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	err := call(callCtx)
	if ctx.Err() == nil { // else it is the browser that has gone
		p.recordResult(err)
	}
	return err == nil
}

// acquire takes a place, or reports that there is none left. While Redis does not answer there is always one.
func (p *leaseSet) acquire(ctx context.Context, set, id string) (release func(), ok bool) {
	acquired := 1
	answered := p.callRedis(ctx, func(ctx context.Context) (err error) {
		acquired, err = acquireLeasesScript.Run(ctx, p.client, []string{p.key(set)}, p.acquireArgs(p.maxPerSet, set, id)...).Int()
		return err
	})
	if answered && acquired == 0 {
		return nil, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[set] = append(p.held[set], id)
	if p.renewTimer == nil {
		p.renewTimer = time.AfterFunc(p.ttl/3, p.renew)
	}
	return func() { p.release(lease{set, id}) }, true
}

// recordResult has Redis left alone for a moment when it did not answer, and says once that it does not and that it does again.
func (p *leaseSet) recordResult(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.retryAt = time.Now().Add(4 * p.Timeout)
	}
	switch wasUnavailable := p.isUnavailable; {
	case err != nil && !wasUnavailable:
		if p.isOutageLogged = p.outageLoggedAt.IsZero() || time.Since(p.outageLoggedAt) > minLogInterval; p.isOutageLogged {
			p.outageLoggedAt = time.Now()
			p.log.Warn(p.unavailableMessage, "error", err)
		}
	case err == nil && wasUnavailable && p.isOutageLogged:
		p.log.Info(p.recoveredMessage)
	}
	p.isUnavailable = err != nil
}

// release leaves a place, once, and does not wait.
func (p *leaseSet) release(l lease) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := p.held[l.set]
	for i, id := range ids {
		if id == l.id {
			ids[i] = ids[len(ids)-1]
			ids = ids[:len(ids)-1]
			break
		}
	}
	p.held[l.set] = ids
	if len(ids) == 0 {
		delete(p.held, l.set)
	}
	if p.releasing = append(p.releasing, l); len(p.releasing) == 1 { // else somebody is at it
		go p.sendReleases()
	}
}

// sendReleases tells Redis of those who have left, as many at a time as there are by then.
func (p *leaseSet) sendReleases() {
	for {
		p.mu.Lock()
		batch := p.releasing
		if len(batch) == 0 {
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), redisTimeout)
		_, err := p.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, l := range batch {
				pipe.ZRem(ctx, p.key(l.set), l.id)
				if p.changeChannel != "" {
					pipe.Publish(ctx, p.changeChannel, l.set)
				}
			}
			return nil
		})
		cancel()
		p.recordResult(err) // if it does not, they lapse when they have not been renewed
		p.mu.Lock()
		p.releasing = p.releasing[len(batch):]
		p.released.Broadcast()
		p.mu.Unlock()
	}
}

// renew says that all places are still taken, whether Redis remembers them or not.
func (p *leaseSet) renew() {
	p.mu.Lock()
	held := make(map[string][]any, len(p.held))
	for set, ids := range p.held {
		held[set] = p.acquireArgs(0, set, ids...)
	}
	p.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), p.ttl/3)
	err := acquireLeasesScript.Load(ctx, p.client).Err()
	if err == nil {
		_, err = p.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for set, args := range held {
				acquireLeasesScript.EvalSha(ctx, pipe, []string{p.key(set)}, args...)
			}
			return nil
		})
	}
	cancel()
	p.recordResult(err)

	p.mu.Lock()
	defer p.mu.Unlock()
	if p.renewTimer = nil; len(p.held) > 0 {
		p.renewTimer = time.AfterFunc(p.ttl/3, p.renew)
	}
}

// Flush waits until Redis was told of all who have left.
func (p *leaseSet) Flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.releasing) > 0 {
		p.released.Wait()
	}
}
