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

// chromium returns the context of the Chromium that all tests share.
func chromium(t testing.TB) context.Context {
	t.Helper()
	return startBrowser(t, browsers.Chromium).(*browsers.ChromiumBrowser).Context
}

// A browserUser is a user with an isolated browser context, so cookies are not shared with other users.
type browserUser struct {
	t        testing.TB
	origin   string
	ctx      context.Context // context of the first tab, parent of the others
	firstTab *tab            // nil after openWindow has returned it
}

// newBrowserUser returns a visitor without a session.
func newBrowserUser(t testing.TB, origin string) *browserUser {
	t.Helper()
	r := &browserUser{t: t, origin: origin}
	r.firstTab = r.newTab(chromium(t), chromedp.WithNewBrowserContext())
	r.ctx = r.firstTab.ctx
	return r
}

// newSignedInUser returns a user who is signed in to the demo.
func newSignedInUser(t testing.TB, origin string) *browserUser {
	t.Helper()
	r := newBrowserUser(t, origin)
	r.signIn()
	return r
}

// signIn clicks the button of the sign-in page. It redirects through Discord, or straight back in the demo.
func (r *browserUser) signIn() {
	r.t.Helper()
	first := r.firstTab
	first.visit("/login")
	first.click("#sign-in")
	first.waitFor("the user is signed in", `location.pathname === '/' && document.readyState === 'complete'`)
}

// useOrigin makes the user visit the site at another address. Cookies ignore ports, so the user stays signed in.
func (r *browserUser) useOrigin(origin string) {
	r.origin = origin
	if r.firstTab != nil {
		r.firstTab.origin = origin
	}
}

// openWindow opens a page in a new window. All windows are visible.
func (r *browserUser) openWindow(path string) *tab {
	r.t.Helper()
	if b := r.firstTab; b != nil {
		r.firstTab = nil
		b.visit(path)
		return b
	}
	b := r.newTab(r.ctx)
	b.visit(path)
	return b
}

// openTab opens a page in a foreground tab of the newest window.
func (r *browserUser) openTab(path string) *tab {
	r.t.Helper()
	b := r.newTab(r.ctx, chromedp.WithNewWindow(false))
	b.visit(path)
	return b
}

// openBackgroundTab opens a page in a hidden tab of the newest window.
func (r *browserUser) openBackgroundTab(path string) *tab {
	r.t.Helper()
	b := r.newTab(r.ctx, chromedp.WithTargetID(r.createBackgroundTarget()))
	b.visit(path)
	b.waitHidden()
	return b
}

func (r *browserUser) createBackgroundTarget() target.ID {
	r.t.Helper()
	background, newWindow := true, false
	created, err := chromedp.CallBrowser(r.ctx, target.CreateTarget, target.CreateTargetParams{
		URL: "about:blank", BrowserContextID: chromedp.FromContext(r.ctx).BrowserContextID, Background: &background, NewWindow: &newWindow,
	})
	must(r.t, err)
	return created.TargetID
}

// A tab is a browser tab, with the console errors of its pages.
type tab struct {
	t              testing.TB
	origin         string
	ctx            context.Context
	isKeyboardOnly bool // actions use the keyboard, never the mouse

	mu            sync.Mutex
	consoleErrors []string // console errors and warnings since takeConsoleErrors
}

// newTab opens an empty tab and closes it at the end of the test.
func (r *browserUser) newTab(parent context.Context, options ...chromedp.ContextOption) *tab {
	r.t.Helper()
	b := &tab{t: r.t, origin: r.origin}
	ctx, closeTab := chromedp.NewContext(parent, append(options, chromedp.WithListener(b.recordConsole))...)
	b.ctx = ctx
	r.t.Cleanup(closeTab)
	r.t.Cleanup(func() {
		if r.t.Failed() {
			r.t.Logf("tab at the end of the test: %s", b.describe())
		}
	})
	must(r.t, chromedp.Do(ctx))
	callCDP(b, log.Enable, cdp.Empty{})
	b.addInitScript(recorderScript)
	return b
}

// recorderScript records live frames, layout shifts and other events of a page in window.seen. The first frame that is
// rendered is complete if all of <main> is there and times.js has written its times.
const recorderScript = `{
	const seen = window.seen = { frames: 0, shift: 0, shifts: [], firstFrameIsComplete: null };
	requestAnimationFrame(() => {
		seen.firstFrameIsComplete = !!document.querySelector('main ~ #toasts') &&
			[...document.querySelectorAll('main time[datetime]')].every(time => time.title);
	});
	document.addEventListener('htmx:sse:after:message', e => { if (!e.detail.message.event) seen.frames++; });
	document.addEventListener('securitypolicyviolation', e => console.error('policy:', e.violatedDirective, e.blockedURI));
	new PerformanceObserver(list => {
		for (const e of list.getEntries()) if (!e.hadRecentInput) {
			seen.shift += e.value;
			seen.shifts.push(...e.sources.map(s => (s.node?.id || s.node?.className || s.node?.nodeName) + ' ' +
				JSON.stringify(s.previousRect) + ' → ' + JSON.stringify(s.currentRect)));
		}
	}).observe({ type: 'layout-shift', buffered: true });
}`

