package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"guildboard/store/internal/sqldb"
)

// CreateGiveaway inserts the giveaway. It fills in ID, CreatedAt and UpdatedAt if they are empty, and the defaults of
// other fields: one winner, GiveawayActive, a primary button with the label "🎉 Enter Giveaway". Entries and Winners
// are ignored.
func (s *Store) CreateGiveaway(ctx context.Context, g Giveaway) (Giveaway, error) {
	g = g.withDefaults(time.Now())
	statement, args, err := g.insertSQL()
	if err != nil {
		return g, fmt.Errorf("create giveaway: %w", err)
	}
	_, err = s.exec(ctx, "create giveaway", statement, args...)
	return g, err
}

// insertSQL returns the statement that inserts the giveaway, and its arguments.
func (g Giveaway) insertSQL() (statement string, args []any, err error) {
	tiers, err := encodeJSON(g.PrizeTiers)
	if err != nil {
		return "", nil, fmt.Errorf("encode prize tiers: %w", err)
	}
	roles, err := encodeJSON(g.BonusEntryRoles)
	if err != nil {
		return "", nil, fmt.Errorf("encode bonus roles: %w", err)
	}
	return sqldb.Insert(giveawaysTable, `id, guild_id, channel_id, message_id, host_id,
		prize, prize_secret, description, image_url, winner_count, prize_tiers,
		embed_color, button_text, button_style, entry_method,
		required_role_ids, blacklist_role_ids, required_invites, required_level, required_reputation,
		required_messages, required_account_age, required_server_age,
		bonus_entry_roles, booster_bonus_entries, invite_bonus_entries,
		starts_at, ends_at, ended_at, dm_winners, dm_winner_message, winner_claim_timeout, auto_reroll, max_rerolls,
		ping_role_id, ping_on_end, repeat_days, repeat_at, repeat_zone, repeat_from,
		status, reroll_count, template_id, notes, created_at, updated_at`), []any{
			g.ID, g.GuildID, g.ChannelID, g.MessageID, g.Host.ID,
			g.Prize, g.PrizeSecret, g.Description, g.ImageURL, g.WinnerCount, tiers,
			g.EmbedColor, g.ButtonText, g.ButtonStyle, g.EntryMethod,
			g.RequiredRoleIDs, g.BlacklistRoleIDs, g.RequiredInvites, g.RequiredLevel, g.RequiredReputation,
			g.RequiredMessages, g.RequiredAccountAge, g.RequiredServerAge,
			roles, g.BoosterBonusEntries, g.InviteBonusEntries,
			g.StartsAt, g.EndsAt, g.EndedAt, g.DMWinners, g.DMWinnerMessage, g.WinnerClaimTimeout,
			g.AutoReroll, g.MaxRerolls,
			g.PingRoleID, g.PingOnEnd, g.RepeatDays, g.RepeatAt, g.RepeatZone, g.RepeatFrom,
			g.Status, g.RerollCount, g.TemplateID, g.Notes, g.CreatedAt, g.UpdatedAt,
		}, nil
}

func (g Giveaway) withDefaults(now time.Time) Giveaway {
	g.ID = cmp.Or(g.ID, NewID())
	g.WinnerCount = cmp.Or(g.WinnerCount, 1)
	g.EmbedColor = cmp.Or(g.EmbedColor, "#14b8a6")
	g.ButtonText = cmp.Or(g.ButtonText, "🎉 Enter Giveaway")
	g.ButtonStyle = cmp.Or(g.ButtonStyle, "PRIMARY")
	g.EntryMethod = cmp.Or(g.EntryMethod, "BUTTON")
	g.Status = cmp.Or(g.Status, GiveawayActive)
	g.RepeatZone = cmp.Or(g.RepeatZone, "UTC")
	if g.CreatedAt.IsZero() {
		g.CreatedAt = now
	}
	if g.UpdatedAt.IsZero() {
		g.UpdatedAt = now
	}
	g.CreatedAt, g.UpdatedAt, g.EndsAt = sqldb.UTC(g.CreatedAt), sqldb.UTC(g.UpdatedAt), sqldb.UTC(g.EndsAt)
	g.StartsAt, g.EndedAt, g.RepeatAt = utcOrNil(g.StartsAt), utcOrNil(g.EndedAt), utcOrNil(g.RepeatAt)
	g.RepeatFrom = utcOrNil(g.RepeatFrom)
	g.Entries, g.Winners = 0, nil
	return g
}

// SetGiveawayStatus changes the giveaway's status if it is one of from; otherwise it returns ErrConflict. It does not
// end giveaways: EndGiveaway does. Cancelling a giveaway ends its repetition.
func (s *Store) SetGiveawayStatus(
	ctx context.Context, guild, id string, from []GiveawayStatus, to GiveawayStatus,
) error {
	if len(from) == 0 || to == GiveawayEnded {
		return errors.New("set giveaway status: no status to change from, or change to ENDED")
	}
	where := sqldb.Where{Args: []any{guild, id, to, time.Now(), to == GiveawayCancelled}}
	sqldb.AndIn(&where, "status", from)
	return s.changeRow(ctx, "set giveaway status", giveawaysTable,
		`UPDATE giveaways SET status = $3, updated_at = $4,
			repeat_days = CASE WHEN $5 THEN 0 ELSE repeat_days END,
			repeat_at = CASE WHEN $5 THEN NULL ELSE repeat_at END,
			repeat_from = CASE WHEN $5 THEN NULL ELSE repeat_from END
			WHERE guild_id = $1 AND id = $2 AND `+where.String(),
		guild, id, where.Args[2:]...)
}

// EndGiveaway ends an active or paused giveaway: it accepts no more entries, and the draw can follow. Of several
// concurrent calls, one succeeds and the others return ErrConflict.
func (s *Store) EndGiveaway(ctx context.Context, guild, id string, at time.Time) error {
	return s.changeRow(ctx, "end giveaway", giveawaysTable,
		`UPDATE giveaways SET status = 'ENDED', ended_at = $3, updated_at = $4
		WHERE guild_id = $1 AND id = $2 AND status IN ('ACTIVE', 'PAUSED')`, guild, id, at, time.Now())
}

// DeleteGiveaway deletes the giveaway with its entries and winners.
func (s *Store) DeleteGiveaway(ctx context.Context, guild, id string) error {
	return s.changeRow(ctx, "delete giveaway", giveawaysTable,
		"DELETE FROM giveaways WHERE guild_id = $1 AND id = $2", guild, id)
}

func utcOrNil(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := sqldb.UTC(*t)
	return &u
}
