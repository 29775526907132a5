package store

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"strings"
)

// Limits of what is answered from the dashboard; the first is Discord's, of a message.
// https://docs.discord.com/developers/resources/message
const (
	MaxReply  = 2000
	MaxCanned = 50 // of a guild: what one can still choose from
)

// CanReply tells whether something can be said in the ticket: until it is closed.
func CanReply(t Ticket) bool { return t.Status != TicketClosed }

// ReplyOf is what a command has the bot say in a ticket; "" when it is about something else.
func ReplyOf(c Command) string {
	var data struct {
		Text string `json:"text"`
	}
	if c.Verb != VerbTicketReply || json.Unmarshal(c.Data, &data) != nil {
		return ""
	}
	return data.Text
}

// ReplyData is the data of a command that has the bot say it.
func ReplyData(text string) json.RawMessage {
	raw, _ := json.Marshal(map[string]string{"text": text}) // texts always encode
	return raw
}

// CannedReply is a reply that a guild keeps, to be chosen where a ticket is answered.
type CannedReply struct {
	ID      string
	GuildID string
	Name    string // unique in the guild, once folded
	Text    string // {user} and {ticket} stand for the opener and the ticket's number
	Version int
}

// CannedSheet is its form.
var CannedSheet = Sheet{
	{Name: "name", Group: "canned", Kind: FieldText, Needed: true, Most: 100},
	{Name: "text", Group: "messages", Kind: FieldProse, Needed: true, Most: MaxReply},
}

// Values is the reply as its sheet has it.
func (c CannedReply) Values() Values { return Values{"name": c.Name, "text": c.Text} }

// Fill puts what the sheet says into the reply.
func (c CannedReply) Fill(v Values) CannedReply {
	c.Name, c.Text = v["name"], v["text"]
	return c
}

// For is the text as it is said in the ticket. The opener is named, and not notified.
func (c CannedReply) For(t Ticket) string {
	return strings.NewReplacer("{user}", "@"+cmp.Or(t.Opener.Username, t.Opener.ID), "{ticket}", "#"+strconv.Itoa(t.Number)).Replace(c.Text)
}

// CannedReplies are the guild's, by name.
func (s *Store) CannedReplies(ctx context.Context, guild string) (replies []CannedReply, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	err = s.batch(ctx, readCanned(guild, &replies))
	return replies, s.fault("reading canned replies", err)
}

func readCanned(guild string, replies *[]CannedReply) read {
	return read{
		sql: "SELECT id, guild_id, " + cut("name", nameRunes) + ", " + cut("content", proseRunes) + ", version FROM ticket_replies" +
			" WHERE guild_id = $1 ORDER BY " + byName("name") + ", id" + page{1, MaxCanned}.limit(),
		args: []any{guild},
		row: appendTo(replies, func(r row) (c CannedReply, err error) {
			err = r.Scan(&c.ID, &c.GuildID, &c.Name, &c.Text, &c.Version)
			return c, err
		}),
	}
}

// ChangeCanned saves what somebody has made of a canned reply, as ChangePanel does with a panel.
func (s *Store) ChangeCanned(ctx context.Context, by Person, before Values, c CannedReply) error {
	return s.change(ctx, "changing canned reply", func(ctx context.Context, t tx) error {
		if err := t.turnover(ctx, ticketReplies, c.GuildID, c.ID, c.Version); err != nil {
			return err
		}
		changed, err := t.exec(ctx, insert(ticketReplies, "id, guild_id, name, content")+`
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, content = excluded.content
			WHERE ticket_replies.guild_id = excluded.guild_id`, c.ID, c.GuildID, c.Name, c.Text)
		if err == nil && changed == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return t.recordSheet(ctx, c.GuildID, by, VerbCannedChange, CannedSheet, c.ID, c.Name, before, c.Values())
	})
}

// DeleteCanned removes a canned reply; what was said with it stays.
func (s *Store) DeleteCanned(ctx context.Context, by Person, c CannedReply) error {
	return s.remove(ctx, by, VerbCannedChange, ticketReplies, c.GuildID, c.ID, c.Name, c.Values())
}
