package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"guildboard/store/access"
)

// configChannelPrefix is the prefix of the channels on which the existing bot receives changes of settings: one
// channel per module, and one for all modules, which is the one that it uses.
const configChannelPrefix = "bot:config:"

// ConfigAction is the kind of a change of settings.
type ConfigAction string

const (
	ConfigCreate ConfigAction = "create"
	ConfigUpdate ConfigAction = "update"
	ConfigDelete ConfigAction = "delete"
)

// PublishConfig notifies bots of a change of a module's settings, in the format of the existing bot: the same message
// on the module's channel and on that of all modules. Call it after the change. Bots read the settings from the
// database, so a lost message only delays them.
func (b *Bus) PublishConfig(ctx context.Context, guild string, m access.Module, action ConfigAction) error {
	name, channel := "GIVEAWAY", "giveaway"
	if m == access.ModuleTickets {
		name, channel = "TICKETS", "tickets"
	}
	message, err := json.Marshal(struct {
		GuildID   string       `json:"guildId"`
		Module    string       `json:"module"`
		Action    ConfigAction `json:"action"`
		Timestamp int64        `json:"timestamp"`
	}{guild, name, action, time.Now().UnixMilli()})
	if err != nil {
		return fmt.Errorf("encode change of settings: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	return errors.Join(
		b.client.Publish(ctx, configChannelPrefix+channel, message).Err(),
		b.client.Publish(ctx, configChannelPrefix+"update", message).Err(),
	)
}
