package store

import "time"

// GiveawayStatus is where a giveaway stands.
type GiveawayStatus string

const (
	GiveawayPending   GiveawayStatus = "PENDING" // scheduled, not yet posted
	GiveawayActive    GiveawayStatus = "ACTIVE"
	GiveawayPaused    GiveawayStatus = "PAUSED"
	GiveawayEnded     GiveawayStatus = "ENDED"
	GiveawayCancelled GiveawayStatus = "CANCELLED"
)

// GiveawayHistory selects what is over, ended and cancelled alike. No giveaway has it for its status.
const GiveawayHistory GiveawayStatus = "HISTORY"

// GiveawayStatuses lists all of them in the order a reader meets them.
var GiveawayStatuses = []GiveawayStatus{GiveawayActive, GiveawayPending, GiveawayPaused, GiveawayEnded, GiveawayCancelled}

// Giveaway is one giveaway. Times are UTC, ids are text.
type Giveaway struct {
	ID        string
	GuildID   string
	ChannelID string
	MessageID *string // nil until the bot has posted it
	Host      User

	Prize       string
	PrizeSecret *string // told to winners only
	Description *string
	ImageURL    *string
	WinnerCount int
	PrizeTiers  []PrizeTier

	EmbedColor  string // #rrggbb
	ButtonText  string
	ButtonStyle string // PRIMARY, SECONDARY, SUCCESS, DANGER
	EntryMethod string // BUTTON, REACTION, DROP

	RequiredRoleIDs    Strings
	BlacklistRoleIDs   Strings
	RequiredInvites    int
	RequiredLevel      int
	RequiredReputation int
	RequiredMessages   int
	RequiredAccountAge int // days
	RequiredServerAge  int // days

	BonusEntryRoles     []BonusRole
	BoosterBonusEntries int
	InviteBonusEntries  int

	StartsAt *time.Time // nil: at once
	EndsAt   time.Time
	EndedAt  *time.Time

	DMWinners          bool
	DMWinnerMessage    *string
	WinnerClaimTimeout int // hours; 0: none
	AutoReroll         bool
	MaxRerolls         int
	PingRoleID         *string
	PingOnEnd          bool

	RepeatDays int        // it is made again every so many; 0: it is not
	RepeatAt   *time.Time // when that is next; nil: never
	RepeatZone string     // IANA name of the zone that the repeat follows
	RepeatFrom *time.Time // start of the first period; nil if the repeat was set before repeats had zones

	Status      GiveawayStatus
	Entries     int // people who entered, kept by a trigger
	RerollCount int
	TemplateID  *string
	Notes       *string
	CreatedAt   time.Time
	UpdatedAt   time.Time

	Version uint64 // in a list that was read with Known: the same as before as long as all above is; else 0

	Winners []Winner    // in order of place, earlier winners who were rerolled last
	Draws   []DrawRound // of one giveaway, not in lists: those drawn, and the one to come
}

// PrizeTier is one step of a giveaway with several prizes.
type PrizeTier struct {
	Place int    `json:"place"`
	Prize string `json:"prize"`
	Count int    `json:"count"`
}

// BonusRole gives members of a role more entries.
type BonusRole struct {
	RoleID   string `json:"roleId"`
	RoleName string `json:"roleName,omitempty"`
	Entries  int    `json:"entries"`
}

// Entry is one person's part in a giveaway; Entries is the weight in the draw.
type Entry struct {
	ID           string
	GiveawayID   string
	Member       User
	HasLeft      bool // the member is in the guild no more, as far as the bot has said
	Entries      int  // BaseEntries + BonusEntries; 0 once they were taken out
	BaseEntries  int
	BonusEntries int
	BonusSource  *string
	CreatedAt    time.Time

	DisqualifiedAt     *time.Time // when they were taken out; nil while they take part
	DisqualifiedBy     User
	DisqualifiedReason string
}

