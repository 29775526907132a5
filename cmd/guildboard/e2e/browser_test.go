//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"guildboard/cmd/internal/browsers"
)

// browser is the one Chromium of the run.
func browser(t testing.TB) context.Context {
	t.Helper()
	return engineOf(t, browsers.Chromium).(*browsers.ChromiumBrowser).Context
}

// A reader is a person at a browser of their own: nobody else's cookies.
type reader struct {
	t      testing.TB
	origin string
	ctx    context.Context // of the first tab; the others are its children
	first  *tab            // not yet handed out; nil after
}

// newReader is somebody who is not signed in.
func newReader(t testing.TB, origin string) *reader {
	t.Helper()
	r := &reader{t: t, origin: origin}
	r.first = r.open(browser(t), chromedp.WithNewBrowserContext())
	r.ctx = r.first.ctx
	return r
}

// newMember is somebody who is signed in to the demo.
func newMember(t testing.TB, origin string) *reader {
	t.Helper()
	r := newReader(t, origin)
	r.signIn()
	return r
}

// signIn follows the button of the sign-in page, which leads through Discord or, in the demo, straight back.
func (r *reader) signIn() {
	r.t.Helper()
	first := r.first
	first.visit("/login")
	first.click("#sign-in")
	first.until("one is signed in", `location.pathname === '/guilds' && document.readyState === 'complete'`)
}

// comeBy has a reader come to the site by another address. Cookies do not know ports, so they stay signed in.
func (r *reader) comeBy(origin string) {
	r.origin = origin
	if r.first != nil {
		r.first.origin = origin
	}
}

// window opens a page in a window, which is seen beside all others.
func (r *reader) window(path string) *tab {
	r.t.Helper()
	if b := r.first; b != nil {
		r.first = nil
		b.visit(path)
		return b
	}
	b := r.open(r.ctx)
	b.visit(path)
	return b
}

// tabBeside opens a page in a tab of the newest window, in front of the others there.
func (r *reader) tabBeside(path string) *tab {
	r.t.Helper()
	b := r.open(r.ctx, chromedp.WithNewWindow(false))
	b.visit(path)
	return b
}

// behind opens a page in a tab that nobody sees, behind the one that is in front.
func (r *reader) behind(path string) *tab {
	r.t.Helper()
	b := r.open(r.ctx, chromedp.WithTargetID(r.createBehind()))
	b.visit(path)
	b.hidden()
	return b
}

func (r *reader) createBehind() target.ID {
	r.t.Helper()
	yes, no := true, false
	made, err := chromedp.CallBrowser(r.ctx, target.CreateTarget, target.CreateTargetParams{
		URL: "about:blank", BrowserContextID: chromedp.FromContext(r.ctx).BrowserContextID, Background: &yes, NewWindow: &no,
	})
	must(r.t, err)
	return made.TargetID
}

// A tab shows one page at a time.
type tab struct {
	t      testing.TB
	origin string
	ctx    context.Context
	keys   bool // whoever is at it has a keyboard and nothing else

	mu       sync.Mutex
	problems []string // what the console complained of
}

// open opens an empty tab, which is closed at the end of the test.
func (r *reader) open(parent context.Context, options ...chromedp.ContextOption) *tab {
	r.t.Helper()
	b := &tab{t: r.t, origin: r.origin}
	ctx, closeTab := chromedp.NewContext(parent, append(options, chromedp.WithListener(b.hear))...)
	b.ctx = ctx
	r.t.Cleanup(closeTab)
	r.t.Cleanup(func() {
		if r.t.Failed() {
			r.t.Logf("a tab at the end: %s", b.state())
		}
	})
	must(r.t, chromedp.Do(ctx))
	call(b, log.Enable, cdp.Empty{})
	b.atStart(recorder)
	return b
}

