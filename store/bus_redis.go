package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// How long Redis may take. The library's own defaults try for some seconds before they say that nobody is there, and a
// page would wait as long; what is worth trying again is tried again by whoever asks.
const (
	redisDial    = time.Second
	redisAnswer  = 2 * time.Second
	redisRetries = 1
)

// OpenRedis makes a client for the Redis at address, without connecting yet:
//
//	redis://[user:password@]host[:port][/db]              one server; rediss:// for TLS
//	redis://host[:port][/db]?master_name=name&addr=host2  Sentinel, as many as there are
//	redis://host[:port]?addr=host2:port&addr=…            Cluster, some of its nodes
//
// Timeouts and the like may be set in the query, as go-redis spells them.
func OpenRedis(address string) (redis.UniversalClient, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, badAddress(err)
	}
	switch query := u.Query(); {
	case query.Has("master_name"):
		opt, err := redis.ParseFailoverURL(address)
		if err != nil {
			return nil, badAddress(err)
		}
		impatient(&opt.DialTimeout, &opt.ReadTimeout, &opt.DialerRetries, &opt.MaxRetries)
		opt.ContextTimeoutEnabled = true
		return redis.NewFailoverClient(opt), nil
	case query.Has("addr"):
		opt, err := redis.ParseClusterURL(address)
		if err != nil {
			return nil, badAddress(err)
		}
		impatient(&opt.DialTimeout, &opt.ReadTimeout, &opt.DialerRetries, &opt.MaxRetries)
		opt.ContextTimeoutEnabled = true
		return redis.NewClusterClient(opt), nil
	default:
		opt, err := redis.ParseURL(address)
		if err != nil {
			return nil, badAddress(err)
		}
		impatient(&opt.DialTimeout, &opt.ReadTimeout, &opt.DialerRetries, &opt.MaxRetries)
		opt.ContextTimeoutEnabled = true
		return redis.NewClient(opt), nil
	}
}

// badAddress leaves out the address itself, which may hold a password.
func badAddress(err error) error {
	if parsing := (*url.Error)(nil); errors.As(err, &parsing) {
		err = parsing.Err
	}
	return fmt.Errorf("reading Redis address: %w", err)
}

// impatient sets what the address did not.
func impatient(dial, answer *time.Duration, dials, retries *int) {
	set(dial, redisDial)
	set(answer, redisAnswer)
	set(dials, redisRetries)
	set(retries, redisRetries)
}

func set[T comparable](option *T, value T) {
	var unset T
	if *option == unset {
		*option = value
	}
}

// subscriber returns the client to subscribe with. Every node of a Cluster delivers what is published on any other, but
// the library subscribes at the node that owns the channel's slot, and goes on trying that one after it has died. So this
// looks for a master that answers, and prefers one that sees the rest of the cluster.
func subscriber(ctx context.Context, client redis.UniversalClient) redis.UniversalClient {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return client
	}
	ctx, cancel := context.WithTimeout(ctx, redisDial)
	defer cancel()
	answers := make(chan *redis.Client)
	good := make(chan *redis.Client)
	go func() {
		defer close(answers)
		_ = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			info, err := node.ClusterInfo(ctx).Result()
			if err != nil {
				return nil // another one may answer
			}
			to := answers
			if strings.Contains(info, "cluster_state:ok") {
				to = good
			}
			select {
			case to <- node:
			case <-ctx.Done():
			}
			return nil
		})
	}()
	var second redis.UniversalClient = client
	for {
		select {
		case node := <-good:
			return node
		case node, more := <-answers:
			if !more {
				return second
			}
			second = node
		}
	}
}
