package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

// Discord is the part of Discord's API that the bot uses. Every call may be repeated after one with an unknown outcome:
// calls with a nonce take effect once, the others set a state.
//
// A refusal by Discord is a *DiscordError. After any other error it is unknown whether the call took effect.
type Discord interface {
	// PostMessage posts a message and returns its id. Within some minutes, a repeated nonce returns the first message's
	// id (enforce_nonce of Discord's API).
	PostMessage(ctx context.Context, channel string, m Message) (id string, err error)
	// FindMessage returns the id of the message posted with the nonce, of any age; "" if there is none.
	FindMessage(ctx context.Context, channel, nonce string) (id string, err error)
	// EditMessage replaces the content of a message.
	EditMessage(ctx context.Context, channel, id string, m Message) error
	// DeleteMessage deletes a message.
	DeleteMessage(ctx context.Context, channel, id string) error
	// HasActiveButton reports whether the message has an enabled button.
	HasActiveButton(ctx context.Context, channel, id string) (bool, error)

	// CreateDM returns the id of the direct message channel with the user.
	CreateDM(ctx context.Context, user string) (channel string, err error)

	// CreateChannel creates a channel and returns its id. A repeated nonce returns the first channel's id, at any time.
	CreateChannel(ctx context.Context, guild string, c Channel) (id string, err error)
	// LockChannel removes the ticket opener's permission to write in the channel. UnlockChannel restores it.
	LockChannel(ctx context.Context, guild, channel, reason string) error
	UnlockChannel(ctx context.Context, guild, channel, reason string) error
	// ChannelWriteAccess returns the guild's channels by id: true if members can write in the channel.
	ChannelWriteAccess(ctx context.Context, guild string) (map[string]bool, error)

	// Member returns a member of the guild.
	Member(ctx context.Context, guild, user string) (Member, error)

	// ForeignIDs returns the ids that are not a channel, category or role of the guild, in the order given. The role
	// @everyone has the guild's id and belongs to the guild. The engine calls ForeignIDs before each message, so an
	// implementation answers from its cache of the guild (GUILD_CREATE and later events), and calls Discord only for
	// ids that are not in the cache.
	ForeignIDs(ctx context.Context, guild string, ids ...string) (foreign []string, err error)

	// MissingPermissions returns those of the needed permissions that the bot does not have, in the order given. needed
	// and missing are by channel id. A channel may be a category; "" stands for the guild. Channels without missing
	// permissions, and channels that do not exist in the guild, are not in missing.
	//
	// The bot's permissions in a channel are the base permissions of its roles with the overwrites of that channel
	// applied, as in Permission Overwrites of Discord's documentation; those in the guild are the base permissions.
	// ADMINISTRATOR (1 << 3) includes all of them. Implicit permissions are not applied: if only VIEW_CHANNEL is denied,
	// only VIEW_CHANNEL is missing. The bits are those of the store.Permission constants: MANAGE_CHANNELS (1 << 4),
	// VIEW_CHANNEL (1 << 10), SEND_MESSAGES (1 << 11), EMBED_LINKS (1 << 14), ATTACH_FILES (1 << 15),
	// READ_MESSAGE_HISTORY (1 << 16) and MANAGE_ROLES (1 << 28). A channel that Discord hides from the bot (flag
	// CHANNEL_OBFUSCATED) exists, and VIEW_CHANNEL is missing in it.
	//
	// An implementation answers from its cache of the guild (GUILD_CREATE and later events). For a guild that is not in
	// the cache yet, is unavailable, or that the bot has left, it returns a *DiscordError with ErrCodeUnknownGuild: the
	// sync check then skips the guild, while an empty answer would clear its known issues.
	// https://docs.discord.com/developers/topics/permissions#permission-overwrites
	MissingPermissions(ctx context.Context, guild string, needed map[string][]store.Permission) (
		missing map[string][]store.Permission, err error)
}

// Message is a message that the bot posts. Empty fields are omitted.
type Message struct {
	Nonce          string // at most 25 characters
	Content        string
	Embed          *Embed
	Button         *Button
	Choice         *Choice  // ticket categories of a panel
	MentionUserIDs []string // ids of the users to ping; no others are pinged
	MentionRoleIDs []string // ids of the roles to ping
}

// Embed is an embed of a message.
type Embed struct {
	Author, Title, Description, Footer string
	Color                              string // #rrggbb
	ImageURL, ThumbnailURL             string
}

// Button is a button below a message. Discord sends its ID with the interaction when it is pressed.
type Button struct {
	ID, Label, Style string
	Disabled         bool
}

// Choice offers several options, as buttons or as a select menu.
type Choice struct {
	IsSelectMenu bool
	Placeholder  string   // of a select menu
	Options      []Option // at most 25
}

// Option is an option of a Choice. Discord sends its ID with the interaction when it is selected.
type Option struct {
	ID, Label, Emoji, Style string
	Description             string // in a select menu
}

// Channel describes the channel of a new ticket.
type Channel struct {
	Nonce  string // stored in the channel's topic, where it is found again
	Name   string // at most 100 characters
	Parent string // id of the channel category; "" for none
	Opener string // id of the user who opened the ticket and can see the channel, besides the staff
	Roles  []string
}

// Member is a member of a guild.
type Member struct {
	Roles     []string
	JoinedAt  time.Time
	IsBooster bool
	IsManager bool // owns the guild, or has Administrator or Manage Server by their roles, see access.CanManage
}

// DiscordError is an error response of Discord's API.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
type DiscordError struct {
	Code    int
	Message string
}

func (e *DiscordError) Error() string {
	return fmt.Sprintf("Discord refused: %s (%d)", e.Message, e.Code)
}

// JSON error codes of Discord's API.
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

// isGone reports whether err says that the target does not exist in the guild any more. A channel of another guild does
// not exist in this one.
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

// Refusal is an error that is the final answer to a command or an interaction: it was not carried out.
type Refusal struct{ Code, Message string }

func (r *Refusal) Error() string { return r.Message }

func refusalf(code, message string, args ...any) error {
	return &Refusal{code, fmt.Sprintf(message, args...)}
}

// asRefusal returns err as a refusal if it is final: a *Refusal, a *DiscordError, a missing row or a conflicting
// change.
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
		return &Refusal{contract.RefusalNotFound, "It no longer exists."}, true
	case errors.Is(err, store.ErrConflict):
		return &Refusal{contract.RefusalWrongState, "Someone else changed it first."}, true
	}
	return nil, false
}
