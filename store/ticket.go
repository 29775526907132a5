package store

import "time"

// TicketStatus is where a ticket stands.
type TicketStatus string

const (
	TicketOpen    TicketStatus = "OPEN" // nobody has claimed it
	TicketClaimed TicketStatus = "CLAIMED"
	TicketClosed  TicketStatus = "CLOSED"

	TicketActive TicketStatus = "ACTIVE" // open or claimed; no ticket's own, but what a query may ask for
)

// TicketStatuses lists all of them in the order of a ticket's life.
var TicketStatuses = []TicketStatus{TicketOpen, TicketClaimed, TicketClosed}

// Ticket is one support ticket. Times are UTC, ids are text.
type Ticket struct {
	ID        string
	GuildID   string
	Number    int // unique in the guild, consecutive
	ChannelID string
	Opener    User
	Subject   *string
	Status    TicketStatus
	Priority  TicketPriority
	ClaimedBy User
	ClosedBy  User
	ClosedAt  *time.Time

	CloseReason  *string    // nil unless it is closed, and somebody said why
	WaitingSince *time.Time // since when somebody waits for an answer; nil when nobody does
	ResponseDue  *time.Time // when that is longer than the guild's managers want; nil when nobody waits, or there is no target

	Category *TicketCategory // id, name and emoji only
	Labels   []TicketLabel   // id, name and colour only, by name

	PlatformUsername *string
	ProductID        *string
	IssueType        *string
	IssueDetails     *string
	FormResponses    []FormResponse // in the order of the JSON
	TranscriptURL    *string

	CreatedAt time.Time
	UpdatedAt time.Time

	MatchedMessage *TicketMessage // its id, author, content and names: what has the text that a list looked for, where the ticket's own words have not
	Rating         *Rating        // nil until the opener rated it
}

// FormResponse is one answer of the form that opened a ticket.
type FormResponse struct{ Question, Answer string }

// TicketCategory is a kind of ticket, offered by a panel.
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
	Version           int // counts the times it was saved on the dashboard
}

// Rating is what the opener thought of the help.
type Rating struct {
	ID        string
	TicketID  string
	Stars     int // 1 to 5
	Review    *string
	StaffID   *string // Discord id of who had claimed the ticket
	Approved  bool
	Featured  bool
	CreatedAt time.Time
}

// TicketStats are the totals above the list, over all tickets of the guild whatever the filter.
type TicketStats struct {
	Open, Claimed, Closed int
	ClosedToday           int
	LongestWaitingSince   *time.Time // since when the one who waits longest does; nil when nobody waits
	Overdue               int        // those whose answer is due; 0 where there is no target

	earliestDue *time.Time // when an answer to the one who waits longest is; nil when nobody waits, or there is no target
}

// Total counts the tickets of every status.
func (t TicketStats) Total() int { return t.Open + t.Claimed + t.Closed }

// Count is the number of tickets with the status; the empty status counts all.
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

// TicketQuery selects tickets of one guild. The zero value is the newest 25 of every status.
type TicketQuery struct {
	Status    TicketStatus   // "" for all
	Category  string         // row id; "" for all
	Opener    string         // Discord id; "" for all
	ClaimedBy string         // Discord id of who has claimed it, or had when it was closed; "" for all
	Priority  TicketPriority // "" for all
	Labels    []string       // row ids: those that have all of them; empty for all
	Overdue   bool           // only those whose answer is due by now
	From      time.Time      // opened at or after; zero for no bound
	To        time.Time      // opened before; zero for no bound
	Text      string         // part of the subject, the opener's name, the answers or a message, any case; "#12" and "12" also find that ticket, first
	IDs       []string       // rows picked by hand; empty for all
	Sort      TicketSort
	Page      int    // from 1; 0 means 1
	PerPage   int    // 1 to 100; 0 means 25
	Keyset    Keyset // position of the page, if known; not for searches

	Stats *TicketStats // the totals, if they were just counted; nil has them counted

	overdueSince   time.Time // with Late: who waits since then or longer; zero where there is no target
	hasManyOverdue bool      // and more than maxFewOverdue do
}

// TicketSort is the order of a list of tickets; ties go by id. Where a text is looked for it is the order of their numbers.
type TicketSort string

const (
	TicketsNewest TicketSort = "" // opened last first
	TicketsOldest TicketSort = "oldest"
	// TicketsWaiting begins with who waits longest for an answer, and leaves out the tickets in which nobody waits.
	TicketsWaiting TicketSort = "waiting"
)
