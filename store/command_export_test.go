package store

// WithChannel makes c publish for pub/sub bots on a channel of the test's own: Redis carries one to all of its databases.
func (c *CommandQueue) WithChannel(name string) *CommandQueue {
	c.channel = name
	return c
}
