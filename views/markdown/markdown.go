// Package markdown renders the markdown of Discord messages to safe HTML.
package markdown

import (
	"cmp"
	"context"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/snowflake"
	"guildboard/views/text"
)

// Reader is the viewer that a text is rendered for.
type Reader struct {
	Locale text.Locale
	Zone   *time.Location       // of the times in the text
	Guild  store.GuildDirectory // names of the channels and roles that the text mentions
}

// Render renders Discord's markdown to HTML. The text is untrusted: the output contains only the elements below, all
// of the member's text is escaped, and links are http or https.
//
// https://support.discord.com/hc/en-us/articles/210298617
func Render(r Reader, source string, names map[string]string) templ.Component {
	return RenderWithBudget(r, source, names, new(Budget(MaxBytes)))
}

// RenderWithBudget is Render with a budget that several texts share.
func RenderWithBudget(r Reader, source string, names map[string]string, budget *Budget) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, markdownHTML(r, source, names, budget))
		return err
	})
}

// Text renders Discord's markdown as text without formatting, such as for an excerpt. Spoilers stay hidden.
func Text(r Reader, source string, names map[string]string) string {
	var b strings.Builder
	spoilers := 0 // nested elements within a spoiler, and that element
	for rest := markdownHTML(r, source, names, new(Budget(MaxBytes))); rest != ""; {
		content, tag, isTag := strings.Cut(rest, "<")
		if spoilers == 0 {
			b.WriteString(html.UnescapeString(content))
		}
		if !isTag {
			break
		}
		tag, rest, _ = strings.Cut(tag, ">") // markdownHTML writes > as &gt; elsewhere, in attributes, too
		switch name, _, _ := strings.Cut(tag, " "); {
		case name == "details":
			if spoilers++; spoilers == 1 {
				b.WriteString("[" + r.Locale.T("transcript.spoiler") + "]")
			}
		case name == "/details":
			spoilers--
		case spoilers == 0 && slices.Contains(lineElements, name):
			b.WriteByte('\n')
		}
	}
	return strings.TrimSpace(b.String())
}

// lineElements are the tags between which text is on a line of its own.
var lineElements = []string{"br", "li", "div", "/div", "pre", "/pre", "blockquote", "/blockquote", "/ul"}

const (
	maxNesting       = 8     // levels of nested elements; deeper ones are shown as text
	maxMarkdownRunes = 4096  // characters of a text, as in Discord's longest
	MaxBytes         = 16384 // bytes of tags, addresses and names of a message; the rest is shown as typed
)

// Budget is the number of bytes of markup that may still be written. The member's own text is not counted, because
// maxMarkdownRunes bounds it. Without a budget a message of 4,000 characters becomes 60 kB of HTML.
type Budget int

func markdownHTML(r Reader, source string, names map[string]string, budget *Budget) string {
	source = text.SanitizeText(text.TruncateRunes(source, maxMarkdownRunes))
	m := &markdownRenderer{reader: r, names: names, budget: budget}
	m.renderBlocks(strings.Trim(source, "\n"), 0)
	return m.out.String()
}

type markdownRenderer struct {
	reader Reader
	names  map[string]string
	budget *Budget
	out    strings.Builder
}

// writeHTML writes markup. The budget may become negative, because open elements are always closed.
func (m *markdownRenderer) writeHTML(s string) {
	*m.budget -= Budget(len(s))
	m.out.WriteString(s)
}

// hasRoom reports whether the budget allows another element with so many bytes of names and addresses.
func (m *markdownRenderer) hasRoom(bytes int) bool {
	return *m.budget >= Budget(bytes) && *m.budget > 0
}

func (m *markdownRenderer) writeText(s string) { m.out.WriteString(templ.EscapeString(s)) }

// renderBlocks renders block elements (quotes, headings, lists, fenced code) and inline text between them.
func (m *markdownRenderer) renderBlocks(s string, depth int) {
	pending := ""
	flush := func() {
		if text := strings.Trim(pending, "\n"); text != "" {
			m.renderInline(text, 0)
		}
		pending = ""
	}
	startsLine, mayHaveFence := true, true
	for s != "" {
		if startsLine && depth < 3 && m.hasRoom(0) {
			if rest, ok := m.renderBlock(s, depth, flush); ok {
				s = rest
				continue
			}
		}
		if mayHaveFence && m.hasRoom(0) && strings.HasPrefix(s, "```") {
			end := strings.Index(s[3:], "```")
			if end > 0 {
				flush()
				m.renderCodeBlock(s[3 : 3+end])
				s, startsLine = strings.CutPrefix(s[end+6:], "\n")
				continue
			}
			mayHaveFence = end == 0 // no closing fence here means none further on
		}
		step := len(s)
		if n := strings.IndexByte(s, '\n'); n >= 0 {
			step = n + 1
		}
		if n := strings.Index(s[1:], "```"); n >= 0 && mayHaveFence {
			step = min(step, n+1)
		}
		pending += s[:step]
		startsLine = strings.HasSuffix(pending, "\n")
		s = s[step:]
	}
	flush()
}

