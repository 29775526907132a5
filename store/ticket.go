package store

import (
	"time"

	"guildboard/store/contract"
)

// TicketStatus is the status of a ticket.
type TicketStatus string

const (
	TicketOpen    TicketStatus = "OPEN" // not claimed
	TicketClaimed TicketStatus = "CLAIMED"
	TicketClosed  TicketStatus = "CLOSED"

	TicketActive TicketStatus = "ACTIVE" // open or claimed; for queries only, no ticket has it
)

// TicketStatuses lists the statuses a ticket can have, in the order of its life cycle.
var TicketStatuses = []TicketStatus{TicketOpen, TicketClaimed, TicketClosed}

// Ticket is a support ticket. Times are UTC.
type Ticket struct {
	ID        string
	GuildID   string
	Number    int // unique in the guild, consecutive
	ChannelID string
	Opener    contract.User
	Subject   *string
	Status    TicketStatus
	Priority  TicketPriority
	ClaimedBy contract.User
	ClosedBy  contract.User
	ClosedAt  *time.Time

	CloseReason  *string    // nil unless it was closed with a reason
	WaitingSince *time.Time // since when the opener has waited for a response; nil if the opener does not wait
	// ResponseDue is when the response target expires; nil if the opener does not wait or the guild has no target.
	ResponseDue *time.Time

	Category *TicketCategory // only id, name and emoji
	Labels   []TicketLabel   // only id, name and colour; sorted by name

	PlatformUsername *string
	ProductID        *string
	IssueType        *string
	IssueDetails     *string
	FormResponses    []FormResponse // in JSON order
	TranscriptURL    *string

	CreatedAt time.Time
	UpdatedAt time.Time

	HasNotes bool // the team has written notes about it

	// MatchedMessage is the message that matches a search when the ticket's own text does not: id, author, content
	// and mention names only.
	MatchedMessage *TicketMessage
	Rating         *Rating // nil until the opener rates the ticket
}

// FormResponse is one question and answer of the form that opened a ticket.
type FormResponse struct{ Question, Answer string }

// TicketCategory is a ticket category, offered by a panel.
type TicketCategory struct {
	ID                string
	PanelID           string
	GuildID           string
	Name              string
	Emoji             *string
	Description       *string
	PingRoleIDs       Strings
	PingUserIDs       Strings
	CategoryChannelID *string
	NamingPattern     *string
	FormEnabled       bool
	FormQuestions     []byte // JSON
	ClaimEnabled      bool
	AutoClaimRole     *string
	SortOrder         int
	Enabled           bool
	Version           int // number of saves on the dashboard
}

// Rating is the opener's rating of a ticket.
type Rating struct {
	ID        string
	TicketID  string
	Stars     int // 1 to 5
	Review    *string
	StaffID   *string // Discord id of the member who had claimed the ticket
	Approved  bool
	Featured  bool
	CreatedAt time.Time
}

// TicketStats holds totals over all tickets of a guild, regardless of any filter.
type TicketStats struct {
	Open, Claimed, Closed int
	ClosedToday           int
	LongestWaitingSince   *time.Time // start of the longest current wait; nil if there is none
	Overdue               int        // tickets past their response target; 0 without a target

	earliestDue *time.Time // response due time of the longest wait; nil if there is no wait or no target
}

// Total returns the number of tickets of every status.
func (t TicketStats) Total() int { return t.Open + t.Claimed + t.Closed }

// Count returns the number of tickets with the status; the empty status counts all.
func (t TicketStats) Count(s TicketStatus) int {
	switch s {
	case TicketOpen:
		return t.Open
	case TicketClaimed:
		return t.Claimed
	case TicketClosed:
		return t.Closed
	case TicketActive:
		return t.Open + t.Claimed
	}
	return t.Total()
}

// TicketQuery selects tickets of one guild. The zero value selects the newest 25 tickets of every status.
type TicketQuery struct {
	Status    TicketStatus   // "" for all
	Category  string         // row id; "" for all
	Opener    string         // Discord id; "" for all
	ClaimedBy string         // Discord id of the current or last claimer; "" for all
	Priority  TicketPriority // "" for all
	Labels    []string       // row ids; a ticket must have all of them
	Overdue   bool           // only tickets past their response target
	From      time.Time      // opened at or after this time; zero for no bound
	To        time.Time      // opened before this time; zero for no bound
	// Text is matched against subject, opener's name, form answers and messages, ignoring case. "#12" and "12" also
	// match the ticket with that number, which comes first.
	SearchTerm string
	IDs        []string // rows selected by hand; empty for all
	Sort       TicketSort
	Page       int    // from 1; 0 means 1
	PerPage    int    // 1 to 100; 0 means 25
	Keyset     Keyset // position of the page, if known; ignored by searches

	Stats *TicketStats // the totals, if already counted; nil counts them

	overdueSince   time.Time // with Overdue: tickets waiting since then or longer; zero without a target
	hasManyOverdue bool      // more than maxFewOverdue tickets match overdueSince
}

// TicketSort is the sort order of a list of tickets; equal values are ordered by id. Search results are ordered by
// ticket number.
type TicketSort string

const (
	TicketSortNewest TicketSort = "" // opened last first
	TicketSortOldest TicketSort = "oldest"
	// TicketsWaiting lists the longest wait first and omits tickets without a waiting opener.
	TicketSortWaiting TicketSort = "waiting"
)
