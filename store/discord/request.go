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
	// maxRefusals is how many answers of 401, 403 and 429 this process may collect in ten minutes. Discord shuts an
	// address out at 10,000; several processes may share one.
	maxRefusals  = 1_000
	maxBodyBytes = 2 << 20 // bytes; 200 guilds have some 200 KiB

	pauseAfterFailure = 2 * time.Second // how long to keep off after an answer that makes no sense
	maxPause          = time.Hour
)

// get asks for path with a token and decodes the answer into v. The status is looked at before the body is believed.
func (c *Client) get(ctx context.Context, path string, token *oauth2.Token, v any) error {
	if c.refusalBudget.Tokens() < 1 {
		return &pausedError{fmt.Errorf("too many refusals: %w", ErrUnavailable), 10 * time.Second}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return fmt.Errorf("asking discord: %w", err)
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
		return unavailable(errors.New("answer is too large"))
	}
	if err := json.Unmarshal(body, v); err != nil {
		return unavailable(fmt.Errorf("decoding answer: %w", err))
	}
	return nil
}

// unavailable is the error for no answer, or one that makes no sense.
func unavailable(err error) error {
	return &pausedError{fmt.Errorf("%w: %w", ErrUnavailable, err), pauseAfterFailure}
}

// errUnauthorized: Discord does not know the token, or no longer.
var errUnauthorized = errors.New("discord: unauthorized")

// statusError is the error that a status other than 200 stands for, and counts those that Discord counts.
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

// globalLimitError is a rate limit that holds for all that we ask, not for one person's requests.
type globalLimitError struct{ error }

func (e *globalLimitError) Unwrap() error { return e.error }

func isGlobal(err error) bool {
	global := (*globalLimitError)(nil)
	return errors.As(err, &global)
}

// parseRateLimit reads a rate limit: how long it lasts, by header or body whichever is longer, and whether it is for everything.
// https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit
func parseRateLimit(h http.Header, body []byte) (after time.Duration, global bool) {
	var b struct {
		RetryAfter float64 `json:"retry_after"` // seconds
		Global     bool    `json:"global"`
	}
	_ = json.Unmarshal(body, &b) // Cloudflare, before Discord, answers in HTML
	header, err := strconv.ParseFloat(h.Get("Retry-After"), 64)
	if err != nil || math.IsNaN(header) {
		header = 0
	}
	seconds := min(max(b.RetryAfter, header, 1), maxPause.Seconds())
	after = time.Duration(seconds * float64(time.Second))
	return after, b.Global || h.Get("X-RateLimit-Global") == "true"
}
