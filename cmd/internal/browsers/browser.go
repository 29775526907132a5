//go:build unix

// Package browsers drives Chromium, Firefox and WebKit for tests, each by the protocol that it speaks: the DevTools
// protocol, WebDriver BiDi and W3C WebDriver.
//
// Start finds an installed browser and runs it without a screen. Every Page has cookies of its own. All calls wait for
// the browser and end with their context.
package browsers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrMissing is returned by Start when the browser, or a program that it needs, is not installed.
var ErrMissing = errors.New("not installed")

// Kind names a browser engine.
type Kind string

// The browsers that Start knows.
const (
	Chromium Kind = "Chromium"
	Firefox  Kind = "Firefox"
	WebKit   Kind = "WebKit"
)

// Kinds lists all browsers.
var Kinds = []Kind{Chromium, Firefox, WebKit}

// A Browser is a running browser. Close ends it together with its pages.
type Browser interface {
	NewPage(ctx context.Context) (Page, error)
	Close()
}

// A Page is a visible window with cookies of its own.
type Page interface {
	// Navigate opens a URL and waits until the document has loaded.
	Navigate(ctx context.Context, url string) error
	// Back goes back one entry in the page's history.
	Back(ctx context.Context) error
	// Evaluate runs an expression in the page, awaits it when it is a promise, and decodes its JSON into result unless
	// that is nil.
	Evaluate(ctx context.Context, expression string, result any) error
	// Click waits until an element is visible, scrolls to it and clicks its centre.
	Click(ctx context.Context, selector string) error
	// Type replaces the text of a field, key by key.
	Type(ctx context.Context, selector, text string) error
	// SetCookie sets a cookie for the host of the current page or, before the first navigation, of url.
	SetCookie(ctx context.Context, url, name, value string) error
	// Resize sets the size of the window, in CSS pixels.
	Resize(ctx context.Context, width, height int) error
	// Screenshot captures what the window shows, as a PNG.
	Screenshot(ctx context.Context) ([]byte, error)
	// Close closes the window.
	Close() error
}

// Start runs a browser. Its processes end with Close, not with ctx.
func Start(ctx context.Context, kind Kind) (Browser, error) {
	switch kind {
	case Chromium:
		return StartChromium()
	case Firefox:
		return startFirefox(ctx)
	case WebKit:
		return startWebKit(ctx)
	}
	return nil, fmt.Errorf("unknown browser %q", kind)
}

// WaitUntil waits until an expression of the page is true. Errors while evaluating count as false: the page may be between
// two documents. After ctx has ended it returns the last of them.
func WaitUntil(ctx context.Context, p Page, expression string) error {
	for {
		var ok bool
		err := p.Evaluate(ctx, "!!("+expression+")", &ok)
		if err == nil && ok {
			return nil
		}
		if sleep(ctx, 50*time.Millisecond) != nil {
			return fmt.Errorf("%s is not true: %w", expression, errors.Join(ctx.Err(), err))
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// asJSON returns an expression whose value is the JSON of another's value; "null" for values without JSON.
func asJSON(expression string) string {
	return "(async () => JSON.stringify(await (" + expression + ")) ?? 'null')()"
}

// decode unmarshals the value of an expression made by asJSON.
func decode(text string, result any) error {
	if result == nil {
		return nil
	}
	return json.Unmarshal([]byte(text), result)
}

// QuoteJS returns s as a JavaScript string literal.
func QuoteJS(s string) string {
	raw, _ := json.Marshal(s) // strings always encode
	return string(raw)
}
