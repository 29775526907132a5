package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/store/internal/sqldb"
)

// StringList returns the lines of a field with several values.
func (s Settings) StringList(field string) []string { return forms.SplitLines(s.Values[field]) }

// Settings are a module's settings from the dashboard, for its forms and for the bot. The table guild_settings has
// one JSON object for each module, with the field names of the schemas below.
type Settings struct {
	Values  forms.Values
	Version int // number of saves; 0: never saved, Values are the defaults
}

// MaxEmbedTitleLength is Discord's limit, in characters.
// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
const MaxEmbedTitleLength = 256

var (
	// GiveawayDurations are the durations offered for a new giveaway, in seconds.
	GiveawayDurations = []string{"3600", "7200", "21600", "43200", "86400", "172800", "259200", "604800", "1209600"}
	componentTypes    = []string{"BUTTONS", "SELECT"}
)

// GiveawaySettingsSchema is the form schema of the giveaway settings: defaults of new giveaways and winner messages.
var GiveawaySettingsSchema = forms.Schema{
	{Name: "enabled", Group: "module", Kind: forms.Checkbox, Default: "on"},
	{Name: "buttonText", Group: "button", Kind: forms.Text, Required: true, MaxLength: 60, Default: "Enter Giveaway"},
	{Name: "buttonEmoji", Group: "button", Kind: forms.Text, MaxLength: 20, Default: "🎉"},
	{Name: "buttonStyle", Group: "button", Kind: forms.Choice, Options: contract.ButtonStyles, Default: "PRIMARY"},
	{Name: "channelId", Group: "defaults", Kind: forms.Channel},
	{Name: "duration", Group: "defaults", Kind: forms.Choice, Options: GiveawayDurations, Default: "86400"},
	{Name: "winnerClaimTimeout", Group: "defaults", Kind: forms.Number, Unit: time.Hour,
		MinValue: 0, MaxValue: contract.MaxClaimTimeout, Default: "0"},
	{Name: "autoReroll", Group: "defaults", Kind: forms.Checkbox},
	{Name: "maxRerolls", Group: "defaults", Kind: forms.Number, MinValue: 0, MaxValue: contract.MaxRerolls, Default: "3"},
	{Name: "pingRoleId", Group: "defaults", Kind: forms.Role},
	{Name: "pingOnEnd", Group: "defaults", Kind: forms.Checkbox, Default: "on"},
	{Name: "dmWinners", Group: "defaults", Kind: forms.Checkbox, Default: "on"},
	{Name: "dmWinnerMessage", Group: "defaults", Kind: forms.Multiline, MaxLength: contract.MaxGiveawayNoteLength},
	{Name: "embedColor", Group: "embeds", Kind: forms.Color, Default: "#14b8a6"},
	{Name: "imageUrl", Group: "embeds", Kind: forms.URL, MaxLength: forms.MaxURLLength},
	{Name: "startTitle", Group: "embeds", Kind: forms.Text, MaxLength: MaxEmbedTitleLength},
	{Name: "startText", Group: "embeds", Kind: forms.Multiline, MaxLength: 2000},
	{Name: "endTitle", Group: "embeds", Kind: forms.Text, MaxLength: MaxEmbedTitleLength},
	{Name: "endText", Group: "embeds", Kind: forms.Multiline, MaxLength: 2000},
	{Name: "winMessage", Group: "messages", Kind: forms.Multiline, MaxLength: 500},
}

