package store

import (
	"context"
	"slices"
	"strings"
)

// What a form may name that is not the guild's, as keys of the page's words.
const (
	ProblemForeignChannel  = "form.foreignChannel"  // no channel of the guild in which messages can be posted
	ProblemForeignCategory = "form.foreignCategory" // no category of the guild
	ProblemForeignRole     = "form.foreignRole"     // no role of the guild
)

// ForeignIDsInForm returns what the form names that is not the guild's: by the name of the field in JSON, the key of what to
// say about it.
//
// A guild of which the bot has written down no channel at all, or no role, is unknown rather than empty: bots need not
// write any (see Names in the package documentation). Then the dashboard lets the ids pass, and the bot, which knows its
// guilds, refuses what is foreign before it posts anything.
func (n GuildDirectory) ForeignIDsInForm(guild string, f GiveawayForm) map[string]string {
	p := make(formProblems)
	for field, ids := range f.DiscordIDs() {
		for _, id := range ids {
			if field == "channelId" {
				p.require(n.canPostIn(id), field, ProblemForeignChannel)
			} else {
				p.require(n.HasRole(guild, id), field, ProblemForeignRole)
			}
		}
	}
	return p
}

// ForeignIDsInValues returns what the values of a sheet name that is not the guild's, likewise. What stood in the same field
// before passes: a channel that has been deleted since does not keep anybody from saving the rest, and the bot checks it
// again before it uses it.
func (n GuildDirectory) ForeignIDsInValues(guild string, schema FormSchema, before, v FormValues) map[string]string {
	p := make(formProblems)
	for _, f := range schema {
		previousIDs := strings.Fields(before[f.Name])
		for _, id := range strings.Fields(v[f.Name]) {
			if slices.Contains(previousIDs, id) {
				continue
			}
			switch f.Kind {
			case FieldChannel:
				p.require(n.canPostIn(id), f.Name, ProblemForeignChannel)
			case FieldChannelCategory:
				p.require(n.hasCategory(id), f.Name, ProblemForeignCategory)
			case FieldRole, FieldRoles:
				p.require(n.HasRole(guild, id), f.Name, ProblemForeignRole)
			}
		}
	}
	return p
}

// HasRole tells whether id may be a role of the guild, as far as is known; the role @everyone has the guild's own id.
func (n GuildDirectory) HasRole(guild, id string) bool {
	_, known := n.Role(id)
	return known || id == "" || id == guild || len(n.Roles) == 0
}

// canPostIn tells whether id may be a channel of the guild that takes messages: categories and forums take none.
func (n GuildDirectory) canPostIn(id string) bool {
	c, known := n.Channel(id)
	return known && c.Kind != ChannelCategory && c.Kind != ChannelForum || id == "" || len(n.Channels) == 0
}

func (n GuildDirectory) hasCategory(id string) bool {
	c, known := n.Channel(id)
	return known && c.Kind == ChannelCategory || id == "" || len(n.Channels) == 0
}

// IDsOfOtherGuilds returns the ids that bots have recorded as channels or roles of another guild than this one.
func (s *Store) IDsOfOtherGuilds(ctx context.Context, guild string, ids []string) (found []string, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	reads := make([]read, len(ids))
	for i, id := range ids {
		reads[i] = read{
			sql: `SELECT id FROM guild_roles WHERE id = $1 AND guild_id <> $2
				UNION SELECT id FROM guild_channels WHERE id = $1 AND guild_id <> $2`,
			args: []any{id, guild},
			row:  appendTo(&found, func(r row) (id string, err error) { return id, r.Scan(&id) }),
		}
	}
	if len(reads) > 0 {
		err = s.batch(ctx, reads...)
	}
	return found, s.wrapError("looking for channels and roles of other guilds", err)
}
