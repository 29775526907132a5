package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"guildboard/store"
)

// RecordMemberLeave notes that somebody has left the guild, or was removed from it; Discord says so to bots with the intent GUILD_MEMBERS.
// https://docs.discord.com/developers/events/gateway-events#guild-member-remove
func (e *Engine) RecordMemberLeave(ctx context.Context, guild, user string, at time.Time) error {
	return e.setMemberLeft(ctx, store.MemberLeaveEvent, guild, user, &at)
}

// RecordMemberJoin notes that somebody is in the guild, perhaps again.
func (e *Engine) RecordMemberJoin(ctx context.Context, guild, user string) error {
	return e.setMemberLeft(ctx, store.MemberJoinEvent, guild, user, nil)
}

func (e *Engine) setMemberLeft(ctx context.Context, eventType store.EventType, guild, user string, at *time.Time) error {
	changed, err := e.store.SetMemberLeft(ctx, guild, user, at)
	if err != nil || !changed {
		return err
	}
	data, err := json.Marshal(map[string]string{"userId": user})
	if err != nil {
		return fmt.Errorf("writing event: %w", err)
	}
	for _, eventType := range []store.EventType{eventType, store.GiveawayUpdateEvent} { // which show it of winners and entrants
		e.publishEvent(ctx, store.Event{Type: eventType, GuildID: guild, UserID: user, Data: data})
	}
	return nil
}
