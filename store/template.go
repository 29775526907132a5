package store

import (
	"context"
	"fmt"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// Limits of templates.
const (
	maxTemplates          = 100 // of a guild
	MaxTemplateNameLength = 60  // characters
)

// GiveawayTemplate is a saved giveaway form. Duration replaces the form's times, which are ignored.
type GiveawayTemplate struct {
	ID        string
	GuildID   string
	Name      string // unique in the guild after case folding
	Form      contract.GiveawayForm
	Duration  time.Duration // whole seconds
	CreatedAt time.Time
}

// SaveTemplate inserts the template and writes an audit entry. It returns ErrConflict when the guild has a template
// with that name, or 100 templates.
func (s *Store) SaveTemplate(ctx context.Context, actor contract.User, t GiveawayTemplate) (GiveawayTemplate, error) {
	f := t.Form
	t.ID, t.CreatedAt = NewID(), sqldb.UTC(time.Now())
	tiers, err := encodeJSON(f.PrizeTiers)
	if err != nil {
		return t, fmt.Errorf("save template: encode prize tiers: %w", err)
	}
	roles, err := encodeJSON(f.BonusEntryRoles)
	if err != nil {
		return t, fmt.Errorf("save template: encode bonus roles: %w", err)
	}
	err = s.withTx(ctx, "save template", func(ctx context.Context, x tx) error {
		var n int
		err := x.QueryRow(ctx, "SELECT count(*) FROM giveaway_templates WHERE guild_id = $1", t.GuildID).Scan(&n)
		if err != nil || n >= maxTemplates {
			return orConflict(err)
		}
		_, err = x.Exec(ctx, sqldb.Insert("giveaway_templates", `id, guild_id, name, description, prize, prize_secret,
			winner_count, prize_tiers,
			embed_color, button_text, button_style, image_url, required_role_ids, blacklist_role_ids,
			required_level, required_messages, required_invites, required_reputation, required_account_age, required_server_age,
			bonus_entry_roles, booster_bonus_entries, default_duration, dm_winners, dm_winner_message,
			channel_id, winner_claim_timeout, auto_reroll, max_rerolls, ping_role_id, ping_on_end, notes, created_at, updated_at`),
			t.ID, t.GuildID, t.Name, nilIfEmpty(f.Description), f.Prize, nilIfEmpty(f.PrizeSecret), f.WinnerCount, tiers,
			f.EmbedColor, f.ButtonText, f.ButtonStyle, nilIfEmpty(f.ImageURL), Strings(f.RequiredRoleIDs), Strings(f.BlacklistRoleIDs),
			f.RequiredLevel, f.RequiredMessages, f.RequiredInvites, f.RequiredReputation, f.RequiredAccountAge, f.RequiredServerAge,
			roles, f.BoosterBonusEntries, int(t.Duration/time.Second), f.DMWinners, nilIfEmpty(f.DMWinnerMessage),
			f.ChannelID, f.WinnerClaimTimeout, f.AutoReroll, f.MaxRerolls, nilIfEmpty(f.PingRoleID), f.PingOnEnd,
			nilIfEmpty(f.Notes), t.CreatedAt, t.CreatedAt)
		if err != nil {
			return err
		}
		return x.recordAudit(ctx, t.GuildID, actor, contract.VerbTemplateSave, t.ID, t.Name, nil, f.Prize)
	})
	return t, err
}

// DeleteTemplate deletes the template and writes an audit entry.
func (s *Store) DeleteTemplate(ctx context.Context, guild string, actor contract.User, id string) error {
	return s.withTx(ctx, "delete template", func(ctx context.Context, x tx) error {
		if err := x.requireRow(ctx, giveawayTemplatesTable, guild, id); err != nil {
			return err
		}
		var name, prize string
		err := x.QueryRow(ctx, "DELETE FROM giveaway_templates WHERE guild_id = $1 AND id = $2 RETURNING name, prize",
			guild, id).Scan(&name, &prize)
		if err != nil {
			return err
		}
		return x.recordAudit(ctx, guild, actor, contract.VerbTemplateDelete, id, name, prize, nil)
	})
}

// Templates returns the guild's templates by name.
func (s *Store) Templates(ctx context.Context, guild string) ([]GiveawayTemplate, error) {
	return s.queryTemplates(ctx, "list templates", templatesQuery(guild, nil))
}

// Template returns one template of the guild.
func (s *Store) Template(ctx context.Context, guild, id string) (GiveawayTemplate, error) {
	found, err := s.queryTemplates(ctx, "read template", templatesQuery(guild, &id))
	if err == nil && len(found) == 0 {
		err = s.wrapError("read template", ErrNotFound)
	}
	if err != nil {
		return GiveawayTemplate{}, err
	}
	return found[0], nil
}

func (s *Store) queryTemplates(ctx context.Context, op string, r sqldb.Query) (found []GiveawayTemplate, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	r.Row = appendTo(&found, scanTemplate)
	return found, s.wrapError(op, s.batch(ctx, r))
}

// templatesQuery reads all templates of the guild, or the one with that id.
func templatesQuery(guild string, id *string) sqldb.Query {
	var where sqldb.Where
	where.And("guild_id = ?", guild)
	if id != nil {
		where.And("id = ?", *id)
	}
	return sqldb.Query{
		SQL: `SELECT id, guild_id, ` + substrSQL("name", maxNameRunes) + `, ` +
			substrSQL("coalesce(description, '')", maxLongTextRunes) + `, ` + substrSQL("prize", maxShortTextRunes) + `, ` +
			substrSQL("coalesce(prize_secret, '')", maxLongTextRunes) + `, winner_count, ` + boundedJSON("prize_tiers", maxListBytes) + `,
			` + substrSQL("embed_color", maxNameRunes) + `, ` + substrSQL("button_text", maxNameRunes) +
			`, button_style, ` + substrSQL("coalesce(image_url, '')", maxURLRunes) + `, ` +
			boundedJSONOr("required_role_ids", maxIDListBytes, "'{}'") + `, ` +
			boundedJSONOr("blacklist_role_ids", maxIDListBytes, "'{}'") + `,
			required_level, required_messages, required_invites, required_reputation, required_account_age, required_server_age,
			` + boundedJSON("bonus_entry_roles", maxListBytes) + `, booster_bonus_entries, default_duration, dm_winners,
			` + substrSQL("coalesce(dm_winner_message, '')", maxLongTextRunes) + `,
			channel_id, winner_claim_timeout, auto_reroll, max_rerolls, coalesce(ping_role_id, ''), ping_on_end,
			` + substrSQL("coalesce(notes, '')", maxLongTextRunes) + `, created_at
			FROM giveaway_templates WHERE ` + where.String() + " ORDER BY " + orderByName("name") + ", id" +
			page{1, 2 * maxTemplates}.limitSQL(),
		Args: where.Args,
	}
}

func scanTemplate(r sqldb.Row) (t GiveawayTemplate, err error) {
	var (
		f                     = &t.Form
		tiers, roles          []byte
		required, blacklisted Strings
		seconds               int
	)
	err = r.Scan(&t.ID, &t.GuildID, &t.Name, &f.Description, &f.Prize, &f.PrizeSecret, &f.WinnerCount, &tiers,
		&f.EmbedColor, &f.ButtonText, &f.ButtonStyle, &f.ImageURL, &required, &blacklisted,
		&f.RequiredLevel, &f.RequiredMessages, &f.RequiredInvites, &f.RequiredReputation, &f.RequiredAccountAge, &f.RequiredServerAge,
		&roles, &f.BoosterBonusEntries, &seconds, &f.DMWinners, &f.DMWinnerMessage,
		&f.ChannelID, &f.WinnerClaimTimeout, &f.AutoReroll, &f.MaxRerolls, &f.PingRoleID, &f.PingOnEnd, &f.Notes, &t.CreatedAt)
	f.PrizeTiers, f.BonusEntryRoles = decodeJSON[[]contract.PrizeTier](tiers), decodeJSON[[]contract.BonusRole](roles)
	f.RequiredRoleIDs, f.BlacklistRoleIDs = required, blacklisted
	t.Duration = time.Duration(seconds) * time.Second
	return t, err
}
