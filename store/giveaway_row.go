package store

import (
	"context"
	"encoding/json"

	"guildboard/store/contract"
	"guildboard/store/draw"
	"guildboard/store/internal/sqldb"
)

// giveawayColumns are the columns of a giveaway g that scanGiveaway reads.
var (
	giveawayColumns = `g.id, g.guild_id, g.channel_id, g.message_id,
		g.host_id, ` + memberColumns("g.guild_id", "g.host_id") + `,
		` + substrSQL("g.prize", maxShortTextRunes) + `, ` + substrSQL("g.prize_secret", maxNoteRunes) + `,
		` + substrSQL("g.description", maxLongTextRunes) + `, ` + substrSQL("g.image_url", maxURLRunes) + `,
		g.winner_count, ` + boundedJSON("g.prize_tiers", maxListBytes) + `,
		` + substrSQL("g.embed_color", maxNameRunes) + `, ` + substrSQL("g.button_text", maxNameRunes) + `,
		g.button_style, g.entry_method,
		` + boundedJSONOr("g.required_role_ids", maxIDListBytes, "'{}'") + `,
		` + boundedJSONOr("g.blacklist_role_ids", maxIDListBytes, "'{}'") + `,
		g.required_invites, g.required_level, g.required_reputation,
		g.required_messages, g.required_account_age, g.required_server_age,
		` + boundedJSON("g.bonus_entry_roles", maxListBytes) + `, g.booster_bonus_entries, g.invite_bonus_entries,
		g.starts_at, g.ends_at, g.ended_at,
		g.dm_winners, ` + substrSQL("g.dm_winner_message", maxNoteRunes) + `, g.winner_claim_timeout,
		g.auto_reroll, g.max_rerolls, g.ping_role_id, g.ping_on_end,
		g.repeat_days, g.repeat_at, ` + substrSQL("g.repeat_zone", maxNameRunes) + `, g.repeat_from,
		g.status, g.entries, g.reroll_count, g.template_id, ` + substrSQL("g.notes", maxNoteRunes) + `,
		g.created_at, g.updated_at`
)

func scanGiveaway(r sqldb.Row) (g Giveaway, err error) {
	var tiers, roles []byte
	err = r.Scan(&g.ID, &g.GuildID, &g.ChannelID, &g.MessageID,
		&g.Host.ID, &g.Host.Username, &g.Host.Avatar,
		&g.Prize, &g.PrizeSecret, &g.Description, &g.ImageURL, &g.WinnerCount, &tiers,
		&g.EmbedColor, &g.ButtonText, &g.ButtonStyle, &g.EntryMethod,
		&g.RequiredRoleIDs, &g.BlacklistRoleIDs, &g.RequiredInvites, &g.RequiredLevel, &g.RequiredReputation,
		&g.RequiredMessages, &g.RequiredAccountAge, &g.RequiredServerAge,
		&roles, &g.BoosterBonusEntries, &g.InviteBonusEntries,
		&g.StartsAt, &g.EndsAt, &g.EndedAt,
		&g.DMWinners, &g.DMWinnerMessage, &g.WinnerClaimTimeout, &g.AutoReroll, &g.MaxRerolls,
		&g.PingRoleID, &g.PingOnEnd, &g.RepeatDays, &g.RepeatAt, &g.RepeatZone, &g.RepeatFrom,
		(*string)(&g.Status), &g.Entries, &g.RerollCount, &g.TemplateID, &g.Notes, &g.CreatedAt, &g.UpdatedAt)
	g.PrizeTiers = decodeJSON[[]contract.PrizeTier](tiers)
	g.BonusEntryRoles = decodeJSON[[]contract.BonusRole](roles)
	return g, err
}

// decodeJSON decodes a JSON column. Missing values, null and JSON of another structure return the zero value, so that
// an invalid row of an older bot does not prevent reading the list.
func decodeJSON[T any](text []byte) T {
	var v T
	if len(text) == 0 {
		return v
	}
	if json.Unmarshal(text, &v) != nil {
		return *new(T)
	}
	return v
}

// encodeJSON encodes a list for a JSON column; an empty list is nil.
func encodeJSON[T any](list []T) (*string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	column := string(text)
	return &column, nil
}

// Giveaway returns a giveaway of the guild with its winners and draws, or ErrNotFound.
func (s *Store) Giveaway(ctx context.Context, guild, id string) (Giveaway, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		found []Giveaway
		draws []draw.Round
	)
	err := s.batch(ctx, giveawayByIDQuery(guild, id, &found), winnersQuery(guild, []string{id}, func(w Winner) {
		for i := range found {
			found[i].Winners = append(found[i].Winners, w)
		}
	}), drawsQuery(guild, id, &draws))
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Giveaway{}, s.wrapError("read giveaway", err)
	}
	found[0].Draws = draws
	return found[0], nil
}

func giveawayByIDQuery(guild, id string, found *[]Giveaway) sqldb.Query {
	return sqldb.Query{
		SQL:   "SELECT " + giveawayColumns + " FROM giveaways g WHERE g.guild_id = $1 AND g.id = $2",
		Args:  []any{guild, id},
		Table: giveawaysTable,
		Row:   appendTo(found, scanGiveaway),
	}
}

// appendTo returns a function that scans a row and appends the result to list.
func appendTo[T any](list *[]T, scan func(sqldb.Row) (T, error)) func(sqldb.Row) error {
	return func(r sqldb.Row) error {
		item, err := scan(r)
		*list = append(*list, item)
		return err
	}
}