// EntryQuery selects entries of one giveaway. The zero value is the newest 50.
type EntryQuery struct {
	Text   string // what a name begins with, any case, or a Discord id; then in the order of names
	Page   int    // from 1; 0 means 1
	Keyset Keyset // position of the page, if known; not for searches
}

// EntryCount is how many people entered in the time that begins then.
type EntryCount struct {
	From  time.Time
	Count int
}

// Winner is one person drawn.
type Winner struct {
	ID             string
	GiveawayID     string
	User           User
	Place          int
	Prize          *string
	Claimed        bool
	ClaimedAt      *time.Time
	ClaimDeadline  *time.Time // they may until then; nil: for ever, as far as is known
	ClaimExpiredAt *time.Time // when they were found not to have; nil while they may, and when they have
	Rerolled       bool       // somebody else was drawn in their place
	RerolledAt     *time.Time
	HasLeft        bool // they are in the guild no more, as far as the bot has said
	DMSent         bool
	DMSentAt       *time.Time
	Feedback       *string
	CreatedAt      time.Time
}

// GiveawayStats are the totals above the list, over all giveaways of the guild whatever the filter.
type GiveawayStats struct {
	Active, Pending, Paused, Ended, Cancelled int
	Entries                                   int // over all giveaways
}

// Total counts the giveaways of every status.
func (t GiveawayStats) Total() int {
	return t.Active + t.Pending + t.Paused + t.Ended + t.Cancelled
}

// Count is the number of giveaways with the status; the empty status counts all.
func (t GiveawayStats) Count(s GiveawayStatus) int {
	switch s {
	case GiveawayActive:
		return t.Active
	case GiveawayPending:
		return t.Pending
	case GiveawayPaused:
		return t.Paused
	case GiveawayEnded:
		return t.Ended
	case GiveawayCancelled:
		return t.Cancelled
	case GiveawayHistory:
		return t.Ended + t.Cancelled
	}
	return t.Total()
}

// Average is the mean number of entries of a giveaway, 0 when there is none.
func (t GiveawayStats) Average() float64 {
	if t.Total() == 0 {
		return 0
	}
	return float64(t.Entries) / float64(t.Total())
}

// GiveawayQuery selects giveaways of one guild. The zero value is the newest 25 of every status.
type GiveawayQuery struct {
	Status        GiveawayStatus // "" for all, or GiveawayHistory
	Host          string         // Discord id; "" for all
	Channel       string         // Discord id; "" for all
	RepeatingOnly bool           // only those that are made again
	From          time.Time      // created at or after; zero for no bound
	To            time.Time      // created before; zero for no bound
	Text          string         // part of the prize, any case
	IDs           []string       // rows picked by hand; empty for all
	Sort          GiveawaySort
	Page          int    // from 1; 0 means 1
	PerPage       int    // 1 to 100; 0 means 25
	Keyset        Keyset // position of the page, if known; not for searches, nor in orders by entries, prize or start

	Overview *GiveawayOverview // if it was just read; nil has it read, as far as it is needed
	RowCache *GiveawayRowCache // what the same query gave before; nil for nothing
}

// GiveawaySort is the order of a list of giveaways; ties go by id.
type GiveawaySort string

const (
	GiveawaysNewest  GiveawaySort = "" // created last first
	GiveawaysOldest  GiveawaySort = "oldest"
	GiveawaysEnding  GiveawaySort = "ending"  // ends soonest first
	GiveawaysEntries GiveawaySort = "entries" // most entries first
	GiveawaysPrize   GiveawaySort = "prize"   // by the letters of the prize

	// These two leave out giveaways without that time.
	GiveawaysStarting GiveawaySort = "starting" // starts soonest first
	GiveawaysEnded    GiveawaySort = "ended"    // ended last first
)

// GiveawayFilterOptions are what a guild's list of giveaways can be narrowed to, at most 100 of each.
type GiveawayFilterOptions struct {
	Hosts    []User   // by name
	Channels []string // by id
}
