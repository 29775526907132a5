//go:build unix

package browsers

import (
	"context"
	"fmt"
	"time"
)

// Input actions. WebDriver and WebDriver BiDi encode them alike: https://www.w3.org/TR/webdriver2/#actions

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

// An inputPerformer performs input actions in a page.
type inputPerformer interface {
	Evaluate(ctx context.Context, expression string, result any) error
	perform(ctx context.Context, sources ...inputSource) error
}

func click(ctx context.Context, a inputPerformer, selector string) error {
	target, err := locate(ctx, a, selector)
	if err != nil {
		return err
	}
	leftButton, noDelay := 0, 0
	return a.perform(ctx, inputSource{
		Type: "pointer", ID: "mouse", Parameters: map[string]string{"pointerType": "mouse"},
		Actions: []inputAction{
			{Type: "pointerMove", X: &target.X, Y: &target.Y, Duration: &noDelay},
			{Type: "pointerDown", Button: &leftButton},
			{Type: "pointerUp", Button: &leftButton},
		},
	})
}

type point struct{ X, Y int }

// locate waits until an element is visible, and returns a point of the viewport at which a click hits it.
func locate(ctx context.Context, a inputPerformer, selector string) (point, error) {
	expression := fmt.Sprintf(`(() => {
		const e = document.querySelector(%s);
		if (!e?.checkVisibility()) return null;
		e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
		const box = e.getBoundingClientRect(), x = Math.floor(box.x + box.width / 2), y = Math.floor(box.y + box.height / 2);
		const hit = document.elementFromPoint(x, y);
		return hit && (e.contains(hit) || hit.contains(e)) ? { x, y } : null;
	})()`, QuoteJS(selector))
	for {
		var found *point
		err := a.Evaluate(ctx, expression, &found)
		if err == nil && found != nil {
			return *found, nil
		}
		if ctxErr := sleep(ctx, 50*time.Millisecond); ctxErr != nil {
			return point{}, fmt.Errorf("locate %s: %w (%v)", selector, ctxErr, err)
		}
	}
}

func typeText(ctx context.Context, a inputPerformer, selector, text string) error {
	if err := click(ctx, a, selector); err != nil {
		return err
	}
	selectAll := fmt.Sprintf(`(() => { const e = document.querySelector(%s); e.focus(); e.select(); })()`, QuoteJS(selector))
	if err := a.Evaluate(ctx, selectAll, nil); err != nil {
		return fmt.Errorf("select the text of %s: %w", selector, err)
	}
	keys := inputSource{Type: "key", ID: "keyboard"}
	for _, key := range text {
		keys.Actions = append(keys.Actions,
			inputAction{Type: "keyDown", Value: string(key)}, inputAction{Type: "keyUp", Value: string(key)})
	}
	return a.perform(ctx, keys)
}
