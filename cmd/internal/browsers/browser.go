//go:build unix

// Package browsers controls Chromium (Chrome DevTools Protocol), Firefox (WebDriver BiDi) and WebKit (W3C WebDriver) in
// tests.
//
// Start runs an installed browser without a display. Each Page has its own cookies. Calls block until the browser
// responds or their context ends.
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

// A Kind is a browser.
type Kind string

// Browsers that Start supports.
const (
	Chromium Kind = "Chromium"
	Firefox  Kind = "Firefox"
	WebKit   Kind = "WebKit"
)

// Kinds are all supported browsers.
var Kinds = []Kind{Chromium, Firefox, WebKit}

// A Browser is a running browser. Close ends it together with its pages.
type Browser interface {
	NewPage(ctx context.Context) (Page, error)
	Close()
}

// A Page is a visible window with its own cookies.
type Page interface {
	// Navigate opens a URL and waits until the document has loaded.
	Navigate(ctx context.Context, url string) error
	// Back goes back one entry in the page's history.
	Back(ctx context.Context) error
	// Evaluate evaluates an expression, awaits a promise, and decodes the value's JSON into result unless result is
	// nil.
	Evaluate(ctx context.Context, expression string, result any) error
	// Click waits until an element is visible, scrolls to it and clicks its centre.
	Click(ctx context.Context, selector string) error
	// Type replaces the text of a field by key presses.
	Type(ctx context.Context, selector, text string) error
	// SetCookie sets a cookie for the host of the current page or, before the first navigation, of url.
	SetCookie(ctx context.Context, url, name, value string) error
	// Resize sets the size of the window, in CSS pixels.
	Resize(ctx context.Context, width, height int) error
	// Screenshot returns a PNG of the window's content.
	Screenshot(ctx context.Context) ([]byte, error)
	// Close closes the window.
	Close() error
}

// Start runs a browser. ctx bounds the start only; Close ends the browser's processes. The error wraps ErrMissing if a
// program is not installed.
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

// WaitUntil waits until an expression of the page is true. Evaluation errors count as false, because the page may be
// navigating. If ctx ends first, the returned error includes the last evaluation error.
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

// asJSON returns an expression for the JSON of an expression's value, "null" for values that JSON cannot encode.
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
