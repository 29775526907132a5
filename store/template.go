package store

import (
	"context"
	"fmt"
	"time"
)

// Limits of templates.
const (
	MaxTemplates    = 100 // of a guild
	MaxTemplateName = 60  // characters
)

// GiveawayTemplate is a giveaway to start from again. Of its form the times count for nothing: Lasts takes their place.
type GiveawayTemplate struct {
	ID        string
	GuildID   string
	Name      string // unique in the guild, once folded
	Form      GiveawayForm
	Lasts     time.Duration // whole seconds
	CreatedAt time.Time
}

// SaveTemplate adds the template, and says in the audit log who did so. ErrConflict when the guild has one of that name,
// or as many as it may have.
func (s *Store) SaveTemplate(ctx context.Context, by Person, t GiveawayTemplate) (GiveawayTemplate, error) {
	f := t.Form
	t.ID, t.CreatedAt = NewID(), utc(time.Now())
	tiers, err := encoded(f.PrizeTiers)
	if err != nil {
		return t, fmt.Errorf("saving template: writing prize tiers: %w", err)
	}
	roles, err := encoded(f.BonusEntryRoles)
	if err != nil {
		return t, fmt.Errorf("saving template: writing bonus roles: %w", err)
	}
	err = s.change(ctx, "saving template", func(ctx context.Context, x tx) error {
		var n int
		if err := x.row(ctx, "SELECT count(*) FROM giveaway_templates WHERE guild_id = $1", t.GuildID).Scan(&n); err != nil || n >= MaxTemplates {
			return conflict(err)
		}
		_, err := x.exec(ctx, insert("giveaway_templates", `id, guild_id, name, description, prize, prize_secret, winner_count, prize_tiers,
			embed_color, button_text, button_style, image_url, required_role_ids, blacklist_role_ids,
			required_level, required_messages, required_invites, required_reputation, required_account_age, required_server_age,
			bonus_entry_roles, booster_bonus_entries, default_duration, dm_winners, dm_winner_message,
			channel_id, winner_claim_timeout, auto_reroll, max_rerolls, ping_role_id, ping_on_end, notes, created_at, updated_at`),
			t.ID, t.GuildID, t.Name, orNil(f.Description), f.Prize, orNil(f.PrizeSecret), f.WinnerCount, tiers,
			f.EmbedColor, f.ButtonText, f.ButtonStyle, orNil(f.ImageURL), Strings(f.RequiredRoleIDs), Strings(f.BlacklistRoleIDs),
			f.RequiredLevel, f.RequiredMessages, f.RequiredInvites, f.RequiredReputation, f.RequiredAccountAge, f.RequiredServerAge,
			roles, f.BoosterBonusEntries, int(t.Lasts/time.Second), f.DMWinners, orNil(f.DMWinnerMessage),
			f.ChannelID, f.WinnerClaimTimeout, f.AutoReroll, f.MaxRerolls, orNil(f.PingRoleID), f.PingOnEnd, orNil(f.Notes), t.CreatedAt, t.CreatedAt)
		if err != nil {
			return err
		}
		return x.record(ctx, t.GuildID, by, VerbTemplateSave, t.ID, t.Name, nil, f.Prize)
	})
	return t, err
}

// DeleteTemplate removes the template, and says in the audit log who did so.
func (s *Store) DeleteTemplate(ctx context.Context, guild string, by Person, id string) error {
	return s.change(ctx, "deleting template", func(ctx context.Context, x tx) error {
		if err := x.owns(ctx, giveawayTemplates, guild, id); err != nil {
			return err
		}
		var name, prize string
		err := x.row(ctx, "DELETE FROM giveaway_templates WHERE guild_id = $1 AND id = $2 RETURNING name, prize", guild, id).Scan(&name, &prize)
		if err != nil {
			return err
		}
		return x.record(ctx, guild, by, VerbTemplateDelete, id, name, prize, nil)
	})
}

// Templates are the guild's, by name.
func (s *Store) Templates(ctx context.Context, guild string) ([]GiveawayTemplate, error) {
	return s.templates(ctx, "listing templates", readTemplates(guild, nil))
}

// Template is one template of the guild.
func (s *Store) Template(ctx context.Context, guild, id string) (GiveawayTemplate, error) {
	found, err := s.templates(ctx, "reading template", readTemplates(guild, &id))
	if err == nil && len(found) == 0 {
		err = s.fault("reading template", ErrNotFound)
	}
	if err != nil {
		return GiveawayTemplate{}, err
	}
	return found[0], nil
}

func (s *Store) templates(ctx context.Context, doing string, r read) (found []GiveawayTemplate, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	r.row = appendTo(&found, scanTemplate)
	return found, s.fault(doing, s.batch(ctx, r))
}

// readTemplates reads all of the guild, or the one with that id.
func readTemplates(guild string, id *string) read {
	var where clause
	where.and("guild_id = ?", guild)
	if id != nil {
		where.and("id = ?", *id)
	}
	return read{
		sql: `SELECT id, guild_id, ` + cut("name", nameRunes) + `, ` + cut("coalesce(description, '')", proseRunes) + `, ` + cut("prize", lineRunes) + `, ` +
			cut("coalesce(prize_secret, '')", proseRunes) + `, winner_count, ` + whole("prize_tiers", listBytes) + `,
			` + cut("embed_color", nameRunes) + `, ` + cut("button_text", nameRunes) + `, button_style, ` + cut("coalesce(image_url, '')", addressSize) + `, ` +
			wholeOr("required_role_ids", idListBytes, "'{}'") + `, ` + wholeOr("blacklist_role_ids", idListBytes, "'{}'") + `,
			required_level, required_messages, required_invites, required_reputation, required_account_age, required_server_age,
			` + whole("bonus_entry_roles", listBytes) + `, booster_bonus_entries, default_duration, dm_winners,
			` + cut("coalesce(dm_winner_message, '')", proseRunes) + `,
			channel_id, winner_claim_timeout, auto_reroll, max_rerolls, coalesce(ping_role_id, ''), ping_on_end,
			` + cut("coalesce(notes, '')", proseRunes) + `, created_at
			FROM giveaway_templates WHERE ` + where.String() + " ORDER BY " + byName("name") + ", id" + page{1, 2 * MaxTemplates}.limit(),
		args: where.args,
	}
}

func scanTemplate(r row) (t GiveawayTemplate, err error) {
	var (
		f                = &t.Form
		tiers, roles     []byte
		required, barred Strings
		seconds          int
	)
	err = r.Scan(&t.ID, &t.GuildID, &t.Name, &f.Description, &f.Prize, &f.PrizeSecret, &f.WinnerCount, &tiers,
		&f.EmbedColor, &f.ButtonText, &f.ButtonStyle, &f.ImageURL, &required, &barred,
		&f.RequiredLevel, &f.RequiredMessages, &f.RequiredInvites, &f.RequiredReputation, &f.RequiredAccountAge, &f.RequiredServerAge,
		&roles, &f.BoosterBonusEntries, &seconds, &f.DMWinners, &f.DMWinnerMessage,
		&f.ChannelID, &f.WinnerClaimTimeout, &f.AutoReroll, &f.MaxRerolls, &f.PingRoleID, &f.PingOnEnd, &f.Notes, &t.CreatedAt)
	f.PrizeTiers, f.BonusEntryRoles = decoded[[]PrizeTier](tiers), decoded[[]BonusRole](roles)
	f.RequiredRoleIDs, f.BlacklistRoleIDs = required, barred
	t.Lasts = time.Duration(seconds) * time.Second
	return t, err
}