// TicketSettingsSchema is the form schema of the ticket settings: who may open tickets, messages, and closing.
var TicketSettingsSchema = forms.Schema{
	{Name: "enabled", Group: "module", Kind: forms.Checkbox, Default: "on"},
	{Name: "categoryChannelId", Group: "module", Kind: forms.ChannelCategory},
	{Name: "logChannelId", Group: "module", Kind: forms.Channel, IgnoredByBot: true},
	{Name: "transcriptChannelId", Group: "module", Kind: forms.Channel, IgnoredByBot: true},
	{Name: "maxPerUser", Group: "limits", Kind: forms.Number, MinValue: 1, MaxValue: 10, Default: "3"},
	{Name: "cooldownMinutes", Group: "limits", Kind: forms.Number, Unit: time.Minute, MinValue: 0, MaxValue: 60, Default: "5"},
	{Name: "antiRaidEnabled", Group: "limits", Kind: forms.Checkbox, IgnoredByBot: true},
	{Name: "antiRaidThreshold", Group: "limits", Kind: forms.Number, MinValue: 1, MaxValue: 100, Default: "10", IgnoredByBot: true},
	{Name: "answerWithin", Group: "answering", Kind: forms.Number, Unit: time.Minute,
		MinValue: 1, MaxValue: maxResponseTargetMinutes, AllowEmpty: true},
	{Name: "reopenEnabled", Group: "closing", Kind: forms.Checkbox, Default: "on"},
	{Name: "reopenTimeout", Group: "closing", Kind: forms.Number, Unit: time.Minute, MinValue: 0, MaxValue: 10080, Default: "0"},
	{Name: "closeReasons", Group: "closing", Kind: forms.StringList, MaxLength: 25, MaxItemLength: 100},
	{Name: "deleteDelay", Group: "closing", Kind: forms.Number, Unit: time.Second,
		MinValue: 0, MaxValue: 3600, Default: "0", IgnoredByBot: true},
	{Name: "welcomeMessage", Group: "messages", Kind: forms.Multiline, MaxLength: 1500},
	{Name: "claimMessage", Group: "messages", Kind: forms.Multiline, MaxLength: 1000},
	{Name: "closeMessage", Group: "messages", Kind: forms.Multiline, MaxLength: 1000},
	{Name: "reopenMessage", Group: "messages", Kind: forms.Multiline, MaxLength: 1000},
	{Name: "ratingPrompt", Group: "messages", Kind: forms.Multiline, MaxLength: 1000, IgnoredByBot: true},
	{Name: "thankYouMessage", Group: "messages", Kind: forms.Multiline, MaxLength: 1000, IgnoredByBot: true},
	{Name: "ratingEnabled", Group: "rating", Kind: forms.Checkbox, Default: "on", IgnoredByBot: true},
	{Name: "ratingChannelId", Group: "rating", Kind: forms.Channel, IgnoredByBot: true},
	{Name: "ratingReminderEnabled", Group: "rating", Kind: forms.Checkbox, IgnoredByBot: true},
	{Name: "ratingReminderDelay", Group: "rating", Kind: forms.Number, Unit: time.Hour,
		MinValue: 1, MaxValue: 168, Default: "24", IgnoredByBot: true},
	{Name: "ratingMinStarsForReview", Group: "rating", Kind: forms.Number, MinValue: 1, MaxValue: 5, Default: "4", IgnoredByBot: true},
	{Name: "ratingAutoApprove", Group: "rating", Kind: forms.Checkbox, IgnoredByBot: true},
}

// SchemaOf returns the form schema of a module's settings.
func SchemaOf(m access.Module) forms.Schema {
	if m == access.ModuleTickets {
		return TicketSettingsSchema
	}
	return GiveawaySettingsSchema
}

// SettingsProblems validates a module's settings: by their schema, and combinations of fields.
func SettingsProblems(m access.Module, v forms.Values) map[string]string {
	p := forms.Problems(SchemaOf(m).Problems(v))
	if m == access.ModuleGiveaways {
		p.Require(utf8.RuneCountInString(buttonLabel(v)) <= contract.MaxButtonTextLength, "buttonText", forms.ProblemTooLong)
		settings := Settings{Values: v}
		p.Require(!settings.Bool("autoReroll") || settings.Number("winnerClaimTimeout") > 0, "winnerClaimTimeout",
			forms.ProblemClaimTimeout)
	}
	return p
}

// buttonLabel returns the button label of a new giveaway.
func buttonLabel(v forms.Values) string {
	return strings.TrimSpace(v["buttonEmoji"] + " " + v["buttonText"])
}

