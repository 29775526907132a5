package handlers

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"guildboard/store"
)

const (
	defaultNamesTTL = 30 * time.Second
	maxCachedGuilds = 1000 // guilds whose names of channels and roles are cached
)

// nameCache caches the names of channels and roles of guilds. It is safe for concurrent use.
type nameCache struct {
	store *store.Store
	ttl   time.Duration // time after which names are loaded again, if no event invalidates them earlier
	log   *slog.Logger

	mu         sync.Mutex
	byGuild    map[string]cachedNames
	generation int // number of invalidations; names loaded before the last one are not cached
	loads      singleflight.Group
}

type cachedNames struct {
	store.GuildDirectory
	loadedAt time.Time
}

// newNameCache returns an empty cache.
func newNameCache(s *store.Store, ttl time.Duration, log *slog.Logger) *nameCache {
	return &nameCache{store: s, ttl: ttl, log: log, byGuild: map[string]cachedNames{}}
}

// get returns the names of the guild's channels and roles. If the database fails, it returns the last known names,
// which may be none; pages show IDs then.
func (c *nameCache) get(ctx context.Context, guild string) store.GuildDirectory {
	c.mu.Lock()
	cached, generation := c.byGuild[guild], c.generation
	c.mu.Unlock()
	if time.Since(cached.loadedAt) < c.ttl {
		return cached.GuildDirectory
	}
	// Several callers share the load, so it must not end with the context of the first.
	loaded, err, _ := c.loads.Do(guild, func() (any, error) { return c.store.GuildDirectory(context.WithoutCancel(ctx), guild) })
	if err != nil {
		c.log.DebugContext(ctx, "load guild directory", "guild", guild, "err", err)
		return cached.GuildDirectory
	}
	cached = cachedNames{loaded.(store.GuildDirectory), time.Now()}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byGuild) >= maxCachedGuilds {
		clear(c.byGuild)
	}
	if generation == c.generation {
		c.byGuild[guild] = cached
	}
	return cached.GuildDirectory
}

// invalidate removes the names of the guild; of all guilds for "".
func (c *nameCache) invalidate(guild string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	c.loads.Forget(guild)
	delete(c.byGuild, guild)
	if guild == "" {
		clear(c.byGuild)
	}
}

// channelName returns the name of a channel for exports; "" if it is unknown.
func channelName(names store.GuildDirectory, id string) string {
	channel, _ := names.Channel(id)
	return channel.Name
}

// roleNames returns the names of roles for exports; the ID of a role whose name is unknown.
func roleNames(names store.GuildDirectory, ids []string) []string {
	roles := make([]string, len(ids))
	for i, id := range ids {
		role, _ := names.Role(id)
		roles[i] = cmp.Or(role.Name, id)
	}
	return roles
}