// addInitScript adds a script that runs in every document before the document's own scripts.
func (b *tab) addInitScript(script string) {
	b.t.Helper()
	callCDP(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// recordConsole records console errors, warnings and uncaught exceptions.
func (b *tab) recordConsole(event any) {
	var message string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			message = fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		message = "exception: " + e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			message += " " + x.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			parts := []string{"console:"}
			for _, arg := range e.Args {
				parts = append(parts, strings.Trim(string(arg.Value), `"`)+arg.Description)
			}
			message = strings.Join(parts, " ")
		}
	}
	if message != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.consoleErrors = append(b.consoleErrors, message)
	}
}

// takeConsoleErrors returns the recorded console errors and clears them.
func (b *tab) takeConsoleErrors() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	messages := b.consoleErrors
	b.consoleErrors = nil
	return messages
}

// operationTimeout bounds one browser operation.
const operationTimeout = 40 * time.Second

// do runs browser steps and fails the test on an error.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, operationTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("browser: %v", err)
	}
}

// callCDP sends a command of the Chrome DevTools Protocol and returns its result.
func callCDP[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, operationTimeout)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// evaluate evaluates an expression in the page and returns its value. It awaits promises.
func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := tryEvaluate[T](b, expression)
	if err != nil {
		b.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return v
}

func tryEvaluate[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, operationTimeout)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// runScript evaluates an expression and discards its value.
func (b *tab) runScript(expression string) {
	b.t.Helper()
	evaluate[chromedp.Void](b, expression)
}

// quoteJS returns s as a JavaScript string literal.
func quoteJS(s string) string {
	raw, _ := json.Marshal(s) // strings always encode
	return string(raw)
}

// waitFor waits until an expression of the page is true. label describes the condition in failures.
func (b *tab) waitFor(label, expression string) {
	b.t.Helper()
	b.waitForWithin(defaultTimeout, label, expression)
}

func (b *tab) waitForWithin(limit time.Duration, label, expression string) {
	b.t.Helper()
	eventuallyWithin(b.t, limit, label, func() (bool, string) {
		ok, err := tryEvaluate[bool](b, "!!("+expression+")")
		if err == nil && ok {
			return true, ""
		}
		return false, fmt.Sprintf("%s is false; %s (%v)", expression, b.describe(), err)
	})
}

// describe returns the state of the tab for failure messages.
func (b *tab) describe() string {
	s, err := tryEvaluate[string](b, `[location.href, document.readyState,
		'hidden=' + document.hidden, 'mark=' + document.documentElement.dataset.live,
		document.getElementById('live-status')?.textContent, 'version=' + document.getElementById('live')?.dataset.version,
		'pill=' + (document.getElementById('pending-updates')?.hidden ? '' : document.getElementById('pending-updates')?.textContent),
		JSON.stringify(window.seen)].join(' | ')`)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err.Error()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.consoleErrors) > 0 {
		s += "\nconsole: " + strings.Join(b.consoleErrors, "\n\t")
	}
	return s
}

// visit opens a page of the site and waits until it is loaded.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.origin + path))
}

// visitLive opens a page that has a live region and waits until it is live.
func (b *tab) visitLive(path string) {
	b.t.Helper()
	b.visit(path)
	b.waitLive()
}

// waitLive waits until the page is live.
func (b *tab) waitLive() {
	b.t.Helper()
	b.waitForLiveStatus("live")
}

// waitForLiveStatus waits until the live status has a state, in its attribute and in its text.
func (b *tab) waitForLiveStatus(state string) {
	b.t.Helper()
	b.waitFor("the live status is "+state, fmt.Sprintf(`document.documentElement.dataset.live === %q && (() => {
		const mark = document.getElementById('live-status'), [before, after] = mark.dataset[%[1]q].split('{time}');
		return mark.textContent.startsWith(before) && mark.textContent.endsWith(after ?? '');
	})()`, state))
}

