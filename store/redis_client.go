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

// Timeouts of Redis operations. With go-redis's defaults, a page would wait several seconds for a server that is
// down; callers retry where that is useful.
const (
	redisDialTimeout = time.Second
	redisTimeout     = 2 * time.Second
	redisRetries     = 1
)

// OpenRedis returns a client for the Redis at address. It does not connect yet:
//
//	redis://[user:password@]host[:port][/db]              one server; rediss:// for TLS
//	redis://host[:port][/db]?master_name=name&addr=host2  Sentinel, any number of addr
//	redis://host[:port]?addr=host2:port&addr=…            Cluster, some of its nodes
//
// The query may also set timeouts and other options of go-redis.
func OpenRedis(address string) (redis.UniversalClient, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, redisAddressError(err)
	}
	switch query := u.Query(); {
	case query.Has("master_name"):
		opt, err := redis.ParseFailoverURL(address)
		if err != nil {
			return nil, redisAddressError(err)
		}
		setRedisTimeouts(&opt.DialTimeout, &opt.ReadTimeout, &opt.DialerRetries, &opt.MaxRetries)
		opt.ContextTimeoutEnabled = true
		return redis.NewFailoverClient(opt), nil
	case query.Has("addr"):
		opt, err := redis.ParseClusterURL(address)
		if err != nil {
			return nil, redisAddressError(err)
		}
		setRedisTimeouts(&opt.DialTimeout, &opt.ReadTimeout, &opt.DialerRetries, &opt.MaxRetries)
		opt.ContextTimeoutEnabled = true
		return redis.NewClusterClient(opt), nil
	default:
		opt, err := redis.ParseURL(address)
		if err != nil {
			return nil, redisAddressError(err)
		}
		setRedisTimeouts(&opt.DialTimeout, &opt.ReadTimeout, &opt.DialerRetries, &opt.MaxRetries)
		opt.ContextTimeoutEnabled = true
		return redis.NewClient(opt), nil
	}
}

// redisAddressError removes the address from err, because it may contain a password.
func redisAddressError(err error) error {
	if urlErr := (*url.Error)(nil); errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return fmt.Errorf("parse Redis address: %w", err)
}

// setRedisTimeouts sets the timeouts that the address does not set.
func setRedisTimeouts(dialTimeout, readTimeout *time.Duration, dialRetries, maxRetries *int) {
	setDefault(dialTimeout, redisDialTimeout)
	setDefault(readTimeout, redisTimeout)
	setDefault(dialRetries, redisRetries)
	setDefault(maxRetries, redisRetries)
}

func setDefault[T comparable](option *T, value T) {
	var zero T
	if *option == zero {
		*option = value
	}
}

// subscriptionClient returns the client to subscribe with. Every Cluster node delivers messages published on any
// other, but go-redis subscribes at the node that owns the channel's slot and keeps retrying it after it has died. So
// subscriptionClient chooses a master that answers, preferably one that sees the rest of the cluster.
func subscriptionClient(ctx context.Context, client redis.UniversalClient) redis.UniversalClient {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return client
	}
	ctx, cancel := context.WithTimeout(ctx, redisDialTimeout)
	defer cancel()
	answering := make(chan *redis.Client)
	healthy := make(chan *redis.Client)
	go func() {
		defer close(answering)
		_ = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			info, err := node.ClusterInfo(ctx).Result()
			if err != nil {
				return nil // another node may answer
			}
			target := answering
			if strings.Contains(info, "cluster_state:ok") {
				target = healthy
			}
			select {
			case target <- node:
			case <-ctx.Done():
			}
			return nil
		})
	}()
	var fallback redis.UniversalClient = client
	for {
		select {
		case node := <-healthy:
			return node
		case node, more := <-answering:
			if !more {
				return fallback
			}
			fallback = node
		}
	}
}
