package contract

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// HeartbeatInterval is the time between two heartbeats of a bot; HeartbeatTTL is how long each of them is valid.
const (
	HeartbeatInterval = 10 * time.Second
	HeartbeatTTL      = 30 * time.Second
)

// Heartbeat is the content of a bot's heartbeat.
type Heartbeat struct {
	Version      string `json:"version"`
	Capabilities []Verb `json:"capabilities"`
	GuildCount   int    `json:"guilds"`
}

// Send stores the heartbeat in Redis, valid for HeartbeatTTL.
func (h Heartbeat) Send(ctx context.Context, client redis.UniversalClient) error {
	value, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return client.Set(ctx, BotAliveKey, value, HeartbeatTTL).Err()
}

// truncated returns the heartbeat, truncated to the limits of the contract.
func (h Heartbeat) Truncated() Heartbeat {
	h.Version = truncate(h.Version, MaxVersion)
	h.Capabilities = slices.Clone(h.Capabilities[:min(len(h.Capabilities), MaxCapabilities)])
	for i, v := range h.Capabilities {
		h.Capabilities[i] = Verb(truncate(string(v), maxEventFieldBytes))
	}
	return h
}
