package ui

import (
	"strconv"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/link"
	"guildboard/views/text"
)

// NotificationSettings are the notifications that the viewer has turned on. By default there are none.
type NotificationSettings struct {
	Kinds                 []string // of store.NotificationKinds
	Methods               []string // of NotificationMethods; the count in the title is always shown
	QuietFrom, QuietUntil string   // quiet hours, as 15:04 in the viewer's zone, or "": no sound and no desktop notification
}

// Methods of notifications in the browser.
const (
	NotifyByDesktop = "desktop"
	NotifyBySound   = "sound"
)

// NotificationMethods lists the methods in display order.
var NotificationMethods = []string{NotifyByDesktop, NotifyBySound}

// A NotificationItem is one notification as notifications.js receives it.
type NotificationItem struct {
	ID     string `json:"id"` // the same for the same event, so that it is shown once
	Text   string `json:"text"`
	Server string `json:"server"`
	URL    string `json:"url"`
}

// NotificationItems formats notifications, except those of guilds that are not in guilds.
func NotificationItems(p Page, found store.Notifications, guilds []GuildLink) []NotificationItem {
	v := SearchView{Guilds: guilds}
	items := []NotificationItem{}
	add := func(kind, id, guild, url, text string) {
		if g := v.guild(guild); g != nil {
			items = append(items, NotificationItem{ID: kind + "/" + id, Text: text, Server: g.DisplayName(),
				URL: url})
		}
	}
	for _, t := range found.NewTickets {
		add(store.NotifyTicketOpened, t.ID, t.GuildID, link.Ticket(t.GuildID, t.ID), p.T("notification.opened", "n", "#"+strconv.Itoa(t.Number),
			"subject", SubjectText(p, t)))
	}
	for _, t := range found.UnclaimedTickets {
		add(store.NotifyTicketWaiting, t.ID, t.GuildID, link.Ticket(t.GuildID, t.ID), p.T("notification.waiting", "n", "#"+strconv.Itoa(t.Number),
			"subject", SubjectText(p, t)))
	}
	for _, t := range found.OverdueTickets {
		id := t.ID + "/" + text.FormatISO(*t.WaitingSince) // a ticket that becomes overdue again is a new notification
		add(store.NotifyTicketOverdue, id, t.GuildID, link.Ticket(t.GuildID, t.ID), p.T("notification.overdue", "n", "#"+strconv.Itoa(t.Number),
			"subject", SubjectText(p, t)))
	}
	for _, g := range found.EndedGiveaways {
		add(store.NotifyGiveawayEnded, g.ID, g.GuildID, link.Giveaway(g.GuildID, g.ID), p.T("notification.ended", "prize", PrizeText(p, g.Prize)))
	}
	for _, c := range found.FailedCommands {
		url := link.Giveaways(c.GuildID)
		if strings.HasPrefix(string(c.Verb), "TICKET_") {
			url = link.Tickets(c.GuildID)
		}
		if c.Verb != contract.VerbGiveawayCreate {
			url = link.Item(url, c.Target)
		}
		add(store.NotifyCommandRefused, c.ID, c.GuildID, url, CommandStatusText(p, c))
	}
	return items
}

// DirectMessageConfirmation returns the text of the first direct message to a viewer, above a link to the preferences.
func DirectMessageConfirmation(p Page) string { return p.T("directMessage.confirmed") }

// MoreNotificationsText returns the text about n notifications that a direct message does not list.
func MoreNotificationsText(p Page, n int) string { return p.N("directMessage.more", n) }

// checksNotifications reports whether the page polls for notifications: only if the viewer has turned some on.
func (r Reader) checksNotifications() bool { return r.User != nil && len(r.Notifications.Kinds) > 0 }

// IsQuiet reports whether at, in the viewer's zone, is within the quiet hours.
func (t NotificationSettings) IsQuiet(at time.Time) bool {
	if t.QuietFrom == "" || t.QuietUntil == "" {
		return false
	}
	now := at.Format("15:04")
	if t.QuietFrom <= t.QuietUntil {
		return t.QuietFrom <= now && now < t.QuietUntil
	}
	return t.QuietFrom <= now || now < t.QuietUntil
}

// quietHours returns the quiet hours as "22:00-07:00" for notifications.js, or "".
func (t NotificationSettings) quietHours() string {
	if t.QuietFrom == "" || t.QuietUntil == "" {
		return ""
	}
	return t.QuietFrom + "-" + t.QuietUntil
}

// newRowsText returns the message about n new rows. live.js replaces its placeholder by the number.
func (p Page) newRowsText(n int) string {
	key := "newRows.other"
	if p.Section == SectionGiveaways || p.Section == SectionTickets {
		key = "newRows." + string(p.Section)
	}
	if n == 1 && p.Locale == text.English {
		key += ".one"
	}
	return p.Locale.T(key)
}
