package store

import (
	"encoding/json"
	"slices"
	"time"
)

// Verb is the type of a command or of a change by the dashboard. A bot's heartbeat lists the verbs that it supports.
type Verb string

const (
	VerbGiveawayCreate    Verb = "GIVEAWAY_CREATE"
	VerbGiveawayEdit      Verb = "GIVEAWAY_EDIT"
	VerbGiveawayEnd       Verb = "GIVEAWAY_END"
	VerbGiveawayReroll    Verb = "GIVEAWAY_REROLL"
	VerbGiveawayPause     Verb = "GIVEAWAY_PAUSE"
	VerbGiveawayResume    Verb = "GIVEAWAY_RESUME"
	VerbGiveawayCancel    Verb = "GIVEAWAY_CANCEL"
	VerbGiveawayDelete    Verb = "GIVEAWAY_DELETE"
	VerbEntrantDisqualify Verb = "GIVEAWAY_REMOVE"  // disqualify entrants, before the draw
	VerbEntrantReinstate  Verb = "GIVEAWAY_READMIT" // reinstate disqualified entrants, before the draw
	VerbGiveawayRepeat    Verb = "GIVEAWAY_REPEAT"  // set or end the repetition at an interval of days
	VerbGiveawayRepair    Verb = "GIVEAWAY_REPAIR"  // bring the message in line with the row

	VerbTicketClaim   Verb = "TICKET_CLAIM"
	VerbTicketUnclaim Verb = "TICKET_UNCLAIM"
	VerbTicketAssign  Verb = "TICKET_ASSIGN" // to another staff member
	VerbTicketClose   Verb = "TICKET_CLOSE"
	VerbTicketReopen  Verb = "TICKET_REOPEN"
	VerbTicketReply   Verb = "TICKET_REPLY"  // post a message in its channel
	VerbTicketRepair  Verb = "TICKET_REPAIR" // bring the channel in line with the row

	VerbPanelPost Verb = "PANEL_POST" // post a ticket panel, or update its message
)

// Verbs lists the verbs of commands to the bot.
var Verbs = []Verb{
	VerbGiveawayCreate, VerbGiveawayEdit, VerbGiveawayEnd, VerbGiveawayReroll, VerbGiveawayPause, VerbGiveawayResume,
	VerbGiveawayCancel, VerbGiveawayDelete, VerbEntrantDisqualify, VerbEntrantReinstate, VerbGiveawayRepeat,
	VerbGiveawayRepair,
	VerbTicketClaim, VerbTicketUnclaim, VerbTicketAssign, VerbTicketClose, VerbTicketReopen, VerbTicketReply,
	VerbTicketRepair,
	VerbPanelPost,
}

// CommandStatus is the status of a command.
type CommandStatus string

const (
	CommandRequested CommandStatus = "asked"    // no response from the bot yet
	CommandAccepted  CommandStatus = "accepted" // the bot has started
	CommandDone      CommandStatus = "done"
	CommandRefused   CommandStatus = "refused"
	CommandExpired   CommandStatus = "expired" // the bot did not respond in time
)

// CommandStatuses lists all statuses in the order in which a command can reach them.
var CommandStatuses = []CommandStatus{CommandRequested, CommandAccepted, CommandDone, CommandRefused, CommandExpired}

// The values of Command.Code, besides "discord." followed by Discord's error code, such as "discord.50013". A command
// that is done has a code if Discord refused a part of it when it was too late to refuse the whole command.
const (
	RefusalExpired          = "expired"     // the bot received it after ExpiresAt
	RefusalNotFound         = "gone"        // the guild has no such giveaway or ticket, or no longer has it
	RefusalWrongState       = "state"       // the target's state does not allow it; Message says which user changed it
	RefusalUnknownCommand   = "unknown"     // the bot does not know the verb, or can't parse the command
	RefusalInvalidForm      = "form"        // the form is invalid or has ids of another guild; Message lists its fields
	RefusalBusy             = "busy"        // another command was in progress on the target until ExpiresAt
	RefusalNoBot            = "nobody"      // no bot is connected
	RefusalMaxRerolls       = "maxRerolls"  // the giveaway has reached its maximum number of rerolls
	RefusalNoEntries        = "noEntries"   // no entries are left to draw from
	RefusalDiscordDown      = "discordDown" // Discord did not respond
	RefusalSettings         = "settings"    // the guild's settings do not allow it
	RefusalAssigneeNotStaff = "staff"       // the assignee may not act on tickets
)

// Command is a request to the bot, or a change by the dashboard, with its result.
type Command struct {
	ID      string // idempotency key: carried out once, however often it is received
	GuildID string
	Actor   User
	Verb    Verb
	Target  string // row id; for VerbGiveawayCreate, the id that the dashboard has chosen for the new giveaway
	// TargetName is the giveaway's prize or the ticket's number as "#12"; "" if the row was deleted. Set by reads only.
	TargetName string
	Data       json.RawMessage // a JSON object; {} if the verb has no data
	Status     CommandStatus
	Code       string // one of the constants above, or "discord." and a number; "" without an error
	Message    string // the bot's message, an English sentence
	IssuedAt   time.Time
	ExpiresAt  time.Time
	AnsweredAt *time.Time // when the last result was recorded
}

// IsInProgress reports whether the command still waits for its final result.
func (c Command) IsInProgress() bool {
	return c.Status == CommandRequested || c.Status == CommandAccepted
}

// AvailableGiveawayVerbs returns the verbs that the giveaway's state allows.
func AvailableGiveawayVerbs(g Giveaway) []Verb {
	switch g.Status {
	case GiveawayPending:
		return []Verb{VerbGiveawayEdit, VerbGiveawayRepeat, VerbGiveawayCancel}
	case GiveawayActive:
		return []Verb{VerbGiveawayEdit, VerbGiveawayEnd, VerbGiveawayPause, VerbGiveawayRepeat, VerbGiveawayCancel}
	case GiveawayPaused:
		return []Verb{VerbGiveawayEdit, VerbGiveawayEnd, VerbGiveawayResume, VerbGiveawayRepeat, VerbGiveawayCancel}
	case GiveawayEnded:
		if g.RerollCount < g.MaxRerolls && slices.ContainsFunc(g.Winners, func(w Winner) bool { return !w.Rerolled }) {
			return []Verb{VerbGiveawayReroll, VerbGiveawayRepeat, VerbGiveawayDelete}
		}
		return []Verb{VerbGiveawayRepeat, VerbGiveawayDelete}
	case GiveawayCancelled:
		return []Verb{VerbGiveawayDelete}
	}
	return nil
}

// CanDisqualify reports whether entrants of the giveaway can be disqualified and reinstated: only until it has ended,
// because the entries of a draw must not change after it.
func CanDisqualify(g Giveaway) bool { return g.Status == GiveawayActive || g.Status == GiveawayPaused }

// AvailableTicketVerbs returns the verbs that the ticket's state allows.
func AvailableTicketVerbs(t Ticket) []Verb {
	switch t.Status {
	case TicketOpen:
		return []Verb{VerbTicketClaim, VerbTicketAssign, VerbTicketClose}
	case TicketClaimed:
		return []Verb{VerbTicketUnclaim, VerbTicketAssign, VerbTicketClose}
	case TicketClosed:
		return []Verb{VerbTicketReopen}
	}
	return nil
}
