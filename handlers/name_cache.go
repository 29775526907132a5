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

// maxCachedGuilds is the number of guilds whose names of channels and roles are cached.
const maxCachedGuilds = 1000

// NameCache are what channels and roles of guilds are called, as it was read a moment ago.
type NameCache struct {
	// TTL is how long cached names are used if no event says that they have changed: 30 s. Change it before the first
	// request only.
	TTL time.Duration

	store *store.Store
	log   *slog.Logger

	mu         sync.Mutex
	byGuild    map[string]cachedNames // by guild
	generation int                    // how often something was forgotten: what was read before that is not kept
	loads      singleflight.Group
}

type cachedNames struct {
	store.GuildDirectory
	loadedAt time.Time
}

// NewNameCache makes one that has read nothing yet.
func NewNameCache(s *store.Store, log *slog.Logger) *NameCache {
	return &NameCache{TTL: 30 * time.Second, store: s, log: log, byGuild: map[string]cachedNames{}}
}

// get is what the guild's channels and roles are called. When the database does not say, pages do with what it said
// before, or with ids: a name is a convenience.
func (c *NameCache) get(ctx context.Context, guild string) store.GuildDirectory {
	c.mu.Lock()
	cached, generation := c.byGuild[guild], c.generation
	c.mu.Unlock()
	if time.Since(cached.loadedAt) < c.TTL {
		return cached.GuildDirectory
	}
	// The answer is everybody's, whoever gives up waiting for it.
	loaded, err, _ := c.loads.Do(guild, func() (any, error) { return c.store.GuildDirectory(context.WithoutCancel(ctx), guild) })
	if err != nil {
		c.log.DebugContext(ctx, "names not read", "guild", guild, "error", err)
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

// invalidate has the next who wants a name of the guild ask again; of all guilds when it is "".
func (c *NameCache) invalidate(guild string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	c.loads.Forget(guild)
	delete(c.byGuild, guild)
	if guild == "" {
		clear(c.byGuild)
	}
}

// channelName is what a channel is called in a file, "" where the bot has not said.
func channelName(names store.GuildDirectory, id string) string {
	channel, _ := names.Channel(id)
	return channel.Name
}

// roleNames are what roles are called in a file; the id stands for one that the bot has not named.
func roleNames(names store.GuildDirectory, ids []string) []string {
	roles := make([]string, len(ids))
	for i, id := range ids {
		role, _ := names.Role(id)
		roles[i] = cmp.Or(role.Name, id)
	}
	return roles
}
