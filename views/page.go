// Package views turns values into HTML. A component is a function of its arguments: it cannot fetch, and the live part
// of a page is the same component whether a browser, a poll or the stream asks for it.
package views

import (
	"strconv"
	"time"

	"guildboard/store"
)

// Page is the shell around a page's own content, and what every component needs to speak to its reader.
type Page struct {
	Site         Site
	Locale       Locale
	Theme        Theme
	Zone         *time.Location // the reader's own choice; nil: the site's
	IsDemo       bool           // demo mode: the sign-in is for show
	HasDemoStaff bool           // likewise: one can sign in as somebody who is no manager
	Title        string
	Path         string // the canonical address of this page, with its query

	User                *store.User          // who is signed in; nil for a stranger
	Guild               *GuildLink           // the server the page belongs to; nil outside of one
	Guilds              []GuildLink          // the servers to switch to
	Rights              store.Rights         // what the reader may do there; part of what a view is
	Names               store.GuildDirectory // what channels and roles are called there
	Section             Section
	IsAccessUnconfirmed bool // the right to be here was confirmed a while ago: Discord or Redis does not answer

	MaxPollInterval time.Duration // the page asks at least this often; 0: as often as its section

	Alerts              []Alert
	HasLiveRegion       bool                 // the page has a live region
	Now                 time.Time            // when it is drawn: what has passed by then reads so. What changes with each draw must not be made of it
	Fragments           *FragmentCache       // of the view that is drawn again and again; nil for a page that is asked for once
	Notifications       NotificationSettings // what its reader wants to be told of
	HasNotificationTest bool                 // it is where that is chosen
	Density             Density
	ShortcutsDisabled   bool     // the reader wants no shortcuts
	HiddenColumns       []string // of Columns, those that the reader does without
}

// Section is the part of a server that a page belongs to.
type Section string

const (
	SectionOverview  Section = "overview"
	SectionGiveaways Section = "giveaways"
	SectionTickets   Section = "tickets"
	SectionRatings   Section = "ratings"
	SectionSettings  Section = "settings"
	SectionStaff     Section = "staff" // a part of the settings, with a name of its own where one looks for it
	SectionAudit     Section = "audit"
)

// Theme is light, dark, or "" for what the reader's system says.
type Theme string

const (
	ThemeSystem Theme = ""
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// Alert is a sentence above the content of a page.
type Alert struct {
	Kind AlertKind
	Text string
}

// AlertKind tells how a note is meant; it is said in words as well as in colour.
type AlertKind string

const (
	AlertInfo    AlertKind = "info"
	AlertSuccess AlertKind = "success"
	AlertProblem AlertKind = "problem"
)

// GuildLink is one server in the picker and the switcher.
type GuildLink struct {
	ID, Name, Icon string
	IsOwner        bool
	IsStaff        bool         // one of its roles lets the reader in, and no right to manage it
	HasBot         bool         // the bot is in it
	Rights         store.Rights // what the reader may do there
}

// displayName is what the server is called: a stranger's words, made safe to stand in a line.
func (g GuildLink) displayName() string { return orDefault(truncate(g.Name, 100), g.ID) }

// Region is the live part of a page: Body is the rendered component, Version a hash of it. The same bytes are the
// first paint, the answer to a poll and the frame on the stream.
type Region struct {
	URL          string // renders the region again
	StreamURL    string // the stream of the same view
	Version      string
	PollInterval time.Duration
	Body         []byte
}

// pollIntervalMillis and streamTimeoutMillis are what live.js wants to know.
func (p Page) pollIntervalMillis() string {
	return strconv.FormatInt(p.pollInterval().Milliseconds(), 10)
}

// streamTimeoutMillis is how long a stream may say nothing before the page gives it up: three signs of life missed.
func (p Page) streamTimeoutMillis() string {
	return strconv.FormatInt(3*p.Site.PingInterval.Milliseconds(), 10)
}

func (p Page) pollInterval() time.Duration {
	interval := p.Site.DefaultPollInterval
	if p.Section == SectionGiveaways {
		interval = p.Site.GiveawayPollInterval
	}
	if p.MaxPollInterval > 0 {
		interval = min(interval, p.MaxPollInterval)
	}
	return interval
}

// PollInterval is how often this page asks again while its stream is down.
func (p Page) PollInterval() time.Duration { return p.pollInterval() }

// TimeZone is the zone in which the page tells times, and in which days begin that its filters select by. What depends
// on it belongs to the view: two zones are two views.
func (p Page) TimeZone() *time.Location {
	if p.Zone != nil {
		return p.Zone
	}
	return p.Site.Zone
}

// ChosenZone is the name of the zone that the reader chose, "" for none: then times.js shows times in their browser's.
func (p Page) ChosenZone() string {
	if p.Zone == nil {
		return ""
	}
	return p.Zone.String()
}

func (p Page) guildPath(path string) string { return "/guilds/" + p.Guild.ID + path }
