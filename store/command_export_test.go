package store

// WithChannel makes c publish for pub/sub bots on the test's own channel, because Redis delivers a channel to all of
// its databases.
func (c *CommandQueue) WithChannel(name string) *CommandQueue {
	c.channel = name
	return c
}
