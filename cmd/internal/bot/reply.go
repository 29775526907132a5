package bot

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"guildboard/store"
)

// checkReply passes the check when the ticket can be answered, and there is something to say.
func (j *job) checkReply(ctx context.Context) error {
	if err := j.loadTicket(ctx); err != nil || j.memo.Checked {
		return err
	}
	text := store.ReplyOf(j.Command)
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return refuse(store.CodeForm, "There is nothing to say.")
	case n > store.MaxReply:
		return refuse(store.CodeForm, "A message has %d characters at most, and this has %d.", store.MaxReply, n)
	case !store.CanReply(j.t):
		return j.refuseAfter(ctx, j.t.ClosedBy, "closed")
	}
	return j.checked(ctx)
}

// reply says it in the ticket's channel, once, under the name of who asked, and keeps it for the transcript as theirs. It
// stands in an embed, where their name costs none of the characters, and mentions nobody.
func (j *job) reply(ctx context.Context) error {
	by, err := j.asker(ctx)
	if err != nil {
		return err
	}
	text := store.ReplyOf(j.Command)
	id, err := j.say(ctx, j.t.ChannelID, Message{
		Nonce: nonce("reply", j.ID), Embed: &Embed{Author: cut(name(by), maxAuthor), Description: text},
	})
	if err != nil {
		return err
	}
	err = j.store.KeepMessage(ctx, store.TicketMessage{
		ID: id, GuildID: j.GuildID, TicketID: j.t.ID, Author: by, Content: text, CreatedAt: time.Now(),
		Names: map[string]string{by.ID: by.Username, j.t.Opener.ID: j.t.Opener.Username},
	})
	if err != nil {
		return err
	}
	return j.tellMessage(ctx, j.GuildID, by.ID, j.t.ID, id, "created", "")
}

// asker is who asked, with the name by which the guild or, for who was never heard of there, the dashboard knows them.
func (j *job) asker(ctx context.Context) (store.Person, error) {
	by, err := j.store.Person(ctx, j.GuildID, j.Actor.ID)
	if err != nil || by.Username != "" {
		return by, err
	}
	c, err := j.store.Command(ctx, j.GuildID, j.ID)
	if errors.Is(err, store.ErrNotFound) { // asked for in Discord
		return by, nil
	}
	by.Username = c.Actor.Username
	return by, err
}
