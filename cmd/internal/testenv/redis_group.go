//go:build unix

package testenv

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

// A RedisGroup is a group of Redis servers with failover. URL is an argument of store.OpenRedis.
type RedisGroup struct {
	URL       string
	Servers   map[string]*Process // servers by address
	sentinels []*Process
}

// Close ends all servers.
func (g *RedisGroup) Close() {
	for _, p := range g.Servers {
		p.Close()
	}
	for _, p := range g.sentinels {
		p.Close()
	}
}

// clusterPrimaries is the number of primaries of a cluster, and of its replicas.
const clusterPrimaries = 3

// StartRedisCluster starts a cluster of three primaries with a replica each. A node counts as failed after two seconds.
func StartRedisCluster(ctx context.Context) (*RedisGroup, error) {
	g := &RedisGroup{Servers: map[string]*Process{}}
	if err := g.startCluster(ctx); err != nil {
		g.Close()
		return nil, fmt.Errorf("start a Redis cluster: %w", err)
	}
	return g, nil
}

func (g *RedisGroup) startCluster(ctx context.Context) error {
	var addrs []string
	for range 2 * clusterPrimaries {
		busAddr, err := FreeAddr()
		if err != nil {
			return err
		}
		_, port, _ := net.SplitHostPort(busAddr)
		p, addr, err := StartRedis(ctx, "--cluster-enabled", "yes", "--cluster-port", port, "--cluster-node-timeout", "2000")
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
	return retryUntilReady(ctx, func(ctx context.Context) error {
		for _, addr := range addrs {
			if err := checkClusterReady(ctx, addr); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkClusterReady returns nil if a node knows the others and the cluster serves all keys.
func checkClusterReady(ctx context.Context, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	info, err := client.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d", 2*clusterPrimaries)) {
		return fmt.Errorf("cluster state of %s: %q", addr, info)
	}
	return nil
}

// primaryName is the sentinel's name for the primary of StartRedisSentinel.
const primaryName = "main"

// StartRedisSentinel starts a primary, a replica and a sentinel that promotes the replica one second after the primary is
// lost.
func StartRedisSentinel(ctx context.Context) (g *RedisGroup, primary string, err error) {
	g = &RedisGroup{Servers: map[string]*Process{}}
	if primary, err = g.startSentinel(ctx); err != nil {
		g.Close()
		return nil, "", fmt.Errorf("start Redis with a sentinel: %w", err)
	}
	return g, primary, nil
}

func (g *RedisGroup) startSentinel(ctx context.Context) (primary string, err error) {
	p, primary, err := StartRedis(ctx)
	if err != nil {
		return "", err
	}
	g.Servers[primary] = p
	host, port, _ := net.SplitHostPort(primary)
	p, replica, err := StartRedis(ctx, "--replicaof", host+" "+port)
	if err != nil {
		return "", err
	}
	g.Servers[replica] = p

	addr, err := FreeAddr()
	if err != nil {
		return "", err
	}
	dataDir, err := makeDataDir("sentinel")
	if err != nil {
		return "", err
	}
	_, sentinelPort, _ := net.SplitHostPort(addr)
	file := filepath.Join(dataDir, "sentinel.conf") // sentinels rewrite their configuration
	settings := fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor %s %s %s 1\n"+
		"sentinel down-after-milliseconds %[2]s 1000\nsentinel failover-timeout %[2]s 10000\n", sentinelPort, primaryName, host, port)
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		return "", fmt.Errorf("write sentinel configuration: %w", err)
	}
	sentinel := &Process{program: p.program, dataDir: dataDir, args: []string{file, "--sentinel"}}
	sentinel.ready = func(ctx context.Context) error { return checkReplicaFound(ctx, addr) }
	g.sentinels = append(g.sentinels, sentinel)
	g.URL = "redis://" + addr + "?master_name=" + primaryName
	return primary, sentinel.startOrClose(ctx)
}

// checkReplicaFound returns nil once a sentinel has found a replica that can take over.
func checkReplicaFound(ctx context.Context, addr string) error {
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
	return fmt.Errorf("no usable replica: sentinel lists %v", replicas)
}
