package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"guildboard/store"
)

// Left notes that somebody has left the guild, or was removed from it; Discord says so to bots with the intent GUILD_MEMBERS.
// https://docs.discord.com/developers/events/gateway-events#guild-member-remove
func (e *Engine) Left(ctx context.Context, guild, user string, at time.Time) error {
	return e.setLeft(ctx, store.MemberLeaveEvent, guild, user, &at)
}

// Joined notes that somebody is in the guild, perhaps again.
func (e *Engine) Joined(ctx context.Context, guild, user string) error {
	return e.setLeft(ctx, store.MemberJoinEvent, guild, user, nil)
}

func (e *Engine) setLeft(ctx context.Context, kind store.EventType, guild, user string, at *time.Time) error {
	changed, err := e.store.SetLeft(ctx, guild, user, at)
	if err != nil || !changed {
		return err
	}
	data, err := json.Marshal(map[string]string{"userId": user})
	if err != nil {
		return fmt.Errorf("writing event: %w", err)
	}
	for _, kind := range []store.EventType{kind, store.GiveawayUpdateEvent} { // which show it of winners and entrants
		e.tell(ctx, store.Event{Type: kind, GuildID: guild, UserID: user, Data: data})
	}
	return nil
}
