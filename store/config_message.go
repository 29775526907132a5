package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// The channels on which the existing bot listens for changes of settings: one a module, and one for all, which is the one
// that it goes by.
const configChannelPrefix = "bot:config:"

// ConfigAction is what happened to settings.
type ConfigAction string

const (
	ConfigCreate ConfigAction = "create"
	ConfigUpdate ConfigAction = "update"
	ConfigDelete ConfigAction = "delete"
)

// PublishConfig tells bots that settings of a module were changed, in the words of the existing bot: the same message on the
// module's channel and on that for all. It comes after the change, and is a hint: the bot reads the database.
func (b *Bus) PublishConfig(ctx context.Context, guild string, m Module, action ConfigAction) error {
	name, channel := "GIVEAWAY", "giveaway"
	if m == ModuleTickets {
		name, channel = "TICKETS", "tickets"
	}
	message, err := json.Marshal(struct {
		GuildID   string       `json:"guildId"`
		Module    string       `json:"module"`
		Action    ConfigAction `json:"action"`
		Timestamp int64        `json:"timestamp"`
	}{guild, name, action, time.Now().UnixMilli()})
	if err != nil {
		return fmt.Errorf("writing change of settings: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	return errors.Join(b.client.Publish(ctx, configChannelPrefix+channel, message).Err(), b.client.Publish(ctx, configChannelPrefix+"update", message).Err())
}
