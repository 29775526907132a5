package markdown

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guildboard/views/text"
	"guildboard/views/viewstest"
)

func readerOf(l text.Locale) Reader { return Reader{Locale: l, Zone: time.UTC} }

func TestMarkdownMatchesDiscord(t *testing.T) {
	link := func(address string) string {
		return `<a href="` + address + `" title="` + address + `" rel="noreferrer nofollow ugc" target="_blank">`
	}
	names := map[string]string{"20": "Bea <3", "30": "helpers", "40": "lobby"}
	for source, want := range map[string]string{
		"":                                  "",
		"plain & <b>bold</b>":               "plain &amp; &lt;b&gt;bold&lt;/b&gt;",
		"*a* _b_ **c** __d__ ~~e~~ ***f***": "<em>a</em> <em>b</em> <strong>c</strong> <u>d</u> <s>e</s> <strong><em>f</em></strong>",
		"**a *b* c**":                       "<strong>a <em>b</em> c</strong>",
		"*a **b** c*":                       "<em>a <strong>b</strong> c</em>",
		"__**a**__":                         "<u><strong>a</strong></u>",
		"snake_case_name and 2*3*4 = 24":    "snake_case_name and 2<em>3</em>4 = 24",
		"2 * 3 * 4":                         "2 * 3 * 4",
		"**open":                            "**open",
		"****":                              "****",
		`\*not\* \\ \<@20> \q`:              `*not* \ &lt;@20&gt; \q`,
		"a\nb":                              "a<br>b",
		"`*a* <b>` ``a ` b``":               "<code>*a* &lt;b&gt;</code> <code>a ` b</code>",
		"`open":                             "`open",
		"```go\nx := \"<b>\"\n```":          `<pre class="md-code"><code>x := &#34;&lt;b&gt;&#34;</code></pre>`,
		"```one line```after":               `<pre class="md-code"><code>one line</code></pre>after`,
		"```\n> no quote\n# no head\n```":   "<pre class=\"md-code\"><code>&gt; no quote\n# no head</code></pre>",
		"```open":                           "```open",
		"``````":                            "``````",
		"before\n```a```\nafter":            `before<pre class="md-code"><code>a</code></pre>after`,
		"> a\n> *b*\nc":                     "<blockquote>a<br><em>b</em></blockquote>c",
		">>> a\nb":                          "<blockquote>a<br>b</blockquote>",
		"a > b\n>c":                         "a &gt; b<br>&gt;c",
		"> > a":                             "<blockquote><blockquote>a</blockquote></blockquote>",
		"# A\n## *B*\n### C\n-# d\n#e":      `<div class="md-h1">A</div><div class="md-h2"><em>B</em></div><div class="md-h3">C</div><div class="md-small">d</div>#e`,
		"- a\n- **b**\n  - c\nd":            `<ul class="md-list"><li>a</li><li><strong>b</strong><ul class="md-list"><li>c</li></ul></li></ul>d`,
		"- a\n   - b\n    - c\n  - d\n- e": `<ul class="md-list"><li>a<ul class="md-list"><li>b<ul class="md-list"><li>c</li></ul></li>` +
			`<li>d</li></ul></li><li>e</li></ul>`,
		"</ticket open:60> </:60> </x:y> <id:customize> <id:guide> <id:none>": `<span class="mention">/ticket open</span> ` +
			`&lt;/:60&gt; &lt;/x:y&gt; <span class="mention">Channels &amp; Roles</span> <span class="mention">Server Guide</span> &lt;id:none&gt;`,
		"||a *b*||": `<details class="spoiler"><summary>Spoiler</summary><span>a <em>b</em></span></details>`,
		"<@20> <@!20> <@&30> <#40> <@50>": `<span class="mention">@Bea &lt;3</span> <span class="mention">@Bea &lt;3</span> ` +
			`<span class="mention">@helpers</span> <span class="mention">#lobby</span> <span class="mention">@50</span>`,
		"<@x> <@> <#1 2>":                  "&lt;@x&gt; &lt;@&gt; &lt;#1 2&gt;",
		"@everyone and @here, not @you":    `<span class="mention">@everyone</span> and <span class="mention">@here</span>, not @you`,
		"<:smile:123> <a:wave:456> <:x:y>": `<span class="emoji">:smile:</span> <span class="emoji">:wave:</span> &lt;:x:y&gt;`,
		"<t:1772366400:R> <t:x> <t:1:>": `<time datetime="2026-03-01T12:00:00.000Z" data-timestamp="R">1 Mar 2026, 12:00 UTC</time> ` +
			`&lt;t:x&gt; &lt;t:1:&gt;`,
		"<t:1772366400> <t:1772366400:D>": `<time datetime="2026-03-01T12:00:00.000Z" data-timestamp="f">1 Mar 2026, 12:00 UTC</time> ` +
			`<time datetime="2026-03-01T12:00:00.000Z" data-timestamp="D">1 March 2026</time>`,
		"<t:1772366400:F> <t:1772366400:x>": `<time datetime="2026-03-01T12:00:00.000Z" data-timestamp="F">` +
			`Sunday, 1 March 2026, 12:00 UTC</time> &lt;t:1772366400:x&gt;`,
		"see https://example.com/a_b_c?x=1&y=%20, ok": "see " + link("https://example.com/a_b_c?x=1&amp;y=%20") +
			"https://example.com/a_b_c?x=1&amp;y=%20</a>, ok",
		"<https://example.com/>":                       link("https://example.com/") + "https://example.com/</a>",
		"[*the* docs](https://example.com/x)":          link("https://example.com/x") + "*the* docs</a>",
		"[a](javascript:alert(1)) javascript:alert(1)": "[a](javascript:alert(1)) javascript:alert(1)",
		"[a](https://e.x/\" onclick=\"x)":              "[a](" + link("https://e.x/") + "https://e.x/</a>&#34; onclick=&#34;x)",
		"https://e.x/a_(b) (https://e.x/c) (see https://e.x/d(e).)": link("https://e.x/a_(b)") + "https://e.x/a_(b)</a> (" +
			link("https://e.x/c") + "https://e.x/c</a>) (see " + link("https://e.x/d(e)") + "https://e.x/d(e)</a>.)",
		"https://e.x/why? https://e.x/wow! https://e.x/~": link("https://e.x/why?") + "https://e.x/why?</a> " +
			link("https://e.x/wow!") + "https://e.x/wow!</a> " + link("https://e.x/~") + "https://e.x/~</a>",
		"[a](https://e.x/b_(c))!":                link("https://e.x/b_(c)") + "a</a>!",
		`[a](https://e.x/b "a (title)") c`:       link("https://e.x/b") + "a</a> c",
		`[a](<https://e.x/b)c> 'title') d`:       link("https://e.x/b)c") + "a</a> d",
		`[a](https://e.x/b "open) c`:             `[a](` + link("https://e.x/b") + `https://e.x/b</a> &#34;open) c`,
		"xhttps://example.com https://":          "xhttps://example.com https://",
		"**https://example.com**":                "<strong>" + link("https://example.com") + "https://example.com</a></strong>",
		"\u202egnp.exe\u2066 \x00\x1b[31m\ufffd": "gnp.exe [31m",
	} {
		if got := markdownHTML(readerOf(text.English), source, names, new(Budget(MaxBytes))); got != want {
			t.Errorf("markdownHTML(%q) =\n%s, want\n%s", source, got, want)
		}
	}
	got := markdownHTML(readerOf(text.Vietnamese), "||a||", nil, new(Budget(MaxBytes)))
	if !strings.Contains(got, "<summary>Nội dung ẩn</summary>") {
		t.Error(got)
	}
}

