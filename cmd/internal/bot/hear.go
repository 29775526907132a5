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

// Said is a message that somebody wrote in Discord.
type Said struct {
	ID        string // the message's
	GuildID   string
	ChannelID string
	Author    store.Person // with the name that Discord shows
	IsBot     bool
	Content   string
	Embeds    []store.MessageEmbed
	Files     []store.MessageFile
	Names     map[string]string // of whom and what the content mentions, by id
	ReplyTo   string            // id of the message it answers
	At        time.Time
}

// Hear keeps a message if it was said in a ticket's channel; others are none of the bot's business. Hearing it again
// changes nothing.
func (e *Engine) Hear(ctx context.Context, s Said) error {
	ticket, err := e.store.TicketOfChannel(ctx, s.GuildID, s.ChannelID)
	if err != nil || ticket == "" {
		return err
	}
	err = e.store.KeepMessage(ctx, store.TicketMessage{
		ID: s.ID, GuildID: s.GuildID, TicketID: ticket, Author: s.Author, IsBot: s.IsBot, Content: s.Content, Embeds: s.Embeds,
		Files: s.Files, Names: s.Names, ReplyTo: s.ReplyTo, CreatedAt: s.At,
	})
	if err != nil {
		return err
	}
	return e.tellMessage(ctx, s.GuildID, s.Author.ID, ticket, s.ID, "created", "")
}

// HearEdit keeps what a message says from now on, and what it said before. A message that was not kept is passed over.
func (e *Engine) HearEdit(ctx context.Context, guild, id, content string, at time.Time) error {
	ticket, err := e.store.EditMessage(ctx, guild, id, content, at)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return e.tellMessage(ctx, guild, "", ticket, id, "edited", at.UTC().Format(time.RFC3339Nano))
}

// HearDelete marks a message as deleted. A message that was not kept is passed over.
func (e *Engine) HearDelete(ctx context.Context, guild, id string, at time.Time) error {
	ticket, err := e.store.DeleteMessage(ctx, guild, id, at)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return e.tellMessage(ctx, guild, "", ticket, id, "deleted", "")
}

// tellMessage tells of a change in a transcript. Telling again has the same id; once tells
// one change of a kind from the next.
func (e *Engine) tellMessage(ctx context.Context, guild, user, ticket, message, what, once string) error {
	data, err := json.Marshal(map[string]string{"ticketId": ticket, "messageId": message, "change": what})
	if err != nil {
		return fmt.Errorf("writing event: %w", err)
	}
	event := store.Event{Type: store.TicketMessageEvent, GuildID: guild, UserID: user, Data: data}
	event.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte("guildboard message "+guild+" "+message+" "+what+" "+once)).String()
	e.tell(ctx, event)
	return nil
}

// tell publishes an event. It is a hint, as every event: pages find out by themselves when it is lost.
func (e *Engine) tell(ctx context.Context, event store.Event) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := e.bus.Publish(ctx, event); err != nil {
		e.log.DebugContext(ctx, "bot: event not told", "type", string(event.Type), "error", err)
	}
}

// keepOwn keeps what the bot itself said in the ticket's channel.
func (j *job) keepOwn(ctx context.Context, id string, m Message) error {
	by, err := j.asker(ctx)
	if err != nil {
		return err
	}
	said := store.TicketMessage{
		ID: id, GuildID: j.GuildID, TicketID: j.t.ID, IsBot: true, Content: m.Content, CreatedAt: time.Now(),
		Names: map[string]string{by.ID: by.Username, j.t.Opener.ID: j.t.Opener.Username},
	}
	if err := j.store.KeepMessage(ctx, said); err != nil {
		return err
	}
	return j.tellMessage(ctx, j.GuildID, j.Actor.ID, j.t.ID, id, "created", "")
}