// recorder notes what pages go through, in window.seen.
const recorder = `{
	const seen = window.seen = { frames: 0, shift: 0, shifts: [] };
	document.addEventListener('htmx:sse:after:message', e => { if (!e.detail.message.event) seen.frames++; });
	document.addEventListener('securitypolicyviolation', e => console.error('policy:', e.violatedDirective, e.blockedURI));
	new PerformanceObserver(list => {
		for (const e of list.getEntries()) if (!e.hadRecentInput) {
			seen.shift += e.value;
			seen.shifts.push(...e.sources.map(s => (s.node?.id || s.node?.className || s.node?.nodeName) + ' ' + JSON.stringify(s.previousRect) + ' → ' + JSON.stringify(s.currentRect)));
		}
	}).observe({ type: 'layout-shift', buffered: true });
}`

// atStart runs a script in every document before its own.
func (b *tab) atStart(script string) {
	b.t.Helper()
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// hear notes complaints.
func (b *tab) hear(event any) {
	var problem string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			problem = fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		problem = "exception: " + e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			problem += " " + x.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			words := []string{"console:"}
			for _, arg := range e.Args {
				words = append(words, strings.Trim(string(arg.Value), `"`)+arg.Description)
			}
			problem = strings.Join(words, " ")
		}
	}
	if problem != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.problems = append(b.problems, problem)
	}
}

// complaints are what the console complained of since the last call.
func (b *tab) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.problems
	b.problems = nil
	return all
}

// opTime bounds one thing that is asked of the browser.
const opTime = 40 * time.Second

// do has the browser do something that must not fail.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, opTime)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("the browser: %v", err)
	}
}

// call sends a command of the debugger protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, opTime)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// js evaluates an expression in the page; a promise is awaited.
func js[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := try[T](b, expression)
	if err != nil {
		b.t.Fatalf("evaluating %s: %v", expression, err)
	}
	return v
}

func try[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, opTime)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// run evaluates for the effect.
func (b *tab) run(expression string) {
	b.t.Helper()
	js[chromedp.Void](b, expression)
}

// quoted is a string as JavaScript writes it.
func quoted(s string) string {
	raw, _ := json.Marshal(s) // strings always encode
	return string(raw)
}

// until waits for an expression of the page to be true.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	b.within(patience, what, expression)
}

func (b *tab) within(limit time.Duration, what, expression string) {
	b.t.Helper()
	within(b.t, limit, what, func() (bool, string) {
		ok, err := try[bool](b, "!!("+expression+")")
		if err == nil && ok {
			return true, ""
		}
		return false, fmt.Sprintf("%s is not; %s (%v)", expression, b.state(), err)
	})
}

// state says where the tab is, for whoever reads why a test failed.
func (b *tab) state() string {
	s, err := try[string](b, `[location.href, document.readyState, 'hidden=' + document.hidden, 'mark=' + document.documentElement.dataset.live,
		document.getElementById('live-status')?.textContent, 'version=' + document.getElementById('live')?.dataset.version,
		'pill=' + (document.getElementById('pending-updates')?.hidden ? '' : document.getElementById('pending-updates')?.textContent), JSON.stringify(window.seen)].join(' | ')`)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err.Error()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.problems) > 0 {
		s += "\nconsole: " + strings.Join(b.problems, "\n\t")
	}
	return s
}

// visit goes to a page of the site and waits until it is loaded.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.origin + path))
}

// visitLive goes to a page that has a live region and waits until it is live.
func (b *tab) visitLive(path string) {
	b.t.Helper()
	b.visit(path)
	b.live()
}

// live waits until the page says that it is.
func (b *tab) live() {
	b.t.Helper()
	b.says("live")
}

// says waits for the mark to be in a state, in words too.
func (b *tab) says(state string) {
	b.t.Helper()
	b.until("the mark says "+state, fmt.Sprintf(`document.documentElement.dataset.live === %q && (() => {
		const mark = document.getElementById('live-status'), [before, after] = mark.dataset[%[1]q].split('{time}');
		return mark.textContent.startsWith(before) && mark.textContent.endsWith(after ?? '');
	})()`, state))
}

