package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Lines are those of a field that holds some.
func (s Settings) Lines(field string) []string { return linesOf(s.Values[field]) }

// Settings of a module: what managers have said on the dashboard, for the forms here and for the bot. In the table
// guild_settings they are one JSON object a module, with the names of the sheets below.
type Settings struct {
	Values  Values
	Version int // counts the times they were saved; 0: nobody has, and Values are the defaults
}

// MaxEmbedTitle is Discord's, in characters. https://docs.discord.com/developers/resources/message#embed-object-embed-limits
const MaxEmbedTitle = 256

// What may be chosen.
var (
	// Durations of a new giveaway, in seconds.
	Durations      = []string{"3600", "7200", "21600", "43200", "86400", "172800", "259200", "604800", "1209600"}
	componentTypes = []string{"BUTTONS", "SELECT"}
)

// GiveawaySheet is how a new giveaway begins, and what is said of its winners.
var GiveawaySheet = Sheet{
	{Name: "enabled", Group: "module", Kind: FieldTick, Default: "on"},
	{Name: "buttonText", Group: "button", Kind: FieldText, Needed: true, Most: 60, Default: "Enter Giveaway"},
	{Name: "buttonEmoji", Group: "button", Kind: FieldText, Most: 20, Default: "🎉"},
	{Name: "buttonStyle", Group: "button", Kind: FieldChoice, Options: ButtonStyles, Default: "PRIMARY"},
	{Name: "embedColor", Group: "button", Kind: FieldColor, Default: "#14b8a6"},
	{Name: "imageUrl", Group: "button", Kind: FieldAddress, Most: MaxURL},
	{Name: "channelId", Group: "defaults", Kind: FieldChannel},
	{Name: "duration", Group: "defaults", Kind: FieldChoice, Options: Durations, Default: "86400"},
	{Name: "winnerClaimTimeout", Group: "defaults", Kind: FieldNumber, Low: 0, High: MaxClaimTimeout, Default: "0"},
	{Name: "autoReroll", Group: "defaults", Kind: FieldTick},
	{Name: "maxRerolls", Group: "defaults", Kind: FieldNumber, Low: 0, High: MaxRerolls, Default: "3"},
	{Name: "pingRoleId", Group: "defaults", Kind: FieldRole},
	{Name: "pingOnEnd", Group: "defaults", Kind: FieldTick, Default: "on"},
	{Name: "dmWinners", Group: "defaults", Kind: FieldTick, Default: "on"},
	{Name: "dmWinnerMessage", Group: "defaults", Kind: FieldProse, Most: MaxNote},
	{Name: "startTitle", Group: "embeds", Kind: FieldText, Most: MaxEmbedTitle},
	{Name: "startText", Group: "embeds", Kind: FieldProse, Most: 2000},
	{Name: "endTitle", Group: "embeds", Kind: FieldText, Most: MaxEmbedTitle},
	{Name: "endText", Group: "embeds", Kind: FieldProse, Most: 2000},
	{Name: "winMessage", Group: "messages", Kind: FieldProse, Most: 500},
}

// TicketSheet is who may open tickets, what is said in them, and what becomes of them.
var TicketSheet = Sheet{
	{Name: "enabled", Group: "module", Kind: FieldTick, Default: "on"},
	{Name: "categoryChannelId", Group: "module", Kind: FieldParent},
	{Name: "logChannelId", Group: "module", Kind: FieldChannel, Unused: true},
	{Name: "transcriptChannelId", Group: "module", Kind: FieldChannel, Unused: true},
	{Name: "maxPerUser", Group: "limits", Kind: FieldNumber, Low: 1, High: 10, Default: "3"},
	{Name: "cooldownMinutes", Group: "limits", Kind: FieldNumber, Low: 0, High: 60, Default: "5"},
	{Name: "antiRaidEnabled", Group: "limits", Kind: FieldTick, Unused: true},
	{Name: "antiRaidThreshold", Group: "limits", Kind: FieldNumber, Low: 1, High: 100, Default: "10", Unused: true},
	{Name: "answerWithin", Group: "answering", Kind: FieldNumber, Low: 1, High: MaxAnswerWithin, Blank: true},
	{Name: "reopenEnabled", Group: "closing", Kind: FieldTick, Default: "on"},
	{Name: "reopenTimeout", Group: "closing", Kind: FieldNumber, Low: 0, High: 10080, Default: "0"},
	{Name: "closeReasons", Group: "closing", Kind: FieldLines, Most: 25, Each: 100},
	{Name: "deleteDelay", Group: "closing", Kind: FieldNumber, Low: 0, High: 3600, Default: "0", Unused: true},
	{Name: "welcomeMessage", Group: "messages", Kind: FieldProse, Most: 1500},
	{Name: "claimMessage", Group: "messages", Kind: FieldProse, Most: 1000},
	{Name: "closeMessage", Group: "messages", Kind: FieldProse, Most: 1000},
	{Name: "reopenMessage", Group: "messages", Kind: FieldProse, Most: 1000},
	{Name: "ratingPrompt", Group: "messages", Kind: FieldProse, Most: 1000, Unused: true},
	{Name: "thankYouMessage", Group: "messages", Kind: FieldProse, Most: 1000, Unused: true},
	{Name: "ratingEnabled", Group: "rating", Kind: FieldTick, Default: "on", Unused: true},
	{Name: "ratingChannelId", Group: "rating", Kind: FieldChannel, Unused: true},
	{Name: "ratingReminderEnabled", Group: "rating", Kind: FieldTick, Unused: true},
	{Name: "ratingReminderDelay", Group: "rating", Kind: FieldNumber, Low: 1, High: 168, Default: "24", Unused: true},
	{Name: "ratingMinStarsForReview", Group: "rating", Kind: FieldNumber, Low: 1, High: 5, Default: "4", Unused: true},
	{Name: "ratingAutoApprove", Group: "rating", Kind: FieldTick, Unused: true},
}