// renderBlock renders the block element at the start of s and returns the remaining text. ok is false if s starts with
// inline text.
func (m *markdownRenderer) renderBlock(s string, depth int, flush func()) (rest string, ok bool) {
	line, after, _ := strings.Cut(s, "\n")
	switch {
	case strings.HasPrefix(s, ">>> "):
		flush()
		m.renderQuote(s[4:], depth)
		return "", true
	case isQuote(line):
		flush()
		var lines []string
		for ; isQuote(line); line, after, _ = strings.Cut(after, "\n") {
			lines = append(lines, strings.TrimPrefix(line[1:], " "))
			if s = after; s == "" {
				break
			}
		}
		m.renderQuote(strings.Join(lines, "\n"), depth)
		return s, true
	case listItemStart(line) >= 0:
		flush()
		return m.renderList(s), true
	}
	for _, heading := range []struct{ mark, class string }{{"# ", "md-h1"}, {"## ", "md-h2"}, {"### ", "md-h3"}, {"-# ", "md-small"}} {
		if text := strings.TrimPrefix(line, heading.mark); text != line && strings.TrimSpace(text) != "" {
			flush()
			m.writeHTML(`<div class="` + heading.class + `">`)
			m.renderInline(strings.TrimSpace(text), 0)
			m.writeHTML("</div>")
			return after, true
		}
	}
	return s, false
}

// renderList renders the list at the start of s and returns the remaining text. An item that is indented further than
// the one before it begins a list within that item.
func (m *markdownRenderer) renderList(s string) (rest string) {
	var indents []int // of the open lists
	for s != "" && m.hasRoom(0) {
		line, after, _ := strings.Cut(s, "\n")
		start := listItemStart(line)
		if start < 0 {
			break
		}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		for len(indents) > 1 && indent <= indents[len(indents)-2] {
			m.writeHTML("</li></ul>")
			indents = indents[:len(indents)-1]
		}
		switch {
		case len(indents) == 0, indent > indents[len(indents)-1] && len(indents) < maxNesting:
			m.writeHTML(`<ul class="md-list">`)
			indents = append(indents, indent)
		default:
			m.writeHTML("</li>")
		}
		m.writeHTML("<li>")
		m.renderInline(line[start:], 0)
		s = after
	}
	m.writeHTML(strings.Repeat("</li></ul>", len(indents)))
	return s
}

func isQuote(line string) bool { return line == ">" || strings.HasPrefix(line, "> ") }

// listItemStart returns the index of the text of a list item, or -1 if the line is not one.
func listItemStart(line string) int {
	text := strings.TrimLeft(line, " ")
	if len(text) > 2 && (text[0] == '-' || text[0] == '*') && text[1] == ' ' && strings.TrimSpace(text[2:]) != "" {
		return len(line) - len(text) + 2
	}
	return -1
}

func (m *markdownRenderer) renderQuote(s string, depth int) {
	m.writeHTML("<blockquote>")
	m.renderBlocks(s, depth+1)
	m.writeHTML("</blockquote>")
}

// renderCodeBlock renders a code block. A single word on the first line is the language.
func (m *markdownRenderer) renderCodeBlock(code string) {
	if lang, body, ok := strings.Cut(code, "\n"); ok && strings.TrimSpace(body) != "" && isLanguage(lang) {
		code = body
	}
	m.writeHTML(`<pre class="md-code"><code>`)
	m.writeText(strings.Trim(code, "\n"))
	m.writeHTML("</code></pre>")
}

func isLanguage(s string) bool {
	return len(s) <= 20 && strings.IndexFunc(s, func(r rune) bool {
		return !(r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("+-#._", r))
	}) < 0
}

