package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// TicketMessage is a message of a ticket's channel, as recorded by the bot.
type TicketMessage struct {
	ID           string // Discord's message id
	GuildID      string
	TicketID     string
	Author       contract.User // without an id for the bot itself
	IsBot        bool
	Content      string // Discord markdown; untrusted
	Embeds       []MessageEmbed
	Attachments  []MessageAttachment
	MentionNames map[string]string // names of the users, roles and channels that the content mentions, by id
	ReplyTo      string            // id of the message it replies to; "" for none
	EditCount    int               // edits recorded by the bot
	Revisions    []MessageRevision // earlier texts, oldest first; set only by MessageRevisions

	CreatedAt time.Time
	EditedAt  *time.Time
	DeletedAt *time.Time // the content stays
}

// MessageEmbed is an embed of a message.
type MessageEmbed struct {
	Title       string              `json:"title,omitempty"`
	Description string              `json:"description,omitempty"`
	URL         string              `json:"url,omitempty"`
	Color       string              `json:"color,omitempty"` // #rrggbb
	Author      string              `json:"author,omitempty"`
	Footer      string              `json:"footer,omitempty"`
	Fields      []MessageEmbedField `json:"fields,omitempty"`
}

// MessageEmbedField is a field of an embed.
type MessageEmbedField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// MessageAttachment is an attachment. Its Discord URL expires after about a day.
type MessageAttachment struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Size int64  `json:"size,omitempty"` // bytes
}

// MessageRevision is the text of a message before an edit.
type MessageRevision struct {
	Content  string    `json:"content"`
	EditedAt time.Time `json:"until"`
}

// Limits of a recorded message; Discord's own are lower.
const (
	maxMessageRunes = 4000 // characters
	maxRevisions    = 20
)

// messageColumns selects what scanMessage reads. m is the message.
var messageColumns = `m.id, m.guild_id, m.ticket_id, m.user_id, ` + substrSQL("m.user_name", maxNameRunes) + `, m.user_avatar, m.is_bot, ` +
	substrSQL("m.content", maxLongTextRunes) + `, ` + boundedJSONOr("m.embeds", maxEmbedBytes, "'[]'") + `, ` +
	boundedJSONOr("m.attachments", maxMentionsBytes, "'[]'") + `, ` +
	boundedJSONOr("m.mentions", maxMentionsBytes, "'{}'") + `, m.reply_to, m.edits, m.created_at, m.edited_at, m.deleted_at`

// maxEmbedBytes is more than the embeds of a Discord message can need: 6,000 characters in all, however escaped, and
// ten URLs.
const maxEmbedBytes = 96_000

// messageSizeSQL is the approximate number of bytes that messageColumns reads of a message.
const messageSizeSQL = "octet_length(content) + octet_length(embeds) + octet_length(attachments) + octet_length(mentions)"

func scanMessage(r sqldb.Row) (m TicketMessage, err error) {
	var embeds, files, names string
	err = r.Scan(&m.ID, &m.GuildID, &m.TicketID, &m.Author.ID, &m.Author.Username, &m.Author.Avatar, &m.IsBot, &m.Content,
		&embeds, &files, &names, &m.ReplyTo, &m.EditCount, &m.CreatedAt, &m.EditedAt, &m.DeletedAt)
	// Other bots may have written these columns; unreadable parts are omitted so that the message still shows.
	_ = errors.Join(json.Unmarshal([]byte(embeds), &m.Embeds), json.Unmarshal([]byte(files), &m.Attachments),
		json.Unmarshal([]byte(names), &m.MentionNames))
	return m, err
}

// maxRevisionBytes is more than our bot records: maxRevisions texts of maxMessageRunes characters, however escaped.
const maxRevisionBytes = 1 << 20

// MessageRevisions returns a message of the ticket with its newest maxRevisions earlier texts. If the recorded texts
// are too large to read, Revisions is empty although EditCount is not 0.
func (s *Store) MessageRevisions(ctx context.Context, guild, ticket, id string) (TicketMessage, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []TicketMessage
	var revisions string
	where := " FROM ticket_messages m WHERE m.guild_id = $1 AND m.ticket_id = $2 AND m.id = $3"
	args := []any{guild, ticket, id}
	err := s.batch(ctx,
		sqldb.Query{SQL: "SELECT " + messageColumns + where, Args: args, Row: appendTo(&found, scanMessage)},
		sqldb.Query{
			SQL: "SELECT " + boundedJSONOr("m.revisions", maxRevisionBytes, "'[]'") + where, Args: args,
			Row: func(r sqldb.Row) error { return r.Scan(&revisions) },
		})
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return TicketMessage{}, s.wrapError("read message edits", err)
	}
	m := found[0]
	_ = json.Unmarshal([]byte(revisions), &m.Revisions) // unreadable revisions are omitted
	m.Revisions = m.Revisions[max(0, len(m.Revisions)-maxRevisions):]
	for i := range m.Revisions {
		m.Revisions[i].Content = storableMessage(m.Revisions[i].Content)
	}
	return m, nil
}
