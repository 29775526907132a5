package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EventType says what happened in a guild.
type EventType string

const (
	GiveawayCreateEvent EventType = "GIVEAWAY_CREATE" // GIVEAWAY_START, older bots' word, is read as this
	GiveawayEntryEvent  EventType = "GIVEAWAY_ENTRY"
	GiveawayUpdateEvent EventType = "GIVEAWAY_UPDATE"
	GiveawayEndEvent    EventType = "GIVEAWAY_END"
	GiveawayRerollEvent EventType = "GIVEAWAY_REROLL"
	GiveawayCancelEvent EventType = "GIVEAWAY_CANCEL"
	TicketCreateEvent   EventType = "TICKET_CREATE"
	TicketClaimEvent    EventType = "TICKET_CLAIM"
	TicketUpdateEvent   EventType = "TICKET_UPDATE"
	TicketCloseEvent    EventType = "TICKET_CLOSE"
	TicketReopenEvent   EventType = "TICKET_REOPEN"
	TicketMessageEvent  EventType = "TICKET_MESSAGE"
	TicketRatingEvent   EventType = "TICKET_RATING"
	MemberJoinEvent     EventType = "MEMBER_JOIN"
	MemberLeaveEvent    EventType = "MEMBER_LEAVE"
	MemberUpdateEvent   EventType = "MEMBER_UPDATE"
	GuildUpdateEvent    EventType = "GUILD_UPDATE" // channels or roles are called otherwise
	CommandResultEvent  EventType = "COMMAND_RESULT"
	SettingsUpdateEvent EventType = "SETTINGS_UPDATE"

	giveawayStartEvent EventType = "GIVEAWAY_START"
)

// EventTypes lists the types that have a meaning here. Any other is heard and passed on all the same.
var EventTypes = []EventType{
	GiveawayCreateEvent, GiveawayEntryEvent, GiveawayUpdateEvent, GiveawayEndEvent, GiveawayRerollEvent, GiveawayCancelEvent,
	TicketCreateEvent, TicketClaimEvent, TicketUpdateEvent, TicketCloseEvent, TicketReopenEvent, TicketMessageEvent, TicketRatingEvent,
	MemberJoinEvent, MemberLeaveEvent, MemberUpdateEvent, GuildUpdateEvent, CommandResultEvent, SettingsUpdateEvent,
}

// MetricLabel is the type as a metric may carry it: strangers' words are all "other", so that nobody can make up new series.
func (t EventType) MetricLabel() string {
	if slices.Contains(EventTypes, t) {
		return string(t)
	}
	return "other"
}

// Event is a hint that something changed in a guild; what is true stands in the database.
type Event struct {
	Type         EventType
	GuildID      string          // snowflake
	UserID       string          // snowflake of who acted, or ""
	Data         json.RawMessage // one JSON value, mostly an object; nil when absent
	ID           string          // UUID, or "" when the sender gave none
	Timestamp    time.Time       // UTC, whole milliseconds; zero when the sender gave none
	HasNumberIDs bool            // an id came as a JSON number, see DecodeEvent; not encoded
}

// maxEventBytes is how large a message may be, in bytes. Real ones have some hundred.
const maxEventBytes = 64 << 10

// maxEventFieldBytes bounds type and id, in bytes.
const maxEventFieldBytes = 64

// badEventError says why a message is not an event. Reason is one of "size", "json", "type", "guild" and "number": the
// guild's id is a JSON number beyond 2^53, which has been rounded or will be.
type badEventError struct{ Reason string }

func (e *badEventError) Error() string { return "not an event: bad " + e.detail() }

// detail returns the reason, with advice if there is any.
func (e *badEventError) detail() string {
	if e.Reason == "number" {
		return "number: guildId is a JSON number beyond 2^53, which many languages round; send ids as strings"
	}
	return e.Reason
}

// DecodeEvent reads one message of the channel discord_events:
//
//	{"type", "guildId", "timestamp"?: ms, "data"?: any, "id"?: string, "userId"?: snowflake}
//
// Only type and guildId must be right; whatever else is missing or malformed is left empty, and unknown members are
// ignored. An id may also be a whole JSON number up to 2^53: up to there every language keeps numbers exact. The error
// is always a *badEventError.
func DecodeEvent(raw []byte) (Event, error) {
	if len(raw) > maxEventBytes {
		return Event{}, &badEventError{"size"}
	}
	var m struct {
		Type, GuildID, UserID, ID, Timestamp, Data json.RawMessage
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return Event{}, &badEventError{"json"}
	}
	e := Event{
		Type:      EventType(decodeShortString(m.Type)),
		ID:        decodeShortString(m.ID),
		Timestamp: decodeEventTime(m.Timestamp),
	}
	if e.Type == "" {
		return Event{}, &badEventError{"type"}
	}
	if e.Type == giveawayStartEvent {
		e.Type = GiveawayCreateEvent
	}
	guild, user := decodeID(m.GuildID), decodeID(m.UserID)
	switch {
	case guild.isRounded:
		return Event{}, &badEventError{"number"}
	case !isSnowflake(guild.text):
		return Event{}, &badEventError{"guild"}
	}
	e.GuildID, e.HasNumberIDs = guild.text, guild.isNumber || user.isNumber
	if isSnowflake(user.text) {
		e.UserID = user.text
	}
	if len(m.Data) > 0 && string(m.Data) != "null" {
		e.Data = m.Data
	}
	return e, nil
}