// inlineMarks are the delimiters of inline formatting, longer ones first.
var inlineMarks = []struct{ mark, open, close string }{
	{"***", "<strong><em>", "</em></strong>"}, {"**", "<strong>", "</strong>"}, {"__", "<u>", "</u>"},
	{"*", "<em>", "</em>"}, {"_", "<em>", "</em>"}, {"~~", "<s>", "</s>"}, {"||", "", "</span></details>"},
}

// renderInline renders inline text.
func (m *markdownRenderer) renderInline(s string, depth int) {
	text := 0 // start of text that is not written yet
	flush := func(end int) { m.writeText(s[text:end]) }
	unclosed := map[string]bool{} // marks without a closing one, to search for each only once
	for i := 0; i < len(s); {
		n := 0 // bytes of s that were rendered
		switch c := s[i]; {
		case !m.hasRoom(0): // write the rest as text
			m.writeText(s[text:])
			return
		case c == '\\' && i+1 < len(s) && strings.IndexByte("\\`*_~|<>[]()#-.!:@", s[i+1]) >= 0:
			flush(i)
			text, i = i+1, i+2
			continue
		case c == '\n':
			flush(i)
			m.writeHTML("<br>")
			n = 1
		case c == '`':
			n = m.renderCode(s, i, flush, unclosed)
		case strings.IndexByte("*_~|", c) >= 0 && depth < maxNesting:
			n = m.renderMark(s, i, depth, flush, unclosed)
		case c == '<':
			n = m.renderTag(s, i, flush)
		case c == '[' && depth < maxNesting:
			n = m.renderMaskedLink(s, i, flush)
		case c == 'h' && (i == 0 || !isWordRune(runeBefore(s, i))):
			n = m.renderBareURL(s, i, flush)
		case c == '@':
			n = m.renderEveryone(s, i, flush)
		}
		if n == 0 {
			i++
			continue
		}
		i += n
		text = i
	}
	flush(len(s))
}

// renderMark renders formatted text (bold, italic, underline, strikethrough, spoiler) if s[i:] begins with a delimiter.
func (m *markdownRenderer) renderMark(s string, i, depth int, flush func(int), unclosed map[string]bool) int {
	for _, pair := range inlineMarks {
		if !strings.HasPrefix(s[i:], pair.mark) || unclosed[pair.mark] {
			continue
		}
		start := i + len(pair.mark)
		end := findClosingMark(s, start, pair.mark)
		if end < 0 {
			unclosed[pair.mark] = end == -1
			continue
		}
		flush(i)
		if pair.mark == "||" {
			m.writeHTML(`<details class="spoiler"><summary>`)
			m.writeText(m.reader.Locale.T("transcript.spoiler"))
			m.writeHTML("</summary><span>")
		} else {
			m.writeHTML(pair.open)
		}
		m.renderInline(s[start:end], depth+1)
		m.writeHTML(pair.close)
		return end + len(pair.mark) - i
	}
	return 0
}

// findClosingMark returns the index of the closing delimiter; -1 if there is none after start, -2 if there may be one
// for a later start.
func findClosingMark(s string, start int, mark string) int {
	single := len(mark) == 1
	if start >= len(s) {
		return -1
	}
	if (mark == "_" || mark == "__") && isWordRune(runeBefore(s, start-len(mark))) || single && isSpaceByte(s[start]) {
		return -2
	}
	for from := start; from < len(s); {
		n := strings.Index(s[from:], mark)
		if n < 0 {
			return -1
		}
		end := from + n
		from = end + len(mark)
		switch {
		case end == start, s[end-1] == '\\':
		case single && (isSpaceByte(s[end-1]) || from < len(s) && s[from] == mark[0]):
			for from < len(s) && s[from] == mark[0] { // part of a longer delimiter
				from++
			}
		case mark[0] == '_' && from < len(s) && isWordRune(runeAfter(s, from)):
		default:
			for len(mark) < 3 && from < len(s) && s[from] == mark[0] { // the end of a run closes: ***a***
				end, from = end+1, from+1
			}
			return end
		}
	}
	return -1
}

