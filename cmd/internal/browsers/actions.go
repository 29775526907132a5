//go:build unix

package browsers

import (
	"context"
	"fmt"
	"time"
)

// Input actions, which WebDriver and WebDriver BiDi write alike: https://www.w3.org/TR/webdriver2/#actions

type inputSource struct {
	Type       string        `json:"type"`
	ID         string        `json:"id"`
	Parameters any           `json:"parameters,omitempty"`
	Actions    []inputAction `json:"actions"`
}

type inputAction struct {
	Type     string `json:"type"`
	X        *int   `json:"x,omitempty"`
	Y        *int   `json:"y,omitempty"`
	Button   *int   `json:"button,omitempty"`
	Duration *int   `json:"duration,omitempty"`
	Value    string `json:"value,omitempty"`
}

// An actor performs input actions in a page.
type actor interface {
	Evaluate(ctx context.Context, expression string, result any) error
	perform(ctx context.Context, sources ...inputSource) error
}

func click(ctx context.Context, a actor, selector string) error {
	at, err := locate(ctx, a, selector)
	if err != nil {
		return err
	}
	left, now := 0, 0
	return a.perform(ctx, inputSource{
		Type: "pointer", ID: "mouse", Parameters: map[string]string{"pointerType": "mouse"},
		Actions: []inputAction{
			{Type: "pointerMove", X: &at.X, Y: &at.Y, Duration: &now},
			{Type: "pointerDown", Button: &left},
			{Type: "pointerUp", Button: &left},
		},
	})
}

type point struct{ X, Y int }

// locate waits until an element is where a click at the returned point of the viewport hits it.
func locate(ctx context.Context, a actor, selector string) (point, error) {
	find := fmt.Sprintf(`(() => {
		const e = document.querySelector(%s);
		if (!e?.checkVisibility()) return null;
		e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
		const box = e.getBoundingClientRect(), x = Math.floor(box.x + box.width / 2), y = Math.floor(box.y + box.height / 2);
		const hit = document.elementFromPoint(x, y);
		return hit && (e.contains(hit) || hit.contains(e)) ? { x, y } : null;
	})()`, Quote(selector))
	for {
		var at *point
		err := a.Evaluate(ctx, find, &at)
		if err == nil && at != nil {
			return *at, nil
		}
		if ended := pause(ctx, 50*time.Millisecond); ended != nil {
			return point{}, fmt.Errorf("locate %s: %w (%v)", selector, ended, err)
		}
	}
}

func typeText(ctx context.Context, a actor, selector, text string) error {
	if err := click(ctx, a, selector); err != nil {
		return err
	}
	mark := fmt.Sprintf(`(() => { const e = document.querySelector(%s); e.focus(); e.select(); })()`, Quote(selector))
	if err := a.Evaluate(ctx, mark, nil); err != nil {
		return fmt.Errorf("select the text of %s: %w", selector, err)
	}
	keys := inputSource{Type: "key", ID: "keyboard"}
	for _, key := range text {
		keys.Actions = append(keys.Actions,
			inputAction{Type: "keyDown", Value: string(key)}, inputAction{Type: "keyUp", Value: string(key)})
	}
	return a.perform(ctx, keys)
}
