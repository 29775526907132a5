package store

import (
	"context"
	"slices"
	"strings"

	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/store/internal/sqldb"
)

// Problems of ids in forms that do not belong to the guild, as message keys.
const (
	problemForeignChannel  = "form.foreignChannel"  // not a channel of the guild that accepts messages
	problemForeignCategory = "form.foreignCategory" // not a channel category of the guild
	problemForeignRole     = "form.foreignRole"     // not a role of the guild
)

// ForeignIDsInForm returns the fields of the form with ids that do not belong to the guild: message keys of the
// problems by JSON field name.
//
// If the bot has recorded no channels or no roles of the guild, they are unknown, because bots need not record them
// (see Channel and role names in the package documentation). Then the dashboard accepts all ids, and the bot checks
// them with Discord before it posts anything.
func (n GuildDirectory) ForeignIDsInForm(guild string, f contract.GiveawayForm) map[string]string {
	p := make(forms.Problems)
	for field, ids := range f.DiscordIDs() {
		for _, id := range ids {
			if field == "channelId" {
				p.Require(n.canPostIn(id), field, problemForeignChannel)
			} else {
				p.Require(n.HasRole(guild, id), field, problemForeignRole)
			}
		}
	}
	return p
}

// ForeignIDsInValues is ForeignIDsInForm for the values of a form. Ids that the same field had before are
// accepted, so that a deleted channel does not prevent saving the other fields; the bot checks them before it uses
// them.
func (n GuildDirectory) ForeignIDsInValues(guild string, schema forms.Schema, before, v forms.Values) map[string]string {
	p := make(forms.Problems)
	for _, f := range schema {
		previousIDs := strings.Fields(before[f.Name])
		for _, id := range strings.Fields(v[f.Name]) {
			if slices.Contains(previousIDs, id) {
				continue
			}
			switch f.Kind {
			case forms.Channel:
				p.Require(n.canPostIn(id), f.Name, problemForeignChannel)
			case forms.ChannelCategory:
				p.Require(n.hasCategory(id), f.Name, problemForeignCategory)
			case forms.Role, forms.Roles:
				p.Require(n.HasRole(guild, id), f.Name, problemForeignRole)
			}
		}
	}
	return p
}

// HasRole reports whether id may be a role of the guild, as far as the bot has recorded roles. The role @everyone has
// the guild's id.
func (n GuildDirectory) HasRole(guild, id string) bool {
	_, known := n.Role(id)
	return known || id == "" || id == guild || len(n.Roles) == 0
}

// canPostIn reports whether id may be a channel of the guild that accepts messages, unlike categories and forums.
func (n GuildDirectory) canPostIn(id string) bool {
	c, known := n.Channel(id)
	return known && c.Kind != ChannelCategory && c.Kind != ChannelForum || id == "" || len(n.Channels) == 0
}

func (n GuildDirectory) hasCategory(id string) bool {
	c, known := n.Channel(id)
	return known && c.Kind == ChannelCategory || id == "" || len(n.Channels) == 0
}

// IDsOfOtherGuilds returns those of ids that bots have recorded as channels or roles of other guilds.
func (s *Store) IDsOfOtherGuilds(ctx context.Context, guild string, ids []string) (found []string, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	reads := make([]sqldb.Query, len(ids))
	for i, id := range ids {
		reads[i] = sqldb.Query{
			SQL: `SELECT id FROM guild_roles WHERE id = $1 AND guild_id <> $2
				UNION SELECT id FROM guild_channels WHERE id = $1 AND guild_id <> $2`,
			Args: []any{id, guild},
			Row:  appendTo(&found, func(r sqldb.Row) (id string, err error) { return id, r.Scan(&id) }),
		}
	}
	if len(reads) > 0 {
		err = s.batch(ctx, reads...)
	}
	return found, s.wrapError("read ids of other guilds", err)
}
