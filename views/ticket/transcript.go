package ticket

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/views/link"
	"guildboard/views/markdown"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// Bounds on the messages of a page. Discord's own are ten files and ten embeds of 25 fields and 6,000 characters in
// all: https://docs.discord.com/developers/resources/message
const (
	maxTranscriptBytes = 900_000 // bytes of HTML, unless a single message has more
	maxFiles           = 10
	maxEmbeds          = 10
	maxFields          = 25
	maxEmbedRunes      = 6000 // characters, of all embeds of a message
)

// transcript shows messages of the ticket's channel: as many of v.Messages as maxTranscriptBytes allows.
func transcript(p ui.Page, v View) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		shown, err := v.renderMessages(ctx, p)
		if err != nil {
			return err
		}
		return transcriptCard(p, v, shown).Render(ctx, w)
	})
}

// sizedDetails is Details with its approximate size, since its messages are rendered before they are written.
type sizedDetails struct {
	templ.Component
	weight int
}

// Weight returns the approximate number of bytes of HTML.
func (t sizedDetails) Weight() int { return t.weight }

// SizedDetails returns Details as a component that knows its approximate size in advance.
func SizedDetails(p ui.Page, v View) templ.Component {
	const head, tagsPerByte = 1500, 6 // of a message; dense markup and escapes
	weight := 0
	for _, m := range v.Messages {
		weight += head + tagsPerByte*len(m.Content)
	}
	return sizedDetails{Details(p, v), weight}
}

// renderedMessages are the rendered items of a conversation, oldest first. earlier and later are the ids of the first
// and last message if there are more messages on that side, else "".
type renderedMessages struct {
	items          []string
	earlier, later string
}

// renderMessages renders messages until the size limit is reached, from the end at which the viewer starts reading, and
// between them the form, the notes and the days.
func (v View) renderMessages(ctx context.Context, p ui.Page) (shown renderedMessages, err error) {
	n, size, forward := len(v.Messages), 0, v.TranscriptCursor.IsForward()
	items := make([]string, n)
	first, last := 0, n-1 // index range of the messages that fit
	for k := range n {
		i := n - 1 - k
		if forward {
			i = k
		}
		continues := i > 0 && continuesGroup(p, v.Messages[i-1], v.Messages[i]) &&
			!v.hasNoteBetween(v.Messages[i-1].CreatedAt, v.Messages[i].CreatedAt)
		if items[i], err = v.renderMessage(ctx, p, i, continues); err != nil {
			return shown, err
		}
		if size += len(items[i]); size > maxTranscriptBytes && k > 0 {
			if first, last = i+1, n-1; forward {
				first, last = 0, i-1
			}
			break
		}
	}
	if first > 0 { // the message before it is not on the page, so it needs a header
		if items[first], err = v.renderMessage(ctx, p, first, false); err != nil {
			return shown, err
		}
	}
	if n > 0 && (v.HasEarlier || first > 0) {
		shown.earlier = v.Messages[first].ID
	}
	if n > 0 && (v.HasLater || last < n-1) {
		shown.later = v.Messages[last].ID
	}
	shown.items, err = v.interleave(ctx, p, items[first:last+1], v.Messages[first:last+1], shown)
	return shown, err
}

// interleave puts the form, the notes and the days between messages. items are the rendered messages.
func (v View) interleave(
	ctx context.Context, p ui.Page, items []string, messages []store.TicketMessage, shown renderedMessages,
) ([]string, error) {
	b := conversationBuilder{ctx: ctx, page: p}
	notes := v.Notes
	isStart := shown.earlier == "" && !v.TranscriptCursor.IsForward()
	if isStart && len(v.FormResponses) > 0 {
		b.addComponent(v.CreatedAt, formItem(p, v.Ticket))
	}
	if !isStart && len(messages) > 0 { // earlier notes belong to the earlier part
		notes = slices.DeleteFunc(slices.Clone(notes), func(n store.TicketNote) bool {
			return n.CreatedAt.Before(messages[0].CreatedAt)
		})
	}
	for i, m := range messages {
		for len(notes) > 0 && notes[0].CreatedAt.Before(m.CreatedAt) {
			b.addComponent(notes[0].CreatedAt, noteItem(p, v.ID, notes[0]))
			notes = notes[1:]
		}
		b.add(m.CreatedAt, items[i])
	}
	if shown.later == "" { // the notes after the last message
		for _, n := range notes {
			b.addComponent(n.CreatedAt, noteItem(p, v.ID, n))
		}
	}
	return b.items, b.err
}

// A conversationBuilder collects the items of a conversation, and puts a separator before the first one of each day.
type conversationBuilder struct {
	ctx   context.Context
	page  ui.Page
	day   string // of the last item, in the viewer's zone
	items []string
	err   error // of the first component that could not be rendered
}

// addComponent adds an item.
func (b *conversationBuilder) addComponent(at time.Time, c templ.Component) {
	html, err := renderString(b.ctx, c)
	b.err = cmp.Or(b.err, err)
	b.add(at, html)
}

// add adds a rendered item.
func (b *conversationBuilder) add(at time.Time, item string) {
	if day := at.In(b.page.TimeZone()).Format(time.DateOnly); day != b.day && !at.IsZero() {
		separator, err := renderString(b.ctx, daySeparator(b.page, at))
		b.err, b.day, b.items = cmp.Or(b.err, err), day, append(b.items, separator)
	}
	b.items = append(b.items, item)
}

