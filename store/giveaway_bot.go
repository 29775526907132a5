package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"guildboard/store/internal/sqldb"
)

// This file contains the methods that only bots use: for schedules, and for data from Discord.

// DueGiveaway is a giveaway that is due to start or to end.
type DueGiveaway struct {
	GuildID, ID string
	IsStart     bool // it is due to be posted; otherwise, to end
}

// DueGiveaways returns the giveaways that should have started or ended by now, at most 100 of each, longest due
// first.
func (s *Store) DueGiveaways(ctx context.Context, now time.Time) ([]DueGiveaway, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var due []DueGiveaway
	appendDue := func(start bool) func(sqldb.Row) error {
		return appendTo(&due, func(r sqldb.Row) (d DueGiveaway, err error) {
			d.IsStart = start
			return d, r.Scan(&d.GuildID, &d.ID)
		})
	}
	err := s.batch(ctx,
		sqldb.Query{
			SQL: `SELECT guild_id, id FROM giveaways
				WHERE status = 'ACTIVE' AND ends_at <= $1 ORDER BY ends_at LIMIT 100`,
			Args: []any{now}, Row: appendDue(false),
		},
		sqldb.Query{
			SQL: `SELECT guild_id, id FROM giveaways
				WHERE status = 'PENDING' AND starts_at <= $1 ORDER BY starts_at LIMIT 100`,
			Args: []any{now}, Row: appendDue(true),
		})
	return due, s.wrapError("read due giveaways", err)
}

// EditGiveaway replaces the fields that a form can change. It returns ErrConflict if the giveaway has ended or was
// cancelled.
func (s *Store) EditGiveaway(ctx context.Context, g Giveaway) error {
	tiers, err := encodeJSON(g.PrizeTiers)
	if err != nil {
		return fmt.Errorf("edit giveaway: encode prize tiers: %w", err)
	}
	roles, err := encodeJSON(g.BonusEntryRoles)
	if err != nil {
		return fmt.Errorf("edit giveaway: encode bonus roles: %w", err)
	}
	return s.changeRow(ctx, "edit giveaway", giveawaysTable, `UPDATE giveaways SET channel_id = $3,
		prize = $4, prize_secret = $5, description = $6, image_url = $7, winner_count = $8, prize_tiers = $9,
		embed_color = $10, button_text = $11, button_style = $12, required_role_ids = $13, blacklist_role_ids = $14,
		required_invites = $15, required_level = $16, required_reputation = $17, required_messages = $18,
		required_account_age = $19, required_server_age = $20, bonus_entry_roles = $21, booster_bonus_entries = $22,
		starts_at = $23, ends_at = $24, dm_winners = $25, dm_winner_message = $26, winner_claim_timeout = $27,
		auto_reroll = $28, max_rerolls = $29, ping_role_id = $30, ping_on_end = $31, notes = $32, updated_at = $33
		WHERE guild_id = $1 AND id = $2 AND status IN ('PENDING', 'ACTIVE', 'PAUSED')`, g.GuildID, g.ID, g.ChannelID,
		g.Prize, g.PrizeSecret, g.Description, g.ImageURL, g.WinnerCount, tiers,
		g.EmbedColor, g.ButtonText, g.ButtonStyle, g.RequiredRoleIDs, g.BlacklistRoleIDs,
		g.RequiredInvites, g.RequiredLevel, g.RequiredReputation, g.RequiredMessages,
		g.RequiredAccountAge, g.RequiredServerAge, roles, g.BoosterBonusEntries,
		g.StartsAt, g.EndsAt, g.DMWinners, g.DMWinnerMessage, g.WinnerClaimTimeout,
		g.AutoReroll, g.MaxRerolls, g.PingRoleID, g.PingOnEnd, g.Notes, time.Now())
}

// StartGiveaway makes a scheduled giveaway active, which was posted as the given message.
func (s *Store) StartGiveaway(ctx context.Context, guild, id, message string) error {
	return s.changeRow(ctx, "start giveaway", giveawaysTable,
		`UPDATE giveaways SET status = 'ACTIVE', message_id = $3, updated_at = $4
		WHERE guild_id = $1 AND id = $2 AND status = 'PENDING'`, guild, id, message, time.Now())
}

// MarkWinnerNotified records that the winner, given by row id, has received a direct message.
func (s *Store) MarkWinnerNotified(ctx context.Context, guild, giveaway, winner string, at time.Time) error {
	_, err := s.exec(ctx, "mark winner notified", `UPDATE giveaway_winners SET dm_sent = TRUE, dm_sent_at = $4
		WHERE id = $3 AND giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)`,
		guild, giveaway, winner, at)
	return err
}

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
