package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"guildboard/store/contract"
)

// foreignIDError refuses an id that is not a channel, category or role of the work's guild. Discord itself would accept
// the id, since the bot may write in every guild that it is a member of.
type foreignIDError struct{ Refusal }

func (e *foreignIDError) Error() string { return e.Message }
func (e *foreignIDError) Unwrap() error { return &e.Refusal }

func newForeignIDError(fields []string) error {
	return &foreignIDError{Refusal{contract.RefusalInvalidForm, fmt.Sprintf("%s: %s.", contract.ForeignIDsMessage,
		strings.Join(fields, ", "))}}
}

// invalidFormRefusal returns a refusal with the code contract.RefusalInvalidForm that lists the invalid fields.
func invalidFormRefusal(fields ...string) error {
	return refusalf(contract.RefusalInvalidForm, "%s: %s.", contract.InvalidFormMessage, strings.Join(fields, ", "))
}

// requireGuildIDs returns a foreignIDError that lists the fields with ids outside the guild. Empty ids are skipped.
func (e *Engine) requireGuildIDs(ctx context.Context, guild string, fields map[string][]string) error {
	names := slices.Sorted(maps.Keys(fields))
	var ids []string
	for _, name := range names {
		ids = append(ids, fields[name]...)
	}
	foreign, err := e.foreignIDs(ctx, guild, ids)
	if err != nil || len(foreign) == 0 {
		return err
	}
	isForeign := func(id string) bool { return slices.Contains(foreign, id) }
	names = slices.DeleteFunc(names, func(name string) bool { return !slices.ContainsFunc(fields[name], isForeign) })
	return newForeignIDError(names)
}

func (e *Engine) foreignIDs(ctx context.Context, guild string, ids []string) ([]string, error) {
	// The role @everyone has the guild's id.
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" || id == guild })
	if len(ids) == 0 {
		return nil, nil
	}
	return e.discord.ForeignIDs(ctx, guild, ids...)
}

// withoutDeleted removes ids that Discord does not know in the guild. Ids that are recorded for another guild stay, so
// that the command is refused. The settings pages show managers which ids are ignored.
func (j *job) withoutDeleted(ctx context.Context, ids []string) ([]string, error) {
	unknown, err := j.foreignIDs(ctx, j.GuildID, ids)
	if err != nil || len(unknown) == 0 {
		return ids, err
	}
	foreign, err := j.store.IDsOfOtherGuilds(ctx, j.GuildID, unknown)
	if err != nil {
		return ids, err
	}
	isDeleted := func(id string) bool { return slices.Contains(unknown, id) && !slices.Contains(foreign, id) }
	kept := slices.DeleteFunc(slices.Clone(ids), isDeleted)
	if len(kept) < len(ids) {
		j.log.WarnContext(ctx, "ignored deleted channels or roles in ticket settings", "guild", j.GuildID,
			"command", j.ID, "ids", slices.DeleteFunc(unknown, func(id string) bool { return !isDeleted(id) }))
	}
	return kept, nil
}

// discordIn returns Discord restricted to one guild: it refuses calls whose channel or pinged roles belong to another
// guild. Direct messages belong to no guild and bypass it.
func (e *Engine) discordIn(guild string) guildDiscord { return guildDiscord{e, guild} }

type guildDiscord struct {
	engine *Engine
	guild  string
}

// requireGuildIDs returns a foreignIDError if any id is outside the guild.
func (d guildDiscord) requireGuildIDs(ctx context.Context, ids ...string) error {
	foreign, err := d.engine.foreignIDs(ctx, d.guild, ids)
	if err == nil && len(foreign) > 0 {
		err = newForeignIDError(foreign)
	}
	return err
}

func (d guildDiscord) PostMessage(ctx context.Context, channel string, m Message) (string, error) {
	if err := d.requireGuildIDs(ctx, append([]string{channel}, m.MentionRoleIDs...)...); err != nil {
		return "", err
	}
	return d.engine.discord.PostMessage(ctx, channel, m)
}

func (d guildDiscord) FindMessage(ctx context.Context, channel, nonce string) (string, error) {
	if err := d.requireGuildIDs(ctx, channel); err != nil {
		return "", err
	}
	return d.engine.discord.FindMessage(ctx, channel, nonce)
}

func (d guildDiscord) EditMessage(ctx context.Context, channel, id string, m Message) error {
	if err := d.requireGuildIDs(ctx, channel); err != nil {
		return err
	}
	return d.engine.discord.EditMessage(ctx, channel, id, m)
}

func (d guildDiscord) DeleteMessage(ctx context.Context, channel, id string) error {
	if err := d.requireGuildIDs(ctx, channel); err != nil {
		return err
	}
	return d.engine.discord.DeleteMessage(ctx, channel, id)
}

func (d guildDiscord) HasActiveButton(ctx context.Context, channel, id string) (bool, error) {
	if err := d.requireGuildIDs(ctx, channel); err != nil {
		return false, err
	}
	return d.engine.discord.HasActiveButton(ctx, channel, id)
}

func (d guildDiscord) CreateChannel(ctx context.Context, c Channel) (string, error) {
	if err := d.requireGuildIDs(ctx, append([]string{c.Parent}, c.Roles...)...); err != nil {
		return "", err
	}
	return d.engine.discord.CreateChannel(ctx, d.guild, c)
}
