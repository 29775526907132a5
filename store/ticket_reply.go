package store

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/store/internal/sqldb"
)

// Limits of replies from the dashboard. Discord sets the first, for a message:
// https://docs.discord.com/developers/resources/message
const (
	MaxReplyLength   = 2000
	MaxCannedReplies = 50 // of a guild
)

// CanReply reports whether the ticket accepts replies: until it is closed.
func CanReply(t Ticket) bool { return t.Status != TicketClosed }

// DecodeReply returns the text of a contract.VerbTicketReply; "" for other commands.
func DecodeReply(c contract.Command) string {
	var p contract.ReplyPayload
	if c.Verb != contract.VerbTicketReply || c.DecodePayload(&p) != nil {
		return ""
	}
	return p.Text
}

// CannedReply is a reply text that a guild saves for reuse.
type CannedReply struct {
	ID      string
	GuildID string
	Name    string // unique in the guild after case folding
	Text    string // {user} and {ticket} are replaced by the opener and the ticket's number
	Version int
}

// CannedReplySchema is the form schema of a canned reply.
var CannedReplySchema = forms.Schema{
	{Name: "name", Group: "canned", Kind: forms.Text, Required: true, MaxLength: 100},
	{Name: "text", Group: "canned", Kind: forms.Multiline, Required: true, MaxLength: MaxReplyLength},
}

// Values returns the reply's form values.
func (c CannedReply) Values() forms.Values {
	return forms.Values{"name": c.Name, "text": c.Text}
}

// WithValues returns the reply with the form values applied.
func (c CannedReply) WithValues(v forms.Values) CannedReply {
	c.Name, c.Text = v["name"], v["text"]
	return c
}

// Render returns the text with its placeholders filled in. The opener is named without a ping.
func (c CannedReply) Render(t Ticket) string {
	return strings.NewReplacer("{user}", "@"+cmp.Or(t.Opener.Username, t.Opener.ID), "{ticket}", "#"+strconv.Itoa(t.Number)).Replace(c.Text)
}

// CannedReplies returns the guild's canned replies by name.
func (s *Store) CannedReplies(ctx context.Context, guild string) (replies []CannedReply, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	err = s.batch(ctx, cannedRepliesQuery(guild, &replies))
	return replies, s.wrapError("read canned replies", err)
}

func cannedRepliesQuery(guild string, replies *[]CannedReply) sqldb.Query {
	return sqldb.Query{
		SQL: "SELECT id, guild_id, " + substrSQL("name", maxNameRunes) + ", " + substrSQL("content", maxLongTextRunes) +
			", version FROM ticket_replies" +
			" WHERE guild_id = $1 ORDER BY " + orderByName("name") + ", id" + page{1, MaxCannedReplies}.limitSQL(),
		Args: []any{guild},
		Row: appendTo(replies, func(r sqldb.Row) (c CannedReply, err error) {
			err = r.Scan(&c.ID, &c.GuildID, &c.Name, &c.Text, &c.Version)
			return c, err
		}),
	}
}

// ChangeCannedReply saves a canned reply; versions and errors are as in ChangePanel.
func (s *Store) ChangeCannedReply(ctx context.Context, actor contract.User, before forms.Values, c CannedReply) error {
	return s.withTx(ctx, "change canned reply", func(ctx context.Context, t tx) error {
		if err := t.bumpVersion(ctx, ticketRepliesTable, c.GuildID, c.ID, c.Version); err != nil {
			return err
		}
		changed, err := t.Exec(ctx, sqldb.Insert(ticketRepliesTable, "id, guild_id, name, content")+`
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, content = excluded.content
			WHERE ticket_replies.guild_id = excluded.guild_id`, c.ID, c.GuildID, c.Name, c.Text)
		if err == nil && changed == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return t.recordFormAudit(ctx, c.GuildID, actor, contract.VerbCannedReplyChange, CannedReplySchema, c.ID, c.Name, before, c.Values())
	})
}

// DeleteCannedReply deletes a canned reply; messages posted with it stay.
func (s *Store) DeleteCannedReply(ctx context.Context, actor contract.User, c CannedReply) error {
	return s.deleteAudited(ctx, actor, contract.VerbCannedReplyChange, ticketRepliesTable, c.GuildID, c.ID, c.Name, c.Values())
}
