//go:build unix

package rig

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/redis/go-redis/v9"
)

// A RedisGroup is several Redis servers that replace one another. URL is what store.OpenRedis takes.
type RedisGroup struct {
	URL     string
	Servers map[string]*Process // by address
	others  []*Process          // sentinels
}

// Close ends all servers.
func (g *RedisGroup) Close() {
	for _, p := range g.Servers {
		p.Close()
	}
	for _, p := range g.others {
		p.Close()
	}
}

// clusterSize is how many primaries a cluster has, and how many replicas.
const clusterSize = 3

// RedisCluster starts a cluster of three primaries with a replica each. A node counts as failed after two seconds.
func RedisCluster(ctx context.Context) (*RedisGroup, error) {
	g := &RedisGroup{Servers: map[string]*Process{}}
	if err := g.cluster(ctx); err != nil {
		g.Close()
		return nil, fmt.Errorf("start a Redis cluster: %w", err)
	}
	return g, nil
}

func (g *RedisGroup) cluster(ctx context.Context) error {
	var addrs []string
	for range 2 * clusterSize {
		bus, err := FreeAddr()
		if err != nil {
			return err
		}
		_, port, _ := net.SplitHostPort(bus)
		p, addr, err := Redis(ctx, "--cluster-enabled", "yes", "--cluster-port", port, "--cluster-node-timeout", "2000")
		if err != nil {
			return err
		}
		g.Servers[addr] = p
		addrs = append(addrs, addr)
	}
	create := exec.CommandContext(ctx, "redis-cli", append(append([]string{"--cluster", "create"}, addrs...),
		"--cluster-replicas", "1", "--cluster-yes")...)
	if out, err := create.CombinedOutput(); err != nil {
		return fmt.Errorf("redis-cli --cluster create: %w\n%s", err, out)
	}
	g.URL = "redis://" + addrs[0] + "?addr=" + strings.Join(addrs[1:], "&addr=")
	return await(ctx, func(ctx context.Context) error {
		for _, addr := range addrs {
			if err := clusterIsWhole(ctx, addr); err != nil {
				return err
			}
		}
		return nil
	})
}

// clusterIsWhole returns nil if a node knows the others and the cluster serves all keys.
func clusterIsWhole(ctx context.Context, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	info, err := client.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d", 2*clusterSize)) {
		return fmt.Errorf("%s says %q", addr, info)
	}
	return nil
}

// primaryName is the sentinel's name for the primary of SentinelRedis.
const primaryName = "main"

// SentinelRedis starts a primary, a replica and a sentinel that promotes the replica one second after the primary is
// lost.
func SentinelRedis(ctx context.Context) (g *RedisGroup, primary string, err error) {
	g = &RedisGroup{Servers: map[string]*Process{}}
	if primary, err = g.sentinel(ctx); err != nil {
		g.Close()
		return nil, "", fmt.Errorf("start Redis with a sentinel: %w", err)
	}
	return g, primary, nil
}

func (g *RedisGroup) sentinel(ctx context.Context) (primary string, err error) {
	p, primary, err := Redis(ctx)
	if err != nil {
		return "", err
	}
	g.Servers[primary] = p
	host, port, _ := net.SplitHostPort(primary)
	p, replica, err := Redis(ctx, "--replicaof", host+" "+port)
	if err != nil {
		return "", err
	}
	g.Servers[replica] = p

	addr, err := FreeAddr()
	if err != nil {
		return "", err
	}
	data, err := place("sentinel")
	if err != nil {
		return "", err
	}
	_, own, _ := net.SplitHostPort(addr)
	file := filepath.Join(data, "sentinel.conf") // which a sentinel writes to
	settings := fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor %s %s %s 1\n"+
		"sentinel down-after-milliseconds %[2]s 1000\nsentinel failover-timeout %[2]s 10000\n", own, primaryName, host, port)
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		return "", fmt.Errorf("write the sentinel's settings: %w", err)
	}
	watch := &Process{program: p.program, data: data, args: []string{file, "--sentinel"}}
	watch.answers = func(ctx context.Context) error { return knowsReplica(ctx, addr) }
	g.others = append(g.others, watch)
	g.URL = "redis://" + addr + "?master_name=" + primaryName
	return primary, watch.start(ctx)
}

// knowsReplica returns nil once a sentinel has found a replica that can take over.
func knowsReplica(ctx context.Context, addr string) error {
	client := redis.NewSentinelClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	replicas, err := client.Replicas(ctx, primaryName).Result()
	if err != nil {
		return err
	}
	for _, r := range replicas {
		if r["flags"] == "slave" && r["master-link-status"] == "ok" {
			return nil
		}
	}
	return fmt.Errorf("the sentinel knows of %v", replicas)
}
