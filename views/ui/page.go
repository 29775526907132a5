// Package ui has what every page consists of: its layout, lists, filters, forms, dialogs, badges and times, and the state
// of bot requests. A component is a function of its arguments and does no I/O. The live part of a page is the same
// component for the first load, a poll and the stream.
package ui

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/views/link"
	"guildboard/views/markdown"
	"guildboard/views/text"
)

// Page is what every component gets: the site and the server, the reader, and what is around the content.
type Page struct {
	Site  Site
	Guild *GuildLink           // server of the page; nil for pages outside of a server
	Names store.GuildDirectory // names of channels and roles of Guild

	Reader
	Shell
	RenderState
}

// Reader is the viewer of a page, with their rights and preferences. A live view is shared by all readers with the same
// Rights, Locale and Zone, so it depends on nothing else of theirs.
type Reader struct {
	User   *contract.User // nil if not signed in
	Rights access.Rights  // in Page.Guild
	Locale text.Locale
	Zone   *time.Location // chosen by the viewer, or nil

	// BrowserZone is the zone of the viewer's browser, used if none is chosen; nil if it is not known yet.
	BrowserZone *time.Location

	Theme             Theme
	Density           Density
	HiddenColumns     []string // columns of Columns that the viewer has hidden
	ShortcutsDisabled bool
	Notifications     NotificationSettings
}

// Shell is what the layout shows around the content of a page.
type Shell struct {
	Title   string
	Path    string // canonical path of the page, with query
	Section Section
	Guilds  []GuildLink // servers in the switcher
	Alerts  []Alert
	IsDemo  bool // demo mode, in which sign-in is simulated

	ViewedRoleID        string // role as which a manager views Page.Guild; "" for none
	IsAccessUnconfirmed bool   // access could not be checked recently, because Discord or Redis is unavailable
	HasNotificationTest bool   // the page is the one that configures notifications
	HasLiveRegion       bool
	MaxPollInterval     time.Duration // upper limit of the poll interval of the live region; 0: none
}

// RenderState is the state of one render of a live view.
type RenderState struct {
	Fragments *FragmentCache // parts of earlier renders; nil for a page that is rendered once

	// Now is the time of rendering, used to decide which times have passed. HTML that would differ with every render,
	// such as elapsed times, must not depend on it.
	Now time.Time
}

// Section is the part of a server that a page belongs to.
type Section string

const (
	SectionOverview  Section = "overview"
	SectionGiveaways Section = "giveaways"
	SectionTickets   Section = "tickets"
	SectionRatings   Section = "ratings"
	SectionSettings  Section = "settings"
	SectionStaff     Section = "staff" // a tab of the settings, also listed separately in quick search
	SectionAudit     Section = "audit"
)

// Theme is the colour theme: light, dark, or "" for the setting of the viewer's system.
type Theme string

