-- +goose Up

-- Replies that a guild keeps, to be chosen where a ticket is answered from its page.
CREATE TABLE ticket_replies (
    id       text PRIMARY KEY,
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name     text NOT NULL,
    content  text NOT NULL,
    version  integer NOT NULL DEFAULT 1, -- counts the times that it was saved
    UNIQUE (guild_id, name)
);