func (b *tab) click(selector string) {
	b.t.Helper()
	if b.keys {
		b.reach(selector)
		b.press("\r")
		return
	}
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// types puts a text into a field, for what is there.
func (b *tab) types(selector, text string) {
	b.t.Helper()
	if b.keys {
		b.reach(selector) // which marks what is in it
		b.press(text)
		return
	}
	b.has(selector)
	b.run(`document.querySelector(` + quoted(selector) + `).value = ''`)
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// stops is how often Tab may be pressed until it is clear that it leads nowhere.
const stops = 400

// reach presses Tab until the keyboard is at an element, which can then be seen to have it.
func (b *tab) reach(selector string) {
	b.t.Helper()
	b.has(selector)
	is := fmt.Sprintf(`!!document.activeElement?.matches(%s)`, quoted(selector))
	for range stops {
		if js[bool](b, is) {
			b.until("it can be seen where the keyboard is", `(() => {
				const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
				return e.matches(':focus-visible') && style.outlineStyle !== 'none' && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
			})()`)
			return
		}
		b.press("\t")
	}
	b.t.Fatalf("the Tab key does not lead to %s, %s", selector, b.state())
}

// press presses keys one after another.
func (b *tab) press(keys string) {
	b.t.Helper()
	for _, key := range keys {
		if key < ' ' { // Tab, Enter, Escape
			b.do(chromedp.KeyEvent(string(key)))
			continue
		}
		// A letter comes with its key, as from a keyboard: a page that keeps the key keeps the letter.
		letter := string(key)
		call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: letter, Text: letter})
		call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: letter})
	}
}

// front brings the tab to the front of its window, which hides the others there.
func (b *tab) front() {
	b.t.Helper()
	call(b, page.BringToFront, cdp.Empty{})
}

// hidden waits until nobody can see the tab.
func (b *tab) hidden() {
	b.t.Helper()
	b.until("the tab is hidden", `document.hidden && document.visibilityState === 'hidden'`)
}

// has waits for an element.
func (b *tab) has(selector string) {
	b.t.Helper()
	b.until("there is "+selector, fmt.Sprintf(`document.querySelector(%s)`, quoted(selector)))
}

// text waits until an element's text is as wanted; white space counts as one space.
func (b *tab) text(selector, want string) {
	b.t.Helper()
	b.until(selector+" reads "+want, fmt.Sprintf(`%s === %s`, textOf(selector), quoted(want)))
}

// textOf is the expression of an element's text.
func textOf(selector string) string {
	return fmt.Sprintf(`(document.querySelector(%s)?.textContent ?? '').replace(/\s+/g, ' ').trim()`, quoted(selector))
}

// asFresh waits until the live region is, element for element, what a fresh page shows.
func (b *tab) asFresh() {
	b.t.Helper()
	eventually(b.t, "the live region is what a fresh page shows", func() (bool, string) {
		diff, err := try[string](b, differsFromFresh)
		return err == nil && diff == "", fmt.Sprint(diff, err)
	})
}

// differsFromFresh fetches the page again and compares. The order of attributes does not count, nor does what scripts
// write: the words of times, htmx's own marks, and that oneself is not among those who look.
const differsFromFresh = `(async () => {
	const plain = region => [region, ...region.querySelectorAll('*')].map(e => {
		const attributes = [...e.attributes].filter(a => !a.name.startsWith('data-htmx') && a.name !== 'open' && a.name !== 'class' &&
			!(a.name === 'hidden' && e.closest('.viewers')));
		const words = e.localName === 'time' ? [] : [...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE).map(n => n.data.trim());
		return [e.localName, ...[...e.classList].filter(c => !c.startsWith('htmx-')).map(c => '.' + c),
			...attributes.filter(a => e.localName !== 'time' || a.name !== 'title').map(a => a.name + '=' + a.value).sort(), ...words].join(' ');
	});
	const answer = await fetch(location.href);
	const fresh = plain(new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live'));
	const here = plain(document.getElementById('live'));
	for (let i = 0; i < Math.max(fresh.length, here.length); i++)
		if (fresh[i] !== here[i]) return 'line ' + i + '\nhere:  ' + here[i] + '\nfresh: ' + fresh[i];
	return '';
})()`

// version is what the region says it shows.
func (b *tab) version() string {
	b.t.Helper()
	return js[string](b, `document.getElementById('live').dataset.version`)
}

// frames counts the frames that the page has let in or held.
func (b *tab) frames() int {
	b.t.Helper()
	return js[int](b, `window.seen.frames`)
}
