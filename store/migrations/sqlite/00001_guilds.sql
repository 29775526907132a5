-- +goose Up

-- Times are milliseconds since 1970, UTC: the driver recognises the type timestamp. Ids of Discord objects are text;
-- columns named …_by, user_id, host_id and …role_id hold them. member_id is the id of a row in members. The function
-- fold_text is store.Fold, which the store registers; it returns the form of a text that searches and comparisons of
-- names use.

-- The Discord servers that the bot has been in. The bot writes them.
CREATE TABLE guilds (
    id        text PRIMARY KEY, -- the Discord id
    name      text NOT NULL,
    icon      text NOT NULL DEFAULT '',
    joined_at timestamp NOT NULL, -- when the bot joined
    left_at   timestamp, -- when the bot left; NULL while it is in the guild
    roles_at  timestamp -- when the bot last confirmed members.role_ids, which are valid for some minutes only
);

-- The roles of a guild. The bot writes them.
CREATE TABLE guild_roles (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    id       text NOT NULL, -- the Discord id
    name     text NOT NULL,
    color    text NOT NULL DEFAULT '', -- #rrggbb, or empty for none
    position integer NOT NULL DEFAULT 0, -- higher ones first
    PRIMARY KEY (guild_id, id)
);

-- The channels of a guild. The bot writes them.
CREATE TABLE guild_channels (
    guild_id  text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    id        text NOT NULL, -- the Discord id
    name      text NOT NULL, -- without #
    kind      text NOT NULL DEFAULT 'text', -- text, announcement, voice, stage, forum, category
    parent_id text NOT NULL DEFAULT '', -- the channel's category, or empty for none
    position  integer NOT NULL DEFAULT 0, -- lower ones first
    PRIMARY KEY (guild_id, id)
);

-- The members of a guild that the bot has recorded. The bot writes them.
CREATE TABLE members (
    id         text PRIMARY KEY,
    guild_id   text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    discord_id text NOT NULL,
    username   text,
    avatar     text NOT NULL DEFAULT '',
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    role_ids   text NOT NULL DEFAULT '{}', -- empty for members without a role in staff_grants; see guilds.roles_at
    left_at    timestamp, -- when the member left the guild; NULL while they are in it
    -- The folded name, for searches by prefix.
    search     text GENERATED ALWAYS AS (substr(fold_text(substr(coalesce(username, ''), 1, 256)), 1, 256)) VIRTUAL,
    UNIQUE (guild_id, discord_id)
);
CREATE INDEX members_staff ON members (guild_id, discord_id) WHERE role_ids <> '{}';
CREATE INDEX members_search ON members (guild_id, search, id);

-- The access that managers give to roles, by module. Dashboards write it.
CREATE TABLE staff_grants (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    role_id  text NOT NULL,
    module   text NOT NULL CHECK (module IN ('giveaways', 'tickets')),
    level    text NOT NULL CHECK (level IN ('see', 'act', 'manage')),
    PRIMARY KEY (guild_id, role_id, module)
);

-- The settings of a guild, by module. Dashboards write them, the bot reads them.
CREATE TABLE guild_settings (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    module   text NOT NULL CHECK (module IN ('giveaways', 'tickets')),
    data     text NOT NULL, -- a JSON object
    version  integer NOT NULL, -- the number of times that the row was saved, to detect conflicting changes
    response_target_minutes integer, -- response time target for tickets, in minutes, NULL for none; triggers read it out of data
    PRIMARY KEY (guild_id, module)
);

-- +goose StatementBegin
CREATE TRIGGER guild_settings_response_target_insert AFTER INSERT ON guild_settings
BEGIN
    UPDATE guild_settings SET response_target_minutes = CASE
        WHEN NOT json_valid(NEW.data) OR json_type(NEW.data, '$.answerWithin') IS NOT 'integer' THEN NULL
        WHEN NEW.data ->> '$.answerWithin' BETWEEN 1 AND 99999 THEN NEW.data ->> '$.answerWithin' END
    WHERE guild_id = NEW.guild_id AND module = NEW.module;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER guild_settings_response_target_update AFTER UPDATE OF data ON guild_settings
BEGIN
    UPDATE guild_settings SET response_target_minutes = CASE
        WHEN NOT json_valid(NEW.data) OR json_type(NEW.data, '$.answerWithin') IS NOT 'integer' THEN NULL
        WHEN NEW.data ->> '$.answerWithin' BETWEEN 1 AND 99999 THEN NEW.data ->> '$.answerWithin' END
    WHERE guild_id = NEW.guild_id AND module = NEW.module;
END;
-- +goose StatementEnd

-- The numbers of giveaways and tickets by status, for the totals above lists. Only triggers write it.
CREATE TABLE guild_tiles (
    guild_id text NOT NULL,
    kind     text NOT NULL, -- giveaway, ticket
    status   text NOT NULL,
    n        integer NOT NULL,
    entries  integer NOT NULL, -- of these giveaways; 0 for tickets
    PRIMARY KEY (guild_id, kind, status)
);

-- Counters of a guild.
CREATE TABLE guild_counters (
    guild_id      text PRIMARY KEY REFERENCES guilds (id) ON DELETE CASCADE,
    ticket_number integer NOT NULL, -- of the last ticket; the bot's row lock keeps numbers consecutive
    -- An upper bound, in milliseconds, of how much earlier a ticket was opened than one that was inserted before it.
    -- Rows of ticket_text are in insertion order: with this bound, a search by date reads a range of them. Triggers
    -- write it.
    tickets_late  integer NOT NULL DEFAULT 0
);
