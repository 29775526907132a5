package ui

import (
	"strconv"
	"strings"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/link"
	"guildboard/views/text"
)

// NotificationSettings are the notifications that the viewer has turned on. By default there are none.
type NotificationSettings struct {
	Kinds                 []string // of NotificationKinds
	Methods               []string // of NotificationMethods; the count in the title is always shown
	QuietFrom, QuietUntil string   // quiet hours, as 15:04 in the viewer's zone, or "": no sound and no desktop notification
}

// Kinds and methods of notifications.
const (
	NotifyTicketOpened   = "ticket-opened"
	NotifyTicketWaiting  = "ticket-waiting"
	NotifyTicketOverdue  = "ticket-overdue"
	NotifyGiveawayEnded  = "giveaway-ended"
	NotifyCommandRefused = "command-refused"

	NotifyByDesktop = "desktop"
	NotifyBySound   = "sound"
)

var (
	NotificationKinds = []string{
		NotifyTicketOpened, NotifyTicketWaiting, NotifyTicketOverdue, NotifyGiveawayEnded, NotifyCommandRefused,
	}
	NotificationMethods = []string{NotifyByDesktop, NotifyBySound}
)

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
		add(NotifyTicketOpened, t.ID, t.GuildID, link.Ticket(t.GuildID, t.ID), p.T("notification.opened", "n", "#"+strconv.Itoa(t.Number),
			"subject", SubjectText(p, t)))
	}
	for _, t := range found.UnclaimedTickets {
		add(NotifyTicketWaiting, t.ID, t.GuildID, link.Ticket(t.GuildID, t.ID), p.T("notification.waiting", "n", "#"+strconv.Itoa(t.Number),
			"subject", SubjectText(p, t)))
	}
	for _, t := range found.OverdueTickets {
		id := t.ID + "/" + text.FormatISO(*t.WaitingSince) // a ticket that becomes overdue again is a new notification
		add(NotifyTicketOverdue, id, t.GuildID, link.Ticket(t.GuildID, t.ID), p.T("notification.overdue", "n", "#"+strconv.Itoa(t.Number),
			"subject", SubjectText(p, t)))
	}
	for _, g := range found.EndedGiveaways {
		add(NotifyGiveawayEnded, g.ID, g.GuildID, link.Giveaway(g.GuildID, g.ID), p.T("notification.ended", "prize", PrizeText(p, g.Prize)))
	}
	for _, c := range found.FailedCommands {
		url := link.Giveaways(c.GuildID)
		if strings.HasPrefix(string(c.Verb), "TICKET_") {
			url = link.Tickets(c.GuildID)
		}
		if c.Verb != contract.VerbGiveawayCreate {
			url = link.Item(url, c.Target)
		}
		add(NotifyCommandRefused, c.ID, c.GuildID, url, CommandStatusText(p, c))
	}
	return items
}

// checksNotifications reports whether the page polls for notifications: only if the viewer has turned some on.
func (r Reader) checksNotifications() bool { return r.User != nil && len(r.Notifications.Kinds) > 0 }

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