func TestTextHidesSpoilersAndMarkup(t *testing.T) {
	r := readerOf(text.English)
	for source, want := range map[string]string{
		"":                                      "",
		"a & <b> \"c\"":                         `a & <b> "c"`,
		"__5513__ **b** `c` ~~d~~":              "5513 b c d",
		"x ||secret ||inner|| more|| y":         "x [Spoiler]inner[Spoiler] y",
		"||a **b** <@20>|| z":                   "[Spoiler] z",
		"<@20> in <#40> at <t:1772366400:D>":    "@Bea > in #lobby at 1 March 2026",
		"# Head\n- a\n- b\n> q\nend":            "Head\n\na\nb\n\nq\nend",
		"[docs](https://e.x/) https://e.x/?a=1": "docs https://e.x/?a=1",
		"```\ncode <i>\n```after":               "code <i>\nafter",
	} {
		if got := Text(r, source, map[string]string{"20": "Bea >", "40": "lobby"}); got != want {
			t.Errorf("Text(%q) = %q, want %q", source, got, want)
		}
	}
}

// The only elements and attributes that markdown may produce; text of members can add no others.
var (
	allowedTags = []string{
		"a", "blockquote", "br", "code", "details", "div", "em", "li", "pre", "s", "span", "strong", "summary", "time", "u", "ul",
	}
	allowedAttributes = []string{"class", "data-timestamp", "datetime", "href", "rel", "target", "title"}
)

