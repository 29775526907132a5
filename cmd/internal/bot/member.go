package bot

import (
	"context"
	"time"

	"guildboard/store/contract"
)

// RecordMemberLeave records that a member has left the guild or was removed from it. Discord reports this to bots with
// the intent GUILD_MEMBERS.
// https://docs.discord.com/developers/events/gateway-events#guild-member-remove
func (e *Engine) RecordMemberLeave(ctx context.Context, guild, user string, at time.Time) error {
	return e.setMemberLeft(ctx, contract.MemberLeaveEvent, guild, user, &at)
}

// RecordMemberJoin records that a user has joined the guild, possibly again.
func (e *Engine) RecordMemberJoin(ctx context.Context, guild, user string) error {
	return e.setMemberLeft(ctx, contract.MemberJoinEvent, guild, user, nil)
}

func (e *Engine) setMemberLeft(ctx context.Context, eventType contract.EventType, guild, user string, at *time.Time) error {
	changed, err := e.store.SetMemberLeft(ctx, guild, user, at)
	if err != nil || !changed {
		return err
	}
	// Giveaway pages show which winners and entrants have left.
	for _, eventType := range []contract.EventType{eventType, contract.GiveawayUpdateEvent} {
		event := contract.Event{Type: eventType, GuildID: guild, UserID: user}
		e.publishEvent(ctx, event.WithData(contract.MemberData{UserID: user}))
	}
	return nil
}
