package bot

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"guildboard/store"
	"guildboard/store/contract"
)

// checkReply passes the check if the ticket accepts replies and the text is neither empty nor too long.
func (j *job) checkReply(ctx context.Context) error {
	if err := j.loadTicket(ctx); err != nil || j.checkpoint.Checked {
		return err
	}
	text := store.DecodeReply(j.Command)
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return refusalf(contract.RefusalInvalidForm, "The message is empty.")
	case n > store.MaxReplyLength:
		return refusalf(contract.RefusalInvalidForm, "Messages can have up to %d characters; this one has %d.", store.MaxReplyLength, n)
	case !store.CanReply(j.ticket):
		return j.conflictRefusal(ctx, j.ticket.ClosedBy, "closed")
	}
	return j.markChecked(ctx)
}

// postReply posts the reply in the ticket's channel, once, and stores it in the transcript under the name of the
// author. An embed shows the name, so that it does not count against the length of the text. The reply pings no one.
func (j *job) postReply(ctx context.Context) error {
	author, err := j.requester(ctx)
	if err != nil {
		return err
	}
	text := store.DecodeReply(j.Command)
	id, err := j.postMessage(ctx, j.ticket.ChannelID, Message{
		Nonce: deriveNonce("reply", j.ID), Embed: &Embed{Author: truncate(displayName(author), maxAuthor), Description: text},
	})
	if err != nil {
		return err
	}
	err = j.store.SaveMessage(ctx, store.TicketMessage{
		ID: id, GuildID: j.GuildID, TicketID: j.ticket.ID, Author: author, Content: text, CreatedAt: time.Now(),
		MentionNames: map[string]string{author.ID: author.Username, j.ticket.Opener.ID: j.ticket.Opener.Username},
	})
	if err != nil {
		return err
	}
	j.publishMessageChange(ctx, j.GuildID, author.ID, j.ticket.ID, id, "created", "")
	return nil
}

// requester returns the user who sent the command, with the name known in the guild or, for a user unknown there, the
// name known to the dashboard.
func (j *job) requester(ctx context.Context) (contract.User, error) {
	person, err := j.store.User(ctx, j.GuildID, j.Actor.ID)
	if err != nil || person.Username != "" {
		return person, err
	}
	c, err := j.store.Command(ctx, j.GuildID, j.ID)
	if errors.Is(err, store.ErrNotFound) { // the command was given in Discord
		return person, nil
	}
	person.Username = c.Actor.Username
	return person, err
}