func isSpaceByte(c byte) bool { return c == ' ' || c == '\n' }

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func runeBefore(s string, i int) rune {
	if i <= 0 {
		return ' '
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return r
}

func runeAfter(s string, i int) rune {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r
}

// renderCode renders inline code between backticks.
func (m *markdownRenderer) renderCode(s string, i int, flush func(int), unclosed map[string]bool) int {
	mark := "`"
	if strings.HasPrefix(s[i:], "``") {
		mark = "``"
	}
	if unclosed[mark] {
		return 0
	}
	start := i + len(mark)
	end := strings.Index(s[start:], mark)
	if end < 0 {
		unclosed[mark] = true
		return 0
	}
	if end == 0 {
		return 0
	}
	flush(i)
	m.writeHTML("<code>")
	m.writeText(s[start : start+end])
	m.writeHTML("</code>")
	return end + 2*len(mark)
}

// Maximum length of a URL, and of the text of a link, in bytes.
const (
	MaxURLBytes      = 2000
	maxLinkTextBytes = 500
)

// guildPageKeys are the keys of the names of a guild's pages, by the tags that link to them.
var guildPageKeys = map[string]string{
	"id:customize": "markdown.customize", "id:browse": "markdown.browse", "id:guide": "markdown.guide",
	"id:home": "markdown.guide", "id:linked-roles": "markdown.linkedRoles",
}

// renderTag renders Discord's syntax in angle brackets: mentions of users, roles, channels, commands
// and pages of the guild, emoji, timestamps, and URLs without a preview.
func (m *markdownRenderer) renderTag(s string, i int, flush func(int)) int {
	end := strings.IndexAny(s[i+1:min(len(s), i+MaxURLBytes)], ">\n")
	if end < 0 || s[i+1+end] != '>' {
		return 0
	}
	body := s[i+1 : i+1+end]
	writeMention := func(name string) int {
		if name = templ.EscapeString(name); !m.hasRoom(len(name)) {
			return 0
		}
		flush(i)
		m.writeHTML(`<span class="mention">` + name + "</span>")
		return end + 2
	}
	mention := func(sign, id, now string) int {
		if !snowflake.IsValid(id) {
			return 0
		}
		return writeMention(sign + cmp.Or(text.Truncate(cmp.Or(m.names[id], now), 100), id))
	}
	switch {
	case strings.HasPrefix(body, "/"): // of a command, whose name may have spaces: </ticket open:1>
		name, id, _ := strings.Cut(body, ":")
		if name == "/" || !snowflake.IsValid(id) {
			return 0
		}
		return writeMention(text.Truncate(name, 100))
	case guildPageKeys[body] != "":
		return writeMention(m.reader.Locale.T(guildPageKeys[body]))
	case strings.HasPrefix(body, "@&"):
		role, _ := m.reader.Guild.Role(body[2:])
		return mention("@", body[2:], role.Name)
	case strings.HasPrefix(body, "@!"):
		return mention("@", body[2:], "")
	case strings.HasPrefix(body, "@"):
		return mention("@", body[1:], "")
	case strings.HasPrefix(body, "#"):
		channel, _ := m.reader.Guild.Channel(body[1:])
		return mention("#", body[1:], channel.Name)
	case strings.HasPrefix(body, "t:"):
		return m.renderTimestamp(body[2:], i, end, flush)
	case strings.HasPrefix(body, ":"), strings.HasPrefix(body, "a:"):
		name, id, ok := strings.Cut(body[strings.IndexByte(body, ':')+1:], ":")
		if !ok || name == "" || !snowflake.IsValid(id) || !isLanguage(name[:min(20, len(name))]) {
			return 0
		}
		flush(i)
		m.writeHTML(`<span class="emoji">`)
		m.writeText(":" + name + ":")
		m.writeHTML("</span>")
		return end + 2
	case IsWebURL(body) && m.hasRoom(2*len(body)):
		flush(i)
		m.writeLink(body, body)
		return end + 2
	}
	return 0
}

// renderTimestamp renders Discord's <t:1700000000:R>. times.js writes the relative style, R, which would change with
// every render.
func (m *markdownRenderer) renderTimestamp(body string, i, end int, flush func(int)) int {
	seconds, style, hasStyle := strings.Cut(body, ":")
	if !hasStyle {
		style = "f"
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	const year1, year9999 = -62135596800, 253402300799
	if err != nil || unix < year1 || unix > year9999 || len(style) != 1 || !strings.Contains("tTdDfFsSR", style) {
		return 0
	}
	at := time.Unix(unix, 0).UTC()
	flush(i)
	m.writeHTML(`<time datetime="` + templ.EscapeString(text.FormatISO(at)) + `" data-timestamp="` + style + `">`)
	m.writeText(m.reader.Locale.FormatTimestamp(at, m.reader.Zone, style))
	m.writeHTML("</time>")
	return end + 2
}

// renderMaskedLink renders [text](https://…) and [text](https://… "title"). The address is shown in place of the title,
// which could be another address.
func (m *markdownRenderer) renderMaskedLink(s string, i int, flush func(int)) int {
	middle := strings.Index(s[i:min(len(s), i+maxLinkTextBytes)], "](")
	if middle < 0 {
		return 0
	}
	text, rest := s[i+1:i+middle], s[i+middle+2:]
	address, n := linkTarget(rest[:min(len(rest), MaxURLBytes)])
	if n < 0 || text == "" || strings.ContainsAny(text, "[\n") || !IsWebURL(address) || !m.hasRoom(2*len(address)) {
		return 0
	}
	flush(i)
	m.openLink(address)
	m.writeText(text) // not rendered, because links cannot be nested
	m.writeHTML("</a>")
	return middle + 2 + n
}

// linkTarget parses the part of a masked link after "](", and returns the address and the length up to and with the
// closing parenthesis; -1 if there is none.
func linkTarget(s string) (address string, n int) {
	rest := s
	if inner, ok := strings.CutPrefix(rest, "<"); ok {
		if address, rest, ok = strings.Cut(inner, ">"); !ok {
			return "", -1
		}
	} else {
		end := endOfLinkTarget(rest)
		address, rest = rest[:end], rest[end:]
	}
	if title := strings.TrimLeft(rest, " "); title != rest && title != "" && strings.IndexByte(`"'`, title[0]) >= 0 {
		end := strings.IndexByte(title[1:], title[0])
		if end < 0 {
			return "", -1
		}
		rest = strings.TrimLeft(title[end+2:], " ")
	}
	if !strings.HasPrefix(rest, ")") {
		return "", -1
	}
	return address, len(s) - len(rest) + 1
}

// endOfLinkTarget returns the index of the first space, or of the first closing parenthesis that closes none in s.
func endOfLinkTarget(s string) int {
	open := 0
	for i := range len(s) {
		switch s[i] {
		case ' ', '\n':
			return i
		case '(':
			open++
		case ')':
			if open--; open < 0 {
				return i
			}
		}
	}
	return len(s)
}

// renderBareURL renders a URL in the text as a link, without the punctuation after it.
func (m *markdownRenderer) renderBareURL(s string, i int, flush func(int)) int {
	if !strings.HasPrefix(s[i:], "http://") && !strings.HasPrefix(s[i:], "https://") {
		return 0
	}
	end := len(s)
	if n := strings.IndexAny(s[i:], " \n<>\"`|"); n >= 0 {
		end = i + n
	}
	end = i + len(trimPunctuation(s[i:end]))
	if end-i > MaxURLBytes || !IsWebURL(s[i:end]) || !m.hasRoom(2*(end-i)) {
		return 0
	}
	flush(i)
	m.writeLink(s[i:end], s[i:end])
	return end - i
}

// trimPunctuation removes from the end of a URL what Discord does not count as a part of it: some punctuation, and
// closing parentheses without an opening one.
func trimPunctuation(s string) string {
	unmatched := strings.Count(s, ")") - strings.Count(s, "(")
	for {
		trimmed := strings.TrimRight(s, ".,:;\"']")
		if unmatched > 0 && strings.HasSuffix(trimmed, ")") {
			trimmed = trimmed[:len(trimmed)-1]
			unmatched--
		}
		if trimmed == s {
			return s
		}
		s = trimmed
	}
}

// IsWebURL reports whether s is an http or https URL that is safe to link to.
func IsWebURL(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	return ok && rest != "" && isWordRune(runeAfter(rest, 0)) && !strings.ContainsAny(s, " \n\"<>`\\") && text.SanitizeText(s) == s
}

func (m *markdownRenderer) writeLink(address, text string) {
	m.openLink(address)
	m.writeText(text)
	m.writeHTML("</a>")
}

func (m *markdownRenderer) openLink(address string) {
	address = templ.EscapeString(address)
	m.writeHTML(`<a href="` + address + `" title="` + address + `" rel="noreferrer nofollow ugc" target="_blank">`)
}

func (m *markdownRenderer) renderEveryone(s string, i int, flush func(int)) int {
	for _, mention := range []string{"@everyone", "@here"} {
		if strings.HasPrefix(s[i:], mention) {
			flush(i)
			m.writeHTML(`<span class="mention">` + mention + "</span>")
			return len(mention)
		}
	}
	return 0
}
