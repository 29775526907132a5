package views

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
)

func authorName(p Page, m store.TicketMessage) string {
	return or(personName(m.Author), p.T("transcript.bot"))
}

// oneBreath is for how long what somebody says goes under one head; Discord's own.
const oneBreath = 7 * time.Minute

// continues tells whether a message needs no head of its own after the one before. A webhook may say who it is anew with
// each message, so names count as well as ids; an answer, and another day, begin anew.
func (p Page) continues(before, m store.TicketMessage) bool {
	day := func(t time.Time) string { return t.In(p.TimeZone()).Format(time.DateOnly) }
	return m.Author.ID == before.Author.ID && m.Author.Username == before.Author.Username && m.IsBot == before.IsBot &&
		m.ReplyTo == "" && m.CreatedAt.Sub(before.CreatedAt) < oneBreath && day(m.CreatedAt) == day(before.CreatedAt)
}

func deletedMark(m store.TicketMessage) templ.Attributes {
	if m.DeletedAt == nil {
		return nil
	}
	return templ.Attributes{"data-deleted": true}
}

// replyWords says whom a message answers, as far as that message is on the page.
func (v TicketView) replyWords(p Page, id string) string {
	for _, m := range v.Messages {
		if m.ID == id {
			return p.T("transcript.replyTo", "name", authorName(p, m), "text", shorten(m.Content, 80))
		}
	}
	return p.T("transcript.reply")
}

func (v TicketView) hasFiles() bool {
	for _, m := range v.Messages {
		if len(m.Files) > 0 {
			return true
		}
	}
	return false
}

func fileName(p Page, f store.MessageFile) string {
	return or(shorten(f.Name, 120), p.T("transcript.file"))
}

// fileLink is where an attachment lies; "" when a browser should not be sent there.
func fileLink(f store.MessageFile) string {
	if !strings.HasPrefix(f.URL, "https://") || !isAddress(f.URL) {
		return ""
	}
	return f.URL
}

func fileSize(p Page, bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return p.Locale.Number(int(bytes>>20)) + " MB"
	case bytes >= 1<<10:
		return p.Locale.Number(int(bytes>>10)) + " kB"
	}
	return p.Locale.Number(int(bytes)) + " B"
}

// expiry is until when an address of Discord's is good: "ex" in it is that in seconds, hexadecimal.
func expiry(f store.MessageFile) (time.Time, bool) {
	u, err := url.Parse(f.URL)
	if err != nil {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(u.Query().Get("ex"), 16, 64)
	if err != nil || seconds <= 0 || seconds > 253402300799 {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}

var hexColor = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

func embedColor(color string) string {
	if !hexColor.MatchString(color) {
		return "#5865f2"
	}
	return color
}

func lookID(l store.TicketLook) string {
	return "look-" + l.By.ID + "-" + strconv.FormatInt(l.At.UnixMilli(), 36)
}
