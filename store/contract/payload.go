package contract

import (
	"encoding/json"
	"fmt"
)

// CommandPayload is the data of a command: GiveawayForm or one of the structs of this file. See Verb.NewPayload.
type CommandPayload interface{ isCommandPayload() }

// NoPayload is the data of the verbs without data: an empty JSON object.
type NoPayload struct{}

// RerollPayload is the data of VerbGiveawayReroll.
type RerollPayload struct {
	UserIDs    []string `json:"userIds,omitempty"`    // Discord ids of the winners to replace; none: all without a claim
	ClaimedIDs []string `json:"claimedIds,omitempty"` // those of UserIDs who are replaced although they have claimed
}

// EntrantsPayload is the data of VerbEntrantDisqualify and, without a reason, of VerbEntrantReinstate.
type EntrantsPayload struct {
	UserIDs []string `json:"userIds"`          // Discord ids
	Reason  string   `json:"reason,omitempty"` // 1 to 500 characters
}

// RepeatPayload is the data of VerbGiveawayRepeat.
type RepeatPayload struct {
	Days *int    `json:"days"`           // required: interval of 1 to MaxRepeatDays days; 0 ends the repetition
	Zone *string `json:"zone,omitempty"` // IANA time zone of the calendar days; nil: the giveaway keeps its zone
}

// AssignPayload is the data of VerbTicketAssign.
type AssignPayload struct {
	UserID   string `json:"userId"`   // Discord id of the assignee
	Username string `json:"username"` // as known to the dashboard
}

// ClosePayload is the data of VerbTicketClose.
type ClosePayload struct {
	Reason string `json:"reason,omitempty"` // up to 500 characters
}

// ReplyPayload is the data of VerbTicketReply.
type ReplyPayload struct {
	Text string `json:"text"` // 1 to MaxReplyLength characters
}

// PanelPostPayload is the data of VerbPanelPost.
type PanelPostPayload struct {
	Name string `json:"name"` // of the panel, for the audit log
}

func (NoPayload) isCommandPayload()        {}
func (GiveawayForm) isCommandPayload()     {}
func (RerollPayload) isCommandPayload()    {}
func (EntrantsPayload) isCommandPayload()  {}
func (RepeatPayload) isCommandPayload()    {}
func (AssignPayload) isCommandPayload()    {}
func (ClosePayload) isCommandPayload()     {}
func (ReplyPayload) isCommandPayload()     {}
func (PanelPostPayload) isCommandPayload() {}

// NewPayload returns a pointer to an empty payload of the verb, to decode into; nil if it is not one of Verbs.
func (v Verb) NewPayload() CommandPayload {
	switch v {
	case VerbGiveawayCreate, VerbGiveawayEdit:
		return new(GiveawayForm)
	case VerbGiveawayReroll:
		return new(RerollPayload)
	case VerbEntrantDisqualify, VerbEntrantReinstate:
		return new(EntrantsPayload)
	case VerbGiveawayRepeat:
		return new(RepeatPayload)
	case VerbTicketAssign:
		return new(AssignPayload)
	case VerbTicketClose:
		return new(ClosePayload)
	case VerbTicketReply:
		return new(ReplyPayload)
	case VerbPanelPost:
		return new(PanelPostPayload)
	case VerbGiveawayEnd, VerbGiveawayPause, VerbGiveawayResume, VerbGiveawayCancel, VerbGiveawayDelete,
		VerbGiveawayRepair, VerbTicketClaim, VerbTicketUnclaim, VerbTicketReopen, VerbTicketRepair:
		return new(NoPayload)
	}
	return nil
}

// EncodePayload returns the payload as the data of a command. It fails only for a form with a year after 9999.
func EncodePayload(payload CommandPayload) (json.RawMessage, error) {
	data, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("encode data of command: %w", err)
	}
	return data, nil
}

// DecodePayload decodes the command's data into payload, a pointer. Missing members keep their value, and unknown ones
// are ignored. The error names the verb and the member that has a wrong type.
func (c Command) DecodePayload(payload CommandPayload) error {
	if err := json.Unmarshal(c.Data, payload); err != nil {
		return fmt.Errorf("decode data of %s: %w", c.Verb, err)
	}
	return nil
}
