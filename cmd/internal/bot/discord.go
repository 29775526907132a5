package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guildboard/store"
)

// Discord is what the bot does in Discord. Every call may be made again after one whose outcome was lost: what carries
// a nonce happens once, and the rest says how things are to be.
//
// A refusal is an *Error with Discord's code. Any other error means that Discord did not answer, and that nobody knows
// whether it happened.
type Discord interface {
	// PostMessage sends a message and returns its id. The same nonce again, within some minutes, returns the first message's
	// (enforce_nonce of Discord's API).
	PostMessage(ctx context.Context, channel string, m Message) (id string, err error)
	// FindMessage is the id of the message that was posted with the nonce, however long ago; "" when none was.
	FindMessage(ctx context.Context, channel, nonce string) (id string, err error)
	// EditMessage replaces the message.
	EditMessage(ctx context.Context, channel, id string, m Message) error
	// DeleteMessage deletes the message.
	DeleteMessage(ctx context.Context, channel, id string) error
	// HasActiveButton tells whether the message still has a button that can be pressed.
	HasActiveButton(ctx context.Context, channel, id string) (bool, error)

	// CreateDM is the channel of direct messages to the person.
	CreateDM(ctx context.Context, user string) (channel string, err error)

	// CreateChannel makes a channel and returns its id; the same nonce again returns the first channel's, however long ago.
	CreateChannel(ctx context.Context, guild string, c Channel) (id string, err error)
	// LockChannel ends the conversation in a channel: its opener can no longer write. Unlock takes that back.
	LockChannel(ctx context.Context, guild, channel, reason string) error
	UnlockChannel(ctx context.Context, guild, channel, reason string) error
	// ChannelWriteAccess are the guild's, by id: true where people can write.
	ChannelWriteAccess(ctx context.Context, guild string) (map[string]bool, error)

	// Member is what Discord knows of a person in the guild.
	Member(ctx context.Context, guild, user string) (Member, error)

	// ForeignIDs returns those of the ids that are no channel, category or role of the guild, in the order given. The role
	// @everyone, which has the guild's id, is the guild's. The engine calls it before each message, so an
	// implementation answers from what Discord has told it about the guild (GUILD_CREATE and the events after it), and
	// calls Discord only for an id that it has not been told of.
	ForeignIDs(ctx context.Context, guild string, ids ...string) (foreign []string, err error)
}

// Message is what the bot says. Fields that are empty are left out.
type Message struct {
	Nonce          string // at most 25 characters
	Content        string
	Embed          *Embed
	Button         *Button
	Choice         *Choice  // what a panel offers
	MentionUserIDs []string // ids of people who are notified; nobody else is
	MentionRoleIDs []string // ids of roles that are notified
}

// Embed is the framed part of a message.
type Embed struct {
	Author, Title, Description, Footer string
	Color                              string // #rrggbb
	ImageURL, ThumbnailURL             string
}

// Button is what people press. ID comes back when they do.
type Button struct {
	ID, Label, Style string
	Disabled         bool
}

// Choice lets people choose one of several: by buttons, or from a menu.
type Choice struct {
	IsSelectMenu bool
	Placeholder  string   // of a menu
	Options      []Option // at most 25
}

// Option is one of them. ID comes back when it is chosen.
type Option struct {
	ID, Label, Emoji, Style string
	Description             string // in a menu
}

// Channel is one that a ticket gets.
type Channel struct {
	Nonce  string // stands in the channel's topic, where it is found again
	Name   string // at most 100 characters
	Parent string // the category it is in; "" for none
	Opener string // who can see it, besides the staff
	Roles  []string
}

// Member is a person in a guild.
type Member struct {
	Roles     []string
	JoinedAt  time.Time
	IsBooster bool
}

// DiscordError is a refusal of Discord's.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
type DiscordError struct {
	Code    int
	Message string
}

func (e *DiscordError) Error() string {
	return fmt.Sprintf("Discord refused: %s (%d)", e.Message, e.Code)
}

// Some of Discord's codes.
const (
	ErrCodeUnknownChannel    = 10003
	ErrCodeUnknownGuild      = 10004
	ErrCodeUnknownMember     = 10007
	ErrCodeUnknownMessage    = 10008
	ErrCodeTooManyChannels   = 30013
	ErrCodeTooManyEdits      = 30046
	ErrCodeMissingAccess     = 50001
	ErrCodeCannotMessageUser = 50007
	ErrCodeMissingPermission = 50013
	ErrCodeInvalidForm       = 50035
)

// isGone tells whether what was to be changed is not there any more. For the guild, a channel of another one is not there.
func isGone(err error) bool {
	var (
		discordErr *DiscordError
		foreignErr *foreignIDError
	)
	if errors.As(err, &foreignErr) {
		return true
	}
	return errors.As(err, &discordErr) &&
		(discordErr.Code == ErrCodeUnknownChannel || discordErr.Code == ErrCodeUnknownMessage || discordErr.Code == ErrCodeUnknownGuild)
}

// Refusal is a final answer that says no.
type Refusal struct{ Code, Message string }

func (r *Refusal) Error() string { return r.Message }

func refusalf(code, message string, args ...any) error {
	return &Refusal{code, fmt.Sprintf(message, args...)}
}

// asRefusal is err as a refusal, if it is one: ours, Discord's, or that of a row that is not there or was changed by
// somebody else.
func asRefusal(err error) (*Refusal, bool) {
	var (
		ours       *Refusal
		discordErr *DiscordError
	)
	switch {
	case errors.As(err, &ours):
		return ours, true
	case errors.As(err, &discordErr):
		return &Refusal{fmt.Sprint("discord.", discordErr.Code), discordErr.Message}, true
	case errors.Is(err, store.ErrNotFound):
		return &Refusal{store.RefusalNotFound, "It is not there, or no longer."}, true
	case errors.Is(err, store.ErrConflict):
		return &Refusal{store.RefusalWrongState, "Somebody was first."}, true
	}
	return nil, false
}
