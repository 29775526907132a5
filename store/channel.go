package store

import (
	"context"
	"slices"
	"strconv"

	"guildboard/store/internal/sqldb"
)

// ChannelKind is the type of a channel.
type ChannelKind string

const (
	ChannelText         ChannelKind = "text"
	ChannelAnnouncement ChannelKind = "announcement"
	ChannelVoice        ChannelKind = "voice"
	ChannelStage        ChannelKind = "stage"
	ChannelForum        ChannelKind = "forum"
	ChannelCategory     ChannelKind = "category" // contains other channels
)

// Channel is a channel of a guild, as recorded by the bot.
type Channel struct {
	ID       string // snowflake
	Name     string // without "#"
	Kind     ChannelKind
	ParentID string // category that contains the channel; "" for none
	Position int    // channels are sorted by it, in ascending order, as in Discord

	IsTicket bool // it was opened for a ticket; set by reads only
}

// GuildDirectory contains the channels and roles of a guild, as recorded by the bot.
type GuildDirectory struct {
	Channels []Channel // in Discord's order within a category
	Roles    []Role    // highest first
}

// Channel returns the channel with the given id, if the bot has recorded it.
func (n GuildDirectory) Channel(id string) (Channel, bool) {
	i := slices.IndexFunc(n.Channels, func(c Channel) bool { return c.ID == id })
	if i < 0 {
		return Channel{}, false
	}
	return n.Channels[i], true
}

// Role returns the role with the given id, if the bot has recorded it.
func (n GuildDirectory) Role(id string) (Role, bool) {
	i := slices.IndexFunc(n.Roles, func(r Role) bool { return r.ID == id })
	if i < 0 {
		return Role{}, false
	}
	return n.Roles[i], true
}

// WritableChannels returns the text and announcement channels that were not opened for tickets.
func (n GuildDirectory) WritableChannels() (writable []Channel) {
	for _, c := range n.Channels {
		if !c.IsTicket && (c.Kind == ChannelText || c.Kind == ChannelAnnouncement) {
			writable = append(writable, c)
		}
	}
	return writable
}

// CategoryChannels returns the categories of channels.
func (n GuildDirectory) CategoryChannels() (categories []Channel) {
	for _, c := range n.Channels {
		if c.Kind == ChannelCategory {
			categories = append(categories, c)
		}
	}
	return categories
}

// GuildDirectory returns the recorded channels and roles of the guild.
func (s *Store) GuildDirectory(ctx context.Context, guild string) (GuildDirectory, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var n GuildDirectory
	err := s.batch(ctx, guildChannelsQuery(guild, &n.Channels), rolesQuery(guild, &n.Roles))
	return n, s.wrapError("read guild directory", err)
}

func guildChannelsQuery(guild string, channels *[]Channel) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT c.id, ` + substrSQL("c.name", maxNameRunes) + `, c.kind, c.parent_id, c.position,
				EXISTS (SELECT 1 FROM tickets t WHERE t.channel_id = c.id AND t.guild_id = c.guild_id)
			FROM guild_channels c WHERE c.guild_id = $1 ORDER BY c.position, c.id LIMIT ` + strconv.Itoa(maxGuildChannels),
		Args: []any{guild},
		Row: appendTo(channels, func(r sqldb.Row) (c Channel, err error) {
			err = r.Scan(&c.ID, &c.Name, (*string)(&c.Kind), &c.ParentID, &c.Position, &c.IsTicket)
			return c, err
		}),
	}
}

// maxGuildChannels and maxGuildRoles limit the channels and roles that are read of a guild. Discord allows 500 and
// 250, and more in some guilds.
const (
	maxGuildChannels = 1500
	maxGuildRoles    = 500
)