// hasNoteBetween reports whether a note was written between two times.
func (v View) hasNoteBetween(from, to time.Time) bool {
	return slices.ContainsFunc(v.Notes, func(n store.TicketNote) bool {
		return !n.CreatedAt.Before(from) && n.CreatedAt.Before(to)
	})
}

func renderString(ctx context.Context, c templ.Component) (string, error) {
	var html bytes.Buffer
	err := c.Render(ctx, &html)
	return html.String(), err
}

func (v View) renderMessage(ctx context.Context, p ui.Page, i int, continues bool) (string, error) {
	return renderString(ctx, messageItem(p, v, v.Messages[i], continues))
}

// transcriptPath returns the path of a part of the transcript.
func (v View) transcriptPath(p ui.Page, at store.MessageCursor) string {
	return link.Ticket(p.Guild.ID, v.ID) + TranscriptQuery(at)
}

// TranscriptQuery returns the query that selects a part of the transcript on a ticket's page.
func TranscriptQuery(at store.MessageCursor) string {
	switch {
	case at.At != "":
		return "?at=" + url.QueryEscape(at.At)
	case at.Before != "":
		return "?before=" + url.QueryEscape(at.Before)
	case at.After != "":
		return "?after=" + url.QueryEscape(at.After)
	}
	return ""
}

// editsPath returns the path of the page with a message's earlier texts.
func editsPath(p ui.Page, ticket, message string) string {
	return link.MessageEdits(link.Ticket(p.Guild.ID, ticket), message)
}

// visibleEmbeds returns the embeds of a message, within Discord's own bounds.
func visibleEmbeds(m store.TicketMessage) []store.MessageEmbed {
	remaining := maxEmbedRunes
	cut := func(s string) string {
		s = text.TruncateRunes(s, remaining)
		remaining -= min(remaining, utf8.RuneCountInString(s))
		return s
	}
	var visible []store.MessageEmbed
	for _, e := range m.Embeds[:min(len(m.Embeds), maxEmbeds)] {
		if remaining == 0 {
			break
		}
		e.Author, e.Title, e.Description = cut(e.Author), cut(e.Title), cut(e.Description)
		fields := e.Fields[:min(len(e.Fields), maxFields)]
		e.Fields = nil
		for _, f := range fields {
			if remaining == 0 {
				break
			}
			e.Fields = append(e.Fields, store.MessageEmbedField{Name: cut(f.Name), Value: cut(f.Value)})
		}
		e.Footer = cut(e.Footer)
		visible = append(visible, e)
	}
	return visible
}

func authorName(p ui.Page, m store.TicketMessage) string {
	return cmp.Or(ui.UserName(m.Author), p.T("transcript.bot"))
}

// messageGroupWindow is the time within which messages of one author share a header, as in Discord.
const messageGroupWindow = 7 * time.Minute

// continuesGroup reports whether m shares the header of the message before. A webhook may use a new name for each
// message, so names are compared as well as ids. Replies and a new day start a new group.
func continuesGroup(p ui.Page, before, m store.TicketMessage) bool {
	day := func(t time.Time) string { return t.In(p.TimeZone()).Format(time.DateOnly) }
	return m.Author.ID == before.Author.ID && m.Author.Username == before.Author.Username && m.IsBot == before.IsBot &&
		m.ReplyTo == "" && m.CreatedAt.Sub(before.CreatedAt) < messageGroupWindow && day(m.CreatedAt) == day(before.CreatedAt)
}

func deletedAttributes(m store.TicketMessage) templ.Attributes {
	if m.DeletedAt == nil {
		return nil
	}
	return templ.Attributes{"data-deleted": true}
}

// replyText names the author of the message that is replied to, if that message is on the page.
func (v View) replyText(p ui.Page, id string) string {
	for _, m := range v.Messages {
		if m.ID == id {
			quoted := markdown.Text(p.MarkdownReader(), m.Content, m.MentionNames)
			return p.T("transcript.replyTo", "name", authorName(p, m), "text", text.Truncate(text.SanitizeLine(quoted), 80))
		}
	}
	return p.T("transcript.reply")
}

func (v View) hasFiles() bool {
	for _, m := range v.Messages {
		if len(m.Attachments) > 0 {
			return true
		}
	}
	return false
}

func fileName(p ui.Page, f store.MessageAttachment) string {
	return cmp.Or(text.Truncate(f.Name, 120), p.T("transcript.file"))
}

// fileLink returns the URL of an attachment, or "" if it is not safe to link to.
func fileLink(f store.MessageAttachment) string {
	if !strings.HasPrefix(f.URL, "https://") {
		return ""
	}
	return webLink(f.URL)
}

// webLink returns the address if it can be a link: http or https, and at most maxURLBytes bytes long. Else it returns "".
func webLink(address string) string {
	if len(address) > markdown.MaxURLBytes || !markdown.IsWebURL(address) {
		return ""
	}
	return address
}

func fileSize(p ui.Page, bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return p.Locale.FormatNumber(int(bytes>>20)) + " MB"
	case bytes >= 1<<10:
		return p.Locale.FormatNumber(int(bytes>>10)) + " kB"
	}
	return p.Locale.FormatNumber(int(bytes)) + " B"
}

// fileExpiry returns when the URL of a Discord attachment expires: its parameter "ex", hexadecimal Unix seconds.
func fileExpiry(f store.MessageAttachment) (time.Time, bool) {
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

var embedColorPattern = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

func embedColor(color string) string {
	if !embedColorPattern.MatchString(color) {
		return "#5865f2"
	}
	return color
}

func viewRecordID(l store.TicketView) string {
	return "view-" + l.Viewer.ID + "-" + strconv.FormatInt(l.At.UnixMilli(), 36)
}
