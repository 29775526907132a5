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

// maxNamed is the number of guilds whose names of channels and roles are cached.
const maxNamed = 1000

// Names are what channels and roles of guilds are called, as it was read a moment ago.
type Names struct {
	// Hold is how long cached names are used if no event says that they have changed: 30 s. Change it before the first
	// request only.
	Hold time.Duration

	store *store.Store
	log   *slog.Logger

	mu     sync.Mutex
	known  map[string]named // by guild
	rounds int              // how often something was forgotten: what was read before that is not kept
	flight singleflight.Group
}

type named struct {
	store.Names
	at time.Time
}

// NewNames makes one that has read nothing yet.
func NewNames(s *store.Store, log *slog.Logger) *Names {
	return &Names{Hold: 30 * time.Second, store: s, log: log, known: map[string]named{}}
}

// of is what the guild's channels and roles are called. When the database does not say, pages do with what it said
// before, or with ids: a name is a convenience.
func (n *Names) of(ctx context.Context, guild string) store.Names {
	n.mu.Lock()
	known, round := n.known[guild], n.rounds
	n.mu.Unlock()
	if time.Since(known.at) < n.Hold {
		return known.Names
	}
	// The answer is everybody's, whoever gives up waiting for it.
	read, err, _ := n.flight.Do(guild, func() (any, error) { return n.store.Names(context.WithoutCancel(ctx), guild) })
	if err != nil {
		n.log.DebugContext(ctx, "names not read", "guild", guild, "error", err)
		return known.Names
	}
	known = named{read.(store.Names), time.Now()}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.known) >= maxNamed {
		clear(n.known)
	}
	if round == n.rounds {
		n.known[guild] = known
	}
	return known.Names
}

// forget has the next who wants a name of the guild ask again; of all guilds when it is "".
func (n *Names) forget(guild string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rounds++
	n.flight.Forget(guild)
	delete(n.known, guild)
	if guild == "" {
		clear(n.known)
	}
}

// channelOf is what a channel is called in a file, "" where the bot has not said.
func channelOf(n store.Names, id string) string {
	c, _ := n.Channel(id)
	return c.Name
}

// rolesOf are what roles are called in a file; the id stands for one that the bot has not named.
func rolesOf(n store.Names, ids []string) []string {
	called := make([]string, len(ids))
	for i, id := range ids {
		role, _ := n.Role(id)
		called[i] = cmp.Or(role.Name, id)
	}
	return called
}
