package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store/snowflake"
)

// EventType is the type of an event in a guild.
type EventType string

const (
	GiveawayCreateEvent EventType = "GIVEAWAY_CREATE" // older bots send GIVEAWAY_START, which is decoded as this type
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
	GuildUpdateEvent    EventType = "GUILD_UPDATE" // channels or roles were changed
	CommandResultEvent  EventType = "COMMAND_RESULT"
	SettingsUpdateEvent EventType = "SETTINGS_UPDATE"

	giveawayStartEvent EventType = "GIVEAWAY_START"
)

// EventTypes lists the known types. Events of other types are received and forwarded too.
var EventTypes = []EventType{
	GiveawayCreateEvent, GiveawayEntryEvent, GiveawayUpdateEvent, GiveawayEndEvent, GiveawayRerollEvent,
	GiveawayCancelEvent,
	TicketCreateEvent, TicketClaimEvent, TicketUpdateEvent, TicketCloseEvent, TicketReopenEvent, TicketMessageEvent,
	TicketRatingEvent,
	MemberJoinEvent, MemberLeaveEvent, MemberUpdateEvent, GuildUpdateEvent, CommandResultEvent, SettingsUpdateEvent,
}

// MetricLabel returns the type as a metric label. Unknown types are all "other", so that senders can't create new
// time series.
func (t EventType) MetricLabel() string {
	if slices.Contains(EventTypes, t) {
		return string(t)
	}
	return "other"
}

// Event reports a change in a guild. It is only a hint: the database is the source of truth.
type Event struct {
	Type         EventType
	GuildID      string          // snowflake
	UserID       string          // snowflake of the acting user, or ""
	Data         json.RawMessage // one JSON value, usually an object; nil if absent
	ID           string          // UUID, or "" when the sender gave none
	Timestamp    time.Time       // UTC, whole milliseconds; zero when the sender gave none
	HasNumberIDs bool            // an id came as a JSON number, see DecodeEvent; not encoded
}

// maxEventBytes is the maximum size of a message, in bytes. Real messages have some hundred bytes.
const maxEventBytes = 64 << 10

// maxEventFieldBytes is the maximum length of type and id, in bytes.
const maxEventFieldBytes = 64

// badEventError says why a message is not an event. Reason is one of "size", "json", "type", "guild" and "number": the
// guild's id is a JSON number beyond 2^53, which has been rounded or will be.
type EventError struct{ Reason string }

func (e *EventError) Error() string { return "not an event: bad " + e.Detail() }

// detail returns the reason, with advice if there is any.
func (e *EventError) Detail() string {
	if e.Reason == "number" {
		return "number: guildId is a JSON number beyond 2^53, which many languages round; send ids as strings"
	}
	return e.Reason
}

// DecodeEvent reads one message of the channel discord_events:
//
//	{"type", "guildId", "timestamp"?: ms, "data"?: any, "id"?: string, "userId"?: snowflake}
//
// Only type and guildId are required; other members are left empty if they are missing or malformed, and unknown
// members are ignored. An id may also be an integer JSON number up to 2^53, the range in which all languages
// represent numbers exactly. The error is always a *badEventError.
func DecodeEvent(raw []byte) (Event, error) {
	if len(raw) > maxEventBytes {
		return Event{}, &EventError{"size"}
	}
	var m struct {
		Type, GuildID, UserID, ID, Timestamp, Data json.RawMessage
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return Event{}, &EventError{"json"}
	}
	e := Event{
		Type:      EventType(decodeShortString(m.Type)),
		ID:        decodeShortString(m.ID),
		Timestamp: decodeEventTime(m.Timestamp),
	}
	if e.Type == "" {
		return Event{}, &EventError{"type"}
	}
	if e.Type == giveawayStartEvent {
		e.Type = GiveawayCreateEvent
	}
	guild, user := decodeID(m.GuildID), decodeID(m.UserID)
	switch {
	case guild.isRounded:
		return Event{}, &EventError{"number"}
	case !snowflake.IsValid(guild.text):
		return Event{}, &EventError{"guild"}
	}
	e.GuildID, e.HasNumberIDs = guild.text, guild.isNumber || user.isNumber
	if snowflake.IsValid(user.text) {
		e.UserID = user.text
	}
	if len(m.Data) > 0 && string(m.Data) != "null" {
		e.Data = m.Data
	}
	return e, nil
}

// decodeShortString decodes a JSON string. It returns "" for other values and for texts that are too long.
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

// decodeEventTime decodes milliseconds since 1970. It returns the zero time for invalid values.
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

// MarshalJSON encodes the event for DecodeEvent, with the members in a fixed order and without empty ones.
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
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// GiveawaysTopic returns the topic of the guild's giveaways.
func GiveawaysTopic(guild string) string { return "giveaways:" + guild }

// TicketsTopic returns the topic of the guild's tickets.
func TicketsTopic(guild string) string { return "tickets:" + guild }

// CommandsTopic returns the topic of the results of the guild's commands.
func CommandsTopic(guild string) string { return "commands:" + guild }

// StaffTopic returns the topic of the guild's staff: roles of members and grants of roles.
func StaffTopic(guild string) string { return "staff:" + guild }

// SettingsTopic returns the topic of the guild's settings.
func SettingsTopic(guild string) string { return "settings:" + guild }

// Topics returns the topics that the event invalidates. They depend only on the first word of the type, so that
// GIVEAWAY_… and TICKET_… types of newer bots count too. Types that affect no page have no topics.
func (e Event) Topics() []string {
	switch prefix, _, _ := strings.Cut(string(e.Type), "_"); prefix {
	case "GIVEAWAY":
		return []string{GiveawaysTopic(e.GuildID)}
	case "TICKET":
		return []string{TicketsTopic(e.GuildID)}
	case "MEMBER":
		return []string{StaffTopic(e.GuildID)}
	case "GUILD": // all pages show names of channels and roles
		return []string{
			GiveawaysTopic(e.GuildID), TicketsTopic(e.GuildID), SettingsTopic(e.GuildID), StaffTopic(e.GuildID),
			CommandsTopic(e.GuildID),
		}
	case "SETTINGS": // the audit log lists changes of settings and staff
		return []string{SettingsTopic(e.GuildID), StaffTopic(e.GuildID), CommandsTopic(e.GuildID)}
	case "COMMAND": // the target's row shows the command's status
		return []string{CommandsTopic(e.GuildID), GiveawaysTopic(e.GuildID), TicketsTopic(e.GuildID)}
	}
	return nil
}

// WinnerIDs returns the ids of the winners in the event's data, from winnerId and winnerIds, in order and without
// duplicates.
func (e Event) WinnerIDs() []string {
	var data DrawData
	_ = json.Unmarshal(e.Data, &data) // a member of the wrong type does not affect the other one
	var ids []string
	for _, id := range append([]string{data.WinnerID}, data.WinnerIDs...) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
