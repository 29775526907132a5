package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/oauth2"
)

const (
	// maxRefusals is how many responses of 401, 403 and 429 the process may get in ten minutes. Discord blocks an
	// address at 10,000, and several processes may share one.
	maxRefusals  = 1_000
	maxBodyBytes = 2 << 20 // 200 guilds take about 200 KiB

	pauseAfterFailure = 2 * time.Second // after an invalid response
	maxPause          = time.Hour
)

// get requests path with a token and decodes the response into v. The status is checked before the body is decoded.
func (c *Client) get(ctx context.Context, path string, token *oauth2.Token, v any) error {
	if c.refusalBudget.Tokens() < 1 {
		return &pausedError{fmt.Errorf("too many refusals: %w", ErrUnavailable), 10 * time.Second}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return fmt.Errorf("create request: %w", err)
	}
	token.SetAuthHeader(req)
	resp, err := c.http.Do(req)
	if err != nil {
		return unavailable(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBodyBytes+1))
	if err != nil {
		return unavailable(err)
	}
	if err := c.statusError(resp, body); err != nil {
		return err
	}
	if len(body) > maxBodyBytes {
		return unavailable(errors.New("response is too large"))
	}
	if err := json.Unmarshal(body, v); err != nil {
		return unavailable(fmt.Errorf("decode response: %w", err))
	}
	return nil
}

// unavailable returns the error for a missing or invalid response.
func unavailable(err error) error {
	return &pausedError{fmt.Errorf("%w: %w", ErrUnavailable, err), pauseAfterFailure}
}

// errUnauthorized means that Discord does not accept the token.
var errUnauthorized = errors.New("discord: unauthorized")

// statusError returns the error for a status other than 200, and charges the refusal budget.
func (c *Client) statusError(resp *http.Response, body []byte) error {
	switch resp.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusUnauthorized:
		c.refusalBudget.Allow()
		return errUnauthorized
	case http.StatusForbidden:
		c.refusalBudget.Allow()
		return &pausedError{ErrForbidden, time.Minute}
	case http.StatusTooManyRequests:
		if resp.Header.Get("X-RateLimit-Scope") != "shared" {
			c.refusalBudget.Allow()
		}
		after, global := parseRateLimit(resp.Header, body)
		if global {
			return &pausedError{&globalLimitError{ErrRateLimited}, after}
		}
		return &pausedError{ErrRateLimited, after}
	default:
		return unavailable(fmt.Errorf("status %d", resp.StatusCode))
	}
}

// globalLimitError is a rate limit on all requests, not only on those of one user.
type globalLimitError struct{ error }

func (e *globalLimitError) Unwrap() error { return e.error }

func isGlobal(err error) bool {
	global := (*globalLimitError)(nil)
	return errors.As(err, &global)
}

// parseRateLimit returns how long a rate limit lasts, the longer of header and body, and whether it is global.
// https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit
func parseRateLimit(h http.Header, body []byte) (after time.Duration, global bool) {
	var b struct {
		RetryAfter float64 `json:"retry_after"` // seconds
		Global     bool    `json:"global"`
	}
	_ = json.Unmarshal(body, &b) // Cloudflare, in front of Discord, responds with HTML
	header, err := strconv.ParseFloat(h.Get("Retry-After"), 64)
	if err != nil || math.IsNaN(header) {
		header = 0
	}
	seconds := min(max(b.RetryAfter, header, 1), maxPause.Seconds())
	after = time.Duration(seconds * float64(time.Second))
	return after, b.Global || h.Get("X-RateLimit-Global") == "true"
}
