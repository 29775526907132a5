-- +goose Up

-- The channels of a guild, as the bot sees them.
CREATE TABLE guild_channels (
    guild_id  text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    id        text NOT NULL,
    name      text NOT NULL,
    kind      text NOT NULL DEFAULT 'text', -- text, announcement, voice, stage, forum, category
    parent_id text NOT NULL DEFAULT '', -- the category that it stands in, or empty for none
    position  integer NOT NULL DEFAULT 0, -- lower ones first
    PRIMARY KEY (guild_id, id)
);
