package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"guildboard/store"
)

// foreignError is the refusal of an id that is no channel, category or role of the guild that the work is for. Discord
// itself would accept it: the bot may write in every guild that it is in, whoever manages that guild.
type foreignError struct{ Refusal }

func (e *foreignError) Error() string { return e.Message }
func (e *foreignError) Unwrap() error { return &e.Refusal }

func refuseForeign(fields []string) error {
	return &foreignError{Refusal{store.CodeForm, fmt.Sprintf("%s: %s.", store.FormForeign, strings.Join(fields, ", "))}}
}

// refuseInvalid refuses a form as "form" and lists its invalid fields.
func refuseInvalid(fields ...string) error {
	return refuse(store.CodeForm, "%s: %s.", store.FormInvalid, strings.Join(fields, ", "))
}

// requireOwn refuses ids that are not the guild's as "form", and lists the fields that hold them. Empty ids are skipped.
func (e *Engine) requireOwn(ctx context.Context, guild string, fields map[string][]string) error {
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
	return refuseForeign(names)
}

func (e *Engine) foreignIDs(ctx context.Context, guild string, ids []string) ([]string, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" || id == guild }) // @everyone is the guild's
	if len(ids) == 0 {
		return nil, nil
	}
	return e.discord.Foreign(ctx, guild, ids...)
}

// withoutDeleted removes the ids that Discord does not know in the guild. Ids that are recorded for another guild stay,
// so that the command is refused. The settings pages show managers which ids are left out.
func (j *job) withoutDeleted(ctx context.Context, ids []string) ([]string, error) {
	unknown, err := j.foreignIDs(ctx, j.GuildID, ids)
	if err != nil || len(unknown) == 0 {
		return ids, err
	}
	foreign, err := j.store.OfOtherGuilds(ctx, j.GuildID, unknown)
	if err != nil {
		return ids, err
	}
	isDeleted := func(id string) bool { return slices.Contains(unknown, id) && !slices.Contains(foreign, id) }
	left := slices.DeleteFunc(slices.Clone(ids), isDeleted)
	if len(left) < len(ids) {
		j.log.WarnContext(ctx, "deleted channels or roles in the ticket settings left out", "component", "bot", "guild", j.GuildID,
			"command", j.ID, "ids", slices.DeleteFunc(unknown, func(id string) bool { return !isDeleted(id) }))
	}
	return left, nil
}

// in is Discord for the work of one guild: calls that name a channel by its id alone are refused where the channel, or a
// role that the message pings, is not the guild's. Direct messages are in no guild, and do not go through it.
func (e *Engine) in(guild string) guildDiscord { return guildDiscord{e, guild} }

type guildDiscord struct {
	engine *Engine
	guild  string
}

// own refuses ids that are not the guild's.
func (d guildDiscord) own(ctx context.Context, ids ...string) error {
	foreign, err := d.engine.foreignIDs(ctx, d.guild, ids)
	if err == nil && len(foreign) > 0 {
		err = refuseForeign(foreign)
	}
	return err
}

func (d guildDiscord) Post(ctx context.Context, channel string, m Message) (string, error) {
	if err := d.own(ctx, append([]string{channel}, m.Pings...)...); err != nil {
		return "", err
	}
	return d.engine.discord.Post(ctx, channel, m)
}

func (d guildDiscord) Find(ctx context.Context, channel, nonce string) (string, error) {
	if err := d.own(ctx, channel); err != nil {
		return "", err
	}
	return d.engine.discord.Find(ctx, channel, nonce)
}

func (d guildDiscord) Edit(ctx context.Context, channel, id string, m Message) error {
	if err := d.own(ctx, channel); err != nil {
		return err
	}
	return d.engine.discord.Edit(ctx, channel, id, m)
}

func (d guildDiscord) Remove(ctx context.Context, channel, id string) error {
	if err := d.own(ctx, channel); err != nil {
		return err
	}
	return d.engine.discord.Remove(ctx, channel, id)
}

func (d guildDiscord) Takes(ctx context.Context, channel, id string) (bool, error) {
	if err := d.own(ctx, channel); err != nil {
		return false, err
	}
	return d.engine.discord.Takes(ctx, channel, id)
}

func (d guildDiscord) Open(ctx context.Context, c Channel) (string, error) {
	if err := d.own(ctx, append([]string{c.Parent}, c.Roles...)...); err != nil {
		return "", err
	}
	return d.engine.discord.Open(ctx, d.guild, c)
}
