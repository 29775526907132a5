package store

// OnChannel makes c publish for pub/sub bots on a channel of the test's own: Redis carries one to all of its databases.
func (c *Commands) OnChannel(name string) *Commands {
	c.channel = name
	return c
}
