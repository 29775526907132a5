-- +goose Up

-- Which roles managers have let into a module, and how far.
CREATE TABLE staff_grants (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    role_id  text NOT NULL,
    module   text NOT NULL CHECK (module IN ('giveaways', 'tickets')),
    level    text NOT NULL CHECK (level IN ('see', 'act', 'manage')),
    PRIMARY KEY (guild_id, role_id, module)
);

-- The roles of a guild, as the bot sees them.
CREATE TABLE guild_roles (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    id       text NOT NULL,
    name     text NOT NULL,
    color    text NOT NULL DEFAULT '', -- #rrggbb, or empty for none
    position integer NOT NULL DEFAULT 0, -- higher ones first
    PRIMARY KEY (guild_id, id)
);

-- Who has which of them: kept by the bot for those that are let into something. They count for as long as the bot
-- confirms them, guild by guild.
ALTER TABLE members ADD COLUMN role_ids text NOT NULL DEFAULT '{}';
ALTER TABLE guilds ADD COLUMN roles_at timestamp;
CREATE INDEX members_staff ON members (guild_id, discord_id) WHERE role_ids <> '{}';
