package views

import (
	"strconv"
	"strings"

	"guildboard/store"
)

// NotificationSettings is what a reader wants to be told of, and how; nothing unless they chose so.
type NotificationSettings struct {
	Kinds                 []string // of NotificationKinds
	Methods               []string // of NotificationMethods, beside the count in the title
	QuietFrom, QuietUntil string   // 15:04 in the reader's zone, or "": between them there is neither sound nor notification
}

// The kinds of what one can be told of, and the ways.
const (
	NotifyTicketOpened   = "ticket-opened"
	NotifyTicketWaiting  = "ticket-waiting"
	NotifyTicketOverdue  = "ticket-late"
	NotifyGiveawayEnded  = "giveaway-ended"
	NotifyCommandRefused = "command-refused"

	NotifyByDesktop = "desktop"
	NotifyBySound   = "sound"
)

var (
	NotificationKinds   = []string{NotifyTicketOpened, NotifyTicketWaiting, NotifyTicketOverdue, NotifyGiveawayEnded, NotifyCommandRefused}
	NotificationMethods = []string{NotifyByDesktop, NotifyBySound}
)

// NotificationItem is one thing to tell.
type NotificationItem struct {
	ID     string `json:"id"` // the same for the same thing
	Text   string `json:"text"`
	Server string `json:"server"`
	URL    string `json:"url"`
}

// NotificationItems puts what happened into words.
func NotificationItems(p Page, found store.Notifications, guilds []GuildLink) []NotificationItem {
	v := SearchView{Guilds: guilds}
	items := []NotificationItem{}
	add := func(kind, id, guild, path, text string) {
		if g := v.guild(guild); g != nil {
			items = append(items, NotificationItem{ID: kind + "/" + id, Text: text, Server: g.displayName(), URL: "/guilds/" + guild + path})
		}
	}
	for _, t := range found.NewTickets {
		add(NotifyTicketOpened, t.ID, t.GuildID, "/tickets/"+t.ID, p.T("told.opened", "n", "#"+strconv.Itoa(t.Number), "subject", subjectText(p, t)))
	}
	for _, t := range found.UnclaimedTickets {
		add(NotifyTicketWaiting, t.ID, t.GuildID, "/tickets/"+t.ID, p.T("told.waiting", "n", "#"+strconv.Itoa(t.Number), "subject", subjectText(p, t)))
	}
	for _, t := range found.OverdueTickets {
		id := t.ID + "/" + formatISO(*t.WaitingSince) // whoever is late again is told of again
		add(NotifyTicketOverdue, id, t.GuildID, "/tickets/"+t.ID, p.T("told.late", "n", "#"+strconv.Itoa(t.Number), "subject", subjectText(p, t)))
	}
	for _, g := range found.EndedGiveaways {
		add(NotifyGiveawayEnded, g.ID, g.GuildID, "/giveaways/"+g.ID, p.T("told.ended", "prize", prizeText(p, g.Prize)))
	}
	for _, c := range found.FailedCommands {
		path := "/giveaways"
		if strings.HasPrefix(string(c.Verb), "TICKET_") {
			path = "/tickets"
		}
		if c.Verb != store.VerbGiveawayCreate {
			path += "/" + c.Target
		}
		add(NotifyCommandRefused, c.ID, c.GuildID, path, CommandStatusText(p, c))
	}
	return items
}

// checksNotifications tells whether the page is to look for news: nobody's does unless they chose so.
func (p Page) checksNotifications() bool { return p.User != nil && len(p.Notifications.Kinds) > 0 }

// quietHours are the two ends with a dash between, for notifications.js; "" for none.
func (t NotificationSettings) quietHours() string {
	if t.QuietFrom == "" || t.QuietUntil == "" {
		return ""
	}
	return t.QuietFrom + "-" + t.QuietUntil
}

// newRowsText say how many rows have come; live.js puts the number in.
func (p Page) newRowsText(n int) string {
	key := "news.rows"
	if p.Section == SectionGiveaways || p.Section == SectionTickets {
		key = "news." + string(p.Section)
	}
	if n == 1 && p.Locale == English {
		key += ".one"
	}
	return p.Locale.translate(key)
}
