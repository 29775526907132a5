package discord

import "time"

// SetClock sets the client's clock.
func (c *Client) SetClock(now func() time.Time) { c.now = now }

// SetTimeout limits the duration of a request.
func (c *Client) SetTimeout(d time.Duration) { c.http.Timeout = d }

// ParseRateLimit exports parseRateLimit.
var ParseRateLimit = parseRateLimit

// MaxRefusals exports maxRefusals.
const MaxRefusals = maxRefusals
