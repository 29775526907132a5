package main

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// newRedis makes a client of what REDIS_URL says:
//
//	redis://user:password@host:6379/0               one server; rediss:// with TLS, unix:///path for a socket
//	redis-sentinel://user:password@host1,host2/name/0   a master that sentinels watch over
//	redis-cluster://user:password@host1,host2        a cluster
func newRedis(address string) (redis.UniversalClient, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("it is not a URL such as redis://localhost:6379")
	}
	switch u.Scheme {
	case "redis", "rediss", "unix":
		options, err := redis.ParseURL(address)
		if err != nil {
			return nil, err
		}
		return redis.NewClient(options), nil
	case "redis-sentinel":
		return newSentinel(u)
	case "redis-cluster":
		password, _ := u.User.Password()
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: hosts(u, "6379"), Username: u.User.Username(), Password: password,
		}), nil
	}
	return nil, errors.New("it must begin with redis://, rediss://, unix://, redis-sentinel:// or redis-cluster://")
}

func newSentinel(u *url.URL) (redis.UniversalClient, error) {
	name, number, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if name == "" {
		return nil, errors.New("the master's name is missing: redis-sentinel://host1,host2/name")
	}
	db := 0
	if number != "" {
		var err error
		if db, err = strconv.Atoi(number); err != nil {
			return nil, errors.New("the database after the master's name is not a number")
		}
	}
	password, _ := u.User.Password()
	return redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: name, SentinelAddrs: hosts(u, "26379"), Username: u.User.Username(), Password: password, DB: db,
	}), nil
}

// hosts parts "a,b:1234" into addresses with a port.
func hosts(u *url.URL, port string) []string {
	list := strings.Split(u.Host, ",")
	for i, host := range list {
		if !strings.Contains(host, ":") {
			list[i] = host + ":" + port
		}
	}
	return list
}