func (b *tab) click(selector string) {
	b.t.Helper()
	if b.isKeyboardOnly {
		b.focusByKeyboard(selector)
		key := "\r"
		if evaluate[bool](b, `document.activeElement.matches('[type=checkbox], [type=radio]')`) {
			key = " "
		}
		b.pressKeys(key)
		return
	}
	// The pointer comes from elsewhere, as a hand moves it: a control that has just appeared under a resting pointer
	// ignores clicks.
	callCDP(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: "mouseMoved", X: 1, Y: 1})
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// typeText replaces the text of a field.
func (b *tab) typeText(selector, text string) {
	b.t.Helper()
	if b.isKeyboardOnly {
		b.focusByKeyboard(selector) // which selects the old text
		b.pressKeys(text)
		return
	}
	b.waitForElement(selector)
	b.runScript(`document.querySelector(` + quoteJS(selector) + `).value = ''`)
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// maxTabStops is the number of Tab presses after which focusByKeyboard gives up.
const maxTabStops = 400

// focusByKeyboard presses Tab until an element has the focus, and waits until its focus indicator is visible.
func (b *tab) focusByKeyboard(selector string) {
	b.t.Helper()
	b.waitForElement(selector)
	isFocused := fmt.Sprintf(`!!document.activeElement?.matches(%s)`, quoteJS(selector))
	for range maxTabStops {
		if evaluate[bool](b, isFocused) {
			b.waitFor("the focus is visible", `(() => {
				const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
				return e.matches(':focus-visible') && style.outlineStyle !== 'none' &&
					box.width > 0 && box.bottom > 0 && box.top < innerHeight;
			})()`)
			return
		}
		b.pressKeys("\t")
	}
	b.t.Fatalf("the Tab key does not reach %s, %s", selector, b.describe())
}

// pressKeys presses and releases each key in turn.
func (b *tab) pressKeys(keys string) {
	b.t.Helper()
	for _, key := range keys {
		if key < ' ' { // Tab, Enter, Escape
			b.do(chromedp.KeyEvent(string(key)))
			continue
		}
		// The letter belongs to its key event, so preventDefault on the event drops the letter.
		char := string(key)
		callCDP(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: char, Text: char})
		callCDP(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: char})
	}
}

// bringToFront brings the tab to the front of its window, which hides the window's other tabs.
func (b *tab) bringToFront() {
	b.t.Helper()
	callCDP(b, page.BringToFront, cdp.Empty{})
}

// waitHidden waits until the tab is hidden.
func (b *tab) waitHidden() {
	b.t.Helper()
	b.waitFor("the tab is hidden", `document.hidden && document.visibilityState === 'hidden'`)
}

// waitForElement waits until an element exists.
func (b *tab) waitForElement(selector string) {
	b.t.Helper()
	b.waitFor(selector+" exists", fmt.Sprintf(`document.querySelector(%s)`, quoteJS(selector)))
}

// waitForText waits until an element's text equals want. Runs of white space count as one space.
func (b *tab) waitForText(selector, want string) {
	b.t.Helper()
	b.waitFor("the text of "+selector+" is "+want, fmt.Sprintf(`%s === %s`, textExpression(selector), quoteJS(want)))
}

// textExpression returns a JavaScript expression for an element's text; "" without the element.
func textExpression(selector string) string {
	return fmt.Sprintf(`(document.querySelector(%s)?.textContent ?? '').replace(/\s+/g, ' ').trim()`, quoteJS(selector))
}

// waitMatchesFreshPage waits until the live region equals that of a newly loaded page, element for element.
func (b *tab) waitMatchesFreshPage() {
	b.t.Helper()
	eventually(b.t, "the live region equals that of a new page", func() (bool, string) {
		diff, err := tryEvaluate[string](b, diffWithFreshPage)
		return err == nil && diff == "", fmt.Sprint(diff, err)
	})
}

// diffWithFreshPage fetches the page again and compares the live regions. It ignores the order of attributes and
// everything that scripts change: texts of times, attributes and classes of htmx, the viewer's own entry in the list of
// viewers, the number of selected rows and the actions that they allow, and the marks of a conversation.
const diffWithFreshPage = `(async () => {
	const plain = region => [region, ...region.querySelectorAll('*')].map(e => {
		const attributes = [...e.attributes].filter(a => !a.name.startsWith('data-htmx') && a.name !== 'open' && a.name !== 'class' &&
			a.name !== 'data-unread' && !(a.name === 'hidden' && e.closest('.viewers, .selection-bar, #jump-newest')));
		const texts = [...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE).map(n => n.data.trim());
		const words = e.localName === 'time' || e.id === 'selection-count' ? [] : texts;
		return [e.localName, ...[...e.classList].filter(c => !c.startsWith('htmx-') && c !== 'menu-up').map(c => '.' + c),
			...attributes.filter(a => e.localName !== 'time' || a.name !== 'title').map(a => a.name + '=' + a.value).sort(),
			...words].join(' ');
	});
	const answer = await fetch(location.href);
	const fresh = plain(new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live'));
	const here = plain(document.getElementById('live'));
	for (let i = 0; i < Math.max(fresh.length, here.length); i++)
		if (fresh[i] !== here[i]) return 'line ' + i + '\nhere:  ' + here[i] + '\nfresh: ' + fresh[i];
	return '';
})()`

// liveVersion returns the version that the live region shows.
func (b *tab) liveVersion() string {
	b.t.Helper()
	return evaluate[string](b, `document.getElementById('live').dataset.version`)
}

// frameCount returns the number of frames that the page has applied or held.
func (b *tab) frameCount() int {
	b.t.Helper()
	return evaluate[int](b, `window.seen.frames`)
}
