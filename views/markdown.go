package views

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// markdown renders Discord's markdown, as members write it, to HTML. Whatever the text is, it becomes text or one of the
// elements below: each is written here in full, everything of the member's is escaped, and addresses are https or http.
// https://support.discord.com/hc/en-us/articles/210298617
func markdown(p Page, text string, names map[string]string) templ.Component {
	return markdownWithin(p, text, names, new(markupLeft(maxMarkup)))
}

// markdownWithin is markdown with a budget that several texts share.
func markdownWithin(p Page, text string, names map[string]string, left *markupLeft) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, markdownHTML(p, text, names, left))
		return err
	})
}

const (
	maxNesting = 8     // levels of nested elements; deeper ones are shown as text
	maxMarked  = 4096  // characters of a text, as in Discord's longest
	maxMarkup  = 16384 // bytes of tags, addresses and names of a message; the rest is shown as typed
)

// markupLeft is the number of bytes of markup that may still be written. The member's own text is not counted, because
// maxMarked bounds it. Without a budget a message of 4,000 characters becomes 60 kB of HTML.
type markupLeft int

func markdownHTML(p Page, text string, names map[string]string, left *markupLeft) string {
	text = readable(cutRunes(text, maxMarked))
	m := &marked{page: p, names: names, left: left}
	m.blocks(strings.Trim(text, "\n"), 0)
	return m.out.String()
}

// cutRunes returns the first most characters of s, with "…" in place of the rest. It does not read the rest.
func cutRunes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := 0
	for at := range s {
		if n == most {
			return s[:at] + "…"
		}
		n++
	}
	return s
}

// readable is a stranger's text without what turns the direction of the text around it, and without control characters.
// Lines stay lines.
func readable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069', r == '\u200e' || r == '\u200f', r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}

type marked struct {
	page  Page
	names map[string]string
	left  *markupLeft
	out   strings.Builder
}

// html writes markup. The budget may become negative, because open elements are always closed.
func (m *marked) html(s string) {
	*m.left -= markupLeft(len(s))
	m.out.WriteString(s)
}

// hasRoom reports whether the budget allows another element with so many bytes of names and addresses.
func (m *marked) hasRoom(bytes int) bool { return *m.left >= markupLeft(bytes) && *m.left > 0 }

func (m *marked) text(s string) { m.out.WriteString(templ.EscapeString(s)) }

// blocks renders lines: quotes, headings, lists, and code between fences; the rest is running text.
func (m *marked) blocks(s string, depth int) {
	running := ""
	flush := func() {
		if text := strings.Trim(running, "\n"); text != "" {
			m.inline(text, 0)
		}
		running = ""
	}
	startsLine, fenced := true, true
	for s != "" {
		if startsLine && depth < 3 && m.hasRoom(0) {
			if rest, ok := m.block(s, depth, flush); ok {
				s = rest
				continue
			}
		}
		if fenced && m.hasRoom(0) && strings.HasPrefix(s, "```") {
			end := strings.Index(s[3:], "```")
			if end > 0 {
				flush()
				m.fence(s[3 : 3+end])
				s, startsLine = strings.CutPrefix(s[end+6:], "\n")
				continue
			}
			fenced = end == 0 // without an end here there is none further on
		}
		step := len(s)
		if n := strings.IndexByte(s, '\n'); n >= 0 {
			step = n + 1
		}
		if n := strings.Index(s[1:], "```"); n >= 0 && fenced {
			step = min(step, n+1)
		}
		running += s[:step]
		startsLine = strings.HasSuffix(running, "\n")
		s = s[step:]
	}
	flush()
}

// block renders what begins with the line that s begins with, if that is more than text, and returns what follows it.
func (m *marked) block(s string, depth int, flush func()) (rest string, ok bool) {
	line, after, _ := strings.Cut(s, "\n")
	switch {
	case strings.HasPrefix(s, ">>> "):
		flush()
		m.quote(s[4:], depth)
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
		m.quote(strings.Join(lines, "\n"), depth)
		return s, true
	case listItem(line) >= 0:
		flush()
		m.html(`<ul class="md-list">`)
		for n := listItem(line); n >= 0 && m.hasRoom(0); n = listItem(line) {
			m.html("<li>")
			m.inline(line[n:], 0)
			m.html("</li>")
			if s = after; s == "" {
				break
			}
			line, after, _ = strings.Cut(after, "\n")
		}
		m.html("</ul>")
		return s, true
	}
	for _, head := range []struct{ mark, class string }{{"# ", "md-h1"}, {"## ", "md-h2"}, {"### ", "md-h3"}, {"-# ", "md-small"}} {
		if text := strings.TrimPrefix(line, head.mark); text != line && strings.TrimSpace(text) != "" {
			flush()
			m.html(`<div class="` + head.class + `">`)
			m.inline(strings.TrimSpace(text), 0)
			m.html("</div>")
			return after, true
		}
	}
	return s, false
}

func isQuote(line string) bool { return line == ">" || strings.HasPrefix(line, "> ") }