const (
	ThemeSystem Theme = ""
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// Alert is a message above the content of a page.
type Alert struct {
	Kind AlertKind
	Text string
}

// AlertKind is the kind of an alert. It is shown as text as well as by colour.
type AlertKind string

const (
	AlertInfo    AlertKind = "info"
	AlertSuccess AlertKind = "success"
	AlertProblem AlertKind = "problem"
)

// GuildLink is a server in the server picker and the switcher.
type GuildLink struct {
	ID, Name, Icon string
	IsOwner        bool
	IsStaff        bool          // access comes from a staff role, not from managing the server
	HasBot         bool          // the bot is a member
	Rights         access.Rights // the viewer's rights
}

// DisplayName returns the name of the server, sanitized and truncated for one line, or its id.
func (g GuildLink) DisplayName() string { return cmp.Or(text.Truncate(g.Name, 100), g.ID) }

// Region is the live part of a page: Body is the rendered component, Version a hash of it. The first load, a poll and a
// frame of the stream have the same bytes.
type Region struct {
	URL          string // returns the rendered region
	StreamURL    string // the stream of the same view
	Version      string
	PollInterval time.Duration
	Body         []byte
}

// pollIntervalMillis returns the poll interval in ms, for live.js.
func (p Page) pollIntervalMillis() string {
	return strconv.FormatInt(p.pollInterval().Milliseconds(), 10)
}

// streamTimeoutMillis returns the time in ms without data after which live.js gives up a stream: three missed pings.
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

// PollInterval returns how often the page polls while its stream is down.
func (p Page) PollInterval() time.Duration { return p.pollInterval() }

// TimeZone returns the zone in which the page shows times and its filters interpret days. It is part of the key of a
// live view that depends on it.
func (p Page) TimeZone() *time.Location {
	return cmp.Or(p.Zone, p.BrowserZone, p.Site.Zone)
}

// ChosenZone returns the name of the zone that the viewer has chosen, or "". Without one times.js shows times in the
// browser's zone, and sends it for TimeZone.
func (r Reader) ChosenZone() string {
	if r.Zone == nil {
		return ""
	}
	return r.Zone.String()
}

// GuildPath returns the path of a page of the server.
func (p Page) GuildPath(path string) string { return link.Guild(p.Guild.ID) + path }

func (p Page) title() string {
	if p.Title == "" {
		return p.Site.Brand
	}
	if p.Guild != nil && p.Guild.Name != p.Title {
		return text.Isolate(text.SanitizeLine(p.Title)) + " · " + p.Guild.DisplayName()
	}
	return text.Isolate(text.SanitizeLine(p.Title)) + " · " + p.Site.Brand
}

// switchPath returns the path of the current section on another server, for the server switcher.
func (p Page) switchPath(g GuildLink) string {
	path := link.Guild(g.ID)
	if p.Section == SectionGiveaways || p.Section == SectionTickets {
		path += "/" + string(p.Section)
	}
	return path
}

func (s Shell) signInURL() string { return "/login?return=" + url.QueryEscape(s.Path) }

func homePath(p Page) string {
	if p.Guild != nil {
		return link.Guild(p.Guild.ID)
	}
	return "/"
}

// Name returns the name of the theme in message keys.
func (t Theme) Name() string {
	if t == ThemeSystem {
		return "system"
	}
	return string(t)
}

func (r Region) pollTrigger() string {
	return fmt.Sprintf("every %dms, live:poll", (r.PollInterval * 4 / 5).Milliseconds()) // live.js adds up to a fifth
}

// scripts returns the scripts of the page in the order in which they run, after ui.js.
func (p Page) scripts() []string {
	files := []string{"click-guard.js", "shortcuts.js", "dialogs.js", "quick-search.js", "drafts.js", "forms.js"}
	if p.Guild != nil {
		files = append(files, "selection.js", "item-nav.js")
	}
	if p.Section == SectionTickets {
		files = append(files, "conversation.js", "canned-replies.js")
	}
	return files
}

func ariaPressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

func alertRole(k AlertKind) string {
	if k == AlertProblem {
		return "alert"
	}
	return "status"
}

// T returns the message with this key in the reader's language. args are pairs of placeholder name and value:
// T("list.page", "page", 2, "pages", 9). For an unknown key it returns the key.
func (r Reader) T(key string, args ...any) string { return r.Locale.T(key, args...) }

// N is T for a count: {n} is replaced by n, and in English the key with ".one" is used for 1.
func (r Reader) N(key string, n int, args ...any) string { return r.Locale.N(key, n, args...) }

// FormatTime formats a time in full, with its zone, as viewers without scripts see it. The zero time stands for a value
// in the database that cannot be parsed.
func (p Page) FormatTime(t time.Time) string { return p.Locale.FormatTime(t, p.TimeZone()) }

// FormatClock formats a time of day.
func (p Page) FormatClock(t time.Time) string {
	if t.IsZero() {
		return p.T("time.unknown")
	}
	return t.In(p.TimeZone()).Format("15:04")
}

// FormatDay formats a date in the viewer's zone.
func (p Page) FormatDay(t time.Time) string { return p.Locale.FormatDay(t, p.TimeZone()) }

// Density is the row spacing of lists.
type Density string

const (
	DensityComfortable Density = ""
	DensityCompact     Density = "compact"
)

// ShortcutsOff is the value that disables keyboard shortcuts.
const ShortcutsOff = "off"

func (r Reader) shortcutsValue() string {
	if r.ShortcutsDisabled {
		return ShortcutsOff
	}
	return ""
}

// MarkdownReader returns what rendering of markdown depends on.
func (p Page) MarkdownReader() markdown.Reader {
	return markdown.Reader{Locale: p.Locale, Zone: p.TimeZone(), Guild: p.Names}
}