// SheetOf is the sheet of a module's settings.
func SheetOf(m Module) Sheet {
	if m == ModuleTickets {
		return TicketSheet
	}
	return GiveawaySheet
}

// SettingsProblems is what is wrong with a module's settings: what the sheet says, and what goes together.
func SettingsProblems(m Module, v Values) map[string]string {
	p := problems(SheetOf(m).Problems(v))
	if m == ModuleGiveaways {
		p.unless(utf8.RuneCountInString(ButtonLabel(v)) <= MaxButtonText, "buttonText", ProblemLong)
		set := Settings{Values: v}
		p.unless(!set.On("autoReroll") || set.Number("winnerClaimTimeout") > 0, "winnerClaimTimeout", ProblemWindow)
	}
	return p
}

// ButtonLabel is what the button of a new giveaway says.
func ButtonLabel(v Values) string { return strings.TrimSpace(v["buttonEmoji"] + " " + v["buttonText"]) }

// Begin is the form of a new giveaway as the settings have it begin.
func (s Settings) Begin(f GiveawayForm) GiveawayForm {
	v := s.Values
	f.ButtonText, f.ButtonStyle, f.EmbedColor, f.ImageURL = ButtonLabel(v), v["buttonStyle"], v["embedColor"], v["imageUrl"]
	f.ChannelID, f.PingRoleID = v["channelId"], v["pingRoleId"]
	f.PingOnEnd, f.DMWinners, f.DMWinnerMessage = v["pingOnEnd"] == "on", v["dmWinners"] == "on", v["dmWinnerMessage"]
	f.WinnerClaimTimeout, f.AutoReroll, f.MaxRerolls = s.Number("winnerClaimTimeout"), s.On("autoReroll"), s.Number("maxRerolls")
	return f
}

// On tells whether a field is ticked.
func (s Settings) On(field string) bool { return s.Values[field] == "on" }

// Number is a field that holds one; 0 when it does not.
func (s Settings) Number(field string) int {
	n, _ := strconv.Atoi(s.Values[field])
	return n
}

// Settings of a module of the guild.
func (s *Store) Settings(ctx context.Context, guild string, m Module) (Settings, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	found := Settings{Values: SheetOf(m).Blank()}
	err := s.batch(ctx, readSettings(guild, m, &found))
	return found, s.fault("reading settings", err)
}

func readSettings(guild string, m Module, into *Settings) read {
	return read{
		sql:  "SELECT data, version FROM guild_settings WHERE guild_id = $1 AND module = $2",
		args: []any{guild, string(m)},
		row: func(r row) error {
			var data string
			err := r.Scan(&data, &into.Version)
			into.Values = SheetOf(m).Read(json.RawMessage(data))
			return err
		},
	}
}

// SaveSettings replaces a module's settings, which were read as of that version, and writes into the audit log who did,
// and what was changed. ErrConflict when somebody has saved others meanwhile.
func (s *Store) SaveSettings(ctx context.Context, guild string, m Module, by Person, version int, v Values) error {
	sheet := SheetOf(m)
	return s.change(ctx, "saving settings", func(ctx context.Context, t tx) error {
		before := sheet.Blank()
		var data string
		switch err := t.row(ctx, "SELECT data FROM guild_settings WHERE guild_id = $1 AND module = $2", guild, string(m)).Scan(&data); {
		case err == nil:
			before = sheet.Read(json.RawMessage(data))
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		changed, err := t.exec(ctx, `INSERT INTO guild_settings (guild_id, module, data, version) VALUES ($1, $2, $3, 1)
			ON CONFLICT (guild_id, module) DO UPDATE SET data = excluded.data, version = guild_settings.version + 1
			WHERE guild_settings.version = $4`, guild, string(m), string(sheet.JSON(v)), version)
		if err != nil {
			return err
		}
		if changed == 0 || version > 0 && data == "" || version == 0 && data != "" {
			return ErrConflict
		}
		names := sheet.Changed(before, v)
		return t.record(ctx, guild, by, VerbSettingsChange, string(m), "", before.pick(names), v.pick(names))
	})
}

// LastChange is the newest line of the audit log about what was changed here; ErrNotFound when there is none.
func (s *Store) LastChange(ctx context.Context, guild, target string) (Command, error) {
	list, err := s.Commands(ctx, guild, CommandQuery{Target: target, PerPage: 1})
	if err == nil && (len(list.Items) == 0 || !slices.Contains(Changes, list.Items[0].Verb)) {
		err = s.fault("reading last change", ErrNotFound)
	}
	if err != nil {
		return Command{}, err
	}
	return list.Items[0], nil
}