// ApplyDefaults returns f with the settings' defaults for a new giveaway.
func (s Settings) ApplyDefaults(f contract.GiveawayForm) contract.GiveawayForm {
	v := s.Values
	f.ButtonText, f.ButtonStyle, f.EmbedColor, f.ImageURL = buttonLabel(v), v["buttonStyle"], v["embedColor"], v["imageUrl"]
	f.ChannelID, f.PingRoleID = v["channelId"], v["pingRoleId"]
	f.PingOnEnd, f.DMWinners, f.DMWinnerMessage = v["pingOnEnd"] == "on", v["dmWinners"] == "on", v["dmWinnerMessage"]
	f.WinnerClaimTimeout, f.AutoReroll, f.MaxRerolls = s.Number("winnerClaimTimeout"), s.Bool("autoReroll"), s.Number("maxRerolls")
	return f
}

// Bool reports whether a checkbox field is checked.
func (s Settings) Bool(field string) bool { return s.Values[field] == "on" }

// Number returns the value of a number field; 0 if it is not a number.
func (s Settings) Number(field string) int {
	n, _ := strconv.Atoi(s.Values[field])
	return n
}

// Settings returns the settings of a module of the guild.
func (s *Store) Settings(ctx context.Context, guild string, m access.Module) (Settings, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	found := Settings{Values: SchemaOf(m).Defaults()}
	err := s.batch(ctx, settingsQuery(guild, m, &found))
	return found, s.wrapError("read settings", err)
}

func settingsQuery(guild string, m access.Module, settings *Settings) sqldb.Query {
	return sqldb.Query{
		SQL:  "SELECT data, version FROM guild_settings WHERE guild_id = $1 AND module = $2",
		Args: []any{guild, string(m)},
		Row: func(r sqldb.Row) error {
			var data string
			err := r.Scan(&data, &settings.Version)
			settings.Values = SchemaOf(m).Decode(json.RawMessage(data))
			return err
		},
	}
}

// SaveSettings replaces a module's settings, which were read at that version, and writes an audit entry with the
// changed fields. It returns ErrConflict when the settings were saved meanwhile.
func (s *Store) SaveSettings(ctx context.Context, guild string, m access.Module, actor contract.User, version int, v forms.Values) error {
	schema := SchemaOf(m)
	return s.withTx(ctx, "save settings", func(ctx context.Context, t tx) error {
		before := schema.Defaults()
		var data string
		switch err := t.QueryRow(ctx, "SELECT data FROM guild_settings WHERE guild_id = $1 AND module = $2",
			guild, string(m)).Scan(&data); {
		case err == nil:
			before = schema.Decode(json.RawMessage(data))
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		changed, err := t.Exec(ctx, `INSERT INTO guild_settings (guild_id, module, data, version) VALUES ($1, $2, $3, 1)
			ON CONFLICT (guild_id, module) DO UPDATE SET data = excluded.data, version = guild_settings.version + 1
			WHERE guild_settings.version = $4`, guild, string(m), string(schema.Encode(v)), version)
		if err != nil {
			return err
		}
		if changed == 0 || version > 0 && data == "" || version == 0 && data != "" {
			return ErrConflict
		}
		names := schema.ChangedFields(before, v)
		return t.recordAudit(ctx, guild, actor, contract.VerbSettingsChange, string(m), "", before.Subset(names), v.Subset(names))
	})
}

// LastChange returns the newest audit entry about the target; ErrNotFound when there is none.
func (s *Store) LastChange(ctx context.Context, guild, target string) (contract.Command, error) {
	list, err := s.Commands(ctx, guild, CommandQuery{Target: target, PerPage: 1})
	if err == nil && (len(list.Items) == 0 || !slices.Contains(contract.DashboardVerbs, list.Items[0].Verb)) {
		err = s.wrapError("read last change", ErrNotFound)
	}
	if err != nil {
		return contract.Command{}, err
	}
	return list.Items[0], nil
}
