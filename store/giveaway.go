package store

import (
	"time"

	"guildboard/store/contract"
	"guildboard/store/draw"
)

// GiveawayStatus is the status of a giveaway.
type GiveawayStatus string

const (
	GiveawayPending   GiveawayStatus = "PENDING" // scheduled, not yet posted
	GiveawayActive    GiveawayStatus = "ACTIVE"
	GiveawayPaused    GiveawayStatus = "PAUSED"
	GiveawayEnded     GiveawayStatus = "ENDED"
	GiveawayCancelled GiveawayStatus = "CANCELLED"
)

// GiveawayStatuses lists all statuses in display order.
var GiveawayStatuses = []GiveawayStatus{
	GiveawayActive, GiveawayPending, GiveawayPaused, GiveawayEnded, GiveawayCancelled,
}

// Giveaway is a giveaway of a guild. Times are in UTC.
type Giveaway struct {
	ID        string
	GuildID   string
	ChannelID string
	MessageID *string // nil until the bot has posted it
	Host      contract.User

	Prize       string
	PrizeSecret *string // shown to winners only
	Description *string
	ImageURL    *string
	WinnerCount int
	PrizeTiers  []contract.PrizeTier

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

	BonusEntryRoles     []contract.BonusRole
	BoosterBonusEntries int
	InviteBonusEntries  int

	StartsAt *time.Time // nil: immediately
	EndsAt   time.Time
	EndedAt  *time.Time

	DMWinners          bool
	DMWinnerMessage    *string
	WinnerClaimTimeout int // hours; 0: none
	AutoReroll         bool
	MaxRerolls         int
	PingRoleID         *string
	PingOnEnd          bool

	RepeatDays int        // interval of the repetition; 0: the giveaway does not repeat
	RepeatAt   *time.Time // next repetition; nil: none
	RepeatZone string     // IANA name of the repetition's time zone
	RepeatFrom *time.Time // start of the first interval; nil if the repetition was set before repetitions had zones

	Status      GiveawayStatus
	Entries     int // number of entrants, updated by a trigger
	RerollCount int
	TemplateID  *string
	Notes       *string
	CreatedAt   time.Time
	UpdatedAt   time.Time

	Version uint64 // in lists read with a RowCache on Postgres: it changes if any field above does; otherwise 0

	Winners []Winner     // by place; rerolled winners are last
	Draws   []draw.Round // of single giveaways, not in lists: all draws, and the next one
}

// Entry is a member's entry in a giveaway.
type Entry struct {
	ID           string
	GiveawayID   string
	Member       contract.User
	HasLeft      bool // the member has left the guild, according to the bot
	Entries      int  // weight in the draw: BaseEntries + BonusEntries, or 0 if disqualified
	BaseEntries  int
	BonusEntries int
	BonusSource  *string
	CreatedAt    time.Time

	DisqualifiedAt     *time.Time // nil unless disqualified
	DisqualifiedBy     contract.User
	DisqualifiedReason string
}

// EntryQuery selects entries of a giveaway. The zero value selects the newest 50.
type EntryQuery struct {
	SearchTerm string // start of a name, in any case, or a Discord id; results are sorted by name
	Page       int    // from 1; 0 means 1
	Keyset     Keyset // position of the page, if known; not for searches
}

// EntryCount is the number of entries in the interval that starts at From.
type EntryCount struct {
	From  time.Time
	Count int
}

// Winner is a drawn winner of a giveaway.
type Winner struct {
	ID             string
	GiveawayID     string
	User           contract.User
	Place          int
	Prize          *string
	Claimed        bool
	ClaimedAt      *time.Time
	ClaimDeadline  *time.Time // nil: none, as far as the bot has recorded
	ClaimExpiredAt *time.Time // when the bot found the claim expired; nil before, and if the prize was claimed
	Rerolled       bool       // replaced by another winner
	RerolledAt     *time.Time
	HasLeft        bool // the winner has left the guild, according to the bot
	DMSent         bool
	DMSentAt       *time.Time
	Feedback       *string
	CreatedAt      time.Time
}

// GiveawayStats are totals over all giveaways of a guild, independent of filters.
type GiveawayStats struct {
	Active, Pending, Paused, Ended, Cancelled int
	Entries                                   int // over all giveaways
}

// Total returns the number of giveaways.
func (t GiveawayStats) Total() int {
	return t.Active + t.Pending + t.Paused + t.Ended + t.Cancelled
}

// Count returns the number of giveaways with the status; the empty status counts all.
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
	}
	return t.Total()
}

// Average returns the mean number of entries per giveaway, or 0 without giveaways.
func (t GiveawayStats) Average() float64 {
	if t.Total() == 0 {
		return 0
	}
	return float64(t.Entries) / float64(t.Total())
}

// GiveawayQuery selects giveaways of one guild. The zero value selects the newest 25 of all statuses.
type GiveawayQuery struct {
	Status        GiveawayStatus // "" for all
	Host          string         // Discord id; "" for all
	Channel       string         // Discord id; "" for all
	RepeatingOnly bool           // only giveaways that repeat
	UnclaimedOnly bool           // only giveaways with a prize that was not claimed in time
	From          time.Time      // created at or after; zero for no bound
	To            time.Time      // created before; zero for no bound
	SearchTerm    string         // part of the prize, in any case
	IDs           []string       // only these rows; empty for all
	Sort          GiveawaySort
	Page          int    // from 1; 0 means 1
	PerPage       int    // 1 to 100; 0 means 25
	Keyset        Keyset // position of the page, if known; not for searches and orders by entries, prize or start

	Overview *GiveawayOverview // if it was just read; nil to read the needed parts
	RowCache *GiveawayRowCache // caches the rows of earlier reads of the same query; nil for no cache
}

// GiveawaySort is the order of a list of giveaways. Equal rows are ordered by id.
type GiveawaySort string

const (
	GiveawaySortNewest  GiveawaySort = "" // newest first
	GiveawaySortOldest  GiveawaySort = "oldest"
	GiveawaySortEnding  GiveawaySort = "ending"  // ends soonest first
	GiveawaySortEntries GiveawaySort = "entries" // most entries first
	GiveawaySortPrize   GiveawaySort = "prize"   // alphabetically by prize

	// These orders omit giveaways without that time.
	GiveawaySortStarting GiveawaySort = "starting" // starts soonest first
	GiveawaySortEnded    GiveawaySort = "ended"    // ended latest first
)

// GiveawayFilterOptions are the values of the filters of a guild's list of giveaways, at most 100 each.
type GiveawayFilterOptions struct {
	Hosts    []contract.User // by name
	Channels []string        // by id
}
