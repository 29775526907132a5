package discord

import "time"

// SetClock has the client tell the time by now.
func (c *Client) SetClock(now func() time.Time) { c.now = now }

// SetTimeout sets how long Discord may take to answer.
func (c *Client) SetTimeout(d time.Duration) { c.http.Timeout = d }

// ParseRateLimit reads a rate limit.
var ParseRateLimit = parseRateLimit

// MaxRefusals is how many refusals a process may collect.
const MaxRefusals = maxRefusals
