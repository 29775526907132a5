package bot

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"guildboard/store"
	"guildboard/store/contract"
)

// IncomingMessage is a message written in Discord.
type IncomingMessage struct {
	ID        string // id of the message
	GuildID   string
	ChannelID string
	Author    contract.User // with the display name
	IsBot     bool
	Content   string
	Embeds    []store.MessageEmbed
	Files     []store.MessageAttachment
	Names     map[string]string // names of the mentioned users, roles and channels, by id
	ReplyTo   string            // id of the message that it replies to
	At        time.Time
}

// RecordMessage stores a message written in a ticket's channel. Messages in other channels are ignored. Recording a
// message again has no effect.
func (e *Engine) RecordMessage(ctx context.Context, s IncomingMessage) error {
	ticket, err := e.store.TicketIDByChannel(ctx, s.GuildID, s.ChannelID)
	if err != nil || ticket == "" {
		return err
	}
	err = e.store.SaveMessage(ctx, store.TicketMessage{
		ID: s.ID, GuildID: s.GuildID, TicketID: ticket, Author: s.Author, IsBot: s.IsBot, Content: s.Content, Embeds: s.Embeds,
		Attachments: s.Files, MentionNames: s.Names, ReplyTo: s.ReplyTo, CreatedAt: s.At,
	})
	if err != nil {
		return err
	}
	e.publishMessageChange(ctx, s.GuildID, s.Author.ID, ticket, s.ID, "created", "")
	return nil
}

// RecordMessageEdit stores the new content of a message and keeps the old one. Messages that are not stored are
// ignored.
func (e *Engine) RecordMessageEdit(ctx context.Context, guild, id, content string, at time.Time) error {
	ticket, err := e.store.EditMessage(ctx, guild, id, content, at)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	e.publishMessageChange(ctx, guild, "", ticket, id, "edited", at.UTC().Format(time.RFC3339Nano))
	return nil
}

// RecordMessageDeletion marks a message as deleted. Messages that are not stored are ignored.
func (e *Engine) RecordMessageDeletion(ctx context.Context, guild, id string, at time.Time) error {
	ticket, err := e.store.DeleteMessage(ctx, guild, id, at)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	e.publishMessageChange(ctx, guild, "", ticket, id, "deleted", "")
	return nil
}

// publishMessageChange publishes an event about a change in a transcript. The event's id is derived from its parts, so
// it is the same when published again; discriminator distinguishes several changes of a message of the same kind.
func (e *Engine) publishMessageChange(ctx context.Context, guild, user, ticket, message, change, discriminator string) {
	event := contract.Event{Type: contract.TicketMessageEvent, GuildID: guild, UserID: user}
	event = event.WithData(contract.TicketMessageData{TicketID: ticket, MessageID: message, Change: change})
	event.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte("guildboard message "+guild+" "+message+" "+change+" "+discriminator)).String()
	e.publishEvent(ctx, event)
}

// publishEvent publishes an event. A lost event only delays pages until their next refresh, so the error is only
// logged.
func (e *Engine) publishEvent(ctx context.Context, event contract.Event) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := e.bus.Publish(ctx, event); err != nil {
		e.log.DebugContext(ctx, "publish event", "type", string(event.Type), "err", err)
	}
}

// recordOwnMessage stores a message that the bot posted in the ticket's channel.
func (j *job) recordOwnMessage(ctx context.Context, id string, m Message) error {
	requester, err := j.requester(ctx)
	if err != nil {
		return err
	}
	message := store.TicketMessage{
		ID: id, GuildID: j.GuildID, TicketID: j.ticket.ID, IsBot: true, Content: m.Content, CreatedAt: time.Now(),
		MentionNames: map[string]string{requester.ID: requester.Username, j.ticket.Opener.ID: j.ticket.Opener.Username},
	}
	if err := j.store.SaveMessage(ctx, message); err != nil {
		return err
	}
	j.publishMessageChange(ctx, j.GuildID, j.Actor.ID, j.ticket.ID, id, "created", "")
	return nil
}
