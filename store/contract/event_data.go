package contract

import (
	"encoding/json"

	"guildboard/store/snowflake"
)

// EventData is the data of an event: one of the structs of this file. Subscribers besides the dashboards read it;
// events of GuildUpdateEvent have none.
type EventData interface{ isEventData() }

// GiveawayCreateData is the data of GiveawayCreateEvent.
type GiveawayCreateData struct {
	GiveawayID  string `json:"giveawayId"`
	Prize       string `json:"prize"`
	EndsAt      string `json:"endTime"` // RFC 3339
	WinnerCount int    `json:"winners"`
	HostID      string `json:"hostId"` // Discord id
}

// GiveawayEntryData is the data of GiveawayEntryEvent.
type GiveawayEntryData struct {
	GiveawayID string `json:"giveawayId"`
	UserID     string `json:"userId"` // Discord id of the entrant
}

// GiveawayUpdateData is the data of GiveawayUpdateEvent about one giveaway, and of GiveawayCancelEvent.
type GiveawayUpdateData struct {
	GiveawayID string `json:"giveawayId"`
	Prize      string `json:"prize"`
	ClaimedBy  string `json:"claimedBy,omitempty"` // Discord id of the winner who has claimed their prize
}

// DrawData is the data of GiveawayEndEvent and GiveawayRerollEvent.
type DrawData struct {
	GiveawayID string   `json:"giveawayId"`
	Prize      string   `json:"prize"`
	WinnerIDs  []string `json:"winnerIds"`          // Discord ids of the new winners
	WinnerID   string   `json:"winnerId,omitempty"` // the first of them
}

// UnmarshalJSON decodes data of any bot: it accepts ids that are JSON numbers, and omits invalid ones.
func (d *DrawData) UnmarshalJSON(raw []byte) error {
	var data struct {
		GiveawayID, Prize string
		WinnerID          json.RawMessage
		WinnerIDs         []json.RawMessage
	}
	err := json.Unmarshal(raw, &data) // continues after a member of the wrong type
	*d = DrawData{GiveawayID: data.GiveawayID, Prize: data.Prize}
	if id := decodeID(data.WinnerID).text; snowflake.IsValid(id) {
		d.WinnerID = id
	}
	for _, raw := range data.WinnerIDs {
		if id := decodeID(raw).text; snowflake.IsValid(id) {
			d.WinnerIDs = append(d.WinnerIDs, id)
		}
	}
	return err
}

// TicketCreateData is the data of TicketCreateEvent.
type TicketCreateData struct {
	TicketID  string `json:"ticketId"`
	ChannelID string `json:"channelId"`
	UserID    string `json:"userId"` // Discord id of the opener
	Username  string `json:"username"`
	CreatedAt string `json:"createdAt,omitempty"` // RFC 3339
	Category  string `json:"category,omitempty"`  // name of the ticket category
}

// TicketClaimData is the data of TicketClaimEvent.
type TicketClaimData struct {
	TicketID    string `json:"ticketId"`
	ChannelID   string `json:"channelId"`
	ClaimedBy   string `json:"claimedBy"` // Discord id
	ClaimerName string `json:"claimerName"`
}

// TicketUpdateData is the data of TicketUpdateEvent and TicketReopenEvent. An update without ids is about several
// tickets.
type TicketUpdateData struct {
	TicketID  string `json:"ticketId,omitempty"`
	ChannelID string `json:"channelId,omitempty"`
}

// TicketCloseData is the data of TicketCloseEvent.
type TicketCloseData struct {
	TicketID  string `json:"ticketId"`
	ChannelID string `json:"channelId"`
	ClosedBy  string `json:"closedBy"` // Discord id
	Reason    string `json:"reason,omitempty"`
}

// TicketMessageData is the data of TicketMessageEvent.
type TicketMessageData struct {
	TicketID  string `json:"ticketId"`
	MessageID string `json:"messageId"`
	Change    string `json:"change"` // created, edited or deleted
}

// TicketRatingData is the data of TicketRatingEvent; without members, the event is about several ratings.
type TicketRatingData struct {
	TicketID string `json:"ticketId,omitempty"`
	Stars    int    `json:"stars,omitempty"` // 1 to 5
}

// MemberData is the data of the events about members, and of a GiveawayUpdateEvent because a member has left or
// joined.
type MemberData struct {
	UserID   string `json:"userId"` // Discord id
	Username string `json:"username,omitempty"`
}

// SyncIssuesData is the data of GiveawayUpdateEvent and TicketUpdateEvent when the sync issues of a guild have changed.
type SyncIssuesData struct {
	Count int `json:"drift"` // current number of sync issues
}

// SettingsUpdateData is the data of SettingsUpdateEvent.
type SettingsUpdateData struct {
	Section string `json:"module"` // a Module, or another section of the settings, such as "staff"
}

// CommandResultData is the data of CommandResultEvent.
type CommandResultData struct {
	CommandID string        `json:"commandId"`
	Status    CommandStatus `json:"status"`
	Verb      Verb          `json:"type"`
	Target    string        `json:"target"`
}

func (GiveawayCreateData) isEventData() {}
func (GiveawayEntryData) isEventData()  {}
func (GiveawayUpdateData) isEventData() {}
func (DrawData) isEventData()           {}
func (TicketCreateData) isEventData()   {}
func (TicketClaimData) isEventData()    {}
func (TicketUpdateData) isEventData()   {}
func (TicketCloseData) isEventData()    {}
func (TicketMessageData) isEventData()  {}
func (TicketRatingData) isEventData()   {}
func (MemberData) isEventData()         {}
func (SyncIssuesData) isEventData()     {}
func (SettingsUpdateData) isEventData() {}
func (CommandResultData) isEventData()  {}

// WithData returns the event with the data.
func (e Event) WithData(data EventData) Event {
	e.Data, _ = json.Marshal(data) // texts and numbers always encode
	return e
}
