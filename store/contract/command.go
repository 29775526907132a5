package contract

import (
	"encoding/json"
	"time"
)

// CommandStatus is the status of a command.
type CommandStatus string

const (
	CommandRequested CommandStatus = "requested" // no response from the bot yet
	CommandAccepted  CommandStatus = "accepted"  // the bot has started
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
	TargetName    string
	TicketSubject string          // of the target; "" if it is no ticket or has no subject. Set by reads only.
	Data          json.RawMessage // a JSON object; {} if the verb has no data
	Status        CommandStatus
	Code          string // one of the constants above, or "discord." and a number; "" without an error
	Message       string // the bot's message, an English sentence
	IssuedAt      time.Time
	ExpiresAt     time.Time
	AnsweredAt    *time.Time // when the last result was recorded
}

// IsInProgress reports whether the command still waits for its final result.
func (c Command) IsInProgress() bool {
	return c.Status == CommandRequested || c.Status == CommandAccepted
}

// User is a Discord user to whom a row refers, with the name and avatar if the bot has recorded them.
type User struct {
	ID       string // snowflake; "" for no user
	Username string // "" if unknown
	Avatar   string // Discord's avatar hash, or ""
}