// listItem is where the text of a list's item begins; -1 when the line is none.
func listItem(line string) int {
	text := strings.TrimLeft(line, " ")
	if len(text) > 2 && (text[0] == '-' || text[0] == '*') && text[1] == ' ' && strings.TrimSpace(text[2:]) != "" {
		return len(line) - len(text) + 2
	}
	return -1
}

func (m *marked) quote(s string, depth int) {
	m.html("<blockquote>")
	m.blocks(s, depth+1)
	m.html("</blockquote>")
}

// fence renders code; its first word is the language when nothing else stands on that line.
func (m *marked) fence(code string) {
	if lang, body, ok := strings.Cut(code, "\n"); ok && strings.TrimSpace(body) != "" && isLanguage(lang) {
		code = body
	}
	m.html(`<pre class="md-code"><code>`)
	m.text(strings.Trim(code, "\n"))
	m.html("</code></pre>")
}

func isLanguage(s string) bool {
	return len(s) <= 20 && strings.IndexFunc(s, func(r rune) bool {
		return !(r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("+-#._", r))
	}) < 0
}

// pairs are the marks that stand on both sides of a text, longer ones first.
var pairs = []struct{ mark, open, close string }{
	{"***", "<strong><em>", "</em></strong>"}, {"**", "<strong>", "</strong>"}, {"__", "<u>", "</u>"},
	{"*", "<em>", "</em>"}, {"_", "<em>", "</em>"}, {"~~", "<s>", "</s>"}, {"||", "", "</span></details>"},
}

