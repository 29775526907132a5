package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"guildboard/store/internal/sqldb"
)

// SaveMessage records a message of a ticket of the guild. Saving the same message again has no effect.
func (s *Store) SaveMessage(ctx context.Context, m TicketMessage) error {
	embeds, err := json.Marshal(append([]MessageEmbed{}, m.Embeds...))
	if err != nil {
		return fmt.Errorf("save message: encode embeds: %w", err)
	}
	files, err := json.Marshal(append([]MessageAttachment{}, m.Attachments...))
	if err != nil {
		return fmt.Errorf("save message: encode attachments: %w", err)
	}
	if m.MentionNames == nil {
		m.MentionNames = map[string]string{}
	}
	names, err := json.Marshal(m.MentionNames)
	if err != nil {
		return fmt.Errorf("save message: encode names: %w", err)
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = time.Now()
	}
	m.ID = cmp.Or(m.ID, NewID())
	return s.withTx(ctx, "save message", func(ctx context.Context, t tx) error {
		if err := t.requireRow(ctx, ticketsTable, m.GuildID, m.TicketID); err != nil {
			return err
		}
		_, err := t.Exec(ctx, sqldb.Insert("ticket_messages", `id, guild_id, ticket_id, user_id, user_name, user_avatar, is_bot, content,
			embeds, attachments, mentions, reply_to, created_at`)+" ON CONFLICT (id) DO NOTHING",
			m.ID, m.GuildID, m.TicketID, m.Author.ID, m.Author.Username, m.Author.Avatar, m.IsBot, storableMessage(m.Content),
			string(embeds), string(files), string(names), m.ReplyTo, m.CreatedAt)
		return err
	})
}

// storableMessage returns untrusted text truncated to maxMessageRunes and without NUL, which Postgres rejects.
func storableMessage(text string) string {
	runes := []rune(text)
	if len(runes) > maxMessageRunes {
		runes = runes[:maxMessageRunes]
	}
	return string(slices.DeleteFunc(runes, func(r rune) bool { return r == 0 }))
}

// EditMessage replaces the content of a recorded message, keeps the previous text as a revision and returns the
// ticket's id.
func (s *Store) EditMessage(ctx context.Context, guild, id, content string, at time.Time) (ticket string, err error) {
	content = storableMessage(content)
	err = s.withTx(ctx, "edit message", func(ctx context.Context, t tx) error {
		var before, text string
		err := t.QueryRow(ctx, "SELECT ticket_id, content, revisions FROM ticket_messages WHERE guild_id = $1 AND id = $2", guild, id).
			Scan(&ticket, &before, &text)
		if err != nil || before == content {
			return err
		}
		var revisions []MessageRevision
		_ = json.Unmarshal([]byte(text), &revisions) // unreadable revisions are dropped
		revisions = append(revisions, MessageRevision{Content: before, EditedAt: sqldb.UTC(at)})
		revisions = revisions[max(0, len(revisions)-maxRevisions):]
		written, err := json.Marshal(revisions)
		if err != nil {
			return err
		}
		_, err = t.Exec(ctx, `UPDATE ticket_messages SET content = $3, revisions = $4, edited_at = $5
			WHERE guild_id = $1 AND id = $2`, guild, id, content, string(written), at)
		return err
	})
	return ticket, err
}

// DeleteMessage marks a recorded message as deleted in Discord and returns the ticket's id.
func (s *Store) DeleteMessage(ctx context.Context, guild, id string, at time.Time) (ticket string, err error) {
	err = s.withTx(ctx, "delete message", func(ctx context.Context, t tx) error {
		return t.QueryRow(ctx, `UPDATE ticket_messages SET deleted_at = coalesce(deleted_at, $3)
			WHERE guild_id = $1 AND id = $2 RETURNING ticket_id`, guild, id, at).Scan(&ticket)
	})
	return ticket, err
}

// TicketIDByChannel returns the id of the ticket with that channel; "" if there is none.
func (s *Store) TicketIDByChannel(ctx context.Context, guild, channel string) (id string, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	err = s.batch(ctx, sqldb.Query{
		SQL:  "SELECT id FROM tickets WHERE guild_id = $1 AND channel_id = $2",
		Args: []any{guild, channel},
		Row:  func(r sqldb.Row) error { return r.Scan(&id) },
	})
	return id, s.wrapError("read ticket of channel", err)
}
