package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"guildboard/store"
)

// IncomingMessage is a message that somebody wrote in Discord.
type IncomingMessage struct {
	ID        string // the message's
	GuildID   string
	ChannelID string
	Author    store.User // with the name that Discord shows
	IsBot     bool
	Content   string
	Embeds    []store.MessageEmbed
	Files     []store.MessageAttachment
	Names     map[string]string // of whom and what the content mentions, by id
	ReplyTo   string            // id of the message it answers
	At        time.Time
}

// RecordMessage keeps a message if it was said in a ticket's channel; others are none of the bot's business. Hearing it again
// changes nothing.
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
	return e.publishMessageChange(ctx, s.GuildID, s.Author.ID, ticket, s.ID, "created", "")
}

// RecordMessageEdit keeps what a message says from now on, and what it said before. A message that was not kept is passed over.
func (e *Engine) RecordMessageEdit(ctx context.Context, guild, id, content string, at time.Time) error {
	ticket, err := e.store.EditMessage(ctx, guild, id, content, at)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return e.publishMessageChange(ctx, guild, "", ticket, id, "edited", at.UTC().Format(time.RFC3339Nano))
}

// RecordMessageDeletion marks a message as deleted. A message that was not kept is passed over.
func (e *Engine) RecordMessageDeletion(ctx context.Context, guild, id string, at time.Time) error {
	ticket, err := e.store.DeleteMessage(ctx, guild, id, at)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return e.publishMessageChange(ctx, guild, "", ticket, id, "deleted", "")
}

// publishMessageChange tells of a change in a transcript. Telling again has the same id; once tells
// one change of a kind from the next.
func (e *Engine) publishMessageChange(ctx context.Context, guild, user, ticket, message, change, discriminator string) error {
	data, err := json.Marshal(map[string]string{"ticketId": ticket, "messageId": message, "change": change})
	if err != nil {
		return fmt.Errorf("writing event: %w", err)
	}
	event := store.Event{Type: store.TicketMessageEvent, GuildID: guild, UserID: user, Data: data}
	event.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte("guildboard message "+guild+" "+message+" "+change+" "+discriminator)).String()
	e.publishEvent(ctx, event)
	return nil
}

// publishEvent publishes an event. It is a hint, as every event: pages find out by themselves when it is lost.
func (e *Engine) publishEvent(ctx context.Context, event store.Event) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := e.bus.Publish(ctx, event); err != nil {
		e.log.DebugContext(ctx, "bot: event not told", "type", string(event.Type), "error", err)
	}
}

// recordOwnMessage keeps what the bot itself said in the ticket's channel.
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
	return j.publishMessageChange(ctx, j.GuildID, j.Actor.ID, j.ticket.ID, id, "created", "")
}
