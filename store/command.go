package store

import (
	"encoding/json"
	"slices"
	"time"
)

// Verb is what the bot is asked to do. A bot's heartbeat says which it knows.
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
	VerbEntrantDisqualify Verb = "GIVEAWAY_REMOVE"  // take people out of it, before the draw
	VerbEntrantReinstate  Verb = "GIVEAWAY_READMIT" // let people in again who were taken out, before the draw
	VerbGiveawayRepeat    Verb = "GIVEAWAY_REPEAT"  // have it made again every so many days, or no more
	VerbGiveawayRepair    Verb = "GIVEAWAY_REPAIR"  // make the message say what the row says

	VerbTicketClaim   Verb = "TICKET_CLAIM"
	VerbTicketUnclaim Verb = "TICKET_UNCLAIM"
	VerbTicketAssign  Verb = "TICKET_ASSIGN" // claim it for somebody else
	VerbTicketClose   Verb = "TICKET_CLOSE"
	VerbTicketReopen  Verb = "TICKET_REOPEN"
	VerbTicketReply   Verb = "TICKET_REPLY"  // say something in its channel
	VerbTicketRepair  Verb = "TICKET_REPAIR" // make the channel what the row says

	VerbPanelPost Verb = "PANEL_POST" // post a panel of tickets, or bring its message up to date
)

// Verbs lists all of them.
var Verbs = []Verb{
	VerbGiveawayCreate, VerbGiveawayEdit, VerbGiveawayEnd, VerbGiveawayReroll, VerbGiveawayPause, VerbGiveawayResume,
	VerbGiveawayCancel, VerbGiveawayDelete, VerbEntrantDisqualify, VerbEntrantReinstate, VerbGiveawayRepeat, VerbGiveawayRepair,
	VerbTicketClaim, VerbTicketUnclaim, VerbTicketAssign, VerbTicketClose, VerbTicketReopen, VerbTicketReply, VerbTicketRepair,
	VerbPanelPost,
}

// CommandStatus is how far a command has come.
type CommandStatus string

const (
	CommandRequested CommandStatus = "asked"    // the bot has not been heard on it
	CommandAccepted  CommandStatus = "accepted" // the bot has begun
	CommandDone      CommandStatus = "done"
	CommandRefused   CommandStatus = "refused"
	CommandExpired   CommandStatus = "expired" // the bot did not answer
)

// CommandStatuses lists all of them in the order of a command's life.
var CommandStatuses = []CommandStatus{CommandRequested, CommandAccepted, CommandDone, CommandRefused, CommandExpired}

// What a refusal's Code may be, besides "discord." and the number of Discord's error, such as "discord.50013". A command
// that is done may carry a code, too: of the part that Discord refused when it was too late to refuse the whole.
const (
	RefusalExpired          = "expired"     // it came to the bot after ExpiresAt
	RefusalNotFound         = "gone"        // the guild has no such giveaway or ticket, or no longer
	RefusalWrongState       = "state"       // somebody was first; Message says who, and what it is now
	RefusalUnknownCommand   = "unknown"     // the bot does not know the verb, or cannot read the command
	RefusalInvalidForm      = "form"        // the form is not in order, or names what is not of the guild; Message lists its fields
	RefusalBusy             = "busy"        // something else was being done with the target until ExpiresAt
	RefusalNoBot            = "nobody"      // no bot is listening
	RefusalMaxRerolls       = "maxRerolls"  // it has been rerolled as often as it may be
	RefusalNoEntries        = "noEntries"   // nobody is left to be drawn
	RefusalDiscordDown      = "discordDown" // Discord did not answer
	RefusalSettings         = "settings"    // what managers have set does not allow it
	RefusalAssigneeNotStaff = "staff"       // who is to have the ticket may not act on tickets
)

// Command is one request to the bot and what came of it.
type Command struct {
	ID      string // idempotency key: carried out once, however often it is sent
	GuildID string
	Actor   User
	Verb    Verb
	Target  string // row id; of CREATE the one that the new giveaway will have, chosen by whoever asks
	// TargetName is the giveaway's prize or "#12"; "" when the row is gone. Only reading fills it in.
	TargetName string
	Data       json.RawMessage // a JSON object; {} when there is nothing to say
	Status     CommandStatus
	Code       string // one of the constants above, or "discord." and a number; "" when nothing went wrong
	Message    string // an English sentence of the bot's
	IssuedAt   time.Time
	ExpiresAt  time.Time
	AnsweredAt *time.Time // when the last answer was recorded
}

// IsInProgress tells whether an answer is still to come.
func (c Command) IsInProgress() bool {
	return c.Status == CommandRequested || c.Status == CommandAccepted
}

// AvailableGiveawayVerbs is what may be asked for in the giveaway's state.
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

// TargetsEntrants tells whether the verb is about people in a giveaway.
func (v Verb) TargetsEntrants() bool { return v == VerbEntrantDisqualify || v == VerbEntrantReinstate }

// CanDisqualify tells whether people can be taken out of the giveaway, and let in again: until it has ended, since what a draw was made from
// must not change after it.
func CanDisqualify(g Giveaway) bool { return g.Status == GiveawayActive || g.Status == GiveawayPaused }

// AvailableTicketVerbs is what may be asked for in the ticket's state.
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
