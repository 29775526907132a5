package presence

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	leaseTimeout   = 500 * time.Millisecond // default of leaseSet.Timeout
	releaseTimeout = 2 * time.Second        // of the Redis call that removes released leases
	logInterval    = time.Minute            // shortest time between two log lines about an outage
)

// acquireLeasesScript adds leases if there is room and publishes a change. Only Redis's clock counts. KEYS: the set.
// ARGV: the maximum number of leases, 0 for no limit; the TTL in ms; the channel for changes, "" for none; the
// message; the leases.
var acquireLeasesScript = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local changed = redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] ~= '0' and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
for i = 5, #ARGV do changed = changed + redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[3] ~= '' and changed > 0 then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return 1`)

// leaseSet manages leases in Redis that are shared by all processes, each for as long as its holder is present. One
// timer renews all leases of a process; leases of a killed process expire.
type leaseSet struct {
	client        redis.UniversalClient
	log           *slog.Logger
	prefix        string        // of the Redis keys
	ttl           time.Duration // of a lease that is not renewed
	maxPerSet     int           // per set; 0 for no limit
	changeChannel string        // channel on which changed sets are published; "" for none

	// Timeout limits one Redis call. After a failure Redis is not called for four times as long. Set it before use.
	Timeout time.Duration

	// Messages logged once when Redis stops answering and once when it answers again.
	unavailableMessage, recoveredMessage string

	processID string

	mu             sync.Mutex
	lastID         int
	held           map[string][]string // lease ids by set
	releasing      []lease             // not yet removed from Redis
	released       *sync.Cond          // signalled when releases were sent
	renewTimer     *time.Timer         // of the next renewal; nil while no lease is held
	retryAt        time.Time           // no calls to Redis before
	isUnavailable  bool                // the last call failed
	isOutageLogged bool                // the outage was logged
	outageLoggedAt time.Time           // of the last outage log line
}

type lease struct{ set, id string }

func (p *leaseSet) start() {
	p.processID, p.held, p.Timeout = rand.Text()[:10], map[string][]string{}, leaseTimeout
	p.released = sync.NewCond(&p.mu)
}

func (p *leaseSet) key(set string) string { return p.prefix + set }

// acquireArgs returns the ARGV of acquireLeasesScript.
func (p *leaseSet) acquireArgs(maxLeases int, set string, ids ...string) []any {
	args := []any{maxLeases, p.ttl.Milliseconds(), p.changeChannel, set}
	for _, id := range ids {
		args = append(args, id)
	}
	return args
}

// newID returns a new unique lease id.
func (p *leaseSet) newID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastID++
	return p.processID + strconv.Itoa(p.lastID)
}

// callRedis calls Redis unless it failed recently, and reports whether the call succeeded.
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
	if ctx.Err() == nil { // otherwise the client has disconnected
		p.recordResult(err)
	}
	return err == nil
}

// acquire acquires a lease; ok is false if the set is full. While Redis does not answer, it always succeeds.
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

// recordResult pauses calls after a failure, and logs the beginning and the end of an outage once.
func (p *leaseSet) recordResult(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.retryAt = time.Now().Add(4 * p.Timeout)
	}
	switch wasUnavailable := p.isUnavailable; {
	case err != nil && !wasUnavailable:
		if p.isOutageLogged = p.outageLoggedAt.IsZero() || time.Since(p.outageLoggedAt) > logInterval; p.isOutageLogged {
			p.outageLoggedAt = time.Now()
			p.log.Warn(p.unavailableMessage, "err", err)
		}
	case err == nil && wasUnavailable && p.isOutageLogged:
		p.log.Info(p.recoveredMessage)
	}
	p.isUnavailable = err != nil
}

// release releases a lease without waiting for Redis.
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
	if p.releasing = append(p.releasing, l); len(p.releasing) == 1 { // otherwise sendReleases is running
		go p.sendReleases()
	}
}

// sendReleases removes released leases from Redis, in batches, until none are left.
func (p *leaseSet) sendReleases() {
	for {
		p.mu.Lock()
		batch := p.releasing
		if len(batch) == 0 {
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
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
		p.recordResult(err) // after a failure the leases expire without renewal
		p.mu.Lock()
		p.releasing = p.releasing[len(batch):]
		p.released.Broadcast()
		p.mu.Unlock()
	}
}

// renew renews all leases of the process, also those that Redis has lost.
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

// Flush waits until all released leases were sent to Redis.
func (p *leaseSet) Flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.releasing) > 0 {
		p.released.Wait()
	}
}
