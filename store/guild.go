package store

import "time"

// Guild is a Discord server that the bot is in, or was.
type Guild struct {
	ID       string // snowflake
	Name     string
	Icon     string // Discord's icon hash, or ""
	JoinedAt time.Time
	LeftAt   *time.Time // when the bot left; nil while it is there
}

// Member is a person in one guild, as the bot last saw them.
type Member struct {
	ID        string // row id, the target of foreign keys
	GuildID   string
	DiscordID string  // snowflake
	Username  *string // nil until the bot has learnt it
	Avatar    string  // Discord's avatar hash, or ""
}

// User is who a row names: a Discord id, with the name and picture where the bot knows them.
type User struct {
	ID       string // snowflake; "" means nobody
	Username string // "" when unknown
	Avatar   string // Discord's avatar hash, or ""
}
