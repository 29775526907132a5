package store

import (
	"context"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// PolicyNoEviction is the maxmemory-policy of a Redis that never evicts keys: when its memory is full it rejects
// writes. https://redis.io/docs/latest/develop/reference/eviction/
const PolicyNoEviction = "noeviction"

// EvictionPolicy returns the maxmemory-policy of Redis, and in a Cluster the first that is not PolicyNoEviction. If CONFIG GET
// is forbidden it uses INFO memory. It returns "" if Redis answers neither, as some services do.
func EvictionPolicy(ctx context.Context, client redis.UniversalClient) string {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return evictionPolicy(ctx, client)
	}
	var (
		mu     sync.Mutex
		policy string
	)
	_ = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		found := evictionPolicy(ctx, node)
		mu.Lock()
		defer mu.Unlock()
		if policy == "" || policy == PolicyNoEviction {
			policy = found
		}
		return nil
	})
	return policy
}

func evictionPolicy(ctx context.Context, node redis.Cmdable) string {
	found, err := node.ConfigGet(ctx, "maxmemory-policy").Result()
	if policy := found["maxmemory-policy"]; err == nil && policy != "" {
		return policy
	}
	info, err := node.Info(ctx, "memory").Result()
	if err != nil {
		return ""
	}
	for line := range strings.Lines(info) {
		if policy, ok := strings.CutPrefix(strings.TrimSpace(line), "maxmemory_policy:"); ok {
			return policy
		}
	}
	return ""
}
