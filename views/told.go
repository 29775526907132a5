package views

import (
	"strconv"
	"strings"

	"guildboard/store"
)

// Told is what a reader wants to be told of, and how; nothing unless they chose so.
type Told struct {
	Kinds                 []string // of ToldKinds
	Ways                  []string // of ToldWays, beside the count in the title
	QuietFrom, QuietUntil string   // 15:04 in the reader's zone, or "": between them there is neither sound nor notification
}

// The kinds of what one can be told of, and the ways.
const (
	ToldOpened  = "ticket-opened"
	ToldWaiting = "ticket-waiting"
	ToldLate    = "ticket-late"
	ToldEnded   = "giveaway-ended"
	ToldRefused = "command-refused"

	ToldDesktop = "desktop"
	ToldSound   = "sound"
)

var (
	ToldKinds = []string{ToldOpened, ToldWaiting, ToldLate, ToldEnded, ToldRefused}
	ToldWays  = []string{ToldDesktop, ToldSound}
)

// ToldItem is one thing to tell.
type ToldItem struct {
	ID     string `json:"id"` // the same for the same thing
	Text   string `json:"text"`
	Server string `json:"server"`
	URL    string `json:"url"`
}

// ToldItems puts what happened into words.
func ToldItems(p Page, happened store.Told, guilds []GuildLink) []ToldItem {
	v := SearchView{Guilds: guilds}
	items := []ToldItem{}
	add := func(kind, id, guild, path, text string) {
		if g := v.guild(guild); g != nil {
			items = append(items, ToldItem{ID: kind + "/" + id, Text: text, Server: g.name(), URL: "/guilds/" + guild + path})
		}
	}
	for _, t := range happened.Opened {
		add(ToldOpened, t.ID, t.GuildID, "/tickets/"+t.ID, p.T("told.opened", "n", "#"+strconv.Itoa(t.Number), "subject", subject(p, t)))
	}
	for _, t := range happened.Waiting {
		add(ToldWaiting, t.ID, t.GuildID, "/tickets/"+t.ID, p.T("told.waiting", "n", "#"+strconv.Itoa(t.Number), "subject", subject(p, t)))
	}
	for _, t := range happened.Late {
		id := t.ID + "/" + iso(*t.WaitingSince) // whoever is late again is told of again
		add(ToldLate, id, t.GuildID, "/tickets/"+t.ID, p.T("told.late", "n", "#"+strconv.Itoa(t.Number), "subject", subject(p, t)))
	}
	for _, g := range happened.Ended {
		add(ToldEnded, g.ID, g.GuildID, "/giveaways/"+g.ID, p.T("told.ended", "prize", prize(p, g.Prize)))
	}
	for _, c := range happened.Failed {
		path := "/giveaways"
		if strings.HasPrefix(string(c.Verb), "TICKET_") {
			path = "/tickets"
		}
		if c.Verb != store.VerbGiveawayCreate {
			path += "/" + c.Target
		}
		add(ToldRefused, c.ID, c.GuildID, path, CommandWords(p, c))
	}
	return items
}

// tells tells whether the page is to look for news: nobody's does unless they chose so.
func (p Page) tells() bool { return p.User != nil && len(p.Told.Kinds) > 0 }

// quietHours are the two ends with a dash between, for notifications.js; "" for none.
func (t Told) quietHours() string {
	if t.QuietFrom == "" || t.QuietUntil == "" {
		return ""
	}
	return t.QuietFrom + "-" + t.QuietUntil
}

// newsWords say how many rows have come; live.js puts the number in.
func (p Page) newsWords(n int) string {
	key := "news.rows"
	if p.Section == SectionGiveaways || p.Section == SectionTickets {
		key = "news." + string(p.Section)
	}
	if n == 1 && p.Locale == English {
		key += ".one"
	}
	return p.Locale.text(key)
}