// inline renders running text.
func (m *marked) inline(s string, depth int) {
	text := 0 // what came since is text
	flush := func(end int) { m.text(s[text:end]) }
	hopeless := map[string]bool{} // marks without a second one further on: looked for once
	for i := 0; i < len(s); {
		n := 0 // how much of s is rendered
		switch c := s[i]; {
		case !m.hasRoom(0): // the rest is text
			m.text(s[text:])
			return
		case c == '\\' && i+1 < len(s) && strings.IndexByte("\\`*_~|<>[]()#-.!:@", s[i+1]) >= 0:
			flush(i)
			text, i = i+1, i+2
			continue
		case c == '\n':
			flush(i)
			m.html("<br>")
			n = 1
		case c == '`':
			n = m.code(s, i, flush, hopeless)
		case strings.IndexByte("*_~|", c) >= 0 && depth < maxNesting:
			n = m.pair(s, i, depth, flush, hopeless)
		case c == '<':
			n = m.tag(s, i, flush)
		case c == '[' && depth < maxNesting:
			n = m.masked(s, i, flush)
		case c == 'h' && (i == 0 || !isWord(before(s, i))):
			n = m.address(s, i, flush)
		case c == '@':
			n = m.everyone(s, i, flush)
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

// pair renders a text between two marks, if s[i:] begins with one: bold, italics, underlined, struck out, or hidden.
func (m *marked) pair(s string, i, depth int, flush func(int), hopeless map[string]bool) int {
	for _, pair := range pairs {
		if !strings.HasPrefix(s[i:], pair.mark) || hopeless[pair.mark] {
			continue
		}
		start := i + len(pair.mark)
		end := closing(s, start, pair.mark)
		if end < 0 {
			hopeless[pair.mark] = end == -1
			continue
		}
		flush(i)
		if pair.mark == "||" {
			m.html(`<details class="spoiler"><summary>`)
			m.text(m.page.T("transcript.spoiler"))
			m.html("</summary><span>")
		} else {
			m.html(pair.open)
		}
		m.inline(s[start:end], depth+1)
		m.html(pair.close)
		return end + len(pair.mark) - i
	}
	return 0
}

// closing is where the second mark stands; -1 when there is none from start on, -2 when there may be one for a later start.
func closing(s string, start int, mark string) int {
	single := len(mark) == 1
	if start >= len(s) {
		return -1
	}
	if (mark == "_" || mark == "__") && isWord(before(s, start-len(mark))) || single && isSpace(s[start]) {
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
		case single && (isSpace(s[end-1]) || from < len(s) && s[from] == mark[0]):
			for from < len(s) && s[from] == mark[0] { // part of a longer mark
				from++
			}
		case mark[0] == '_' && from < len(s) && isWord(after(s, from)):
		default:
			for len(mark) < 3 && from < len(s) && s[from] == mark[0] { // the last of a run closes: ***a***
				end, from = end+1, from+1
			}
			return end
		}
	}
	return -1
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func before(s string, i int) rune {
	if i <= 0 {
		return ' '
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return r
}

func after(s string, i int) rune {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r
}

// code renders what stands between backticks, as it is.
func (m *marked) code(s string, i int, flush func(int), hopeless map[string]bool) int {
	mark := "`"
	if strings.HasPrefix(s[i:], "``") {
		mark = "``"
	}
	if hopeless[mark] {
		return 0
	}
	start := i + len(mark)
	end := strings.Index(s[start:], mark)
	if end < 0 {
		hopeless[mark] = true
		return 0
	}
	if end == 0 {
		return 0
	}
	flush(i)
	m.html("<code>")
	m.text(s[start : start+end])
	m.html("</code>")
	return end + 2*len(mark)
}

// The longest address, and the longest text that may stand for one, in bytes.
const (
	maxTag   = 2000
	maxLabel = 500
)

// tag renders what Discord writes between < and >: mentions, emoji, times, addresses without a preview.
func (m *marked) tag(s string, i int, flush func(int)) int {
	end := strings.IndexAny(s[i+1:min(len(s), i+maxTag)], ">\n ")
	if end < 0 || s[i+1+end] != '>' {
		return 0
	}
	body := s[i+1 : i+1+end]
	mention := func(sign, id, now string) int {
		if !IsSnowflake(id) {
			return 0
		}
		name := templ.EscapeString(sign + or(shorten(or(m.names[id], now), 100), id))
		if !m.hasRoom(len(name)) {
			return 0
		}
		flush(i)
		m.html(`<span class="mention">` + name + "</span>")
		return end + 2
	}
	switch {
	case strings.HasPrefix(body, "@&"):
		role, _ := m.page.Names.Role(body[2:])
		return mention("@", body[2:], role.Name)
	case strings.HasPrefix(body, "@!"):
		return mention("@", body[2:], "")
	case strings.HasPrefix(body, "@"):
		return mention("@", body[1:], "")
	case strings.HasPrefix(body, "#"):
		channel, _ := m.page.Names.Channel(body[1:])
		return mention("#", body[1:], channel.Name)
	case strings.HasPrefix(body, "t:"):
		return m.moment(body[2:], i, end, flush)
	case strings.HasPrefix(body, ":"), strings.HasPrefix(body, "a:"):
		name, id, ok := strings.Cut(body[strings.IndexByte(body, ':')+1:], ":")
		if !ok || name == "" || !IsSnowflake(id) || !isLanguage(name[:min(20, len(name))]) {
			return 0
		}
		flush(i)
		m.html(`<span class="emoji">`)
		m.text(":" + name + ":")
		m.html("</span>")
		return end + 2
	case isAddress(body) && m.hasRoom(2*len(body)):
		flush(i)
		m.link(body, body)
		return end + 2
	}
	return 0
}

// moment renders Discord's <t:1700000000:R>; the style is left aside, since the text must not depend on now.
func (m *marked) moment(body string, i, end int, flush func(int)) int {
	seconds, style, _ := strings.Cut(body, ":")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	const year1, year9999 = -62135596800, 253402300799
	if err != nil || unix < year1 || unix > year9999 || len(style) > 1 {
		return 0
	}
	at := time.Unix(unix, 0).UTC()
	flush(i)
	m.html(`<time datetime="` + templ.EscapeString(iso(at)) + `">`)
	m.text(m.page.absolute(at))
	m.html("</time>")
	return end + 2
}

// masked renders [text](https://…).
func (m *marked) masked(s string, i int, flush func(int)) int {
	middle := strings.Index(s[i:min(len(s), i+maxLabel)], "](")
	if middle < 0 {
		return 0
	}
	text, rest := s[i+1:i+middle], s[i+middle+2:]
	end := strings.IndexAny(rest[:min(len(rest), maxTag)], ") \n")
	if end < 0 || rest[end] != ')' || text == "" || strings.ContainsAny(text, "[\n") {
		return 0
	}
	address := strings.TrimSuffix(strings.TrimPrefix(rest[:end], "<"), ">")
	if !isAddress(address) || !m.hasRoom(2*len(address)) {
		return 0
	}
	flush(i)
	m.open(address)
	m.text(text) // as it is: no link may stand in a link
	m.html("</a>")
	return middle + 2 + end + 1
}

// address renders a bare address, without the punctuation of the sentence around it.
func (m *marked) address(s string, i int, flush func(int)) int {
	if !strings.HasPrefix(s[i:], "http://") && !strings.HasPrefix(s[i:], "https://") {
		return 0
	}
	end := len(s)
	if n := strings.IndexAny(s[i:], " \n<>\"`|"); n >= 0 {
		end = i + n
	}
	end = i + len(strings.TrimRight(s[i:end], ".,;:!?'*_~)"))
	if end-i > maxTag || !isAddress(s[i:end]) || !m.hasRoom(2*(end-i)) {
		return 0
	}
	flush(i)
	m.link(s[i:end], s[i:end])
	return end - i
}

// isAddress tells whether a browser may be sent there.
func isAddress(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	return ok && rest != "" && isWord(after(rest, 0)) && !strings.ContainsAny(s, " \n\"<>`\\") && readable(s) == s
}

func (m *marked) link(address, text string) {
	m.open(address)
	m.text(text)
	m.html("</a>")
}

func (m *marked) open(address string) {
	address = templ.EscapeString(address)
	m.html(`<a href="` + address + `" title="` + address + `" rel="noreferrer nofollow ugc" target="_blank">`)
}

func (m *marked) everyone(s string, i int, flush func(int)) int {
	for _, all := range []string{"@everyone", "@here"} {
		if strings.HasPrefix(s[i:], all) {
			flush(i)
			m.html(`<span class="mention">` + all + "</span>")
			return len(all)
		}
	}
	return 0
}