// decodeShortString reads a JSON string; anything else, and what is too long to be one of our words, is "".
func decodeShortString(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil || len(s) > maxEventFieldBytes {
		return ""
	}
	return s
}

// decodedID is a Discord id as read from a message.
type decodedID struct {
	text      string // "" if it is not an id, or not exact
	isNumber  bool   // it is a JSON number
	isRounded bool   // it is one beyond 2^53
}

// decodeID reads an id: a string, or a whole number.
func decodeID(raw json.RawMessage) decodedID {
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return decodedID{text: decodeShortString(raw)}
	}
	if n, err := strconv.ParseUint(string(raw), 10, 64); err == nil {
		if n > 1<<53 {
			return decodedID{isNumber: true, isRounded: true}
		}
		return decodedID{text: string(raw), isNumber: true}
	}
	n, _ := strconv.ParseFloat(string(raw), 64) // some write large numbers as 1e+17; a number out of range becomes infinite
	return decodedID{isNumber: true, isRounded: n >= 1<<53}
}

// isSnowflake reports whether s has the form of a Discord id: a 64-bit number in decimal digits, so at most 20 of them.
// https://docs.discord.com/developers/reference#snowflakes
func isSnowflake(s string) bool {
	if len(s) < 1 || len(s) > 20 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// decodeEventTime reads milliseconds since the epoch; what is no sensible time is the zero time.
func decodeEventTime(raw json.RawMessage) time.Time {
	const year10000 = 253402300800000
	ms, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || !(ms > 0 && ms < year10000) {
		return time.Time{}
	}
	if millis := int64(ms); millis > 0 {
		return time.UnixMilli(millis).UTC()
	}
	return time.Time{}
}

// MarshalJSON writes the envelope that DecodeEvent reads, members always in the same order, without what is empty.
func (e Event) MarshalJSON() ([]byte, error) {
	m := struct {
		Type      EventType       `json:"type"`
		GuildID   string          `json:"guildId"`
		UserID    string          `json:"userId,omitempty"`
		Data      json.RawMessage `json:"data,omitempty"`
		ID        string          `json:"id,omitempty"`
		Timestamp int64           `json:"timestamp,omitempty"`
	}{e.Type, e.GuildID, e.UserID, e.Data, e.ID, 0}
	if !e.Timestamp.IsZero() {
		m.Timestamp = e.Timestamp.UnixMilli()
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("encoding event: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// GiveawaysTopic names what changes when a giveaway of the guild does.
func GiveawaysTopic(guild string) string { return "giveaways:" + guild }

// TicketsTopic names what changes when a ticket of the guild does.
func TicketsTopic(guild string) string { return "tickets:" + guild }

// TicketPresenceTopic names what changes when others look at the ticket than before.
func TicketPresenceTopic(guild, ticket string) string { return "looks:" + guild + "/" + ticket }

// CommandsTopic names what changes when the bot has answered a command for the guild.
func CommandsTopic(guild string) string { return "commands:" + guild }

// StaffTopic names what changes when people of the guild get or lose a role, or a role gets or loses a right.
func StaffTopic(guild string) string { return "staff:" + guild }

// SettingsTopic names what changes when somebody changes the settings of the guild.
func SettingsTopic(guild string) string { return "settings:" + guild }

// Topics are the topics on which to look again after the event. They go by the type's first word, so that a newer
// bot's GIVEAWAY_… and TICKET_… count too; types that no page shows have none.
func (e Event) Topics() []string {
	switch prefix, _, _ := strings.Cut(string(e.Type), "_"); prefix {
	case "GIVEAWAY":
		return []string{GiveawaysTopic(e.GuildID)}
	case "TICKET":
		return []string{TicketsTopic(e.GuildID)}
	case "MEMBER":
		return []string{StaffTopic(e.GuildID)}
	case "GUILD": // names stand everywhere
		return []string{GiveawaysTopic(e.GuildID), TicketsTopic(e.GuildID), SettingsTopic(e.GuildID), StaffTopic(e.GuildID), CommandsTopic(e.GuildID)}
	case "SETTINGS": // what is changed here stands in the audit log
		return []string{SettingsTopic(e.GuildID), StaffTopic(e.GuildID), CommandsTopic(e.GuildID)}
	case "COMMAND": // its answer shows on the row that the command was about
		return []string{CommandsTopic(e.GuildID), GiveawaysTopic(e.GuildID), TicketsTopic(e.GuildID)}
	}
	return nil
}

// Module is the module that the event is about; "" for one that is about none.
func (e Event) Module() Module {
	prefix, _, _ := strings.Cut(string(e.Type), "_")
	if prefix == "COMMAND" { // about what was asked for
		var data struct{ Type string }
		_ = json.Unmarshal(e.Data, &data) // another form of data is about nothing
		prefix, _, _ = strings.Cut(data.Type, "_")
	}
	switch prefix {
	case "GIVEAWAY":
		return ModuleGiveaways
	case "TICKET":
		return ModuleTickets
	}
	return ""
}

// WinnerIDs are the winners' snowflakes that the event's data names, as winnerId or as winnerIds, each once and in order.
func (e Event) WinnerIDs() []string {
	var data struct {
		WinnerID  json.RawMessage
		WinnerIDs []json.RawMessage
	}
	// A member of the wrong kind leaves the other one readable, so the error has nothing to add.
	_ = json.Unmarshal(e.Data, &data)
	var ids []string
	for _, raw := range append([]json.RawMessage{data.WinnerID}, data.WinnerIDs...) {
		if id := decodeID(raw).text; isSnowflake(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
