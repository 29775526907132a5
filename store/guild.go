package store

import "time"

// Guild is a Discord server that the bot has joined, or had joined.
type Guild struct {
	ID       string // snowflake
	Name     string
	Icon     string // Discord's icon hash, or ""
	JoinedAt time.Time
	LeftAt   *time.Time // when the bot left; nil while the bot is a member
}

// Member is a user in a guild, as last recorded by the bot.
type Member struct {
	ID        string // row id, the target of foreign keys
	GuildID   string
	DiscordID string  // snowflake
	Username  *string // nil until the bot has recorded it
	Avatar    string  // Discord's avatar hash, or ""
}