func checkMarkdownHTML(t *testing.T, source string) {
	t.Helper()
	out := markdownHTML(readerOf(text.English), source, map[string]string{"1": source}, new(Budget(MaxBytes)))
	z := html.NewTokenizer(strings.NewReader(out))
	var openTags []string
	for {
		kind := z.Next()
		token := z.Token()
		switch kind {
		case html.ErrorToken:
			if len(openTags) > 0 {
				t.Errorf("%q: unclosed elements %v:\n%s", source, openTags, out)
			}
			return
		case html.StartTagToken:
			if !slices.Contains(allowedTags, token.Data) {
				t.Fatalf("%q: element <%s> is not allowed:\n%s", source, token.Data, out)
			}
			for _, a := range token.Attr {
				if !slices.Contains(allowedAttributes, a.Key) ||
					a.Key == "href" && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "http://") {
					t.Fatalf("%q: attribute %s=%q is not allowed:\n%s", source, a.Key, a.Val, out)
				}
			}
			if token.Data != "br" {
				openTags = append(openTags, token.Data)
			}
		case html.EndTagToken:
			if len(openTags) == 0 || openTags[len(openTags)-1] != token.Data {
				t.Fatalf("%q: </%s> closes none of %v:\n%s", source, token.Data, openTags, out)
			}
			openTags = openTags[:len(openTags)-1]
		case html.CommentToken, html.DoctypeToken, html.SelfClosingTagToken:
			t.Fatalf("%q: unexpected token %v:\n%s", source, token, out)
		}
	}
}

func TestMarkdownEscapesHTML(t *testing.T) {
	for _, source := range viewstest.HostileTexts {
		for _, around := range []string{"%", "**%**", "||%||", "> %", "```%```", "`%`", "[%](https://e.x/%)", "<@1>%", "<%>",
			"# %", "https://e.x/%", "<:%:1>", "[x](%)"} {
			checkMarkdownHTML(t, strings.ReplaceAll(around, "%", source))
		}
	}
}

// TestMarkdownMarkupIsBounded checks that the HTML of dense markup is limited and keeps the whole text.
func TestMarkdownMarkupIsBounded(t *testing.T) {
	const most = 5*maxMarkdownRunes + MaxBytes + 2*MaxURLBytes*5
	name := strings.Repeat("&", 200)
	for _, dense := range []string{
		"||a||", "*a*", "**a**", "__a__", "~~a~~ ", "`a`", "a\n", "<@1>", "<@&2>", "<#3>", "<:a:1>", "@here", "<t:1>",
		"http://a ", "[a](http://a)", "> \n", "- a\n",
		"# a\n", "```a```", "> - # a\n", "||*a*||", "||**`a`**||", "\"", "https://a/" + strings.Repeat("&", 1900) + " ",
		"[a](https://a/" + strings.Repeat("'", 400) + ")",
	} {
		source := strings.Repeat(dense, 2*maxMarkdownRunes/len(dense))
		out := markdownHTML(readerOf(text.English), source, map[string]string{"1": name, "2": name, "3": name}, new(Budget(MaxBytes)))
		if len(out) > most {
			t.Errorf("%d characters of %.20q: %d bytes of HTML, want at most %d",
				maxMarkdownRunes, dense, len(out), most)
		}
		checkMarkdownHTML(t, source)
	}
	spoilers := markdownHTML(readerOf(text.English), strings.Repeat("||a|| ", 600), nil, new(Budget(MaxBytes)))
	if got := strings.Count(spoilers, "<details") + strings.Count(spoilers, "||a||"); got != 600 {
		t.Errorf("shown spoilers = %d, want 600", got)
	}
	left := Budget(MaxBytes)
	for range 20 {
		markdownHTML(readerOf(text.English), strings.Repeat("||a||", 800), nil, &left)
	}
	if left < -200 {
		t.Errorf("texts with a shared budget exceed it by %d bytes, want at most 200", -left)
	}
}

// TestDeeplyNestedMarkdownTerminates checks that rendering time is linear in the length, because a page shows a hundred
// texts. The texts are fifty times as long as Discord allows, so with quadratic time the test would time out.
func TestDeeplyNestedMarkdownTerminates(t *testing.T) {
	for _, nested := range []string{
		"*a", "**a", "_a ", "||a", "~~", "`", "``a", "```", "```a", "[", "[a](", "[a](https://", "<", "<@", "<@1", "<t:", "https://",
		"> ", ">>> ", "- ", "# ", "*a**b_c__d~~e||",
		"\\", "@everyone", "***", "* ", "_*_*", "((((", "***a", "*_~|`<[>",
	} {
		rendered := make(chan struct{})
		go func() {
			defer close(rendered)
			markdownHTML(readerOf(text.English), strings.Repeat(nested, 200_000/len(nested)), nil, new(Budget(1<<30)))
		}()
		select {
		case <-rendered:
			checkMarkdownHTML(t, strings.Repeat(nested, 8000/len(nested)))
		case <-time.After(5 * time.Minute):
			t.Fatalf("timeout rendering %q", nested)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, source := range viewstest.HostileTexts[:11] {
		f.Add(source)
	}
	f.Add("> **a** ||`b`||\n```go\nc```\n- [d](https://e.x) <@1> <t:1:R> <:e:2>\n# f\n>>> g")
	f.Fuzz(checkMarkdownHTML)
}
