package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
)

// ChannelKind is what a channel is for.
type ChannelKind string

const (
	ChannelText         ChannelKind = "text"
	ChannelAnnouncement ChannelKind = "announcement"
	ChannelVoice        ChannelKind = "voice"
	ChannelStage        ChannelKind = "stage"
	ChannelForum        ChannelKind = "forum"
	ChannelCategory     ChannelKind = "category" // holds others
)

// Channel is a channel of a guild, as the bot sees it.
type Channel struct {
	ID       string // snowflake
	Name     string // without "#"
	Kind     ChannelKind
	ParentID string // the category that it stands in; "" for none
	Position int    // lower ones come first, as in Discord

	IsTicket bool // it was opened for a ticket. Only reading fills it in
}

// GuildDirectory are what the channels and roles of a guild are called, as far as the bot has said.
type GuildDirectory struct {
	Channels []Channel // as Discord orders them within a category
	Roles    []Role    // highest first
}

// Channel is the channel with that id, if the bot has named it.
func (n GuildDirectory) Channel(id string) (Channel, bool) {
	i := slices.IndexFunc(n.Channels, func(c Channel) bool { return c.ID == id })
	if i < 0 {
		return Channel{}, false
	}
	return n.Channels[i], true
}

// Role is the role with that id, likewise.
func (n GuildDirectory) Role(id string) (Role, bool) {
	i := slices.IndexFunc(n.Roles, func(r Role) bool { return r.ID == id })
	if i < 0 {
		return Role{}, false
	}
	return n.Roles[i], true
}

// WritableChannels are the channels that a bot can be told to write in; those of tickets are not.
func (n GuildDirectory) WritableChannels() (writable []Channel) {
	for _, c := range n.Channels {
		if !c.IsTicket && (c.Kind == ChannelText || c.Kind == ChannelAnnouncement) {
			writable = append(writable, c)
		}
	}
	return writable
}

// CategoryChannels are those in which channels stand.
func (n GuildDirectory) CategoryChannels() (categories []Channel) {
	for _, c := range n.Channels {
		if c.Kind == ChannelCategory {
			categories = append(categories, c)
		}
	}
	return categories
}

// GuildDirectory are what the channels and roles of the guild are called.
func (s *Store) GuildDirectory(ctx context.Context, guild string) (GuildDirectory, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var n GuildDirectory
	err := s.batch(ctx, readGuildChannels(guild, &n.Channels), readRoles(guild, &n.Roles))
	return n, s.wrapError("reading names", err)
}

func readGuildChannels(guild string, channels *[]Channel) read {
	return read{
		sql: `SELECT c.id, ` + substrSQL("c.name", maxNameRunes) + `, c.kind, c.parent_id, c.position,
				EXISTS (SELECT 1 FROM tickets t WHERE t.channel_id = c.id AND t.guild_id = c.guild_id)
			FROM guild_channels c WHERE c.guild_id = $1 ORDER BY c.position, c.id LIMIT ` + strconv.Itoa(maxGuildChannels),
		args: []any{guild},
		row: appendTo(channels, func(r row) (c Channel, err error) {
			err = r.Scan(&c.ID, &c.Name, (*string)(&c.Kind), &c.ParentID, &c.Position, &c.IsTicket)
			return c, err
		}),
	}
}

// maxGuildChannels and maxGuildRoles bound the channels and roles that are read of a guild. Discord allows 500 and 250, and
// more in some guilds.
const (
	maxGuildChannels = 1500
	maxGuildRoles    = 500
)

// SyncChannels is the bot's word for what channels the guild has, and tells whether they were others. ErrNotFound when
// there is no such guild.
func (s *Store) SyncChannels(ctx context.Context, guild string, channels []Channel) (changed bool, err error) {
	err = s.withTx(ctx, "confirming channels", func(ctx context.Context, t tx) error {
		existing, err := t.guildChannels(ctx, guild)
		if err != nil {
			return err
		}
		changed = false
		isPresent := make(map[string]bool, len(channels))
		for _, c := range channels {
			c.IsTicket, isPresent[c.ID] = false, true
			if existing[c.ID] == c {
				continue
			}
			changed = true
			_, err := t.exec(ctx, `INSERT INTO guild_channels (guild_id, id, name, kind, parent_id, position) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (guild_id, id) DO UPDATE SET name = excluded.name, kind = excluded.kind, parent_id = excluded.parent_id,
					position = excluded.position`, guild, c.ID, c.Name, string(c.Kind), c.ParentID, c.Position)
			if err != nil {
				return err
			}
		}
		for id := range existing {
			if isPresent[id] {
				continue
			}
			changed = true
			if _, err := t.exec(ctx, "DELETE FROM guild_channels WHERE guild_id = $1 AND id = $2", guild, id); err != nil {
				return err
			}
		}
		return nil
	})
	return changed, err
}

// guildChannels are those of the guild as they are written down, by id.
func (t tx) guildChannels(ctx context.Context, guild string) (map[string]Channel, error) {
	err := t.queryRow(ctx, "SELECT 1 FROM guilds WHERE id = $1", guild).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	var all []Channel
	r := readGuildChannels(guild, &all)
	rs, err := t.QueryContext(ctx, r.sql, driverArgs(r.args)...)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	if err := r.scanAll(rs); err != nil {
		return nil, err
	}
	channelsByID := make(map[string]Channel, len(all))
	for _, c := range all {
		c.IsTicket = false
		channelsByID[c.ID] = c
	}
	return channelsByID, nil
}
